# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
cp "$here/contexts/motd/context.yaml" writable.yaml
chmod 666 writable.yaml
"$postern" check writable.yaml 2>&1 | grep -o 'writable.yaml: warning: posternd would refuse this file'
