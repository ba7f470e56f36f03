# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The values of docs/protocol.md, section 3: a strict part of msgpack, read and written.

What comes in is from a stranger: every length is checked against the bytes that are there before
anything is made of it, and the bounds of the page hold while reading, not afterwards.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

Value = None | bool | int | str | bytes | list["Value"] | dict[str, "Value"]

VALUES_MAX = 16384
LEVELS_MAX = 8
ENTRIES_MAX = 32
INTEGER_MIN = -(1 << 63)
INTEGER_MAX = (1 << 63) - 1


class Malformed(ValueError):
    """Bytes that are no value of the protocol, or a value that has no bytes."""


# -- writing -----------------------------------------------------------------------------------------------------------


def encode(value: object) -> bytes:
    """The bytes of a value, in the shortest form. Malformed when it is not of the protocol."""
    out = bytearray()
    _put(out, value, 1)
    return bytes(out)


def _put(out: bytearray, value: object, level: int) -> None:
    if level > LEVELS_MAX:
        raise Malformed(f"is nested more than {LEVELS_MAX} deep")
    if value is None:
        out.append(0xC0)
    elif isinstance(value, str):
        _put_text(out, value)
    elif isinstance(value, bool):
        out.append(0xC3 if value else 0xC2)
    elif isinstance(value, int):
        _put_integer(out, value)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        _put_head(out, len(data), (0xC4, 0xC5, 0xC6))
        out += data
    elif isinstance(value, (list, tuple)):
        _put_list(out, value, level)
    elif isinstance(value, dict):
        _put_map(out, value, level)
    else:
        raise Malformed(f"is a {type(value).__name__}, which has no form in the protocol")


def _put_list(out: bytearray, items: list[object] | tuple[object, ...], level: int) -> None:
    if len(items) >= VALUES_MAX:
        raise Malformed(f"has more than {VALUES_MAX - 1} items")
    if len(items) < 16:
        out.append(0x90 | len(items))
    else:
        _put_head(out, len(items), (None, 0xDC, 0xDD))
    for item in items:
        _put(out, item, level + 1)


def _put_map(out: bytearray, entries: dict[object, object], level: int) -> None:
    if len(entries) > ENTRIES_MAX:
        raise Malformed(f"has more than {ENTRIES_MAX} fields")
    if len(entries) < 16:
        out.append(0x80 | len(entries))
    else:
        _put_head(out, len(entries), (None, 0xDE, 0xDF))
    for key, value in entries.items():
        if not isinstance(key, str):
            raise Malformed("has a field whose name is no string")
        _put_text(out, key)
        _put(out, value, level + 1)


def count(value: Value) -> int:
    """How many values it is, with those in it and the names of fields."""
    if isinstance(value, list):
        return 1 + sum(map(count, value))
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(count, value.values()))
    return 1


def _put_integer(out: bytearray, value: int) -> None:
    if not INTEGER_MIN <= value <= INTEGER_MAX:
        raise Malformed("does not fit in 64 bits")
    if 0 <= value < 0x80:
        out.append(value)
    elif -32 <= value < 0:
        out.append(value & 0xFF)
    elif value > 0:
        for code, size in ((0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)):
            if value < 1 << 8 * size:
                out.append(code)
                out += value.to_bytes(size, "big")
                return
    else:
        for code, size in ((0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8)):
            if value >= -(1 << 8 * size - 1):
                out.append(code)
                out += value.to_bytes(size, "big", signed=True)
                return


def _put_text(out: bytearray, text: str) -> None:
    if "\0" in text:
        raise Malformed("holds a NUL")
    data = utf8(text)
    if data is None:
        raise Malformed("is not UTF-8")
    if len(data) < 32:
        out.append(0xA0 | len(data))
    else:
        _put_head(out, len(data), (0xD9, 0xDA, 0xDB))
    out += data


