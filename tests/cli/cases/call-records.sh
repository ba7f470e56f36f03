# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
call() { "$postern" call --socket "$fake/context" fake records "$@"; }
call
call 'route={"to": "192.0.2.0/24", "via": "192.0.2.1", "metric": 7, "wait": "5s", "up": true, "tags": ["a,b", "c"], "sizes": ["1KiB", 2], "key": "hex:00ff"}' mode=hard
# YAML's shorter form, and fields that are left out by null.
call 'route={to: 2001:db8::/32, via: null, tags: []}'
call 'routes=[{"to": "192.0.2.0/24"}, {"to": "192.0.3.0/24"}]'
call 'routes={"to": "192.0.2.0/24"}' 'routes={"to": "192.0.3.0/24"}'
call routes=
echo '[{"to": "198.51.100.0/24", "key": "secret"}]' >routes.json
call routes=@routes.json
