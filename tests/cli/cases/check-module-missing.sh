# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" check --module "$here/contexts/motd" 2>&1 | grep -v warning
"$postern" check --module "$here/contexts/motd" >/dev/null 2>&1
