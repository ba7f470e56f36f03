# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Plain calls: arguments that are plainly right, and an answer that is there at once and has the result, in one go.
What the signature decides is decided once.

What is not plain is left to the steps of _exchange.py. Of arguments that is an unknown keyword, a value of another
class than the type's own, a list, a descriptor, more than one record holds: Signature.arrange() looks at it, and has
the words for what is wrong. Of answers, an error, a log, one that is malformed, and none within a moment.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from typing import Any

from . import _convert, _logs, _values
from ._connection import ROOM, SEND_FLAGS, Connection
from ._records import CALL, HEADER_SIZE, PART_MAX, RETURN
from .signature import Result, Signature

Way = Callable[[Connection, tuple[Any, ...], dict[str, Any], float | None], Result]

# In place of a result, where the call is left to the steps.
LEFT: Any = object()

# How many seconds a caller may be ready to wait, so that they can be counted from the record on.
LIMIT_MIN, LIMIT_MAX = 0.1, 24 * 3600.0

_NIL = b"\xc0"
# Where a logger's memory has a CALL's type and flags.
_CALL = "postern"
# How a CALL begins: type and flags, number, and the deadline with the list's head.
_BEGIN_FORMAT = "<I4xQ9s"
_begin = struct.Struct(_BEGIN_FORMAT).pack
# A RETURN of a number: its header, and all of it where it is nil.
_returned = struct.Struct("<B7xQ8x").pack
_returned_nil = struct.Struct("<B7xQ8xs").pack

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


def never(connection: Connection, args: tuple[Any, ...], keywords: dict[str, Any], limit: float | None) -> Result:
    """For a signature whose calls are never plain."""
    return LEFT


class _Never:
    """The class of no value."""


class _Layouts(dict[int, tuple[Any, bytes, bytes]]):
    """How a CALL with one value of so many bytes is packed: the function, the value's head and what follows it."""

    def __init__(self, heads: list[bytes], tail: bytes) -> None:
        super().__init__()
        self.heads, self.tail = heads, tail

    def __missing__(self, size: int) -> tuple[Any, bytes, bytes]:
        head = self.heads[size]
        pack = struct.Struct(f"{_BEGIN_FORMAT}{len(head)}s{size}s{len(self.tail)}s").pack
        self[size] = layout = pack, head, self.tail
        return layout


def way(signature: Signature, connection: Connection) -> Way:
    """A function that makes a plain call on this connection, which nobody else uses meanwhile. It takes arguments,
    keywords and the seconds to wait (None: as long as it may take).

    It gives the result, or LEFT: then `connection.left` has what came to a call that was sent, or None when none was.
    """
    names = [argument.name for argument in signature.arguments]
    if len(names) > _ARGUMENTS_MAX or signature.result == _convert.FD:
        return never
    head = bytes((0x90 | len(names),))
    no_deadline = bytes(8) + head
    several = _packer_of_several(signature)
    only, most, layouts = _only(signature)
    text = _ascii if only is str else None
    check = None if signature.result == _convert.NONE else signature.check_result
    logger, memory = _logs.memory(signature.context)
    # Not the connection itself, which would have a way to itself.
    send, receive = connection.send_now, connection.receive_now

    def look() -> int:
        """A CALL's type and flags, which are kept as long as the logger's levels are."""
        log = _logs.wanted(signature.context)
        memory[_CALL] = kind_and_log = CALL | log << 16
        if logger.disabled or _logs.wanted(signature.context) != log:  # not kept, or another thread changed it
            memory.pop(_CALL, None)
        return kind_and_log

    def call(connection: Connection, args: tuple[Any, ...], keywords: dict[str, Any], limit: float | None) -> Result:
        try:
            kind_and_log = memory[_CALL]
        except KeyError:
            kind_and_log = look()
        if logger.disabled:
            kind_and_log = look()
        if keywords and (args := _positional(names, args, keywords)) is None:
            return LEFT
        start = no_deadline
        if limit is not None and (start := _start(limit, head)) is None:
            return LEFT
        number = connection.calls + 1
        if (len(args) == 1 and type(value := args[0]) is only and (size := len(value)) <= most
                and (text is None or (value := text(value)) is not None)):
            pack, value_head, tail = layouts[size]
            record = pack(kind_and_log, number, start, value_head, value, tail)
        elif (record := several(args, kind_and_log, number, start)) is None:
            return LEFT
        try:
            send(record, SEND_FLAGS)
            connection.calls = number
            data, _, flags, _ = receive(ROOM)
        except OSError as error:
            if error.__traceback__.tb_next:  # not raised here, but by a signal's handler
                raise
            if connection.calls == number:
                connection.left = None, 0
            return LEFT
        if not flags:
            if check is None:
                if data == _returned_nil(RETURN, number, _NIL):
                    return None
            elif data.startswith(_returned(RETURN, number)):
                with contextlib.suppress(_values.Malformed):
                    return check(_values.decode(data[HEADER_SIZE:], maps=True))
        connection.left = data, flags
        return LEFT

    return call


def _positional(names: list[str], args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...] | None:
    """All arguments in their order; None where a keyword has no place among them."""
    rest = names[len(args):]
    return (*args, *map(keywords.get, rest)) if keywords.keys() <= set(rest) else None


def _start(limit: float, head: bytes) -> bytes | None:
    """The deadline, and the list's head."""
    if type(limit) not in (int, float) or not LIMIT_MIN <= limit <= LIMIT_MAX:
        return None
    return int(limit * 1e9).to_bytes(8, "little") + head


def _kinds(signature: Signature) -> list[Any]:
    """The class of each argument's plain values."""
    return [_CLASSES.get(argument.type, _Never) for argument in signature.arguments]


def _tails(signature: Signature) -> dict[int, bytes]:
    """What follows so many arguments, where none of the rest is needed."""
    optional = [argument.optional for argument in signature.arguments]
    return {given: _NIL * (len(optional) - given) for given in range(len(optional) + 1) if all(optional[given:])}


def _record_max(signature: Signature) -> int:
    return HEADER_SIZE + min(signature.most, PART_MAX)


def _only(signature: Signature) -> tuple[type, int, _Layouts]:
    """The class of a value that can be the only one, up to which size, and how it is packed."""
    kind, tail = (*_kinds(signature), _Never)[0], _tails(signature).get(1)
    if tail is None or kind not in _HEADS:
        return _Never, 0, _Layouts([], b"")
    return kind, min(255, _record_max(signature) - HEADER_SIZE - 1 - 2 - len(tail)), _Layouts(_HEADS[kind], tail)


def _packer_of_several(signature: Signature) -> Callable[[tuple[Any, ...], int, int, bytes], bytes | None]:
    """A function of values, and of how the CALL begins, that makes it; None where a value is not plain."""
    kinds, tails, most = _kinds(signature), _tails(signature), _record_max(signature)
    optional = [argument.optional for argument in signature.arguments]

    # Without zip() and a function for each kind of value, which would take half as much again.
    def several(args: tuple[Any, ...], kind_and_log: int, number: int, start: bytes) -> bytes | None:
        if (tail := tails.get(len(args))) is None:
            return None
        parts = [_begin(kind_and_log, number, start)]
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
        record = b"".join(parts)
        return record if len(record) <= most else None

    return several


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
