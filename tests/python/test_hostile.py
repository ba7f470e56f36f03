# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Servers that break the protocol, at every step: a ProtocolError, never a hang, a crash or a wrong result."""

import array
import itertools
import os
import random
import socket
import struct
import unittest
import unittest.mock

import postern
from fake import ERROR, LIMIT, LOG, OPENED, RETURN, STRING, Peer, Server, header, opened, pack
from postern._values import LEVELS_MAX, VALUES_MAX

RUBBISH = (
    b"\x02", b"\xff" * 23, b"\xff" * 24, b"\xff" * 65536, b"\0" * 24, b"\xff" * 65537, b"PSTN" + bytes(252),
)


def answers(number: int) -> dict[str, bytes]:
    """What may not answer call `number` of an entrypoint that gives a string."""
    text = pack("text")
    deep = b"\x91" * LEVELS_MAX + text
    return {
        "another call": header(RETURN, number + 1) + text,
        "the call before": header(RETURN, number - 1) + text,
        "no call": header(RETURN, 0) + text,
        "flags": header(RETURN, number, flags=1) + text,
        "reserved": header(RETURN, number, reserved=1) + text,
        "a deadline": header(RETURN, number, deadline=1) + text,
        "no payload": header(RETURN, number),
        "two values": header(RETURN, number) + text + text,
        "a cut value": header(RETURN, number) + text[:-1],
        "a map": header(RETURN, number) + pack({}),
        "a float": header(RETURN, number) + b"\xcb" + bytes(8),
        "nil for a string": header(RETURN, number) + pack(None),
        "bytes for a string": header(RETURN, number) + pack(b"text"),
        "a list for a string": header(RETURN, number) + pack(["text"]),
        "too deep": header(RETURN, number) + deep,
        "too many": header(RETURN, number) + b"\xdd" + struct.pack(">I", VALUES_MAX) + b"\xc0" * VALUES_MAX,
        "a count of gigabytes": header(RETURN, number) + b"\xdd\xff\xff\xff\xff",
        "OPENED again": opened("f", [], STRING),
        "a CALL": header(3, number) + b"\x90",
        "type 0": header(0, number) + text,
        "type 7": header(7, number) + text,
        "type 65535": header(65535, number) + text,
        "an ERROR of another call": header(ERROR, number + 1) + pack({"code": 1}),
        "an ERROR without a code": header(ERROR, number) + pack({"message": "m"}),
        "an ERROR of code 0": header(ERROR, number) + pack({"code": 0}),
        "an ERROR of code 11": header(ERROR, number) + pack({"code": 11}),
        "an ERROR that is a list": header(ERROR, number) + pack([1]),
        "an ERROR of two codes": header(ERROR, number) + b"\x82" + pack("code") + b"\1" + pack("code") + b"\2",
        "an ERROR with a long message": header(ERROR, number) + pack({"code": 1, "message": "a" * 1025}),
        "an ERROR of wrong types": header(ERROR, number) + pack({"code": 4, "denial": ["operation"]}),
        "a LOG of another call": header(LOG, number + 1) + pack([6, "text"]),
        "a LOG of no call": header(LOG, 0) + pack([6, "text"]),
        "a LOG without a level": header(LOG, number) + pack(["text"]),
        "a LOG of a level that is none": header(LOG, number) + pack([8, "text"]),
        "a LOG of a true level": header(LOG, number) + pack([True, "text"]),
        "a LOG with bytes": header(LOG, number) + pack([6, b"text"]),
    }


class Opening(unittest.TestCase):
    def refuse(self, record: bytes) -> None:
        def serve(peer: Peer) -> None:
            peer.expect_open()
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            peer.send(record)
            peer.read()

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertRaises(postern.ProtocolError) as caught:
                context.call("f")
            self.assertIn("does not follow the protocol", str(caught.exception))
            self.assertEqual((server.accepted, server.calls), (1, []))

    def test_rubbish(self) -> None:
        for record in RUBBISH:
            with self.subTest(record[:8], size=len(record)):
                self.refuse(record)

    def test_other_records(self) -> None:
        for record in (
            header(RETURN, 1) + b"\xc0", header(LOG, 1) + pack([6, "a"]), header(ERROR, 1) + pack({"code": 1}),
            header(OPENED, 1) + opened("f")[24:], header(ERROR, 0) + pack({}),
        ):
            with self.subTest(record[:24]):
                self.refuse(record)

    def test_signatures(self) -> None:
        for record in (
            opened("g"), opened("f", timeout=0), opened("f", [("a", 3)]), opened("f")[:-1], opened("f") + b"\xc0",
            opened("f", pad="a" * 16384),
        ):
            with self.subTest(record[:80]):
                self.refuse(record)


