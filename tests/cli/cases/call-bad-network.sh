# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" call --socket "$fake/context" --network ../passwd fake text
"$postern" call --socket "$fake/context" --network '' fake text
