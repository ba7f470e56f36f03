# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What an entrypoint takes and gives, as its worker says in OPENED (docs/protocol.md, section 6)."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import _convert
from ._convert import Unfit
from ._descriptor import Descriptor
from ._records import PART_MAX, PAYLOAD_MAX
from ._values import ENTRIES_MAX, VALUES_MAX, Malformed, Value, count, decode, encode
from .errors import BadArgument

# What a call gives back.
Result = Value | Descriptor

ARGUMENTS_MAX = 32
DESCRIPTORS_MAX = 8
DESCRIPTOR_KINDS = ("file", "pipe", "socket", "memfd")
OPTIONAL = 1
SECRET = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Argument:
    """One argument, or a field of a record. `type` and `element` (of a list) are the page's numbers; `fields` are
    those of a record, or of the records of a list; `kinds` and `mode` are what a descriptor may be."""

    name: str
    type: int
    optional: bool = False
    secret: bool = False
    element: int = 0
    fields: tuple[Argument, ...] = ()
    kinds: tuple[str, ...] = ()
    mode: str = ""

    @property
    def type_name(self) -> str:
        """The type as a manifest has it, "list of string" for a list."""
        if self.type == _convert.LIST:
            return f"list of {_convert.name(self.element)}"
        return _convert.name(self.type)


@dataclasses.dataclass(frozen=True, slots=True)
class Signature:
    """What an entrypoint takes and gives."""

    context: str
    entrypoint: str
    timeout_ns: int
    arguments: tuple[Argument, ...]
    result: int
    result_element: int = 0
    result_fields: tuple[Argument, ...] = ()
    most: int = dataclasses.field(default=PART_MAX, compare=False)

    @property
    def timeout(self) -> float:
        """After so many seconds the worker is killed."""
        return self.timeout_ns / 1e9

    @property
    def result_name(self) -> str:
        """The type of the result, "none" where there is none."""
        return _convert.name(self.result)

    def arrange(self, args: Sequence[object], keywords: Mapping[str, object],
                descriptors: list[int] | None = None) -> bytes:
        """The payload of a CALL with these arguments. BadArgument when they do not fit. `descriptors`: those that
        have to go with it are appended."""
        descriptors = [] if descriptors is None else descriptors
        if not args and not keywords and not self.arguments:
            return b"\x90"
        given = self._match(args, keywords)
        values = [None if (value := given.get(argument.name)) is None else self._wire(argument, value, descriptors)
                  for argument in self.arguments]
        if any(isinstance(value, (list, dict)) for value in values) and count(values) > VALUES_MAX:
            raise self._too_much(values, count, f"takes at most {VALUES_MAX} values in all")
        payload = encode(values)
        if len(payload) > self.most:
            raise self._too_much(values, lambda value: len(encode(value)),
                                 f"takes at most {self.most} bytes of arguments, got {len(payload)}")
        return payload

    def _too_much(self, values: list[Value], size: Callable[[Any], int], message: str) -> BadArgument:
        sizes = [size(value) for value in values]
        return self._wrong(self.arguments[sizes.index(max(sizes))].name, message)

    def _match(self, args: Sequence[object], keywords: Mapping[str, object]) -> dict[str, object]:
        names = [argument.name for argument in self.arguments]
        if len(args) > len(names):
            raise self._wrong(None, f"takes {self._count(len(names))}, got {len(args)}")
        given = dict(zip(names, args))
        for name, value in keywords.items():
            if name not in names:
                raise self._wrong(name, f"has no argument {name}")
            if name in given:
                raise self._wrong(name, f"got {name} twice")
            given[name] = value
        for argument in self.arguments:
            if not argument.optional and given.get(argument.name) is None:
                raise self._wrong(argument.name, f"needs the argument {argument.name}")
        return given

    def _wire(self, argument: Argument, value: object, descriptors: list[int]) -> Value:
        try:
            if argument.type == _convert.FD:
                descriptors.append(_convert.to_descriptor(value))
                return len(descriptors) - 1
            return _convert.to_wire(argument, value)
        except Unfit as unfit:
            reason, name = str(unfit), argument.name + unfit.where
        raise self._wrong(name, f"{name}: {reason}")

    def _wrong(self, argument: str | None, message: str) -> BadArgument:
        takes = ", ".join(a.name + ("?" if a.optional else "") for a in self.arguments)
        return BadArgument(f"{self.context}.{self.entrypoint} {message}", argument=argument,
                           context=self.context, entrypoint=self.entrypoint,
                           hint=f"{self.entrypoint} takes {takes or 'no arguments'}")

    @staticmethod
    def _count(count: int) -> str:
        return "no arguments" if count == 0 else f"{count} argument{'s' if count > 1 else ''}"

    def check_result(self, value: Value, descriptor: int | None = None) -> Result:
        """The result, which must be of the kind that was promised. Malformed when it is not. `descriptor`: that came
        with it, and is the result's, or still the caller's when this raises."""
        if self.result == _convert.FD and descriptor is not None and value == 0 and value is not False:
            return Descriptor(descriptor)
        if descriptor is not None or self.result == _convert.FD:
            raise Malformed("a result without its descriptor, or a descriptor without its result")
        fits = _convert.fits(self.result, value)
        if fits and self.result_fields:
            fits = all(_convert.fits_record(self.result_fields, record)
                       for record in (value if isinstance(value, list) else [value]))
        if not fits:
            raise Malformed("a result of another type than the signature's")
        return value


