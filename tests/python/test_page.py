# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The client against the numbers and the example of docs/protocol.md, read out of the page itself."""

import logging
import pathlib
import re
import struct
import unittest

import fake
import postern
from postern import _convert, _records, signature

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/protocol.md"


def sections() -> dict[str, str]:
    found = {}
    for part in re.split(r"^## ", PAGE.read_text(), flags=re.M)[1:]:
        title, _, text = part.partition("\n")
        found[title.split(".")[0]] = text
    return found


def blocks(text: str) -> list[bytes]:
    """The dumps of a section, as bytes."""
    found = []
    for block in re.findall(r"```\n(.*?)```", text, flags=re.S):
        lines = [re.match(r"([0-9a-f]{4})  ((?:[0-9a-f]{2} ?){1,16})", line) for line in block.splitlines()]
        if lines and all(lines):
            data = b"".join(bytes.fromhex(line[2]) for line in lines)
            assert int(lines[-1][1], 16) == (len(data) - 1) // 16 * 16
            found.append(data)
    return found


def rows(text: str) -> list[list[str]]:
    """The rows of a section's tables whose first cell is a number."""
    lines = [line.strip("|") for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [row for row in cells if row[0].isdigit()]


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.sections = sections()
        cls.open, cls.opened, cls.call, cls.returned, cls.error = blocks(cls.sections["11"])

    def test_sizes(self) -> None:
        """Those that the page says of its own dumps."""
        self.assertEqual((len(self.opened), len(self.call), len(self.returned), len(self.error)), (108, 32, 25, 98))

    def test_two_records(self) -> None:
        payload = b"\x91\xda\xff\xe8" + b"x" * 65512
        first, second = blocks(self.sections["12"])
        made = [_records.call_record(1, 0, 5_000_000_000, payload, start) for start in (0, _records.PART_MAX)]
        self.assertEqual((len(made[0]), made[0][:32]), (65536, first))
        self.assertEqual(made[1], second)

    def test_open(self) -> None:
        made = _records.open_record("update_motd", None)
        self.assertEqual(made, self.open.ljust(256, b"\0"))
        offset = next(int(row[0]) for row in rows(self.sections["4"]) if row[2] == "network")
        named = _records.open_record("update_motd", "qrouter-1")
        self.assertEqual(named[offset : offset + 64], b"qrouter-1".ljust(64, b"\0"))

    def test_opened(self) -> None:
        record = _records.read(self.opened)
        self.assertEqual(record[:2], (_records.OPENED, 0))
        self.assertEqual(signature.read(record.payload), postern.Signature(
            "motd", "update_motd", 30_000_000_000, (postern.Argument("message", 3),), 0))

    def test_call(self) -> None:
        payload = signature.read(_records.read(self.opened).payload).arrange(["Hello\n"], {})
        self.assertEqual(_records.call_record(1, 0, 5_000_000_000, payload), self.call)

    def test_return(self) -> None:
        self.assertEqual(_records.read(self.returned), (_records.RETURN, 1, b"\xc0", False))

    def test_error(self) -> None:
        record = _records.read(self.error)
        self.assertEqual(record[:2], (_records.ERROR, 2))
        error = _records.read_error(record.payload, "motd", "update_motd")
        self.assertIs(type(error), postern.BadArgument)
        self.assertEqual((error.argument, error.message), ("message", "message: expected a string, got 5"))

    def test_whole_exchange(self) -> None:
        """The dumps, played by a server, with the CALL compared but for its deadline."""
        def serve(peer: fake.Peer) -> None:
            peer.expect_open()
            peer.send(self.opened)
            seen.append(peer.read())
            peer.send(self.returned)
            peer.read()
            peer.send(self.error)

        seen: list[bytes] = []
        logger = logging.getLogger("postern.motd")
        logger.setLevel(logging.CRITICAL + 1)
        self.addCleanup(logger.setLevel, logging.NOTSET)
        with fake.Server(serve) as server, postern.Context(server.path) as context:
            self.assertIsNone(context.call("update_motd", "Hello\n", timeout=fake.LIMIT))
            with self.assertRaises(postern.BadArgument):
                context.call("update_motd", message="5")
        self.assertEqual(seen[0][:16] + seen[0][24:], self.call[:16] + self.call[24:])
        self.assertLessEqual(struct.unpack_from("<Q", seen[0], 16)[0], fake.LIMIT * 1e9)

    def test_types(self) -> None:
        types = rows(self.sections["6"])
        self.assertEqual([int(row[0]) for row in types], list(range(len(types))))
        self.assertEqual([row[1] for row in types], [_convert.name(number) for number in range(len(types))])
        samples = {"nil": None, "boolean": True, "integer": 5, "string": "a", "bytes": b"a", "list": ["a"]}
        for number, _, kind, *_ in types:
            for sample_kind, sample in samples.items():
                if kind:
                    self.assertEqual(_convert.fits(int(number), sample), kind == sample_kind, (number, sample_kind))

    def test_codes(self) -> None:
        classes = {"failed": postern.FunctionError, "bad argument": postern.BadArgument,
                   "not permitted": postern.NotPermitted, "denied": postern.Denied, "timed out": postern.TimedOut,
                   "worker died": postern.WorkerDied, "protocol error": postern.ProtocolError,
                   "not available": postern.NotAvailable, "busy": postern.Busy, "cancelled": postern.Cancelled}
        found = rows(self.sections["8"])[1:]
        self.assertEqual(len(found), len(classes))
        for code, name, _, afterwards in found:
            error = _records.read_error(fake.pack({"code": int(code)}), "c", "e")
            self.assertIs(type(error), classes[name])
            self.assertEqual(_records.keeps_connection(error), afterwards == "usable")
