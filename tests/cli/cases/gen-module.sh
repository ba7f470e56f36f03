# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" gen module "$here/gen/every.yaml"