# -- reading -----------------------------------------------------------------------------------------------------------


def _number(value: Value, smallest: int, largest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not smallest <= value <= largest:
        raise Malformed("a number of the signature is out of its range")
    return value


def _word(value: Value) -> str:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= 255:
        raise Malformed("a name of the signature is none")
    return value


def _is_record(number: int, element: int) -> bool:
    return number == _convert.RECORD or (number == _convert.LIST and element == _convert.RECORD)


def _argument(value: Value, *, field: bool = False) -> Argument:
    if not isinstance(value, list) or len(value) not in (3, 4):
        raise Malformed("an argument of the signature is none")
    flags = _number(value[2], 0, (1 << 32) - 1)
    number, element = _number(value[1], 1, (1 << 16) - 1), flags >> 8 & 0xFF
    record = _is_record(number, element)
    if record != (len(value) == 4) or (record and field):
        raise Malformed("an argument of the signature has fields where none belong, or none where they do")
    return Argument(_word(value[0]), number, bool(flags & OPTIONAL), bool(flags & SECRET), element,
                    _fields(value[3]) if record else (), *_descriptor(number, flags))


def _descriptor(number: int, flags: int) -> tuple[tuple[str, ...], str]:
    """What the flags of a descriptor say; of kinds that are newer than this client nothing."""
    if number != _convert.FD:
        return (), ""
    kinds = tuple(kind for bit, kind in enumerate(DESCRIPTOR_KINDS) if flags >> 20 + bit & 1)
    return kinds, ("", "read", "write", "read-write")[flags >> 16 & 3]


def _fields(value: Value) -> tuple[Argument, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= ENTRIES_MAX:
        raise Malformed("a record of the signature without a list of fields")
    fields = tuple(_argument(field, field=True) for field in value)
    if len({field.name for field in fields}) != len(fields):
        raise Malformed("two fields of one name")
    return fields


@functools.lru_cache(maxsize=256)
def read(payload: bytes) -> Signature:
    """The signature that an OPENED's payload holds. Malformed when it holds none."""
    entries = decode(payload, maps=True)
    if not isinstance(entries, dict):
        raise Malformed("an OPENED that is no map")
    arguments = entries.get("arguments")
    if not isinstance(arguments, list) or len(arguments) > ARGUMENTS_MAX:
        raise Malformed("an OPENED without a list of arguments")
    result = _number(entries.get("result"), 0, (1 << 16) - 1)
    element = _number(entries.get("result_element", 0), 0, (1 << 16) - 1)
    signature = Signature(
        context=_word(entries.get("context")),
        entrypoint=_word(entries.get("entrypoint")),
        timeout_ns=_number(entries.get("timeout"), 1, (1 << 63) - 1),
        arguments=tuple(_argument(argument) for argument in arguments),
        result=result,
        result_element=element,
        result_fields=_fields(entries.get("result_fields")) if _is_record(result, element) else (),
        most=_number(entries.get("most", PART_MAX), 1, PAYLOAD_MAX),
    )
    if len({argument.name for argument in signature.arguments}) != len(arguments):
        raise Malformed("two arguments of one name")
    if sum(argument.type == _convert.FD for argument in signature.arguments) > DESCRIPTORS_MAX:
        raise Malformed("a signature with too many descriptors")
    return signature
