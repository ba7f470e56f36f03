# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" call --socket "$fake/context" fake deny filename="$(printf '/a\033[2Jb')" token=s3cr3t how=bare
"$postern" call --socket "$fake/context" fake deny filename="/a quite long name that would fill the whole line" token=s3cr3t how=bare