class Answers(unittest.TestCase):
    def test_each(self) -> None:
        """As the first and as the second answer; the connection is not used again, the call not repeated."""
        for name in answers(1):
            for good in (0, 1):
                def serve(peer: Peer, name=name, good=good) -> None:
                    peer.open(result=STRING)
                    for _ in range(good):
                        peer.give(peer.call()[0], "good")
                    peer.send(answers(peer.call()[0])[name])
                    peer.read()

                with self.subTest(name, good=good), Server(serve) as server:
                    with postern.Context(server.path, timeout=LIMIT) as context:
                        for _ in range(good):
                            self.assertEqual(context.call("f"), "good")
                        with self.assertRaises(postern.ProtocolError):
                            context.call("f")
                        self.assertEqual((server.accepted, len(server.calls)), (1, good + 1))
                        self.assertEqual(context._pool.idle.get("f", []), [])

    def test_rubbish(self) -> None:
        for record, good in itertools.product(RUBBISH, (0, 1)):
            def serve(peer: Peer, record=record, good=good) -> None:
                peer.open(result=STRING)
                for _ in range(good):
                    peer.give(peer.call()[0], "good")
                peer.call()
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                peer.send(record)
                peer.read()

            with self.subTest(record[:8], size=len(record), good=good), Server(serve) as server:
                with postern.Context(server.path, timeout=LIMIT) as context:
                    for _ in range(good):
                        self.assertEqual(context.call("f"), "good")
                    with self.assertRaises(postern.ProtocolError):
                        context.call("f")

    def test_nothing(self) -> None:
        """Where there is no result: what only looks like that."""
        for answer in (b"", b"\xc2", b"\xc0\xc0", b"\xc1"):
            def serve(peer: Peer, answer=answer) -> None:
                peer.open()
                peer.give(peer.call()[0], None)
                peer.send(header(RETURN, peer.call()[0]) + answer)
                peer.read()

            with self.subTest(answer), Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
                self.assertIsNone(context.call("f"))
                with self.assertRaises(postern.ProtocolError):
                    context.call("f")

    def test_size(self) -> None:
        """A record of the most bytes that there may be, and one with one more."""
        def serve(peer: Peer) -> None:
            peer.open(result=STRING)
            for size in (0, 65536, 65537):
                number = peer.call()[0]
                peer.send(header(RETURN, number) + pack("a" * max(size - len(header(RETURN, number) + pack("")), 0)))
            peer.read()

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            self.assertEqual(context.call("f"), "")
            self.assertEqual(context.call("f"), "a" * (65536 - 24 - 5))
            with self.assertRaises(postern.ProtocolError):
                context.call("f")

    def test_descriptors(self) -> None:
        """They are not taken in. A plain call leaves no room for them; by steps they are refused."""
        def serve(peer: Peer) -> None:
            peer.open(result=STRING)
            peer.give(peer.call()[0], "good")
            number = peer.call()[0]
            control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [peer.socket.fileno()]))]
            peer.socket.sendmsg([header(RETURN, number) + pack("text")], control)
            peer.read()

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            for _ in range(2):
                self.assertEqual(context.call("f"), "good")
                self.assertEqual(context.call("f"), "text")
                context._pool.drop(context._idle["f"].pop())
                self.assertEqual(context.call("f"), "good")
                with self.assertRaises(postern.ProtocolError):
                    context._by_steps("f", (), {}, None)
            # The server's own: one listener, and nothing that came with a record.
            ours = [link for link in map(self.link, os.listdir("/proc/self/fd")) if link.startswith("socket:")]
            self.assertEqual(len(ours), len(set(ours)))

    @staticmethod
    def link(name: str) -> str:
        try:
            return os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            return ""

    def test_empty_record(self) -> None:
        """It cannot be told from the end of the stream."""
        def serve(peer: Peer) -> None:
            peer.open()
            peer.call()
            peer.send(b"")
            peer.read()

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertRaises(postern.NotAvailable):
                context.call("f")
            self.assertEqual(server.calls, ["f"])

    def test_any_bytes(self) -> None:
        """Good answers with a few bytes changed: a result of the right kind, or one of the exceptions."""
        chance = random.Random(7)

        def serve(peer: Peer) -> None:
            peer.expect_open()
            peer.send(spoil(opened("f", [], STRING)))
            while True:
                number = peer.call()[0]
                peer.send(spoil(chance.choice([
                    header(RETURN, number) + pack("text"),
                    header(ERROR, number) + pack({"code": 4, "message": "m", "denial": {"operation": "open"}}),
                    header(ERROR, 0) + pack({"code": 8, "message": "m", "hint": "h"}),
                ])))

        def spoil(record: bytes) -> bytes:
            spoilt = bytearray(record)
            for _ in range(chance.choice([0, 0, 1, 3])):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            return bytes(spoilt)

        kinds = set()
        with Server(serve) as server, postern.Context(server.path) as context:
            for _ in range(1500):
                try:
                    # A timeout that was spoilt may be the one that counts.
                    result = context.call("f", timeout=LIMIT)
                    self.assertIsInstance(result, (str, bytes, bool, int, list, type(None)))
                    kinds.add("result")
                except postern.PosternError as error:
                    kinds.add(type(error).__name__)
        self.assertLessEqual({"result", "ProtocolError", "Denied", "NotAvailable"}, kinds)
