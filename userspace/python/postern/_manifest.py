# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a manifest says of its entrypoints' arguments and results, for postern.testing alone.

Not a check of the manifest, which is `postern check`'s: what is read is what bounds a value, and what is not understood
of that is refused, so that no test passes because a bound was overlooked.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
from collections.abc import Mapping
from typing import Any

from . import _convert
from ._pattern import compile_pattern
from ._records import PAYLOAD_MAX
from ._values import INTEGER_MAX, INTEGER_MIN, Value
from .signature import DESCRIPTOR_KINDS, Argument, Signature

_SIZES = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_TIMES = {"ns": 1, "us": 1000, "ms": 1000_000, "s": 1000_000_000, "min": 60_000_000_000, "h": 3600_000_000_000}

_TEXTS = (_convert.STRING, _convert.BYTES)
_NUMBERS = (_convert.INTEGER, _convert.SIZE, _convert.DURATION)
_UNITS: dict[int, dict[str, int]] = {_convert.INTEGER: {"": 1}, _convert.SIZE: _SIZES, _convert.DURATION: _TIMES}

# The keys of an argument, and the types that have them; () for all.
_KEYS: dict[str, tuple[int, ...]] = {
    "type": (), "optional": (), "secret": (),
    "default": (_convert.BOOLEAN, *_NUMBERS, *(number for number in range(_convert.STRING, _convert.SIZE)
                                               if number != _convert.BYTES)),
    "fields": (_convert.RECORD,),
    "minimum": _NUMBERS, "maximum": _NUMBERS,
    "min_length": (*_TEXTS, _convert.LIST), "max_length": (*_TEXTS, _convert.LIST),
    "pattern": (_convert.STRING,), "values": (_convert.ENUM,),
    "below": (_convert.PATH,), "exists": (_convert.PATH,),
    "family": (_convert.ADDRESS, _convert.PREFIX), "element": (_convert.LIST,),
    "kinds": (_convert.FD,), "mode": (_convert.FD,),
}


@dataclasses.dataclass(frozen=True)
class Kind:
    """A type with its bounds, as struct argument of the C sources has them."""

    type: int
    optional: bool = False
    secret: bool = False
    minimum: int = 0
    maximum: int = INTEGER_MAX
    min_length: int = 0
    max_length: int = 0
    pattern: str | None = None
    matches: re.Pattern[bytes] | None = None
    values: tuple[str, ...] = ()
    below: str | None = None
    exists: str = "any"
    family: str = "any"
    element: Kind | None = None
    kinds: tuple[str, ...] = ()
    mode: str = ""
    fields: Mapping[str, Kind] = dataclasses.field(default_factory=dict)
    default: Value = None


@dataclasses.dataclass(frozen=True)
class Entrypoint:
    """What one takes and gives. `slots`: arguments that its paths hold in braces."""

    signature: Signature
    arguments: tuple[Kind, ...]
    result: Kind
    slots: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Manifest:
    """The name of a context, and its entrypoints."""

    context: str
    entrypoints: dict[str, Entrypoint]


def read(manifest: str | os.PathLike[str] | Mapping[str, Any], root: str = "") -> Manifest:
    """A file, for which PyYAML is needed, or what it holds. `root` is put in front of each `below`. ValueError."""
    top = manifest if isinstance(manifest, Mapping) else _load(pathlib.Path(manifest))
    if not isinstance(top, Mapping) or "context" not in top or not isinstance(top.get("entrypoints"), Mapping):
        raise ValueError(f"{_file(manifest)} is no manifest: it has no context or no entrypoints")
    context = _text(top["context"])
    found = {}
    for name, entries in top["entrypoints"].items():
        try:
            found[_text(name)] = _entrypoint(context, _text(name), entries or {}, root)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{_file(manifest)}: entrypoint {name}: {error}") from None
    return Manifest(context, found)


def _file(manifest: object) -> str:
    return "what was given" if isinstance(manifest, Mapping) else str(manifest)


def _load(file: pathlib.Path) -> Any:
    """All scalars as text, as a manifest means them: `on` is a word, not a truth value."""
    try:
        import yaml
    except ImportError:
        raise ImportError("to read a manifest postern.testing needs PyYAML (python3-yaml), or the manifest as a dict"
                          ) from None
    return yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    raise ValueError(f"{type(value).__name__} where a word is expected")


