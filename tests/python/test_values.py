# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The values of section 3: what is read, what is written, and what is refused."""

import random
import struct
import unittest

import fake
from postern._values import ENTRIES_MAX, LEVELS_MAX, VALUES_MAX, Malformed, decode, encode

SCALARS = (
    None, False, True, 0, 1, 127, 128, 255, 256, 65535, 65536, (1 << 32) - 1, 1 << 32, (1 << 63) - 1, -1, -32, -33,
    -128, -129, -32768, -32769, -(1 << 31), -(1 << 31) - 1, -(1 << 63), "", "a" * 31, "a" * 32, "é" * 200, "a" * 65536,
    "\U0001f600",
    b"", b"\0" * 255, b"\xff" * 256, b"x" * 65536,
)


def nested(levels: int, core: bytes = b"\x01") -> bytes:
    return b"\x91" * (levels - 1) + core


class Written(unittest.TestCase):
    def test_round(self) -> None:
        for value in SCALARS:
            got = decode(encode(value))
            self.assertEqual((type(got), got), (type(value), value))
        self.assertEqual(decode(encode([1, ["a", [b"b", None]], []])), [1, ["a", [b"b", None]], []])

    def test_shortest(self) -> None:
        for value, data in ((1, "01"), (-1, "ff"), (128, "cc80"), (-33, "d0df"), (65536, "ce00010000"), ("a", "a161"),
                            (b"a", "c40161"), ([], "90"), (None, "c0"), (5 * 10**9, "cf000000012a05f200")):
            self.assertEqual(encode(value).hex(), data)
        self.assertEqual(encode([0] * 16)[:3].hex(), "dc0010")
        self.assertEqual(encode("a" * 32)[:2].hex(), "d920")

    def test_refused(self) -> None:
        for value in (1 << 63, -(1 << 63) - 1, 1.5, "a\0b", "\udc82", {5: 1}, {"a": 1.5}, {f"k{i}": 1 for i in range(33)}, {1}, object(), [0] * VALUES_MAX):
            with self.assertRaises(Malformed):
                encode(value)
        value = 1
        for _ in range(LEVELS_MAX - 1):
            value = [value]
        encode(value)
        with self.assertRaises(Malformed):
            encode([value])


class Read(unittest.TestCase):
    def refuse(self, data: bytes, **flags: bool) -> None:
        with self.assertRaises(Malformed, msg=data[:20].hex()):
            decode(data, **flags)

    def test_longest_forms(self) -> None:
        for value in SCALARS:
            self.assertEqual(decode(fake.pack(value)), value)
        self.assertEqual(decode(fake.pack({"a": [1, {"b": b"c"}]}), maps=True), {"a": [1, {"b": b"c"}]})

    def test_all_number_forms(self) -> None:
        for code, form in zip(range(0xCC, 0xD4), (">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q")):
            self.assertEqual(decode(bytes([code]) + struct.pack(form, 5)), 5)

    def test_refused_kinds(self) -> None:
        for first in (0xC1, 0xC7, 0xC8, 0xC9, 0xCA, 0xCB, *range(0xD4, 0xD9)):
            self.refuse(bytes([first]) + bytes(20))
        self.refuse(bytes.fromhex("cfffffffffffffffff"))

    def test_cut(self) -> None:
        whole = fake.pack([1, "text", b"bytes", None, ["x"]])
        self.assertEqual(decode(whole)[1], "text")
        for length in range(len(whole)):
            self.refuse(whole[:length])
        self.refuse(whole + b"\xc0")

    def test_texts(self) -> None:
        for text in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"a\0", b"\xf4\x90\x80\x80"):
            self.refuse(bytes([0xA0 | len(text)]) + text)

    def test_counts(self) -> None:
        self.refuse(bytes.fromhex("ddffffffff"))
        self.refuse(bytes.fromhex("dfffffffff"), maps=True)
        self.refuse(bytes.fromhex("dbffffffff61"))
        fits = b"\xdc" + struct.pack(">H", VALUES_MAX - 1) + b"\xc0" * (VALUES_MAX - 1)
        self.assertEqual(len(decode(fits)), VALUES_MAX - 1)
        self.refuse(b"\xdc" + struct.pack(">H", VALUES_MAX) + b"\xc0" * VALUES_MAX)
        half = b"\xdc" + struct.pack(">H", VALUES_MAX // 2) + b"\xc0" * (VALUES_MAX // 2)
        self.refuse(b"\x92" + half + half)

    def test_levels(self) -> None:
        decode(nested(LEVELS_MAX))
        decode(nested(LEVELS_MAX, b"\x90"))
        self.refuse(nested(LEVELS_MAX + 1))
        self.refuse(b"\x91" * 60000)

    def test_maps(self) -> None:
        good = fake.pack({f"k{i}": i for i in range(ENTRIES_MAX)})
        self.assertEqual(len(decode(good, maps=True)), ENTRIES_MAX)
        self.refuse(good)
        self.refuse(fake.pack({f"k{i}": i for i in range(ENTRIES_MAX + 1)}), maps=True)
        self.refuse(b"\x82" + b"\xa1a\x01" * 2, maps=True)
        self.refuse(b"\x81\x01\x01", maps=True)
        self.refuse(b"\x81\x90\x01", maps=True)

    def test_any_bytes(self) -> None:
        """Whatever comes, it is a value or Malformed."""
        chance = random.Random(5)
        seeds = [fake.pack({"code": 1, "message": "m", "denial": {"operation": "o"}}), fake.pack([1, "a", [b"b"]]),
                 encode([1, -5, "text", ["a"], None])]
        values = 0
        for round_ in range(20000):
            data = bytearray(chance.choice(seeds)) if round_ % 2 else bytearray(chance.randbytes(chance.randrange(40)))
            for _ in range(chance.randrange(4)):
                if data:
                    data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                decode(bytes(data), maps=True)
                values += 1
            except Malformed:
                pass
        self.assertGreater(values, 100)
        self.assertLess(values, 20000)
