# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a program needs differs between hosts: only its kind is looked at here.
cat >probe.yaml <<END
context: probe
module: probe.so
user: root
group: root
callers: {users: [root]}
entrypoints:
  run:
    exec: [$PWD/script]
END
printf '#!/bin/sh\n' >script
chmod 755 script
"$postern" explain ./probe.yaml >listed
sed -n 's/ (exec of .*//; 2p' listed
grep -c '^  /bin/sh  \[read, execute\]  (exec of' listed
grep -q 'libc\.so' listed && echo a shared library
grep -q '/ld-linux' listed && echo the loader
grep -v exec listed
"$postern" explain --json ./probe.yaml:run | head -n 1
