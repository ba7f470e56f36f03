# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A client and a module, each made with what was generated, and the worker's own code between them.
mkdir round-trip
cd round-trip || exit 1
manifest=$here/gen/every.yaml
sed 's/nobody-[a-z]*/root/' "$manifest" >every.yaml
cp "$here/gen/every_module.c" "$here/gen/every_client.c" .
"$postern" gen --output . c "$manifest" && "$postern" gen --output . module "$manifest" || exit 1
flags="-std=c11 -Wall -Wextra -Werror -g -I$build/include -I."
"${CC:-cc}" $flags -D_GNU_SOURCE -shared -fPIC every_module.c -o every.so || exit 1
"${CC:-cc}" $flags every_client.c "$build/libpostern.so.1" -o client || exit 1
. "$here/start-fake"
start_fake every.yaml sockets "$PWD/every.so" || exit 1
LD_LIBRARY_PATH=$build ./client "$PWD/sockets/context"
echo "status $?"

# The client was made for another result.
sed 's/flag: boolean}, result: boolean/flag: boolean}, result: integer/' "$manifest" >changed.yaml
"$postern" gen --prefix changed_ c ./changed.yaml >changed.h || exit 1
cat >changed.c <<'END'
#include <stdio.h>
#include "changed.h"

int main(int argc, char **argv)
{
	struct postern *context = postern_new(argv[argc - 1]);
	struct postern_failure *failure = NULL;
	int64_t number = 5;
	int r = changed_is(context, true, &number, &failure);

	printf("%s, %d: %s; %s\n", strerror(-r), (int)number, postern_failure_message(failure),
	       postern_failure_hint(failure));
	postern_failure_free(failure);
	postern_free(context);
	return 0;
}
END
"${CC:-cc}" $flags changed.c "$build/libpostern.so.1" -o changed && LD_LIBRARY_PATH=$build ./changed "$PWD/sockets/context"

# The same functions from Python.
"$postern" gen --output . python "$manifest" || exit 1
PYTHONPATH=$here/../../userspace/python PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 - "$PWD/sockets/context" <<'END'
import sys

import every_form
import postern

every_form._context = postern.Context(sys.argv[1])
print(every_form.all(True, -5, 1 << 20, 10**9, "text", b"\0\xff", "very-slow", ["a", ""], [1, 2], ["three", "one"]))
print(every_form.maybe_all(mode="fast", modes=["two"]))
print(every_form.is_(True), every_form.add(40, 2, timeout=60), every_form.upper("loud"), every_form.reverse(b"\0b"))
whole = every_form.whole({"flag": True, "count": -5, "text": "text", "data": b"\0", "mode": "fast", "words": ["a"],
                          "numbers": [1], "modes": ["three"]})
print(whole["flag"], whole["count"], whole)
print(every_form.part(), every_form.part({}), every_form.part({"text": "é", "numbers": ()}))
print(every_form.several([{"name": "one"}, {"name": "two", "mode": "up", "tags": ["x"]}]), every_form.keep())
print(every_form.next("two"), every_form.twice([1, -2]))
try:
    every_form.add(2**63 - 1, 1)
except OSError as error:
    print(error)
END
kill $server
