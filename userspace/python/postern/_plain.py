# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The CALL record of arguments that are plainly right, in one go: what the signature decides is decided once.

What is not plain (an unknown keyword, a value of another class than the type's own, a list, a descriptor, more than one
record holds) has no record here. Signature.arrange() looks at it, and has the words for what is wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from . import _convert, _logs, _records, _values
from .signature import Result, Signature

Reader = Callable[[bytes], Result]
Maker = Callable[[int, tuple[Any, ...], dict[str, Any], float | None], bytes | None]

# How many seconds a caller may be ready to wait, so that they can be counted from the record on.
LIMIT_MIN, LIMIT_MAX = 0.1, 24 * 3600.0

NIL = 0xC0
_NIL = bytes((NIL,))
_CALLS = [_records.CALL | log << 16 for log in range(9)]
# Type, flags and number of a CALL, and what follows at once: its deadline and the head of the list.
_BEGIN_FORMAT = "<I4xQ9s"
_BEGIN = struct.Struct(_BEGIN_FORMAT).pack
# RETURN with the call's number: how it begins, and all of it when it is NIL.
returned = struct.Struct("<B7xQ8x").pack
nothing_returned = struct.Struct("<B7xQ8xB").pack

_CLASSES: dict[int, type] = {
    _convert.BOOLEAN: bool,
    **dict.fromkeys((_convert.INTEGER, _convert.SIZE, _convert.DURATION), int),
    **dict.fromkeys(range(_convert.STRING, _convert.GROUP + 1), str),
    _convert.BYTES: bytes,
}
_BYTES_HEADS = [bytes((0xC4, size)) for size in range(256)]
_TEXT_HEADS = [bytes((0xA0 | size,)) if size < 32 else bytes((0xD9, size)) for size in range(256)]
_HEADS: dict[type, list[bytes]] = {bytes: _BYTES_HEADS, str: _TEXT_HEADS}
_ARGUMENTS_MAX = 15  # whose list begins with one byte


def make_none(number: int, args: tuple[Any, ...], keywords: dict[str, Any], limit: float | None) -> None:
    """For a signature whose calls are never plain."""


def reader(signature: Signature) -> Reader | None:
    """A function of the payload of a RETURN, which raises Malformed, or None where there is no result."""
    if signature.result == _convert.NONE:
        return None
    return lambda payload: signature.check_result(_values.decode(payload, maps=True))


class _Never:
    """The class of no value."""


class _Layouts(dict[int, tuple[Any, bytes, bytes]]):
    """How a CALL with one value of so many bytes is packed: the function, the value's head and what follows it."""

    def __init__(self, heads: list[bytes], tail: bytes) -> None:
        super().__init__()
        self.heads, self.tail = heads, tail
        self.around = _records.HEADER_SIZE + 1 + 2 + len(tail)

    def __missing__(self, size: int) -> tuple[Any, bytes, bytes]:
        head = self.heads[size]
        pack = struct.Struct(f"{_BEGIN_FORMAT}{len(head)}s{size}s{len(self.tail)}s").pack
        self[size] = layout = pack, head, self.tail
        return layout


def maker(signature: Signature) -> Maker:
    """A function of number, arguments, keywords and the seconds to wait (None: as long as it may take) that makes a
    CALL, or None."""
    arguments = signature.arguments
    if len(arguments) > _ARGUMENTS_MAX:
        return make_none
    names = [argument.name for argument in arguments]
    kinds: list[Any] = [_CLASSES.get(argument.type, _Never) for argument in arguments]
    optional = [argument.optional for argument in arguments]
    # What follows so many arguments, where none of the rest is needed.
    tails = {given: _NIL * (len(kinds) - given) for given in range(len(kinds) + 1) if all(optional[given:])}
    head = bytes((0x90 | len(kinds),))
    no_deadline = bytes(8) + head
    most = _records.HEADER_SIZE + min(signature.most, _records.PART_MAX)
    wanted = _logs.asker(signature.context)
    only: Any = kinds[0] if 1 in tails and kinds[0] in _HEADS else _Never
    layouts = _Layouts(_HEADS.get(only, []), tails.get(1, b""))
    only_most = min(255, most - layouts.around)

    # Without zip() and a function for each kind of value, which would take half as much again.
    def make(number: int, args: tuple[Any, ...], keywords: dict[str, Any], limit: float | None) -> bytes | None:
        if keywords:
            rest = names[len(args):]
            if not keywords.keys() <= set(rest):
                return None
            args = (*args, *map(keywords.get, rest))
        if limit is None:
            start = no_deadline
        elif type(limit) in (int, float) and LIMIT_MIN <= limit <= LIMIT_MAX:
            start = int(limit * 1e9).to_bytes(8, "little") + head
        else:
            return None
        if (len(args) == 1 and type(value := args[0]) is only and (size := len(value)) <= only_most
                and (only is bytes or (value := _ascii(value)) is not None)):
            pack, value_head, tail = layouts[size]
            return pack(_CALLS[wanted()], number, start, value_head, value, tail)
        if (tail := tails.get(len(args))) is None:
            return None
        parts = [b""]
        at = 0
        for value in args:
            kind = kinds[at]
            if type(value) is not kind:
                if value is not None or not optional[at]:
                    return None
                parts.append(_NIL)
            elif kind is bytes and (size := len(value)) < 256:
                parts.append(_BYTES_HEADS[size])
                parts.append(value)
            elif not _put(parts, value):
                return None
            at += 1
        parts.append(tail)
        parts[0] = _BEGIN(_CALLS[wanted()], number, start)
        record = b"".join(parts)
        return record if len(record) <= most else None

    return make


def _put(parts: list[bytes], value: Any) -> bool:
    if type(value) is str and (data := _ascii(value)) is not None and len(data) < 256:
        parts.append(_TEXT_HEADS[len(data)])
        parts.append(data)
        return True
    try:
        parts.append(_values.encode(value))
    except _values.Malformed:
        return False
    return True


def _ascii(text: str) -> bytes | None:
    return text.encode() if text.isascii() and "\0" not in text else None
