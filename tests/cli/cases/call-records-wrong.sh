# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
call() {
	"$postern" call --socket "$fake/context" fake records "$@"
	echo "$?"
}
call 'route={"to": "192.0.2.0/24", "vai": "::1"}'
call 'route={"via": "::1"}'
call 'route={"to": "192.0.2.1/24"}'
call 'routes=[{"to": "192.0.2.0/24"}, {"to": "192.0.2.0/24", "wait": "soon"}]'
call 'routes=[{"to": "192.0.2.0/24"}, {"to": "192.0.2.0/24", "metric": 10}]'
call 'route={"to": "192.0.2.0/24", "key": "123456789"}'
call 'route={"to": ["192.0.2.0/24"]}'
call 'route={"to": "192.0.2.0/24", "tags": "a"}'
call 'route={"to": "192.0.2.0/24", "tags": [["a"]]}'
call 'route={"to": "192.0.2.0/24", "to": "192.0.2.0/24"}'
call 'route=[{"to": "192.0.2.0/24"}]'
call 'route={"to": '
call 'route={"to": !!str x}'
call route=
call 'routes=[1]'
call 'route={to: 192.0.2.0/24}' 'route={to: 192.0.2.0/24}'
