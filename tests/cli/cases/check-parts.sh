# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
cp -r "$here/explain/." .
# A program that is missing is a warning, a group that is missing is not.
sed -i 's|include: \[own\]|include: [own]\n    exec: [/nowhere/program]|' contexts/probe/context.yaml
"$postern" check contexts/probe 2>&1 | grep -v 'would refuse this file' | grep -v module | grep -v 'the directory'
"$postern" check --groups /nowhere contexts/probe >/dev/null 2>&1
echo $?
rm groups/own.yaml
"$postern" check contexts/probe 2>&1 | sed 's| and /.*| and the others|'
