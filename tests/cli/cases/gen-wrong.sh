# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" gen
"$postern" gen pyhton motd
"$postern" gen c
"$postern" gen c motd link
"$postern" gen --contexts "$here/../../contexts" c mtod
"$postern" gen --contexts "$here/../../contexts" c motd >/dev/null && echo found by its name
"$postern" gen c ./nothing.yaml
"$postern" gen --prefix x_ python "$here/../../contexts/motd"
"$postern" gen --prefix 9 c "$here/../../contexts/motd"
"$postern" gen --output ./nowhere c "$here/../../contexts/motd"
sed 's/: string/: strnig/' "$here/../../contexts/motd/context.yaml" >wrong.yaml
"$postern" gen c wrong.yaml
