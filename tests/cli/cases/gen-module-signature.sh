# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A function as the manifest has it compiles, and check finds its name; one with another signature
# does not compile, and a missing one does not link.
"$postern" gen --output . module "$here/../../contexts/motd" || exit 1
cat >module.c <<'END'
#include "postern-motd-module.h"

int update_motd(struct postern_invocation *call, const char *message)
{
	return postern_fail(call, EPERM, "%s", message);
}

int update_file(struct postern_invocation *call, const char *filename, const char *content)
{
	return postern_fail(call, EPERM, "%s %s", filename, content);
}

int read_motd(struct postern_invocation *call)
{
	return read_motd_return(call, "text");
}
END
sed "s|motd.so|$PWD/motd.so|; s/alice/root/" "$here/../../contexts/motd/context.yaml" >module.yaml
build() {
	echo "== $1"
	"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -shared -fPIC -I"$build/include" -I. "$2" -o motd.so >said 2>&1
	echo "status $?"
	grep -o "conflicting types for '[a-z_]*'\|passing argument [0-9] of '[a-z_]*'\|hidden symbol .[a-z_]*. isn't defined" said | sort -u
}
build 'as the manifest says' module.c
"$postern" check --module module.yaml 2>&1 | grep -v warning
sed 's/const char \*message/int64_t message/; s/"%s"/"%d"/; s/, message);/, (int)message);/' module.c >other.c
build 'another type' other.c
sed 's/, const char \*message)/, const char *message, const char *more)/; s/message);/message + !more);/' module.c >other.c
build 'one more argument' other.c
sed 's/call, "text"/call, 12/' module.c >other.c
build 'another result' other.c
sed '/^int read_motd/,$d' module.c >other.c
build 'a missing function' other.c
