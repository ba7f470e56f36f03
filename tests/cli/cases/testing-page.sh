# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The page's example, word by word, with contexts/motd as its module.
mkdir page
cd page || exit 1
sed -n '/^```c$/,/^```$/p' "$here/../../docs/testing.md" | sed '1d; $d' >test_announce.c
cp "$here/../../contexts/motd/context.yaml" . && cp "$build/modules/motd.so" . || exit 1
"${CC:-cc}" -Wall -Wextra -Werror -I"$build/include" test_announce.c "$build/libpostern-testing.so.1" -lcmocka \
	-o test_announce || exit 1
CMOCKA_MESSAGE_OUTPUT=TAP LD_LIBRARY_PATH=$build ./test_announce
