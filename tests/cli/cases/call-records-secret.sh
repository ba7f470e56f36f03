# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A secret record is one with all its fields: neither the command nor the worker says the value of one that does not fit.
mkdir records-secret
cd records-secret || exit 1
cat >secret.yaml <<END
context: secret
module: /nowhere/secret.so
user: root
group: root
callers: {users: [root]}
entrypoints:
  echo:
    arguments:
      whole: {type: record, secret: true, optional: true, fields: {n: integer, word: {type: string, max_length: 3, optional: true}}}
      part: {type: record, optional: true, fields: {n: {type: integer, secret: true, optional: true}, open: {type: integer, optional: true}}}
      list: {type: list, secret: true, optional: true, element: integer}
    result: {type: list, element: string}
END
. "$here/start-fake"
start_fake secret.yaml sockets || exit 1
for words in 'whole={"n":"hunter2"}' 'whole={"n":1,"word":"hunter2"}' 'part={"n":"hunter2"}' 'part={"open":"shown"}' list=hunter2; do
	"$postern" call "$PWD/sockets/context" echo "$words"
done
kill $server
