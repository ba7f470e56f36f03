# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Messages of several records."""

from __future__ import annotations

import time
import unittest

import fake
from fake import BYTES, MORE, RETURN, Server, header, pack

import postern

PART = 65512
HEADS = 6  # the list's, and that of bytes with a length of 32 bits; 4 with one of 16


def echo_large(peer: fake.Peer) -> None:
    peer.open([("data", BYTES, 0)], BYTES, most=(64 << 20) + 100)
    while True:
        number, peer.server.records, payload = peer.call_of_several()
        peer.give_in_parts(number, payload[1:])


class Large(unittest.TestCase):
    """There and back, at the sizes where a record ends."""

    def test_sizes(self) -> None:
        with Server(echo_large) as server, postern.Context(server.path) as context:
            for size, records in ((PART - 5, 1), (PART - 4, 1), (PART - 3, 2), (2 * PART - HEADS, 2),
                                  (2 * PART - HEADS + 1, 3), (1 << 20, 17), (64 << 20, 1025)):
                data = bytes([size & 255]) * size
                self.assertEqual(context.call("echo", data=data, timeout=fake.LIMIT), data)
                self.assertEqual(server.records, records, size)
            self.assertEqual(server.accepted, 1)

    def test_too_large(self) -> None:
        with Server(echo_large) as server, postern.Context(server.path) as context:
            with self.assertRaises(postern.BadArgument) as caught:
                context.call("echo", data=bytes((64 << 20) + 100), timeout=fake.LIMIT)
            self.assertEqual(caught.exception.argument, "data")
            self.assertEqual(server.calls, [])


class Broken(unittest.TestCase):
    """What goes wrong in the midst of one."""

    def outcome(self, answer) -> BaseException:
        def serve(peer: fake.Peer) -> None:
            peer.open([("data", BYTES, 0)], BYTES)
            answer(peer, peer.call()[0])
            peer.read()

        with Server(serve) as server, postern.Context(server.path) as context:
            with self.assertRaises(postern.PosternError) as caught:
                context.call("echo", data=b"", timeout=1)
        return caught.exception

    def test_error_instead_of_the_rest(self) -> None:
        def answer(peer: fake.Peer, number: int) -> None:
            peer.send(header(RETURN, number, MORE) + pack(b"x" * 100)[:50])
            peer.fail(number, 5)

        self.assertIsInstance(self.outcome(answer), postern.TimedOut)

    def test_rest_that_does_not_come(self) -> None:
        began = time.monotonic()
        outcome = self.outcome(lambda peer, number: peer.send(header(RETURN, number, MORE) + b"\xc4"))
        self.assertIsInstance(outcome, postern.TimedOut)
        self.assertLess(time.monotonic() - began, fake.LIMIT)

    def test_others_between(self) -> None:
        def log(peer: fake.Peer, number: int) -> None:
            peer.send(header(RETURN, number, MORE) + b"\xc4")
            peer.log(number, 3, "between")

        def another(peer: fake.Peer, number: int) -> None:
            peer.send(header(RETURN, number, MORE) + b"\xc4")
            peer.send(header(RETURN, number + 1) + b"\x00")

        def empty(peer: fake.Peer, number: int) -> None:
            peer.send(header(RETURN, number, MORE))
            peer.send(header(RETURN, number) + b"\xc0")

        for answer in (log, another, empty):
            with self.subTest(answer=answer.__name__):
                self.assertIsInstance(self.outcome(answer), postern.ProtocolError)

    def test_refused_while_sending(self) -> None:
        def serve(peer: fake.Peer) -> None:
            peer.open([("data", BYTES, 0)], BYTES, most=64 << 20)
            number = peer.call_number()
            peer.fail(number, 2)
            peer.end()

        with Server(serve) as server, postern.Context(server.path) as context:
            with self.assertRaises(postern.BadArgument):
                context.call("echo", data=bytes(8 << 20), timeout=fake.LIMIT)


if __name__ == "__main__":
    unittest.main()
