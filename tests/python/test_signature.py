# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Arguments by position and by name, Python's values for each type, and what OPENED may say."""

import collections
import dataclasses
import datetime
import enum
import ipaddress
import pathlib
import unittest
import uuid

import fake
from postern import Argument, BadArgument, Signature, signature
from postern._convert import (
    ADDRESS, BOOLEAN, BYTES, DURATION, ENUM, INTEGER, LIST, PATH, PREFIX, RECORD, SIZE, STRING, UUID, to_wire,
)
from postern._convert import Unfit
from postern._values import Malformed, decode

TAKES = Signature("fake", "f", 10**9, (Argument("name", STRING), Argument("count", INTEGER, optional=True),
                                       Argument("words", LIST, optional=True, element=STRING)), 0)


class Mode(enum.Enum):
    FAST = "fast"


class Arrange(unittest.TestCase):
    def test_order(self) -> None:
        for args, keywords, expected in (
            (("a",), {}, ["a", None, None]),
            (("a", 2, ["x"]), {}, ["a", 2, ["x"]]),
            ((), {"words": ("x", "y"), "name": "a"}, ["a", None, ["x", "y"]]),
            (("a",), {"count": None}, ["a", None, None]),
            (("a",), {"count": 0}, ["a", 0, None]),
        ):
            self.assertEqual(decode(TAKES.arrange(args, keywords)), expected)
        self.assertEqual(Signature("c", "e", 1, (), 0).arrange((), {}), b"\x90")

    def test_wrong(self) -> None:
        for args, keywords, argument, words in (
            ((), {}, "name", "needs the argument name"),
            ((None,), {}, "name", "needs the argument name"),
            (("a", 1, [], 2), {}, None, "takes 3 arguments, got 4"),
            (("a",), {"name": "b"}, "name", "got name twice"),
            (("a",), {"nane": "b"}, "nane", "has no argument nane"),
            ((5,), {}, "name", "expected a string, got int"),
            (("a\0",), {}, "name", "holds a NUL"),
            (("\udc82",), {}, "name", "not UTF-8"),
            ((b"a",), {}, "name", "expected a string, got bytes"),
            (("a", "5"), {}, "count", "expected an integer, got str"),
            (("a", True), {}, "count", "expected an integer, got bool"),
            (("a", 1 << 63), {}, "count", "does not fit in 64 bits"),
            (("a",), {"words": "abc"}, "words", "expected a list, got str"),
            (("a",), {"words": ["a", None]}, "words", "item 1 expected a string, got NoneType"),
            (("a" * 65510,), {}, "name", "at most 65512 bytes"),
            (("a",), {"words": [""] * 16384}, "words", "at most 16384 values"),
        ):
            with self.subTest(words), self.assertRaises(BadArgument) as caught:
                TAKES.arrange(args, keywords)
            self.assertEqual((caught.exception.argument, caught.exception.context), (argument, "fake"))
            self.assertIn(words, str(caught.exception))
            self.assertTrue(str(caught.exception).startswith("fake.f"))
            self.assertEqual(caught.exception.hint, "f takes name, count?, words?")

    def test_largest(self) -> None:
        one = Signature("c", "e", 1, (Argument("data", BYTES),), 0)
        self.assertEqual(len(one.arrange((bytes(65512 - 4),), {})), 65512)
        with self.assertRaises(BadArgument):
            one.arrange((bytes(65512 - 3),), {})

    def test_secret(self) -> None:
        """No value shows up in what is raised, nor in what hangs on it."""
        one = Signature("c", "e", 1, (Argument("token", STRING, secret=True),), 0)
        for value in ("hunter2\0", "hunter2\udc82", b"hunter2", ["hunter2"], "hunter2" * 20000):
            with self.assertRaises(BadArgument) as caught:
                one.arrange((value,), {})
            error = caught.exception
            self.assertNotIn("hunter2", f"{error!r} {error} {error.__notes__} {error.__dict__}")
            self.assertIsNone(error.__cause__)
            self.assertIsNone(error.__context__)


