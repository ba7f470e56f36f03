# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What is made can be parsed, says in its strings what the manifest says, and passes each argument on
# in the manifest's order.
mkdir generated
cd generated || exit 1
for manifest in "$here/../../contexts/motd" "$here/gen/every.yaml" "$here/gen/hostile.yaml" "$here/gen/names.yaml" "$here/../../contexts/netns"; do
	"$postern" gen --output . python "$manifest" || exit 1
done
ls
for file in *.py; do
	PYTHONPYCACHEPREFIX=$PWD/cache /usr/bin/python3 -m py_compile "$file" || exit 1
done
mkdir package
cat >package/postern.py <<'END'
class Context:
    def __init__(self, name, network=None):
        self.name, self.network = name, network

    def call(self, entrypoint, *args, timeout=None):
        return self.name, self.network, entrypoint, args, timeout
END
export PYTHONPATH=$PWD/package PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 - "$here/gen/hostile.yaml" <<'END'
import ast
import inspect
import sys
import typing

import every_form
import hostile
import motd
import names
import netns
import yaml

print(motd.update_motd("text"), motd._context.call("x"))
print(every_form.is_(True, timeout=2.5), every_form.maybe_all(True))
print(every_form.all(*range(10)))
print(names.types(["a"], b"b", "c", 1, True, 2, ["d"], 3), names.called(["one"], "e"), names.fields({}))
print(netns.Netns("qrouter-1").list_links())
print(inspect.signature(every_form.maybe_all))
try:
    every_form.add(1, 2, 3)
except TypeError as error:
    print(error)
manifest = yaml.safe_load(open(sys.argv[1]))["entrypoints"]
mode = typing.get_type_hints(hostile.first)["mode"]
print(list(typing.get_args(mode)) == manifest["first"]["arguments"]["mode"]["values"])
print(" ".join(manifest["first"]["description"].split()[:-1]).replace("\u2028 ", "")
      in " ".join(hostile.first.__doc__.split()).replace("\u2028 ", ""))
for module in every_form, hostile, motd, names, netns:
    tree = ast.parse(inspect.getsource(module))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    print(module.__name__, len(functions), all(
        f.returns and ast.get_docstring(f) and all(a.annotation or a.arg == "self" for a in f.args.args + f.args.kwonlyargs)
        for f in functions if f.name != "__init__"))
END
