# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A client of posternd cannot be made to run functions itself: its library has nothing for that, and does not see the
# environment. The library that has it knows no sockets.
outside() { nm -D --undefined-only "$1" | sed 's/.* //; s/@.*//' | grep -E "^($2)\$"; }
inside() { nm -D --defined-only "$1" | sed 's/.* //; s/@.*//' | grep -E "$2"; }
echo 'libpostern:'
inside "$build/libpostern.so.1" 'postern_(testing|arg_|return_|log$)'
outside "$build/libpostern.so.1" 'getenv|secure_getenv|environ|__environ|dlopen|dlsym|dlmopen'
# So that neither can be empty for another reason.
inside "$build/libpostern.so.1" '^postern_call$'
outside "$build/libpostern.so.1" 'connect|socket'
echo 'libpostern-testing:'
outside "$build/libpostern-testing.so.1" 'getenv|secure_getenv|environ|__environ|connect|socket'
outside "$build/libpostern-testing.so.1" 'dlopen'

mkdir apart
cd apart || exit 1
cat >client.c <<'END'
#include <postern/postern.h>
#include <stdio.h>

int main(void)
{
	struct postern *motd = postern_new("/nowhere/motd.sock");
	struct postern_failure *failure = NULL;
	int r = postern_call(motd, "read_motd", NULL, 100, NULL, &failure);

	printf("%d %s\n", r, postern_failure_message(failure));
	postern_failure_free(failure);
	postern_free(motd);
	return 0;
}
END
"${CC:-cc}" -I"$build/include" client.c "$build/libpostern.so.1" -o client || exit 1
for words in '' 'POSTERN_TESTING=1 POSTERN_IN_PROCESS=1 POSTERN_MODE=in-process POSTERN_MANIFEST=/etc/motd'; do
	env $words LD_LIBRARY_PATH="$build" ./client
done
