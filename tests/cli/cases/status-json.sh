# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" status --json --socket "$fake/admin" >object
/usr/bin/python3 -m json.tool object
