# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
mkdir -p empty
"$postern" check nowhere.yaml empty
