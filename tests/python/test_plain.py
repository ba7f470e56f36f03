# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The short way to a CALL: byte for byte what the long way makes, or nothing."""

import logging
import math
import signal
import socket
import threading
import time
import unittest

import fake

import postern
from postern import _connection, _logs, _plain, _records, signature

TEXT, BYTES, INTEGER, BOOLEAN, LIST, FD = 3, 4, 2, 1, 16, 17
OPTIONAL = 1

# Values by type: plain ones, and those that are left to the long way, right and wrong.
VALUES = {
    BOOLEAN: ((True, False), (0, 1, "True", b"")),
    INTEGER: ((0, 1, 127, 128, -1, -32, -33, 1 << 40, (1 << 63) - 1, -(1 << 63)), (True, 1.0, "1", 1 << 63)),
    TEXT: (("", "a" * 31, "a" * 32, "a" * 255, "a" * 256, "é", "\U0001f600" * 80),
           ("\0", "a\0b", "\udc80", b"a", 5, type("Text", (str,), {})("a"))),
    BYTES: ((b"", b"\0", b"a" * 255, b"a" * 256, b"a" * 60000), ("a", bytearray(b"a"), memoryview(b"a"), 5)),
}


class Sent:
    """What a plain call wants of a connection. Nothing comes."""

    calls = 6
    record = None

    def __init__(self, signed: postern.Signature) -> None:
        self.plan = _plain.Plan(signed)
        self.sockets = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sockets[0].setblocking(False)
        self.receive_now = self.sockets[0].recv

    def close(self) -> None:
        for one in self.sockets:
            one.close()

    __del__ = close

    def send_now(self, record: bytes, flags: int) -> None:
        self.record = record


class Short(postern.Context):
    """Has one connection, and no other way than the short one: what is left to the long one is kept in its place."""

    def __init__(self, connection: Sent) -> None:
        super().__init__("fake")
        self.idle = self._pool.idle["f"] = [connection]
        self.left = b"nothing yet"

    def _by_steps(self, *call) -> str:
        return "by steps"

    def _rest(self, connection: Sent, *came) -> str:
        self.left = came[0]
        return "the rest"


def made(signed: postern.Signature, *args: object, limit: float | None = None, **keywords: object):
    """The record, or None."""
    context = Short(connection := Sent(signed))
    result = context.call("f", *args, timeout=limit, **keywords)
    if connection.record is None:
        assert (result, connection.calls, context.idle) == ("by steps", 6, [connection])
    else:
        assert (result, connection.calls, context.idle, context.left) == ("the rest", 7, [], None)
    return connection.record


def signed(*arguments: tuple, result: int = 0, **more) -> postern.Signature:
    return signature.read(_records.read(fake.opened("f", arguments, result, **more)).payload)


def long_way(signed: postern.Signature, *args: object, **keywords: object) -> bytes:
    return _records.call_record(7, _logs.wanted("fake"), 0, signed.arrange(args, keywords))


