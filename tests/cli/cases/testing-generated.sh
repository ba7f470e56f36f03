# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What is generated, client and module, in one process: nothing differs from a call to a worker but where it runs.
mkdir in-process
cd in-process || exit 1
"$postern" gen --output . c "$here/gen/every.yaml" && "$postern" gen --output . module "$here/gen/every.yaml" || exit 1
flags="-std=c11 -Wall -Wextra -Werror -g -D_GNU_SOURCE -I$build/include -I."
"${CC:-cc}" $flags -DMANIFEST="\"$here/gen/every.yaml\"" "$here/gen/every_client.c" "$here/gen/every_module.c" \
	"$here/gen/every_in_process.c" "$build/libpostern-testing.so.1" -o client || exit 1
LD_LIBRARY_PATH=$build ./client every-form >got
echo "status $?"
sed '/^status/q' "$here/cases/gen-round-trip.expected" | sed '$d' | diff - got && echo 'as from a worker'
