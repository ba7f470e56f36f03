# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The functions of test_helper_python.c."""

import datetime
import errno
import ipaddress
import logging
import os
import random
import sys
import threading
import warnings

from postern.entrypoint import Failure, entrypoint, open_path

LOG = logging.getLogger(__name__)
imported_by = os.getpid()
fork_seed = random.getrandbits(64)


class NoSuchVolume(Exception):
    postern_errno = errno.ENOENT
    postern_name = "no_such_volume"


class HTTPServerError(Exception):
    pass


@entrypoint
def types(flag, count, text, data, words, address, absent, fallback="of the function"):
    return repr([flag, count, text, data, words, address, absent, fallback])


def _errno():
    os.open("/nowhere/file", os.O_RDONLY)


def _named():
    raise Failure("volume_in_use", "vol-1 is in use", errno.EBUSY, volume="vol-1", users=3)


def _class():
    raise NoSuchVolume("vol-2")


def _other():
    raise HTTPServerError("it said 500")


def _value():
    return int("fourteen")


def _memory():
    return str(len(bytearray(1 << 40)))


def _print():
    print("one line", "of two words")
    print("no end", end="")
    sys.stderr.write("to standard error\n")
    return "printed"


def _log():
    LOG.debug("a detail")
    LOG.warning("careful with %s", "this")
    try:
        _value()
    except ValueError:
        LOG.exception("that was no number")
    warnings.warn("old")
    return "logged"


def _environment():
    before = os.environ.get("LEFT", "nothing")
    os.environ["LEFT"] = "something"
    return before


def _directory():
    before = os.getcwd()
    os.chdir("/usr")
    return before


def _wrong_type():
    return 7


def _surrogate():
    return "\udcff"


def _exit():
    sys.exit(7)


def _os_exit():
    os._exit(8)


def _child():
    """What a child that is left in a function does is nobody's answer."""
    if os.fork() == 0:
        return "of the child"
    os.wait()
    return "of the parent"


def _thread():
    seen = []
    thread = threading.Thread(target=seen.append, args=("by a thread",))
    thread.start()
    thread.join()
    return seen[0]


def _process():
    # The functions were imported once, by the helper; random numbers differ in each worker.
    return f"{imported_by == 1} {os.getpid() != imported_by} {random.getrandbits(64) != fork_seed}"


def _interpreter():
    return repr((sys.flags.isolated, sys.flags.no_site, sys.dont_write_bytecode, "" in sys.path, sys.path[-1]))


def _client():
    import postern
    return str(hasattr(postern, "Context"))


@entrypoint
def do(what):
    return globals()[f"_{what}"]()


@entrypoint
def secret(token):
    return int(token)


@entrypoint
def secret_field(peers):
    return [int(peer["key"]) for peer in peers]


@entrypoint
def read(what, file, more):
    path = {"file": file, "create": file, "other": "/usr/lib/python3.11/os.py"}.get(what, more["files"][0])
    if "create" in what:
        with open(open_path(path, os.O_RDONLY | os.O_CREAT)) as opened:
            return opened.read(12)
    with open(path, opener=open_path) as opened:
        return opened.read(12)


@entrypoint
def network(plain=False):
    return ipaddress.ip_address("192.0.2.1") if not plain else None


@entrypoint
def delay():
    return datetime.timedelta(seconds=2)


@entrypoint
def nothing():
    return None


@entrypoint
def too_much():
    return "something"


@entrypoint
def routes(routes):
    return {"seen": repr(routes), "count": len(routes)}


@entrypoint
def fresh(what):
    return do(what)


def not_marked():
    return None