class Plain(unittest.TestCase):
    def test_values(self) -> None:
        for number, (plain, others) in VALUES.items():
            for flags in (0, OPTIONAL):
                one = signed(("a", number, flags), result=TEXT)
                for value in plain:
                    with self.subTest(type=number, value=value):
                        self.assertEqual(made(one, value), long_way(one, value))
                        self.assertEqual(made(one, a=value), long_way(one, value))
                for value in others:
                    with self.subTest(type=number, other=value):
                        self.assertIsNone(made(one, value))

    def test_arguments(self) -> None:
        """By position and by name, given and left out."""
        three = signed(("a", TEXT, 0), ("b", INTEGER, OPTIONAL), ("c", BYTES, OPTIONAL))
        for args, keywords in ((("x",), {}), (("x", 5), {}), (("x", 5, b"y"), {}), (("x", None, b"y"), {}),
                               (("x",), {"c": b"y"}), ((), {"c": b"y", "a": "x"}), (("x", None), {"c": None})):
            with self.subTest(args, **keywords):
                self.assertEqual(made(three, *args, **keywords), long_way(three, *args, **keywords))
        for args, keywords in (((), {}), ((None,), {}), (("x", 5, b"y", 1), {}), (("x",), {"a": "x"}),
                               (("x",), {"d": 1}), ((), {"b": 5}), ((), {"a": None})):
            with self.subTest(args, **keywords):
                self.assertIsNone(made(three, *args, **keywords))
                with self.assertRaises(postern.BadArgument):
                    three.arrange(args, keywords)

    def test_size(self) -> None:
        """Not what takes two records, or is more than the worker lets in."""
        one = signed(("a", BYTES, 0), most=1 << 20)
        self.assertEqual(len(made(one, bytes(65508))), 65536)
        for size in (65509, 65511, 65535, 65536, 65537, 1 << 20):
            self.assertIsNone(made(one, bytes(size)))
        self.assertIsNone(made(signed(("a", BYTES, 0), most=10), bytes(8)))
        self.assertIsNotNone(made(signed(("a", BYTES, 0), most=10), bytes(7)))

    def test_other_signatures(self) -> None:
        """Lists, descriptors, types that are not known, and many arguments are for the long way."""
        for entry in (("a", LIST, TEXT << 8), ("a", FD, 0), ("a", 999, 0)):
            self.assertIsNone(made(signed(entry), ["x"]))
            optional = signed((entry[0], entry[1], entry[2] | OPTIONAL))
            self.assertEqual(made(optional), long_way(optional))
        many = [(f"a{number}", TEXT, OPTIONAL) for number in range(16)]
        self.assertIsNone(made(signed(*many)))
        self.assertEqual(made(signed(*many[1:])), long_way(signed(*many[1:])))

    def test_deadlines(self) -> None:
        none = signed()
        for limit in (0.1, 1, 2.5, 3600):
            record = _records.call_record(7, _logs.wanted("fake"), int(limit * 1e9), b"\x90")
            self.assertEqual(made(none, limit=limit), record)
        for limit in (0, -1, 0.05, math.inf, math.nan, True, "1", 1e9):
            self.assertIsNone(made(none, limit=limit))

    def test_answers(self) -> None:
        """All of a record has to be what it should be."""
        for result, value in ((0, b"\xc0"), (INTEGER, b"\x05")):
            right = fake.header(fake.RETURN, 7) + value
            others = [right[:at] + bytes((right[at] ^ 1,)) + right[at + 1:] for at in range(len(right))]
            others = [other for other in others if result == 0 or other[:24] != right[:24]]
            for answer in (right, b"", right + b"\0", right[:-1], *others):
                with self.subTest(result=result, answer=answer):
                    connection = Sent(signed(result=result))
                    connection.receive_now = lambda room: answer
                    context = Short(connection)
                    outcome = context.call("f")
                    if answer == right:
                        self.assertEqual((outcome, context.idle), (5 if result else None, [connection]))
                    else:
                        self.assertEqual((outcome, context.left, context.idle), ("the rest", answer, []))


class Answers(unittest.TestCase):
    """Second calls, whose answers are not there at once, or not plain."""

    def outcome(self, answer, **more):
        def serve(peer: fake.Peer) -> None:
            peer.open(result=TEXT)
            peer.give(peer.call()[0], "first")
            answer(peer, peer.call()[0])
            peer.read()

        with fake.Server(serve) as server, postern.Context(server.path) as context:
            self.assertEqual(context.call("f"), "first")
            try:
                return context.call("f", **more)
            finally:
                self.assertEqual((server.accepted, len(server.calls)), (1, 2))

    def test_late(self) -> None:
        def answer(peer: fake.Peer, number: int) -> None:
            time.sleep(5 * _connection.PATIENCE_US / 1e6)
            peer.give(number, "late")

        self.assertEqual(self.outcome(answer), "late")
        self.assertEqual(self.outcome(answer, timeout=fake.LIMIT), "late")

    def test_never(self) -> None:
        with self.assertRaises(postern.TimedOut):
            self.outcome(lambda peer, number: None, timeout=0.2)

    def test_gone(self) -> None:
        with self.assertRaises(postern.NotAvailable) as caught:
            self.outcome(lambda peer, number: peer.socket.shutdown(socket.SHUT_RDWR))
        self.assertIn("whether the function ran is not known", caught.exception.hint)

    def test_in_parts(self) -> None:
        self.assertEqual(self.outcome(lambda peer, number: peer.give_in_parts(number, fake.pack("text"), 2)), "text")

    def test_error(self) -> None:
        with self.assertRaises(FileNotFoundError):
            self.outcome(lambda peer, number: peer.fail(number, 1, errno=2))

    def test_log(self) -> None:
        def answer(peer: fake.Peer, number: int) -> None:
            peer.log(number, 6, "before")
            peer.give(number, "text")

        with self.assertLogs("postern.fake", logging.INFO) as caught:
            self.assertEqual(self.outcome(answer), "text")
        self.assertEqual([record.getMessage() for record in caught.records], ["f: before"])

    def test_signal(self) -> None:
        """What a signal's handler raises ends the call, also where it could be the socket's."""
        def ring(number: int, frame: object) -> None:
            raise kind("the handler's")

        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, ring))
        for kind in (TimeoutError, ConnectionResetError, KeyboardInterrupt):
            with self.subTest(kind.__name__), self.assertRaisesRegex(kind, "the handler's"):
                self.outcome(lambda peer, number: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1))
