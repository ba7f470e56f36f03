# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
printf 'a\000b' >nul
"$postern" call --socket "$fake/context" fake echo text=@nul
