# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Each type as argument and as result, by itself, in a list and in a record, what fits and what does not: in C and in
# Python by what was generated, and by `postern call`; between them the worker's own code.
mkdir types
cd types || exit 1
"$postern" gen --output . c "$here/gen/types.yaml" && "$postern" gen --output . module "$here/gen/types.yaml" &&
	"$postern" gen --output . python "$here/gen/types.yaml" || exit 1
flags="-std=c11 -Wall -Wextra -Werror -g -I$build/include -I."
"${CC:-cc}" $flags -D_GNU_SOURCE -shared -fPIC "$here/gen/types_module.c" -o module.so || exit 1
"${CC:-cc}" $flags "$here/gen/types_client.c" "$build/libpostern.so.1" -o client || exit 1
. "$here/start-fake"
start_fake "$here/gen/types.yaml" sockets "$PWD/module.so" || exit 1
LD_LIBRARY_PATH=$build ./client "$PWD/sockets/context"
echo "status $?"

echo '-- the command'
"$postern" call "$PWD/sockets/context" boolean-list values=true,false
"$postern" call "$PWD/sockets/context" boolean-list values=true,perhaps
"$postern" call "$PWD/sockets/context" data-list values=hex:6162,text,hex:
"$postern" call "$PWD/sockets/context" data-list values=hex:0
"$postern" call "$PWD/sockets/context" data-list values=12345
"$postern" call "$PWD/sockets/context" sparse 'value={"boolean": false, "data": "hex:00ff"}'
"$postern" call --json "$PWD/sockets/context" data-list values=hex:00ff,text

echo '-- Python'
PYTHONPATH=$here/../../userspace/python PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 - "$PWD/sockets/context" <<'END'
import sys

import every_type
import postern

VALUES = {  # what fits, and what does not
    "boolean": ([True, False], []),
    "integer": ([-3, 9], [-4, 10]),
    "text": (["é a"], ["", "A", "a\n", "é" * 5]),
    "data": ([b"", b"\0\xff"], [b"12345"]),
    "word": (["up", "very-down"], ["UP", ""]),
    "path": (["/etc/x/y"], ["/etc", "/etcx", "/etc/../x", "etc/x"]),
    "present": (["/etc/passwd"], ["/etc/nothing-here"]),
    "absent": (["/etc/nothing-here"], ["/etc/passwd"]),
    "interface": (["eth0"], ["a/b", "x" * 16, ""]),
    "mac": (["02:00:5e:10:00:ff"], ["02:00:5e:10:00", "02-00-5e-10-00-ff"]),
    "address": (["::1", "192.0.2.1"], ["192.0.2", "::g"]),
    "address4": (["192.0.2.1"], ["::1"]),
    "prefix": (["192.0.2.0/24", "2001:db8::/32"], ["192.0.2.1/24", "192.0.2.0"]),
    "prefix6": (["2001:db8::/32"], ["192.0.2.0/24"]),
    "uuid": (["12345678-1234-1234-1234-123456789abc"], ["12345678-1234-1234-1234-123456789ABC", "x"]),
    "user": (["daemon"], ["no such", "-x"]),
    "group": (["adm"], ["a:b"]),
    "size": ([0, 1 << 20], [-1, (1 << 20) + 1]),
    "duration": ([10**9], [1, 6 * 10**9]),
}


def refused(kind, function, *values):
    try:
        print("let through:", function.__name__, values, function(*values))
    except kind as error:
        return str(error)


every_type._context = postern.Context(sys.argv[1])
for name, (good, bad) in VALUES.items():
    one, several = getattr(every_type, name), getattr(every_type, f"{name}_list")
    assert [one(value) for value in good] == good and several(good) == good and several([]) == [], name
    for value in bad:
        said = (refused(postern.BadArgument, one, value), refused(postern.BadArgument, several, [good[0], value]),
                refused(postern.FunctionError, one, good[0], value))
        assert "value: " in said[0] and "element 2" in said[1] and "module's mistake" in said[2], said
    for value in ([None], {"a": 1}, 1.5):
        try:
            print("let through:", name, one(value))
        except (postern.BadArgument, TypeError):
            pass
whole = {name: good[0] for name, (good, _) in VALUES.items()}
assert every_type.whole(whole) == whole
assert every_type.sparse([{}, whole, {"mac": whole["mac"]}]) == [{}, whole, {"mac": whole["mac"]}]
lists = {name: good for name, (good, _) in VALUES.items()}
assert every_type.lists(lists) == lists
for name, (_, bad) in VALUES.items():
    for value in bad:
        said = (refused(postern.BadArgument, every_type.whole, whole | {name: value}),
                refused(postern.BadArgument, every_type.sparse, [{}, {name: value}]),
                refused(postern.BadArgument, every_type.lists, lists | {name: [value]}))
        assert all(f".{name}" in text for text in said), said
print(len(VALUES), "types")
END
kill $server
