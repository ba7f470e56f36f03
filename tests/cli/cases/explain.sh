# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
cp -r "$here/explain/." .
"$postern" explain --contexts contexts probe
"$postern" explain --contexts contexts probe.idle
"$postern" explain contexts/probe:idle
"$postern" explain contexts/probe/context.yaml:adjust | tail -n 1
