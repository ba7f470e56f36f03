# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" schema | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["$schema"])'
