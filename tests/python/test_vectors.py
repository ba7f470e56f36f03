# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The records of tests/vectors/protocol.vectors, as this client reads and writes them."""

import contextlib
import json
import os
import pathlib
import re
import socket
import tempfile
import unittest

from postern import _records, signature
from postern._connection import Connection
from postern._values import Malformed, decode, encode

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors/protocol.vectors"
SHOWN_MOST = 64  # bytes or items that a meaning shows one by one
MEANING = re.compile(r"call=(\d+) deadline=(\d+) flags=(\d+) (.*)")


def show(value) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        plain = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + re.sub(r"[\x00-\x1f]", lambda c: f"\\u{ord(c[0]):04x}", plain) + '"'
    if isinstance(value, bytes):
        return f"x'{value.hex()}'" if len(value) <= SHOWN_MOST else f"({len(value)} bytes)"
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]" if len(value) <= SHOWN_MOST else f"({len(value)} values)"
    return "{" + ", ".join(f"{show(key)}: {show(item)}" for key, item in value.items()) + "}"


def parse_bytes(text: str) -> bytes:
    out = b""
    for part in text.split():
        byte, _, times = part.partition("*")
        out += bytes.fromhex(byte) * int(times or 1)
    return out


def read_record(kind: str, data: bytes) -> str:
    record = _records.read(data)
    if kind == "opened":
        signature.read(record.payload)
    elif kind == "error":
        _records.read_error(record.payload, "context", "entrypoint")
    elif kind == "log":
        _records.read_log(record.payload)
    value = decode(record.payload, maps=True)
    return f"call={record.call} deadline=0 flags=0 {show(value)}"


class Vectors(unittest.TestCase):
    def each(self, check, *kinds: str, fewest: int) -> None:
        seen = 0
        for line in VECTORS.read_text(encoding="utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            head, name, data, meaning = (part.strip(" ") for part in line.split("|", 3))
            verdict, kind = head.split()
            if kind in kinds:
                seen += 1
                count, _, data = data.rpartition("+")
                self.descriptors = int(count or 0)
                with self.subTest(f"{kind} {name}"):
                    check(verdict, kind, parse_bytes(data), meaning)
        self.assertGreater(seen, fewest)

    def value(self, verdict: str, _kind: str, data: bytes, meaning: str) -> None:
        if verdict == "bad":
            self.assertRaises(Malformed, decode, data, maps=True)
            return
        value = decode(data, maps=True)
        self.assertEqual(show(value), meaning)
        if verdict == "good":
            self.assertEqual(encode(value), data)

    def answer(self, verdict: str, kind: str, data: bytes, meaning: str) -> None:
        if verdict == "bad":
            self.assertRaises(Malformed, read_record, kind, data)
        else:
            self.assertEqual(read_record(kind, data), meaning)

    def request(self, verdict: str, kind: str, data: bytes, meaning: str) -> None:
        if verdict == "bad":
            return  # a client reads none of these
        if kind == "open":
            entrypoint, _, network = meaning.partition(" ")
            self.assertEqual(_records.open_record(entrypoint, network or None), data)
            return
        number, deadline, flags, arguments = MEANING.fullmatch(meaning).groups()
        payload = encode(json.loads(arguments.replace("nil", "null")))
        self.assertEqual(_records.call_record(int(number), int(flags), int(deadline), payload), data)

    def passed(self, verdict: str, _kind: str, data: bytes, meaning: str) -> None:
        if verdict != "good":
            return  # a client reads none of these, and writes the shortest
        number, deadline, flags, values = MEANING.fullmatch(meaning).groups()
        arguments = [self.own.fileno() if isinstance(value, str) and value.startswith("descriptor") else value
                     for value in json.loads(re.sub(r"(descriptor \d+)", r'"\1"', values).replace("nil", "null"))]
        descriptors: list[int] = []
        payload = self.signature().arrange(arguments, {}, descriptors)
        self.assertEqual(len(descriptors), self.descriptors)
        self.assertEqual(_records.call_record(int(number), int(flags), int(deadline), payload), data)

    def given(self, verdict: str, _kind: str, data: bytes, meaning: str) -> None:
        if verdict == "bad":
            self.assertRaises(Malformed, self.take_given, data)
        else:
            self.assertEqual(self.take_given(data), meaning)

    def take_given(self, data: bytes) -> str:
        """Sent to a connection, with what comes along, as a worker would."""
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(f"{folder}/socket")
            listener.listen()
            with contextlib.closing(Connection(f"{folder}/socket", "copy")) as connection, listener.accept()[0] as worker:
                connection.descriptors = True
                socket.send_fds(worker, [data], [self.own.fileno()] * self.descriptors)
                record = _records.read(connection.receive())
                descriptor = connection.take_descriptor()
                try:
                    self.signature().check_result(decode(record.payload, maps=True), descriptor).close()
                except Malformed:
                    if descriptor is not None:
                        os.close(descriptor)
                    raise
                return f"call={record.call} deadline=0 flags=0 descriptor 0"

    def signature(self) -> signature.Signature:
        """Of the vectors with descriptors."""
        lines = VECTORS.read_text(encoding="utf-8").splitlines()
        data, = (line.split("|")[2] for line in lines if line.startswith("good opened | descriptors |"))
        return signature.read(_records.read(parse_bytes(data)).payload)

    def test_descriptors(self) -> None:
        takes = self.signature().arguments
        self.assertEqual([(a.name, a.kinds, a.mode) for a in takes],
                         [("file", ("file",), "read"), ("text", (), ""), ("peer", ("socket",), "read-write")])
        with open(os.devnull, "rb") as self.own:
            self.each(self.passed, "passed", fewest=10)
            self.each(self.given, "given", fewest=7)

    def test_values(self) -> None:
        self.each(self.value, "value", fewest=80)

    def test_answers(self) -> None:
        self.each(self.answer, "opened", "return", "error", "log", "header", fewest=60)

    def test_requests(self) -> None:
        self.each(self.request, "open", "call", fewest=20)
