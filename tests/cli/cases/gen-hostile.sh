# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Texts of the manifest end neither comments nor strings, and say in Python and C what they said in
# the manifest.
for kind in c python doc; do
	"$postern" gen $kind "$here/gen/hostile.yaml"
done
