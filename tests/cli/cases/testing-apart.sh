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

# A library of the application's that is linked with libpostern goes the way of the test that it is part of.
cat >application.c <<'EOT'
#include <postern/postern.h>
#include <stddef.h>

int application(const char *path)
{
	struct postern *every = postern_new(path);
	struct postern_args *args = postern_args_new();
	struct postern_value *sum = NULL;
	int64_t got = -1;
	int r;

	postern_args_integer(args, "left", 40);
	postern_args_integer(args, "right", 2);
	r = postern_call(every, "add", args, 100, &sum, NULL);
	if (r == 0)
		postern_value_integer(sum, &got);
	postern_value_free(sum);
	postern_args_free(args);
	postern_free(every);
	return r < 0 ? r : (int)got;
}
EOT
cat >main.c <<'EOT'
#include <stdio.h>

int application(const char *path);

int main(void)
{
	printf("%d\n", application("/nowhere/every-form.sock"));
	return 0;
}
EOT
"$postern" gen --output . module "$here/gen/every.yaml" || exit 1
flags="-D_GNU_SOURCE -I$build/include -I."
"${CC:-cc}" $flags -shared -fPIC application.c "$build/libpostern.so.1" -o libapplication.so || exit 1
"${CC:-cc}" $flags main.c ./libapplication.so -Wl,-rpath-link,"$build" -o real || exit 1
"${CC:-cc}" $flags -DMANIFEST="\"$here/gen/every.yaml\"" main.c "$here/gen/every_module.c" "$here/gen/every_in_process.c" \
	"$build/libpostern-testing.so.1" ./libapplication.so -Wl,-rpath-link,"$build" -o test || exit 1
for program in ./real ./test; do
	LD_LIBRARY_PATH="$build" $program
done
