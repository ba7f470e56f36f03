# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Python's values and the types of docs/protocol.md, section 6.

What is certain to be refused is refused here, before it is sent. What a manifest bounds further (length, range,
pattern) is the worker's to check. Nothing that is raised holds a value: it could be a secret.
"""

from __future__ import annotations

import datetime
import enum
import os
from collections.abc import Mapping, Sequence

from . import _values
from ._values import Malformed, Value

TYPE_CHECKING = False  # as in `typing`, which is large; helpers carry this module, too
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object

(NONE, BOOLEAN, INTEGER, STRING, BYTES, ENUM, PATH, INTERFACE, MAC, ADDRESS, PREFIX, UUID, USER, GROUP, SIZE, DURATION,
 LIST, FD, RECORD) = range(19)

_NAMES = ("none", "boolean", "integer", "string", "bytes", "enum", "path", "interface", "mac", "address", "prefix",
          "uuid", "user", "group", "size", "duration", "list", "fd", "record")

_INTEGERS = (INTEGER, SIZE, DURATION)

# Objects of the standard library that stand for what their str() says.
_WORDS = {ADDRESS: "ipaddress", PREFIX: "ipaddress", UUID: "uuid"}

_ARTICLES = {INTEGER: "an integer", ENUM: "a string", BOOLEAN: "True or False", BYTES: "bytes",
             INTERFACE: "an interface", ADDRESS: "an address"}


class Unfit(ValueError):
    """A value that cannot be of a type; str() says why, without the value, and `where` in it: "[3].via"."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.where = where


class HasFileno(Protocol):
    """What open files, sockets and descriptors that came as results have."""

    def fileno(self) -> int: ...


class Field(Protocol):
    """What is needed of an argument or field (signature.Argument)."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> int: ...
    @property
    def element(self) -> int: ...
    @property
    def optional(self) -> bool: ...
    @property
    def fields(self) -> Sequence[Field]: ...


def name(number: int) -> str:
    """The name of a type; that of one that is newer than this client is its number."""
    return _NAMES[number] if number < len(_NAMES) else f"type {number}"


def number(name: str) -> int:
    """The number of a type. ValueError when there is none of that name."""
    if name not in _NAMES:
        raise ValueError(f"there is no type {name}")
    return _NAMES.index(name)


def _expected(number: int, value: object) -> Unfit:
    expected = _ARTICLES.get(number) or f"a {name(number)}"
    return Unfit(f"expected {expected}, got {type(value).__name__}")


def _to_text(number: int, value: object) -> str:
    if isinstance(value, enum.Enum):
        value = value.value
    if number == PATH and isinstance(value, os.PathLike):
        value = os.fspath(value)
    if type(value).__module__ == _WORDS.get(number):
        value = str(value)
    if not isinstance(value, str):
        raise _expected(number, value)
    if "\0" in value:
        raise Unfit("holds a NUL")
    if not value.isascii() and _values.utf8(value) is None:
        raise Unfit("is not UTF-8; what is not text travels as bytes")
    return value


def _to_integer(number: int, value: object) -> int:
    if number == DURATION and isinstance(value, datetime.timedelta):
        value = value // datetime.timedelta(microseconds=1) * 1000
    if isinstance(value, bool) or not isinstance(value, int):
        raise _expected(number, value)
    if not _values.INTEGER_MIN <= value <= _values.INTEGER_MAX:
        raise Unfit("does not fit in 64 bits")
    return value


def _to_scalar(number: int, value: object) -> Value:
    if number == BOOLEAN:
        if not isinstance(value, bool):
            raise _expected(number, value)
        return value
    if number in _INTEGERS:
        return _to_integer(number, value)
    if number == BYTES:
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise _expected(number, value)
        return bytes(value)
    if STRING <= number <= GROUP:
        return _to_text(number, value)
    return _to_unknown(value)


def to_descriptor(value: object) -> int:
    """A descriptor, which stays the caller's: a number, or what has a fileno()."""
    fd = value
    if not isinstance(value, int) and callable(fileno := getattr(value, "fileno", None)):
        try:
            fd = fileno()
        except (OSError, ValueError):
            raise Unfit(f"a {type(value).__name__} that is closed, or has no descriptor") from None
    if isinstance(fd, bool) or not isinstance(fd, int):
        raise Unfit(f"expected a descriptor, or an object with fileno(), got {type(value).__name__}")
    try:
        os.fstat(fd)
    except (OSError, OverflowError):
        raise Unfit("the descriptor is not open") from None
    return fd


def _to_unknown(value: object) -> Value:
    """Of a type that this client does not know: as it is, if it can be sent at all."""
    try:
        copy = _values.decode(_values.encode([value]), maps=True)
        return copy[0] if isinstance(copy, list) else None
    except Malformed as malformed:
        reason = str(malformed)
    raise Unfit(reason)


def to_wire(argument: Field, value: object) -> Value:
    """The value of a CALL for an argument or field. Unfit when there is none."""
    if argument.type == RECORD:
        return _to_record(argument.fields, value)
    if argument.type != LIST:
        return _to_scalar(argument.type, value)
    if not isinstance(value, (list, tuple)):
        raise _expected(LIST, value)
    items: list[Value] = []
    for position, item in enumerate(value):
        try:
            if argument.element == RECORD:
                items.append(_to_record(argument.fields, item))
            else:
                items.append(_to_scalar(argument.element, item))
            continue
        except Unfit as unfit:
            reason, where = str(unfit), unfit.where
        if argument.element == RECORD:
            raise Unfit(reason, f"[{position}]{where}")
        raise Unfit(f"item {position} {reason}")
    return items


def _to_record(fields: Sequence[Field], value: object) -> Value:
    if hasattr(type(value), "__dataclass_fields__"):
        import dataclasses  # is there already, where there is one

        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if not isinstance(value, Mapping):
        raise Unfit(f"expected a mapping or a dataclass, got {type(value).__name__}")
    names = [field.name for field in fields]
    for key in value:
        if key not in names:
            shown = key if isinstance(key, str) else f"of type {type(key).__name__}"
            raise Unfit(f"has no field {shown}, the fields are {', '.join(names)}")
    entries: dict[str, Value] = {}
    for field in fields:
        if (item := value.get(field.name)) is None:
            if field.optional:
                continue
            raise Unfit(f"needs the field {field.name}")
        try:
            entries[field.name] = to_wire(field, item)
            continue
        except Unfit as unfit:
            reason, where = str(unfit), unfit.where
        raise Unfit(reason, f".{field.name}{where}")
    return entries


def fits(number: int, value: Value) -> bool:
    """Whether a value from the wire is of a type's kind."""
    if number == NONE:
        return value is None
    if number == BOOLEAN:
        return isinstance(value, bool)
    if number in _INTEGERS:
        return isinstance(value, int) and not isinstance(value, bool)
    if number == BYTES:
        return isinstance(value, bytes)
    if STRING <= number <= GROUP:
        return isinstance(value, str)
    if number == FD:
        return isinstance(value, int) and not isinstance(value, bool)
    if number == LIST:
        return isinstance(value, list)
    if number == RECORD:
        return isinstance(value, dict)
    return True


def fits_record(fields: Sequence[Field], value: Value) -> bool:
    """Whether a value from the wire is a record of these fields. Those that are not known are passed over."""
    if not isinstance(value, dict):
        return False
    return all(fits(field.type, value[field.name]) if value.get(field.name) is not None else field.optional
               for field in fields)