def utf8(text: str) -> bytes | None:
    """None for what has no UTF-8. Nothing that is raised may hold the text: it could be a secret."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None


def _put_head(out: bytearray, length: int, codes: Iterable[int | None]) -> None:
    for code, size in zip(codes, (1, 2, 4)):
        if code is not None and length < 1 << 8 * size:
            out.append(code)
            out += length.to_bytes(size, "big")
            return
    raise Malformed("is too long")


# -- reading -----------------------------------------------------------------------------------------------------------

_NIL, _INTEGER, _TEXT, _BYTES, _LIST, _MAP = range(6)

# First bytes from 0xc0 on: the kind, and the form of the number that follows. What is not here is refused.
_FORMS: dict[int, tuple[int, struct.Struct]] = {
    code: (kind, struct.Struct(form))
    for kind, first, forms in (
        (_BYTES, 0xC4, (">B", ">H", ">I")),
        (_INTEGER, 0xCC, (">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q")),
        (_TEXT, 0xD9, (">B", ">H", ">I")),
        (_LIST, 0xDC, (">H", ">I")),
        (_MAP, 0xDE, (">H", ">I")),
    )
    for code, form in enumerate(forms, first)
}


def decode(data: bytes, *, maps: bool = False) -> Value:
    """The one value that `data` is. Malformed when it is none, or more."""
    reader = _Reader(data, maps)
    value = reader.value(1)
    if reader.at != len(data):
        raise Malformed("bytes behind the value")
    return value


class _Reader:
    __slots__ = ("at", "data", "maps", "values")

    def __init__(self, data: bytes, maps: bool) -> None:
        self.data = data
        self.at = 0
        self.maps = maps
        self.values = 0

    def value(self, level: int) -> Value:
        self.values += 1
        if self.values > VALUES_MAX:
            raise Malformed("too many values")
        first = self.take(1)[0]
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first < 0xC0:
            if first >= 0xA0:
                return self.text(first & 0x1F)
            if first >= 0x90:
                return self.list(first & 0x0F, level)
            return self.map(first & 0x0F, level)
        if first == 0xC0:
            return None
        if first in (0xC2, 0xC3):
            return first == 0xC3
        return self.long(first, level)

    def long(self, first: int, level: int) -> Value:
        """A value whose first byte is followed by a number: its own, its length or its count."""
        if first not in _FORMS:
            raise Malformed(f"a value that begins with {first:#x}")
        kind, form = _FORMS[first]
        number: int = form.unpack(self.take(form.size))[0]
        if kind == _INTEGER:
            if number > INTEGER_MAX:
                raise Malformed("an integer beyond 64 bits")
            return number
        if kind == _TEXT:
            return self.text(number)
        if kind == _BYTES:
            return self.take(number)
        return self.list(number, level) if kind == _LIST else self.map(number, level)

    def take(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self.data):
            raise Malformed("cut short")
        data = self.data[self.at : end]
        self.at = end
        return data

    def text(self, length: int) -> str:
        data = self.take(length)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise Malformed("a string that is not UTF-8") from None
        if "\0" in text:
            raise Malformed("a string with a NUL")
        return text

    def enter(self, count: int, level: int) -> None:
        # An item takes a byte at least.
        if count > len(self.data) - self.at or count + self.values > VALUES_MAX:
            raise Malformed("more items than can be there")
        if count and level == LEVELS_MAX:
            raise Malformed("nested too deep")

    def list(self, count: int, level: int) -> Value:
        self.enter(count, level)
        return [self.value(level + 1) for _ in range(count)]

    def map(self, count: int, level: int) -> Value:
        if not self.maps or count > ENTRIES_MAX:
            raise Malformed("a map that may not be there")
        self.enter(2 * count, level)
        entries: dict[str, Value] = {}
        for _ in range(count):
            key = self.value(level + 1)
            if not isinstance(key, str) or key in entries:
                raise Malformed("keys of a map that are not distinct strings")
            entries[key] = self.value(level + 1)
        return entries
