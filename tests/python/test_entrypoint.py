# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a helper makes of functions in Python, without a helper: userspace/python_host, postern.entrypoint."""

import dataclasses
import datetime
import errno
import functools
import ipaddress
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

from postern import _convert
from postern.entrypoint import Failure, entrypoint, open_path

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent.parent / "userspace/python_host"))
sys.modules["_postern"] = types.SimpleNamespace(log=lambda level, text: None, journal=lambda level, text: None)

import postern_failure  # noqa: E402
import postern_host  # noqa: E402


class NoSuchPool(LookupError):
    postern_name = "no_such_pool"


class Numbered(OSError):
    postern_name = "numbered"


class Badly(Exception):
    postern_name = "Not A Name"
    fields = 7


def plain(a, b=2, *, c, d=4):
    return a, b, c, d


@functools.wraps(plain)
def wrapped(*args, **kwargs):
    return plain(*args, **kwargs)


class Marks(unittest.TestCase):
    def test_mark(self) -> None:
        self.assertIs(entrypoint(plain), plain)
        self.assertTrue(plain.__postern_entrypoint__)
        self.assertEqual(plain(1, c=3), (1, 2, 3, 4))

    def test_open_path(self) -> None:
        """Without a worker: as os.open(), and over no link at the end."""
        with tempfile.TemporaryDirectory() as folder:
            file, link = pathlib.Path(folder) / "file", pathlib.Path(folder) / "link"
            with open(file, "w", opener=open_path) as opened:
                opened.write("text")
                self.assertFalse(os.get_inheritable(opened.fileno()))
            link.symlink_to(file)
            with open(str(file), opener=open_path) as opened:
                self.assertEqual(opened.read(), "text")
            with self.assertRaises(OSError) as caught:
                open(link, opener=open_path)
            self.assertEqual(caught.exception.errno, errno.ELOOP)

    def test_failure(self) -> None:
        failure = Failure("in_use", "vol-1 is in use", errno.EBUSY, volume="vol-1", users=3)
        self.assertEqual((str(failure), failure.postern_name, failure.postern_errno, failure.fields),
                         ("vol-1 is in use", "in_use", errno.EBUSY, {"volume": "vol-1", "users": "3"}))
        self.assertEqual(str(Failure("in_use")), "in_use")
        for name in ("", "In Use", "7", "a" * 64, None):
            with self.assertRaises(ValueError):
                Failure(name)
        with self.assertRaises(ValueError):
            Failure("in_use", "", 5, **{f"f{i}": i for i in range(9)})
        with self.assertRaises(ValueError):
            Failure("in_use", "", 5, **{"No Name": 1})


