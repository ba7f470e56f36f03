# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The functions of the context trial-python."""

import ctypes
import os
import subprocess
import sys
import threading
import time

from postern.entrypoint import Failure, entrypoint

PLACE = "/srv/trial/python"
TOOL = "/usr/local/lib/postern-tests/bin/tool"

calls = 0


def _count():
    global calls
    calls += 1
    return str(calls)


def _file():
    with open(f"{PLACE}/file", "w") as file:
        file.write("written")
    os.rename(f"{PLACE}/file", f"{PLACE}/other")
    with open(f"{PLACE}/other") as file:
        return f"{file.read()} {os.listdir(PLACE)}"


def _outside():
    with open("/etc/passwd") as file:
        return file.read()


def _look():
    return "regular" if os.stat("/etc/passwd").st_size else "empty"


def _caught():
    try:
        return _outside()
    except PermissionError as error:
        return f"caught {error.errno}"


def _import():
    import colorsys
    return colorsys.__name__


def _import_compiled():
    import _lsprof
    return _lsprof.__name__


def _import_again():
    import subprocess as known
    return known.__name__


def _value():
    return int("fourteen")


def _failure():
    raise Failure("volume_in_use", "vol-1 is in use", 16, volume="vol-1")


def _print():
    print("trial-python says this")
    print(b"\x00" * 3, "\udcff", "x" * 5000)
    return "printed"


def _exit():
    sys.exit(7)


def _os_exit():
    os._exit(8)


def _abort():
    os.abort()


def _loop():
    while True:
        pass


def _memory():
    return str(len(bytearray(1 << 30)))


def _thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(_caught()))
    thread.start()
    thread.join()
    return seen[0]


def _fork():
    child = os.fork()
    if child == 0:
        os._exit(0 if _caught() == "caught 13" else 1)
    return f"the child exits with {os.waitpid(child, 0)[1]}"


def _callback():
    """libffi makes code at run time for this."""
    numbers = (ctypes.c_int * 3)(3, 1, 2)
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    ctypes.CDLL(None).qsort(numbers, 3, ctypes.sizeof(ctypes.c_int), kind(lambda a, b: a[0] - b[0]))
    return str(list(numbers))


def _run():
    with open(f"{PLACE}/input", "w"):
        pass
    done = subprocess.run([TOOL, "read", f"{PLACE}/input"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return f"exits with {done.returncode}"


def _run_denied():
    """The program is held to the rules of the function that started it."""
    return f"exits with {subprocess.run([TOOL, 'read', '/etc/passwd']).returncode}"


def _run_other():
    return str(subprocess.run(["/usr/local/lib/postern-tests/bin/not-named", "read", "/dev/null"]).returncode)


def _sleep():
    time.sleep(30)


@entrypoint
def pass_on(image):
    """The file that came: an object of its own, which is closed when this returns."""
    assert os.pread(image, 1, 0)
    return os.fdopen(os.dup(image), "rb")


@entrypoint
def do(what):
    return globals()[f"_{what}"]()


@entrypoint
def fresh(what):
    return do(what)


@entrypoint
def narrow(what):
    return do(what)


@entrypoint
def not_named():
    return "this is in no manifest"