class Convert(unittest.TestCase):
    def test_taken(self) -> None:
        uid = uuid.uuid4()
        for number, value, expected in (
            (BOOLEAN, True, True), (INTEGER, -5, -5), (SIZE, 1 << 40, 1 << 40), (STRING, "é", "é"),
            (BYTES, bytearray(b"a"), b"a"), (BYTES, memoryview(b"a"), b"a"), (ENUM, Mode.FAST, "fast"),
            (PATH, pathlib.Path("/etc/motd"), "/etc/motd"),
            (ADDRESS, ipaddress.ip_address("2001:DB8::1"), "2001:db8::1"),
            (PREFIX, ipaddress.ip_network("192.0.2.0/24"), "192.0.2.0/24"), (UUID, uid, str(uid)),
            (DURATION, datetime.timedelta(milliseconds=1), 1_000_000), (DURATION, 7, 7), (99, [1, ["a"]], [1, ["a"]]),
        ):
            self.assertEqual(to_wire(Argument("a", number), value), expected)

    def test_refused(self) -> None:
        for number, value in (
            (BOOLEAN, 1), (BOOLEAN, "true"), (INTEGER, 1.0), (INTEGER, True), (STRING, pathlib.Path("/a")),
            (BYTES, "a"), (ADDRESS, uuid.uuid4()), (UUID, 5), (PATH, b"/a"), (LIST, {"a"}), (99, 1.5),
            (99, {5: 1}), (SIZE, "1KiB"),
        ):
            with self.subTest(number=number, value=value), self.assertRaises(Unfit):
                to_wire(Argument("a", number, element=STRING), value)


ROUTE = (Argument("to", PREFIX), Argument("metric", INTEGER, optional=True),
         Argument("tags", LIST, optional=True, element=STRING), Argument("key", STRING, optional=True, secret=True))
ROUTES = Signature("fake", "f", 10**9, (Argument("route", RECORD, fields=ROUTE, optional=True),
                                        Argument("routes", LIST, element=RECORD, fields=ROUTE, optional=True)),
                   LIST, RECORD, ROUTE)


@dataclasses.dataclass
class Route:
    to: object
    metric: int | None = None


class Records(unittest.TestCase):
    def test_taken(self) -> None:
        net = ipaddress.ip_network("192.0.2.0/24")
        for value, expected in (
            ({"to": net}, {"to": "192.0.2.0/24"}), (Route(net), {"to": "192.0.2.0/24"}),
            (Route(net, 5), {"to": "192.0.2.0/24", "metric": 5}),
            (collections.OrderedDict(tags=("a",), to="x", metric=None), {"to": "x", "tags": ["a"]}),
        ):
            self.assertEqual(decode(ROUTES.arrange((value,), {}), maps=True), [expected, None])
            self.assertEqual(decode(ROUTES.arrange((), {"routes": (value, {"to": "y"})}), maps=True),
                             [None, [expected, {"to": "y"}]])

    def test_wrong(self) -> None:
        for keywords, argument, words in (
            ({"route": {}}, "route", "route: needs the field to"),
            ({"route": {"to": None}}, "route", "needs the field to"),
            ({"route": {"to": "x", "metrik": 1}}, "route", "has no field metrik, the fields are to, metric, tags, key"),
            ({"route": {"to": "x", 5: 1}}, "route", "has no field of type int"),
            ({"route": {"to": "x", "metric": "1"}}, "route.metric", "route.metric: expected an integer, got str"),
            ({"route": {"to": "x", "tags": ["a", 1]}}, "route.tags", "item 1 expected a string"),
            ({"route": "to"}, "route", "expected a mapping or a dataclass, got str"),
            ({"route": Route}, "route", "expected a mapping or a dataclass, got type"),
            ({"routes": {"to": "x"}}, "routes", "expected a list"),
            ({"routes": [{"to": "x"}, {"to": {}}]}, "routes[1].to", "expected a prefix, got dict"),
            ({"routes": [[]]}, "routes[0]", "expected a mapping"),
        ):
            with self.subTest(keywords), self.assertRaises(BadArgument) as caught:
                ROUTES.arrange((), keywords)
            self.assertEqual(caught.exception.argument, argument)
            self.assertIn(words, str(caught.exception))
        with self.assertRaises(BadArgument) as caught:
            ROUTES.arrange(({"to": "x", "key": b"hunter2"},), {})
        self.assertNotIn("hunter2", f"{caught.exception!r} {caught.exception.__notes__} {caught.exception.__context__}")

    def test_count(self) -> None:
        ROUTES.arrange((), {"routes": [{"to": "x"}] * 5460})
        with self.assertRaises(BadArgument) as caught:
            ROUTES.arrange((), {"routes": [{"to": "x"}] * 5461})
        self.assertEqual(caught.exception.argument, "routes")

    def test_result(self) -> None:
        for value in ([], [{"to": "x"}], [{"to": "x", "tags": [], "newer": 1}]):
            self.assertEqual(ROUTES.check_result(value), value)
        for value in ({"to": "x"}, ["x"], [{}], [{"to": 1}], [{"to": "x"}, {"to": "x", "metric": "1"}], None):
            with self.subTest(value), self.assertRaises(Malformed):
                ROUTES.check_result(value)


