# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
head -c 10485760 /dev/zero >large
"$postern" call --socket "$fake/context" fake echo data=@large
