# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
for entrypoint in yes number; do
	"$postern" call --socket "$fake/context" fake $entrypoint
	"$postern" call --socket "$fake/context" fake --json $entrypoint
done
"$postern" call --socket "$fake/context" fake fail errno=0 --json
