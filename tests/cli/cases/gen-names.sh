# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Names that would be one in the code, or that the library has, are refused; nothing is made then.
try() {
	cat >try.yaml
	for kind in c module python; do
		"$postern" gen $kind try.yaml >made
		echo "$kind: status $?, $(wc -c <made | sed 's/^[1-9][0-9]*$/some/') bytes"
	done
}
head='module: /nowhere/x.so
user: root
group: root
callers: {users: [root]}
entrypoints:'
try <<END
context: dashes
$head
  do-it: {}
  do_it: {}
END
try <<END
context: words
$head
  set: {arguments: {mode: {type: enum, values: [a-b, a_b]}}}
END
try <<END
context: within
$head
  go: {}
  go_within: {}
  go_return: {}
END
try <<END
context: postern
$head
  call: {}
END
try <<END
context: builtin
$head
  list: {arguments: {names: {type: list, element: string}}, result: {type: list, element: string}}
END
"$postern" gen python try.yaml | grep -A4 '^def\|^import'
"$postern" gen --prefix other_ c try.yaml | grep -c 'static inline int other_list'
# In Python the context is a class where callers name a network namespace, and so is a record.
try <<END
context: set-route
module: /nowhere/x.so
user: root
group: root
namespaces: {user: host, network: {name: "qr-{id}", arguments: {id: uuid}}}
callers: {users: [root]}
entrypoints:
  set: {arguments: {route: {type: record, fields: {via: address}}}}
END
