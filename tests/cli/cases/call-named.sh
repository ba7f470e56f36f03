# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" call --socket "$fake/context" fake named
"$postern" call --socket "$fake/context" --json fake named