class Opened(unittest.TestCase):
    def read(self, **changes) -> Signature:
        return signature.read(fake.opened("f", **changes)[24:])

    def test_read(self) -> None:
        found = self.read(arguments=[("a", 3, 2), ("b", 16, 1 | 2 << 8)], result=16, unknown={"more": 1})
        self.assertEqual(found.arguments, (Argument("a", 3, secret=True), Argument("b", 16, optional=True, element=2)))
        self.assertEqual([argument.type_name for argument in found.arguments], ["string", "list of integer"])
        self.assertEqual((found.timeout, found.result_name, found.context), (30.0, "list", "fake"))

    def test_records(self) -> None:
        fields = [["b", 3, 1], ["c", 16, 3 << 8]]
        found = self.read(arguments=[("a", 18, 0, fields), ("d", 16, 1 | 18 << 8, fields)], result=16, result_element=18,
                          result_fields=fields)
        parts = (Argument("b", 3, optional=True), Argument("c", 16, element=3))
        self.assertEqual(found.arguments, (Argument("a", 18, fields=parts),
                                           Argument("d", 16, optional=True, element=18, fields=parts)))
        self.assertEqual([argument.type_name for argument in found.arguments], ["record", "list of record"])
        self.assertEqual((found.result_element, found.result_fields), (18, parts))

    def test_newer(self) -> None:
        """Types and flags that are newer than the client."""
        found = self.read(arguments=[("a", 77, 0xF4)])
        self.assertEqual(found.arguments, (Argument("a", 77),))
        self.assertEqual(decode(found.arrange(([1, "x"],), {})), [[1, "x"]])

    def test_wrong(self) -> None:
        for changes in (
            {"context": ""}, {"context": 5}, {"context": "c" * 256}, {"timeout": 0}, {"timeout": -1}, {"timeout": True},
            {"timeout": "1"}, {"result": -1}, {"result": None}, {"result": 65536}, {"arguments": [[]]},
            {"arguments": [("a", 3)]}, {"arguments": [("", 3, 0)]}, {"arguments": [("a", 0, 0)]},
            {"arguments": [("a", 3, -1)]}, {"arguments": [("a", 3, 0), ("a", 2, 0)]}, {"arguments": [(5, 3, 0)]},
            {"arguments": [("a", 18, 0)]}, {"arguments": [("a", 18, 0, [])]}, {"arguments": [("a", 3, 0, [["b", 3, 0]])]},
            {"arguments": [("a", 18, 0, [["b", 3, 0]] * 2)]}, {"arguments": [("a", 18, 0, [["b", 18, 0, [["c", 3, 0]]]])]},
            {"arguments": [("a", 16, 18 << 8)]}, {"arguments": [("a", 18, 0, 5)]}, {"result": 18},
            {"result": 16, "result_element": 18}, {"result": 16, "result_element": "18"},
            {"arguments": [(f"a{i}", 3, 0) for i in range(33)]}, {"arguments": ["a"]}, {"arguments": [("a", "3", 0)]},
        ):
            with self.subTest(changes), self.assertRaises(Malformed):
                self.read(**changes)
        for payload in (b"\x90", b"\x80", b"\xc0", fake.pack({"arguments": {}})):
            with self.assertRaises(Malformed):
                signature.read(payload)
