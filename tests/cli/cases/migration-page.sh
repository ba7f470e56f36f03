# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The code of docs/migration.md, word by word: manifest, functions and call sites fit each other. With posternd it runs in
# tests/integration/python.c.
mkdir migration
cd migration || exit 1
block() { "$here/../page-block" "$here/../../docs/migration.md" "$@"; }
export PYTHONPATH=$here/../../userspace/python:. PYTHONDONTWRITEBYTECODE=1
mkdir -p storage/privsep srv/volumes
block 'Step 1' yaml | sed "s|/usr/local/lib/storage|$PWD|; s/\[storage\]/[root]/" >context.yaml
block 'Step 2' python >volumes.py
block 'Step 3' python >call_site.py
block Errors python >translated.py
"$postern" check --module context.yaml 2>&1 | grep -v warning
"$postern" gen --output storage/privsep python context.yaml && "$postern" gen python-module context.yaml | grep '^def'
/usr/bin/python3 - <<'END'
import contextlib
import pathlib

import postern
import postern.testing

import volumes

HERE = pathlib.Path.cwd()


class exception:
    class VolumeNotFound(Exception):
        def __init__(self, path):
            super().__init__(path)


def run(file, **names):
    exec(compile(pathlib.Path(file).read_text(), file, "exec"), names)
    return names


functions = {"give_volume": volumes.give_volume, "resize_volume": volumes.resize_volume}
with postern.testing.in_process("volumes", manifest="context.yaml", root=HERE, functions=functions) as local:
    volume = HERE / "srv/volumes/vol-1"
    run("call_site.py", path=str(volume))
    print("not found:", local.calls[0].error.name)
    volume.touch()
    run("call_site.py", path=str(volume))
    print("owner:", volume.stat().st_uid)
    try:
        run("call_site.py", path="/etc/passwd")
    except postern.BadArgument as error:
        print("bad argument:", error.argument)
    volume.unlink()
    try:
        with run("translated.py", contextlib=contextlib, postern=postern, exception=exception)["translated"]():
            postern.Context("volumes").call("give_volume", volume, 1000)
    except exception.VolumeNotFound:
        print("translated")
END
block 'From oslo.rootwrap' yaml >part.yaml
block 'From oslo.rootwrap' python 2 >rootwrap.py
/usr/bin/python3 - "$here/../../contexts/sysctl/context.yaml" <<'END'
import sys

import postern
import postern.testing
import yaml

part = yaml.safe_load(open("part.yaml"))
with open(sys.argv[1]) as file:
    whole = yaml.safe_load(file)["entrypoints"]
print("as in contexts/sysctl:", all(whole[name] | said == whole[name] for name, said in part.items()))
functions = {"set_reverse_path_filter": lambda interface, mode: print(interface, mode)}
with postern.testing.in_process("sysctl", manifest=sys.argv[1], functions=functions):
    exec(open("rootwrap.py").read(), {"postern": postern, "interface": "eth0"})
END
