# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The module's names are read from its file, in both forms that a linker gives pointers; its
# constructor, which would tell, does not run.
cat >module.c <<END
#include <stdio.h>
#include "postern-entrypoint.h"
static int nothing(struct postern_invocation *call) { return (void)call, 0; }
__attribute__((constructor)) static void loaded(void) { puts("THE MODULE'S CODE RAN"); }
POSTERN_MODULE({"update_motd", nothing}, {"raed_motd", nothing});
END
sed "s|/nowhere|$PWD|" "$here/contexts/motd/context.yaml" >module.yaml
build() {
	"${CC:-cc}" -shared -fPIC -I"$here/../../userspace/lib" "$@" -o motd.so
}
check() {
	"$postern" check --module module.yaml 2>&1 | grep -v warning
}
for relocations in '' -Wl,-z,pack-relative-relocs; do
	echo "$relocations"
	build $relocations module.c && check
	sed s/raed/read/ module.c >mended.c
	build $relocations mended.c && check
done
