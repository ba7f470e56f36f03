# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# head goes away after one line; postern sees it although nothing more is to be written.
{
	timeout 10 "$postern" log --follow --socket "$fake/admin"
	echo "status $?" >&2
} | head -n 1
