# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" call --socket "$fake/context" fake echo flag=false count=-5 size=10KiB wait=1500ms \
	text='a=b, c' mode=slow token=s3cr3t pin=7
"$postern" call --json --socket "$fake/context" fake echo flag=true text=
