# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
cp -r "$here/explain/." .
"$postern" explain --contexts=contexts net
"$postern" explain --json --contexts=contexts net.fetch
