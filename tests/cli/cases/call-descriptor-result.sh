# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" call --socket "$fake/context" fake hand_out other=false
"$postern" call --socket "$fake/context" --json fake hand_out other=false
"$postern" call --socket "$fake/context" fake hand_out other=true
