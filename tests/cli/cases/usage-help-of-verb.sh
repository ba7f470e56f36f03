# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" help log
"$postern" log --help | cmp - /dev/stdin <<END && echo the same
$("$postern" help log)
END
