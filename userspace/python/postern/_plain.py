# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Plain calls: arguments that are plainly right, and an answer that is there at once and has the result. Context.call()
makes them in one go. What the signature decides of them is decided once, in a Plan.

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
from ._records import CALL, HEADER_SIZE, PART_MAX, RECORD_MAX, RETURN
from .signature import Result, Signature

# In place of a result, where the answer is left to the steps.
LEFT: Any = object()

# How many seconds a caller may be ready to wait, so that they can be counted from the record on.
LIMIT_MIN, LIMIT_MAX = 0.1, 24 * 3600.0

# Of a RETURN without a value, and of an argument that is left out.
NIL = b"\xc0"
# Where a logger's memory has a CALL's type and flags.
_KIND_AND_LOG = "postern"
# How a CALL begins: type and flags, number, deadline and the list's head.
_BEGIN_FORMAT = "<I4xQQ"
_begin = struct.Struct(_BEGIN_FORMAT + "s").pack
# A RETURN of a number: its header, and all of it where it is nil.
_returned = struct.Struct("<B7xQ8x").pack
returned_nil = struct.Struct("<B7xQ8xs").pack

_CLASSES: dict[int, type] = {
    _convert.BOOLEAN: bool,
    **dict.fromkeys((_convert.INTEGER, _convert.SIZE, _convert.DURATION), int),
    **dict.fromkeys(range(_convert.STRING, _convert.GROUP + 1), str),
    _convert.BYTES: bytes,
}
_BYTES_HEADS = [bytes((0xC4, size)) for size in range(256)]
_TEXT_HEADS = [bytes((0xA0 | size,)) if size < 32 else bytes((0xD9, size)) for size in range(256)]
# The heads of short values, and the first byte of those that fill a record at most.
_HEADS = {bytes: (_BYTES_HEADS, b"\xc5"), str: (_TEXT_HEADS, b"\xda")}
_ARGUMENTS_MAX = 15  # whose list begins with one byte

Packer = Callable[[tuple[Any, ...], int, int, int], bytes | None]


class _Never:
    """The class of no value."""


class _Layouts(dict[int, tuple[Any, bytes, bytes]]):
    """How a CALL with one value of so many bytes is packed: the function, the heads of list and value, and what follows
    the value. Those of short values are kept."""

    def __init__(self, kind: type, list_head: bytes, tail: bytes, most: int) -> None:
        super().__init__()
        self._heads, self._long = _HEADS[kind]
        self._list_head, self._tail, self._most = list_head, tail, most

    def __missing__(self, size: int) -> tuple[Any, bytes, bytes]:
        if size >= self._most:
            return _never, b"", b""
        short = size < len(self._heads)
        head = self._list_head + (self._heads[size] if short else self._long + size.to_bytes(2, "big"))
        form = struct.Struct(f"{_BEGIN_FORMAT}{len(head)}s{size}s{len(self._tail)}s")
        layout = form.pack if form.size <= self._most else _never, head, self._tail
        if short:
            self[size] = layout
        return layout


