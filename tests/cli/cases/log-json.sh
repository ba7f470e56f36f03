# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" log --json --socket "$fake/admin" >lines
/usr/bin/python3 -m json.tool --json-lines lines
