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

_NO_DEADLINE = bytes(8)
NIL = 0xC0
_NIL = bytes((NIL,))
_CALLS = [_records.CALL | log << 16 for log in range(9)]
# Type, flags and number of a CALL, and what follows at once: its deadline and the head of the list.
_BEGIN = struct.Struct("<I4xQ9s").pack
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
    start = _NO_DEADLINE + head
    most = _records.HEADER_SIZE + min(signature.most, _records.PART_MAX)
    wanted = _logs.asker(signature.context)

    # Without zip() and a function for each kind of value, which would take half as much again.
    def make(number: int, args: tuple[Any, ...], keywords: dict[str, Any], limit: float | None) -> bytes | None:
        if keywords:
            rest = names[len(args):]
            if not keywords.keys() <= set(rest):
                return None
            args = (*args, *map(keywords.get, rest))
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
        if limit is None:
            parts[0] = _BEGIN(_CALLS[wanted()], number, start)
        elif type(limit) in (int, float) and LIMIT_MIN <= limit <= LIMIT_MAX:
            parts[0] = _BEGIN(_CALLS[wanted()], number, int(limit * 1e9).to_bytes(8, "little") + head)
        else:
            return None
        record = b"".join(parts)
        return record if len(record) <= most else None

    return make


def _put(parts: list[bytes], value: Any) -> bool:
    if type(value) is str and len(value) < 256 and value.isascii() and "\0" not in value:
        parts.append(_TEXT_HEADS[len(value)])
        parts.append(value.encode())
        return True
    try:
        parts.append(_values.encode(value))
    except _values.Malformed:
        return False
    return True
