# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
printf 'context: motd\nmodul: motd.so\n' >bad.yaml
"$postern" check bad.yaml "$here/context.yaml" 2>&1 | grep -v warning
"$postern" check bad.yaml 2>/dev/null
