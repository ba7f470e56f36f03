# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The exceptions: what they are, what they say, and what they survive."""

import copy
import errno
import pickle
import unittest

import fake
import postern
from postern import _records
from postern._values import Malformed


def answer(code: int, **entries) -> postern.PosternError:
    return _records.read_error(fake.pack({"code": code} | entries), "motd", "update")


class Errors(unittest.TestCase):
    def test_bases(self) -> None:
        for kind, base in (
            (postern.FunctionError, OSError), (postern.BadArgument, ValueError),
            (postern.NotPermitted, PermissionError), (postern.Denied, PermissionError),
            (postern.TimedOut, TimeoutError), (postern.NotAvailable, ConnectionError),
            (postern.WorkerDied, OSError), (postern.Busy, OSError), (postern.ProtocolError, OSError),
            (postern.Cancelled, OSError),
        ):
            self.assertTrue(issubclass(kind, base) and issubclass(kind, postern.PosternError))
        for one, other in ((postern.NotPermitted, postern.Denied), (postern.Busy, postern.NotAvailable)):
            self.assertFalse(issubclass(one, other) or issubclass(other, one))

    def test_cancelled(self) -> None:
        self.assertEqual(answer(10).errno, errno.ECANCELED)
        self.assertFalse(_records.keeps_connection(answer(10)))

    def test_function_error(self) -> None:
        error = answer(1, message="open /a: gone", errno=errno.ENOENT, hint="look there")
        self.assertIsInstance(error, postern.FunctionError)
        self.assertIsInstance(error, FileNotFoundError)
        self.assertNotIsInstance(error, PermissionError)
        self.assertEqual((error.errno, error.message, error.strerror), (errno.ENOENT, "open /a: gone", "open /a: gone"))
        self.assertEqual(str(error), "motd.update: open /a: gone")
        self.assertEqual((error.hint, error.__notes__), ("look there", ["hint: look there"]))
        self.assertIs(type(answer(1, errno=errno.ENOSPC)), postern.FunctionError)
        self.assertIs(type(answer(1, errno=4095)), postern.FunctionError)
        self.assertIsNone(answer(1).errno)

    def test_details(self) -> None:
        denial = {"operation": "open", "object": "shadow", "rights": "write"}
        error = answer(4, message="m", denial=denial, errno=errno.EACCES)
        self.assertEqual((error.denial, error.errno), (denial, errno.EACCES))
        self.assertEqual((error.name, error.fields), (None, {}))
        for code in (1, 4):
            error = answer(code, name="quota-reached", fields={"limit": "5"})
            self.assertEqual((error.name, error.fields), ("quota-reached", {"limit": "5"}))
        self.assertEqual(answer(6, signal=11).signal, 11)
        self.assertIsNone(answer(6).signal)
        self.assertEqual(answer(2, argument="name").argument, "name")
        self.assertEqual(answer(5).errno, errno.ETIMEDOUT)

    def test_named_once(self) -> None:
        self.assertEqual(str(answer(2, message="motd.update needs the argument a")), "motd.update needs the argument a")
        self.assertEqual(str(answer(2, message="motd.update2 is it")), "motd.update: motd.update2 is it")

    def test_no_message(self) -> None:
        for code in range(1, 11):
            self.assertRegex(str(answer(code)), r"^motd\.update: .{4}")

    def test_foreign_text(self) -> None:
        error = answer(1, message="a\x1b[2J\nb\u202e", hint="\x07", argument="x")
        self.assertTrue(str(error).isprintable() and error.hint.isprintable())
        self.assertIn("a\\x1b[2J\\nb\\u202e", str(error))

    def test_copies(self) -> None:
        for code in range(1, 11):
            error = answer(code, message="m", hint="h", errno=errno.ENOENT, signal=9, argument="a",
                           denial={"operation": "open"}, name="n", fields={"a": "b"})
            for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
                self.assertIs(type(other), type(error))
                self.assertEqual((str(other), other.__dict__), (str(error), error.__dict__))
                self.assertEqual(getattr(other, "errno", None), getattr(error, "errno", None))

    def test_malformed(self) -> None:
        for entries in (
            {"code": 0}, {"code": 11}, {"code": -1}, {"code": True}, {"code": "1"}, {"code": None}, {},
            {"message": 5}, {"message": "a" * 1025}, {"hint": b"a"}, {"hint": "a" * 1025}, {"errno": 0},
            {"errno": 4096}, {"errno": "2"}, {"signal": 0}, {"signal": 65}, {"denial": "open"}, {"denial": {}},
            {"name": "A b"}, {"name": 5}, {"fields": {"a": 5}}, {"fields": {"a": "b" * 256}},
            {"fields": "a"}, {"fields": {str(i): "" for i in range(9)}}, {"denial": {"operation": 5}},
            {"denial": {"object": "a"}}, {"argument": 1},
        ):
            payload = fake.pack(({"code": 1} if "code" not in entries and entries else {}) | entries)
            with self.subTest(entries), self.assertRaises(Malformed):
                _records.read_error(payload, "c", "e")
        with self.assertRaises(Malformed):
            _records.read_error(fake.pack([1]), "c", "e")
        answer(1, message="a" * 1024, hint="é" * 512, unknown=["x"], errno=4095, signal=64)
