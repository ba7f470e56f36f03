# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
cp -r "$here/explain/." .
"$postern" explain --contexts contexts probe.adjsut
"$postern" explain --contexts contexts prob
sed -i 's/\[own\]/[onw]/' contexts/probe/context.yaml
"$postern" explain --contexts contexts probe.adjust
sed -i 's/\[onw\]/[own]/' contexts/probe/context.yaml
sed -i 's/\[read\]/[raed]/' groups/own.yaml
"$postern" explain --contexts contexts probe.adjust
sed -i 's/own:/own: [nope]\n/; s/group: own/group: other/; s/raed/read/' groups/own.yaml
"$postern" explain --contexts contexts probe.adjust
sed -i 's|include: \[own\]|exec: [/etc/passwd]|' contexts/probe/context.yaml
"$postern" explain --contexts contexts probe.adjust
