# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
printf 'two\nlines\n' >file
printf '\001\000\377' >binary
"$postern" call --socket "$fake/context" fake echo text=@file data=@binary
printf 'from a pipe' | "$postern" call --socket "$fake/context" fake echo text=@-
"$postern" call --socket "$fake/context" fake echo text=@@file data=hex:00fF10
"$postern" call --socket "$fake/context" fake echo data=plain mode=fast
