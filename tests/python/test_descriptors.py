# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Descriptors that go with calls, and come back as results."""

import asyncio
import gc
import os
import socket
import struct
import tempfile
import unittest

import postern
import postern.aio
from fake import LIMIT, RETURN, STRING, Peer, Server, header, pack

FD = 17
FILE_TO_READ = 1 << 16 | 1 << 20
PIPE_TO_WRITE = 2 << 16 | 2 << 20
OPTIONAL = 1


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def give_descriptor(peer: Peer, number: int, fds: list[int], value: object = 0) -> None:
    socket.send_fds(peer.socket, [header(RETURN, number) + pack(value)], fds)


def read_call(peer: Peer) -> tuple[int, bytes, list[int]]:
    record, fds, _, _ = socket.recv_fds(peer.socket, 70000, 16)
    if len(record) < 25:
        raise ConnectionError("no CALL")
    return struct.unpack_from("<Q", record, 8)[0], record[24:], fds


def copy(peer: Peer) -> None:
    """Reads `image`, writes what it holds to `log`, and says which numbers came."""
    peer.open([("image", FD, FILE_TO_READ), ("name", STRING, 0), ("log", FD, PIPE_TO_WRITE | OPTIONAL)], STRING)
    while True:
        number, payload, fds = read_call(peer)
        content = os.read(fds[0], 100)
        if len(fds) > 1:
            os.write(fds[1], content)
        for fd in fds:
            os.close(fd)
        peer.give(number, f"{payload.hex()} {content.decode()}")


def hand_out(peer: Peer) -> None:
    peer.open([], FD)
    while True:
        number, _, _ = read_call(peer)
        with tempfile.TemporaryFile() as file:
            file.write(b"handed out")
            file.seek(0)
            give_descriptor(peer, number, [file.fileno()])


class Arguments(unittest.TestCase):
    def test_passed(self) -> None:
        before = descriptors()
        with Server(copy) as server, postern.Context(server.path, timeout=LIMIT) as context, \
                tempfile.TemporaryFile() as file:
            file.write(b"abc")
            file.flush()
            for image in (file, file.fileno()):
                file.seek(0)
                self.assertEqual(context.call("f", image, "n"), "9300a16ec0 abc")
            file.seek(0)
            end, other = os.pipe()
            try:
                self.assertEqual(context.call("f", image=file, name="n", log=other), "9300a16e01 abc")
                self.assertEqual(os.read(end, 10), b"abc")
            finally:
                os.close(end)
                os.close(other)
            self.assertEqual(server.accepted, 1)
            file.read()  # it is still the caller's
        self.assertEqual(descriptors(), before)

    def test_refused_here(self) -> None:
        with Server(copy) as server, postern.Context(server.path, timeout=LIMIT) as context:
            closed = tempfile.TemporaryFile()
            closed.close()
            for image in ("text", 1.5, True, -1, 1 << 40, 987654, closed, [0], b"0"):
                with self.subTest(repr(image)), self.assertRaises(postern.BadArgument) as caught:
                    context.call("f", image, "n")
                self.assertEqual(caught.exception.argument, "image")
            with self.assertRaises(postern.BadArgument):
                context.call("f", None, "n")
            self.assertEqual(server.calls, [])

    def test_signature(self) -> None:
        with Server(copy) as server, postern.Context(server.path, timeout=LIMIT) as context:
            image, name, log = context.signature("f").arguments
            self.assertEqual((image.type_name, image.kinds, image.mode), ("fd", ("file",), "read"))
            self.assertEqual((name.kinds, name.mode), ((), ""))
            self.assertEqual((log.kinds, log.mode, log.optional), (("pipe",), "write", True))

    def test_signature_with_too_many(self) -> None:
        def many(peer: Peer) -> None:
            peer.open([(f"a{i}", FD, FILE_TO_READ) for i in range(9)])

        with Server(many) as server, postern.Context(server.path, timeout=LIMIT) as context, \
                self.assertRaises(postern.ProtocolError):
            context.signature("f")


class Results(unittest.TestCase):
    def test_owned(self) -> None:
        before = descriptors()
        with Server(hand_out) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with context.call("f") as descriptor:
                self.assertIsInstance(descriptor, postern.Descriptor)
                self.assertFalse(os.get_inheritable(descriptor.fileno()))
                self.assertEqual(os.read(descriptor.fileno(), 100), b"handed out")
            self.assertTrue(descriptor.closed)
            self.assertIn("closed", repr(descriptor))
            with self.assertRaises(ValueError):
                descriptor.fileno()
            descriptor.close()
            with context.call("f").open() as file:
                self.assertEqual(file.read(), "handed out")
            with context.call("f").open("rb") as file:
                self.assertEqual(file.read(), b"handed out")
            with context.call("f") as descriptor:
                with self.assertRaises(ValueError):
                    descriptor.open("nonsense")
                self.assertFalse(descriptor.closed)
                with self.assertRaises(LookupError):
                    descriptor.open("r", encoding="nonsense")
                self.assertTrue(descriptor.closed)
            fd = context.call("f").detach()
            os.close(fd)
            context.call("f")  # nobody keeps it
            self.assertEqual(server.accepted, 1)
        self.assertEqual(descriptors(), before)

    def test_asyncio(self) -> None:
        async def run(path: str) -> bytes:
            async with postern.aio.Context(path, timeout=LIMIT) as context:
                with await context.call("f") as descriptor:
                    return os.read(descriptor.fileno(), 100)

        with Server(hand_out) as server:
            self.assertEqual(asyncio.run(run(server.path)), b"handed out")

    def test_wrong(self) -> None:
        """What a worker may not send; whatever came with it is closed."""
        before = descriptors()
        for result, count, value in ((FD, 0, 0), (FD, 2, 0), (FD, 1, 1), (FD, 1, "0"), (FD, 1, False), (FD, 1, None), (FD, 0, None),
                                     (STRING, 1, "a"), (0, 1, None)):
            def answer(peer: Peer, result=result, count=count, value=value) -> None:
                peer.open([], result)
                number, _, _ = read_call(peer)
                with tempfile.TemporaryFile() as file:
                    give_descriptor(peer, number, [file.fileno()] * count, value)
                peer.read()

            with self.subTest(result=result, count=count, value=value), Server(answer) as server, \
                    postern.Context(server.path, timeout=LIMIT) as context, self.assertRaises(postern.ProtocolError):
                context.call("f")
        self.assertEqual(descriptors(), before)

    def test_in_a_log(self) -> None:
        def answer(peer: Peer) -> None:
            peer.open([], FD)
            number, _, _ = read_call(peer)
            with tempfile.TemporaryFile() as file:
                socket.send_fds(peer.socket, [header(6, number) + pack([6, "text"])], [file.fileno()])
            peer.read()

        before = descriptors()
        with Server(answer) as server, postern.Context(server.path, timeout=LIMIT) as context, \
                self.assertRaises(postern.ProtocolError):
            context.call("f")
        self.assertEqual(descriptors(), before)