def _number(value: object, units: Mapping[str, int]) -> int:
    found = re.fullmatch(r"(-?\d+) ?([A-Za-z]*)", _text(value), re.ASCII)
    if not found or found[2] not in units:
        raise ValueError(f"{_text(value)} is no number of this type")
    return int(found[1]) * units[found[2]]


def _flag(entries: Mapping[str, Any], key: str) -> bool:
    word = _text(entries.get(key, "false"))
    if word not in ("true", "false"):
        raise ValueError(f"{key} is true or false")
    return word == "true"


def _bounds(number: int, entries: Mapping[str, Any], root: str) -> dict[str, Any]:
    """The fields of Kind that this type has."""
    fields: dict[str, Any] = {}
    if number in _NUMBERS:
        units = _UNITS[number]
        fields["minimum"] = INTEGER_MIN if number == _convert.INTEGER else 0
        fields |= {key: _number(entries[key], units) for key in ("minimum", "maximum") if key in entries}
    if number in (*_TEXTS, _convert.LIST):
        fields["max_length"] = 256 if number == _convert.LIST else 4096
        fields |= {key: _number(entries[key], {"": 1}) for key in ("min_length", "max_length") if key in entries}
    if "pattern" in entries:
        fields |= {"pattern": _text(entries["pattern"]), "matches": compile_pattern(_text(entries["pattern"]))}
    if number == _convert.ENUM:
        fields["values"] = tuple(_text(value) for value in entries["values"])
    if "below" in entries:
        below = _text(entries["below"])
        fields["below"] = (root + below if below != "/" else root) or "/"
    fields |= {key: _text(entries[key]) for key in ("exists", "family") if key in entries}
    if number == _convert.FD:
        listed = [_text(kind) for kind in entries["kinds"]]
        fields["kinds"] = tuple(kind for kind in DESCRIPTOR_KINDS if kind in listed)
        fields["mode"] = _text(entries.get("mode", "read"))
    if number == _convert.LIST:
        fields["element"] = _kind(entries["element"], root)
    if number == _convert.RECORD:
        fields["fields"] = {_text(name): _kind(said, root) for name, said in entries["fields"].items()}
    return fields


def _kind(said: object, root: str) -> Kind:
    entries = said if isinstance(said, Mapping) else {"type": said}
    number = _convert.number(_text(entries["type"]))
    for key in entries:
        if key not in _KEYS or (_KEYS[key] and number not in _KEYS[key]):
            raise ValueError(f"postern.testing does not know the key {key} of the type {_convert.name(number)}")
    default = _default(number, entries["default"]) if "default" in entries else None
    return Kind(number, _flag(entries, "optional") or default is not None, _flag(entries, "secret"), default=default,
                **_bounds(number, entries, root))


def _default(number: int, said: object) -> Value:
    if number == _convert.BOOLEAN:
        return _flag({"default": said}, "default")
    return _number(said, _UNITS[number]) if number in _NUMBERS else _text(said)


def argument(name: str, kind: Kind) -> Argument:
    """What a signature has of it."""
    record = kind.element if kind.element else kind
    return Argument(name, kind.type, kind.optional, kind.secret, kind.element.type if kind.element else 0,
                    tuple(argument(field, of) for field, of in record.fields.items()), kind.kinds, kind.mode)


def _words(said: object) -> str:
    """All that a part of a manifest says, for a look at what it holds in braces."""
    if isinstance(said, Mapping):
        return " ".join(f"{key} {_words(value)}" for key, value in said.items())
    if isinstance(said, (list, tuple)):
        return " ".join(map(_words, said))
    return str(said)


def _entrypoint(context: str, name: str, entries: Mapping[str, Any], root: str) -> Entrypoint:
    kinds = {_text(argument): _kind(said, root) for argument, said in (entries.get("arguments") or {}).items()}
    result = _kind(entries.get("result", "none"), root)
    rules = {key: value for key, value in entries.items() if key not in ("arguments", "result", "description")}
    arguments = tuple(argument(name, kind) for name, kind in kinds.items())
    gives = argument("result", result)
    signature = Signature(context, name, _number(entries.get("timeout", "30s"), _TIMES), arguments, result.type,
                          gives.element, gives.fields, PAYLOAD_MAX)
    held = re.findall(r"\{([a-z][a-z0-9_-]*)\}", _words(rules))
    return Entrypoint(signature, tuple(kinds.values()), result, frozenset(held) & frozenset(kinds))
