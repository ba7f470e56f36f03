# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
echo 'in a file' >file
call() {
	"$postern" call --socket "$fake/context" fake "$@"
	echo "status $?"
}
call copy from=file
call copy from=fd:77
call copy from=fd:
call copy from=@missing
call copy from=@.
call copy from=fd:5 5<>file
call copy to=@file
call copy from=@- to=@- </dev/null
call echo text=fd:5 5<file
