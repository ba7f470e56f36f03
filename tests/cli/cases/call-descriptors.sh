# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
echo 'in a file' >file
"$postern" call --socket "$fake/context" fake copy from=@file
"$postern" call --socket "$fake/context" fake copy from=@file to=@copied
cat copied
"$postern" call --socket "$fake/context" fake copy from=fd:5 to=@- 5<file >out
cat out
echo 'in a pipe' | cat | "$postern" call --socket "$fake/context" fake copy from=@-
