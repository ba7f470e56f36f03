# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
sed "s|/nowhere|$PWD|" "$here/contexts/motd/context.yaml" >module.yaml
check() {
	"$postern" check --module module.yaml 2>&1 | grep -v warning
}
echo 'no shared object' >motd.so
check
: >motd.so
check
rm motd.so
mkfifo motd.so
check
rm motd.so
echo 'int nothing;' >other.c
"${CC:-cc}" -shared -fPIC other.c -o motd.so
check
cat >old.c <<END
const struct { unsigned version, len; const void *entries; } postern_module = {77, 1, 0};
END
"${CC:-cc}" -shared -fPIC old.c -o motd.so
check
sed 's/77, 1/1, 1/' old.c >points-nowhere.c
"${CC:-cc}" -shared -fPIC points-nowhere.c -o motd.so
check
sed 's/77, 1/1, 0xffffffff/' old.c >endless.c
"${CC:-cc}" -shared -fPIC endless.c -o motd.so
check
# A good one, cut short anywhere, is refused, and nothing worse.
cat >good.c <<END
#include "postern-entrypoint.h"
static int nothing(struct postern_invocation *call) { return (void)call, 0; }
POSTERN_MODULE({"update_motd", nothing}, {"read_motd", nothing});
END
"${CC:-cc}" -shared -fPIC -I"$here/../../userspace/lib" good.c -o whole.so
cp whole.so motd.so
"$postern" check --module module.yaml >/dev/null 2>&1
echo "whole: $?"
for size in 1 16 64 100 1000 4000 8000 12000; do
	head -c $size whole.so >motd.so
	"$postern" check --module module.yaml >/dev/null 2>&1
	echo "$size bytes: $?"
done