class Plan:
    """What a signature decides of its plain calls. `has_result`: an answer is more than returned_nil()."""

    # `only`, `text`, `layouts`: the class of a value that can be the only one, a function that makes bytes of it or
    # None, and how the CALL is packed. `several`: makes a CALL of any number of values, or None where one is not plain.
    __slots__ = ("_check", "_context", "_layouts", "_logger", "_memory", "_names", "_only", "_several", "_text",
                 "has_result")

    def __init__(self, signature: Signature) -> None:
        self._context = signature.context
        self._names = [argument.name for argument in signature.arguments]
        self._logger, self._memory = _logs.memory(signature.context)
        self.has_result = signature.result != _convert.NONE
        self._check = signature.check_result
        self._only: type = _Never
        self._layouts: _Layouts
        self._several: Packer = _never
        if len(self._names) <= _ARGUMENTS_MAX and signature.result != _convert.FD:
            self._pack_by(signature, bytes((0x90 | len(self._names),)))
        self._text = _ascii if self._only is str else None

    def _pack_by(self, signature: Signature, list_head: bytes) -> None:
        kind, tail = (*_kinds(signature), _Never)[0], _tails(signature).get(1)
        if tail is not None and kind in _HEADS:
            self._only = kind
            self._layouts = _Layouts(kind, list_head, tail, _record_max(signature))
        self._several = _packer_of_several(signature, list_head)

    def record(self, args: tuple[Any, ...], keywords: dict[str, Any], number: int, deadline: int) -> bytes | None:
        """The CALL; None where it is not plain."""
        try:
            kind_and_log = self._memory[_KIND_AND_LOG]
        except KeyError:
            kind_and_log = self._kind_and_log()
        if self._logger.disabled:
            kind_and_log = self._kind_and_log()
        if keywords and (args := self._positional(args, keywords)) is None:
            return None
        if (len(args) == 1 and type(value := args[0]) is self._only
                and ((text := self._text) is None or (value := text(value)) is not None)):
            pack, head, tail = self._layouts[len(value)]
            return pack(kind_and_log, number, deadline, head, value, tail)
        # Once it is looked up, not as a method of this object.
        several = self._several
        return several(args, kind_and_log, number, deadline)

    def result(self, answer: bytes, number: int) -> Result:
        """What the answer to the CALL of that number has, where it has something; LEFT where that is not plain."""
        if self.has_result and len(answer) <= RECORD_MAX and answer.startswith(_returned(RETURN, number)):
            with contextlib.suppress(_values.Malformed):
                return self._check(_values.decode(answer[HEADER_SIZE:], maps=True))
        return LEFT

    def _kind_and_log(self) -> int:
        """A CALL's type and flags, which are kept as long as the logger's levels are."""
        log = _logs.wanted(self._context)
        self._memory[_KIND_AND_LOG] = found = CALL | log << 16
        if self._logger.disabled or _logs.wanted(self._context) != log:  # not kept, or another thread changed it
            self._memory.pop(_KIND_AND_LOG, None)
        return found

    def _positional(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...] | None:
        """All arguments in their order; None where a keyword has no place among them."""
        rest = self._names[len(args):]
        return (*args, *map(keywords.get, rest)) if keywords.keys() <= set(rest) else None


def nanoseconds(limit: float) -> int | None:
    """The deadline of a caller who waits so many seconds."""
    return int(limit * 1e9) if type(limit) in (int, float) and LIMIT_MIN <= limit <= LIMIT_MAX else None


def _never(*call: object) -> None:
    """In place of what makes a CALL, where none is plain."""


def _kinds(signature: Signature) -> list[Any]:
    """The class of each argument's plain values."""
    return [_CLASSES.get(argument.type, _Never) for argument in signature.arguments]


def _tails(signature: Signature) -> dict[int, bytes]:
    """What follows so many arguments, where none of the rest is needed."""
    optional = [argument.optional for argument in signature.arguments]
    return {given: NIL * (len(optional) - given) for given in range(len(optional) + 1) if all(optional[given:])}


def _record_max(signature: Signature) -> int:
    return HEADER_SIZE + min(signature.most, PART_MAX)


def _packer_of_several(signature: Signature, list_head: bytes) -> Packer:
    kinds, tails, most = _kinds(signature), _tails(signature), _record_max(signature)
    optional = [argument.optional for argument in signature.arguments]

    # Without zip() and a function for each kind of value, which would take half as much again.
    def several(args: tuple[Any, ...], kind_and_log: int, number: int, deadline: int) -> bytes | None:
        if (tail := tails.get(len(args))) is None:
            return None
        parts = [_begin(kind_and_log, number, deadline, list_head)]
        at = 0
        for value in args:
            kind = kinds[at]
            if type(value) is not kind:
                if value is not None or not optional[at]:
                    return None
                parts.append(NIL)
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
