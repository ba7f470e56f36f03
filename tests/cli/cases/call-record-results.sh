# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
call() { "$postern" call --socket "$fake/context" "$@"; }
call fake route
call --json fake route
call fake routes count=2
call --json fake routes count=2
call fake routes count=0
call --json fake routes count=0
call fake wrong
