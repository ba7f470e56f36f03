# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" call --socket "$fake/context" fake talk
"$postern" call --socket "$fake/context" --log debug fake talk
"$postern" call --socket "$fake/context" --log error fake talk
"$postern" call --socket "$fake/context" --log loud fake talk
