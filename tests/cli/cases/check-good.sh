# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Whether the file's owner and mode please posternd depends on where the tests lie.
"$postern" check "$here/contexts" 2>&1 | grep -v 'posternd would refuse this file'
"$postern" check "$here/contexts/motd/" >/dev/null 2>&1 && echo a context directory too
