# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
cp -r "$here/explain/." .
"$postern" explain --json --contexts=contexts probe.adjust