class Failures(unittest.TestCase):
    def told(self, error: BaseException) -> tuple:
        found, expected = postern_failure.details(error)
        return (*found, expected)

    def test_errno(self) -> None:
        self.assertEqual(self.told(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/etc/none")),
                         (None, errno.ENOENT, "/etc/none", {}, True))
        self.assertEqual(self.told(OSError(errno.EXDEV, os.strerror(errno.EXDEV), b"/a\xff", None, "/b")),
                         (None, errno.EXDEV, "/a\udcff -> /b", {}, True))
        self.assertEqual(self.told(OSError(errno.EIO, "the disk is gone")),
                         (None, errno.EIO, "the disk is gone", {}, True))
        self.assertEqual(self.told(PermissionError("not today")), (None, errno.EACCES, "not today", {}, True))
        self.assertEqual(self.told(TimeoutError()), (None, errno.ETIMEDOUT, "", {}, True))
        self.assertEqual(self.told(OSError(-5, "odd"))[1], errno.EIO)
        self.assertEqual(self.told(OSError("odd", "odder"))[1], errno.EIO)

    def test_named(self) -> None:
        self.assertEqual(self.told(Failure("in_use", "text", errno.EBUSY, a=1)),
                         ("in_use", errno.EBUSY, "text", {"a": "1"}, True))
        self.assertEqual(self.told(NoSuchPool("pool-1")), ("no_such_pool", errno.EINVAL, "pool-1", {}, True))
        self.assertEqual(self.told(Numbered(errno.EROFS, "ro"))[:2], ("numbered", errno.EROFS))

    def test_others(self) -> None:
        self.assertEqual(self.told(ValueError("seven")), ("value_error", errno.EINVAL, "seven", {}, False))
        self.assertEqual(self.told(MemoryError()), ("memory_error", errno.ENOMEM, "MemoryError", {}, False))
        self.assertEqual(self.told(Badly("x")), ("badly", errno.EIO, "x", {}, False))
        self.assertEqual(self.told(subprocess.CalledProcessError(3, ["ls"]))[0], "called_process_error")

    def test_names(self) -> None:
        for kind, name in (("HTTPServerError", "http_server_error"), ("Error2Big", "error2_big"), ("_Private", "private"),
                           ("Größe", "gr__e"), ("Ü", "error"), ("A" * 100, "a" * 63), ("VIFInUse", "vif_in_use")):
            self.assertEqual(postern_failure.name_of(type(kind, (Exception,), {})), name)


class Functions(unittest.TestCase):
    def test_fit(self) -> None:
        self.assertEqual(postern_host.misfit(plain, ("a", "c")), (None, ("a", "c")))
        self.assertEqual(postern_host.misfit(plain, ("a", "b", "c", "d")), (None, ("a", "c")))
        self.assertEqual(postern_host.misfit(wrapped, ("a", "c")), (None, ("a", "c")))
        self.assertIn("needs a parameter c", postern_host.misfit(plain, ("a",))[0])
        self.assertIn("no parameter e", postern_host.misfit(plain, ("a", "c", "e"))[0])
        self.assertIsNone(postern_host.misfit(lambda **more: more, ("any", "thing"))[0])
        self.assertIn("no parameter a", postern_host.misfit(lambda a, /: a, ("a",))[0])
        self.assertEqual(postern_host.misfit(len, ("obj",)), (None, ("obj",)))

        async def late():
            pass
        self.assertIn("async", postern_host.misfit(late, ())[0])

    def run_one(self, function, arguments, result=(_convert.NONE, 0, False)):
        absent = postern_host.misfit(function, tuple(arguments))[1]
        given = {name: value for name, value in arguments.items() if value is not None}
        described = [postern_host.Field(name, _convert.STRING) for name in arguments]
        one = postern_host._Function(function, absent, described, postern_host.Field("", *result))
        with mock.patch.dict(postern_host._functions, {"one": one}), \
                mock.patch.dict(postern_host._environment, dict(os.environ)), \
                mock.patch.object(postern_host, "_journal") as self.journal:
            return postern_host.run("one", given, (7, 6, False))

    def test_defaults(self) -> None:
        seen = []
        self.run_one(lambda a, b, c="own": seen.append((a, b, c)), {"a": 1, "b": None, "c": None})
        self.assertEqual(seen, [(1, None, "own")])

    def test_results(self) -> None:
        for number, value, wire in (
                (_convert.ADDRESS, ipaddress.ip_address("::1"), "::1"), (_convert.PATH, pathlib.Path("/etc"), "/etc"),
                (_convert.DURATION, datetime.timedelta(milliseconds=5), 5000000), (_convert.BYTES, bytearray(b"a"), b"a"),
                (_convert.BOOLEAN, True, True), (_convert.INTEGER, -1, -1)):
            self.assertEqual(self.run_one(lambda: value, {}, (number, 0, False)), (postern_host.RETURN, wire))
        self.assertEqual(self.run_one(lambda: ("a", "b"), {}, (_convert.LIST, _convert.STRING, False)),
                         (postern_host.RETURN, ["a", "b"]))
        self.assertEqual(self.run_one(lambda: None, {}, (_convert.STRING, 0, True)), (postern_host.RETURN, None))
        self.assertEqual(self.run_one(lambda: None, {}), (postern_host.RETURN, None))
        for number, value in ((_convert.STRING, None), (_convert.STRING, b"a"), (_convert.INTEGER, True),
                              (_convert.INTEGER, 1 << 63), (_convert.STRING, "a\0"), (_convert.NONE, 1)):
            self.assertEqual(self.run_one(lambda: value, {}, (number, 0, False))[0], postern_host.MISTAKE)

    def test_records(self) -> None:
        route = (_convert.RECORD, 0, False, None, [("to", _convert.PREFIX), ("via", _convert.ADDRESS, 0, True),
                                                   ("metric", _convert.INTEGER, 0, True, 100)])
        argument = postern_host.Field("route", *route)
        given = {"to": "::/0"}
        argument.complete(given)
        self.assertEqual(given, {"to": "::/0", "via": None, "metric": 100})
        several = postern_host.Field("routes", _convert.LIST, _convert.RECORD, False, None, route[-1])
        given = [{"to": "::/0", "metric": 7}]
        several.complete(given)
        self.assertEqual(given, [{"to": "::/0", "via": None, "metric": 7}])

        @dataclasses.dataclass
        class Route:
            to: str
            via: object = None
            metric: int = 5
        network = ipaddress.ip_network("::/0")
        self.assertEqual(self.run_one(lambda: {"to": network}, {}, route), (postern_host.RETURN, {"to": "::/0"}))
        self.assertEqual(self.run_one(lambda: Route("::/0"), {}, route),
                         (postern_host.RETURN, {"to": "::/0", "metric": 5}))
        self.assertEqual(self.run_one(lambda: {"via": "::1"}, {}, route)[0], postern_host.MISTAKE)
        self.assertEqual(self.run_one(lambda: {"to": "::/0", "metric": "x"}, {}, route),
                         (postern_host.MISTAKE, "its result.metric: expected an integer, got str"))

    def test_ends(self) -> None:
        def fail(error):
            raise error
        self.assertEqual(self.run_one(lambda: sys.exit(3), {}), (postern_host.EXIT, 3))
        self.assertEqual(self.run_one(lambda: sys.exit(), {}), (postern_host.EXIT, 0))
        self.assertEqual(self.run_one(lambda: fail(OSError(2, "x")), {})[0], postern_host.FAILED)
        self.journal.assert_not_called()
        self.assertEqual(self.run_one(lambda: fail(KeyboardInterrupt()), {})[1][0], "keyboard_interrupt")
        self.journal.assert_called_once()
        self.assertEqual(self.run_one(lambda: fail(ValueError("\udcff\0")), {})[1][2], "\\udcff\\0")

    def test_environment(self) -> None:
        self.run_one(lambda: os.environ.update(LEFT="something"), {})
        self.assertNotIn("LEFT", os.environ)

    def test_levels(self) -> None:
        self.assertEqual([postern_host.syslog_level(n) for n in (1, 10, 20, 21, 25, 30, 40, 50, 99)],
                         [7, 7, 6, 5, 5, 4, 3, 2, 2])
        # What one side lets through, the other takes for as important.
        for level in range(2, 8):
            self.assertEqual(postern_host.syslog_level(postern_host.logging_level(level)), level)
        self.assertEqual(postern_host.logging_level(-1), logging.CRITICAL)


if __name__ == "__main__":
    unittest.main()
