# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Values against the bounds of a manifest, with a worker's verdicts and words, for postern.testing alone.

The same as userspace/helper/argument_check.c; tests/python/test_checks.py holds one against the other.
"""

from __future__ import annotations

import os
import re
import socket
import stat

from . import _convert
from ._manifest import Kind
from ._values import INTEGER_MAX, INTEGER_MIN, Value

_SHOWN = 64
_ADDRESSES = {
    "any": "an IPv4 or IPv6 address in its shortest spelling (192.0.2.1, 2001:db8::1)",
    "ipv4": "an IPv4 address (192.0.2.1)",
    "ipv6": "an IPv6 address in its shortest spelling (2001:db8::1)",
}
_PREFIXES = {
    "any": "a prefix, address/length in its shortest spelling (192.0.2.0/24, 2001:db8::/32)",
    "ipv4": "an IPv4 prefix, address/length (192.0.2.0/24)",
    "ipv6": "an IPv6 prefix, address/length in its shortest spelling (2001:db8::/32)",
}
_FORMS = {
    # Spaces as the kernel has them, which counts the byte of a no-break space too.
    _convert.INTERFACE: (re.compile(rb"(?!\.{1,2}\Z)[^/:\t-\r \xa0]{1,15}"),
                         "an interface's name (1 to 15 bytes, no space, / or :)"),
    _convert.MAC: (re.compile(rb"(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}"), "a MAC address (02:00:5e:10:00:ff)"),
    _convert.UUID: (re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
                    "a UUID (lower-case hex, 8-4-4-4-12 digits)"),
    _convert.USER: (re.compile(rb"[a-z_][a-z0-9_-]{0,31}"),
                    "a name that begins with a-z or _, made of a-z, 0-9, _ and -, at most 32 bytes"),
}
_FORMS[_convert.GROUP] = _FORMS[_convert.USER]


class Misfit(ValueError):
    """A value that is not what the manifest says; str() is what a worker says of it, `place` where: "[3].via"."""

    def __init__(self, said: str, place: str = "") -> None:
        super().__init__(said)
        self.place = place


def check(kind: Kind, value: Value) -> None:
    """Misfit when the value is not of the kind."""
    if value is None and kind.optional:
        return
    try:
        _value(kind, value)
    except _Expected as wrong:
        said = wrong.said or f"expected {wrong.what}{wrong.got(kind.secret or wrong.secret)}"
        raise Misfit(wrong.where + said, wrong.place) from None


def filled(kind: Kind, value: Value) -> Value:
    """The value with what the manifest has for what was left out."""
    if value is None:
        return kind.default
    if isinstance(value, list) and kind.element:
        return [filled(kind.element, item) for item in value]
    if isinstance(value, dict):
        given = {name: filled(of, value.get(name)) for name, of in kind.fields.items()}
        return {name: item for name, item in given.items() if item is not None}
    return value


def check_slot(value: Value) -> None:
    """For an argument that a path holds."""
    if not isinstance(value, (int, str)):
        raise Misfit("expected a value: a path holds it")
    text = str(value).encode()
    if not 1 <= len(text) <= 127 or b"/" in text or text in (b".", b".."):
        raise Misfit("expected one component of a path: 1 to 127 bytes, no /, not . or ..")


class _Expected(Exception):
    def __init__(self, what: str, value: object = ..., count: int | None = None) -> None:
        super().__init__(what)
        self.what, self.value, self.count = what, value, count
        self.where = ""
        self.place = ""
        self.said = ""
        self.secret = False

    def got(self, secret: bool) -> str:
        if self.count is not None:
            return f", got {self.count}"
        value = self.value
        if isinstance(value, bool):
            return ", got a boolean"
        if isinstance(value, int):
            return ", got an integer" if secret else f", got {value}"
        if isinstance(value, str):
            return ", got a string" if secret else f", got {_quoted(value)}"
        return ", got " + ("nothing" if value is None else "bytes" if isinstance(value, bytes)
                           else "a record" if isinstance(value, dict) else "a list")


def _quoted(text: str) -> str:
    shown = text.encode()[:_SHOWN].decode(errors="ignore")
    shown = re.sub("[\0-\x1f\x7f-\x9f]", "?", re.sub("[\n\t\r]", " ", shown))
    return f'"{shown}"' + ("..." if len(text.encode()) > _SHOWN else "")


def _value(kind: Kind, value: Value) -> None:
    if kind.type == _convert.BOOLEAN:
        if not isinstance(value, bool):
            raise _Expected("a boolean", value)
    elif kind.type in (_convert.INTEGER, _convert.SIZE, _convert.DURATION):
        _integer(kind, value)
    elif kind.type == _convert.BYTES:
        if not isinstance(value, bytes):
            raise _Expected("bytes", value)
        _length(kind, len(value), "bytes")
    elif kind.type == _convert.FD:
        return  # what it is of, a worker looks at
    elif kind.type == _convert.LIST:
        _list(kind, value)
    elif kind.type == _convert.RECORD:
        _record(kind, value)
    elif isinstance(value, str):
        _text(kind, value)
    else:
        raise _Expected("a string", value)


def _integer(kind: Kind, value: Value) -> None:
    if isinstance(value, int) and not isinstance(value, bool) and kind.minimum <= value <= kind.maximum:
        return
    nouns = {_convert.SIZE: "a size in bytes", _convert.DURATION: "a duration in nanoseconds"}
    what = nouns.get(kind.type, "an integer")
    if kind.minimum > INTEGER_MIN and kind.maximum < INTEGER_MAX:
        what += f" from {kind.minimum} to {kind.maximum}"
    elif kind.minimum > INTEGER_MIN:
        what += f" of at least {kind.minimum}"
    elif kind.maximum < INTEGER_MAX:
        what += f" of at most {kind.maximum}"
    raise _Expected(what, value)


def _length(kind: Kind, length: int, units: str) -> None:
    if not kind.min_length <= length <= kind.max_length:
        raise _Expected(f"{kind.min_length} to {kind.max_length} {units}", count=length)


def _list(kind: Kind, value: Value) -> None:
    if not isinstance(value, list):
        raise _Expected("a list", value)
    _length(kind, len(value), "elements")
    assert kind.element
    for position, item in enumerate(value, 1):
        try:
            _value(kind.element, item)
        except _Expected as wrong:
            if kind.element.type == _convert.RECORD:
                wrong.place = f"[{position - 1}]{wrong.place}"
                raise
            wrong.where = f"element {position}: {wrong.where}"
            raise


def _record(kind: Kind, value: Value) -> None:
    if not isinstance(value, dict):
        raise _Expected("a record", value)
    for name, of in kind.fields.items():
        item = value.get(name)
        if item is None and of.optional:
            continue
        try:
            if item is None:
                missing = _Expected("")
                missing.said = "it is missing"
                raise missing
            _value(of, item)
        except _Expected as wrong:
            wrong.place = f".{name}{wrong.place}"
            wrong.secret |= of.secret
            raise


def _text(kind: Kind, value: str) -> None:
    data = value.encode()
    if kind.type == _convert.STRING:
        _length(kind, len(data), "bytes")
        if kind.matches and not kind.matches.fullmatch(data):
            raise _Expected(f"a string that matches {kind.pattern}", value)
    elif kind.type == _convert.ENUM:
        if value not in kind.values:
            what = "one of"
            for position, word in enumerate(kind.values):
                if len(what) < 247:  # no more has room in the message
                    what += f"{',' if position else ''} {word}"
            raise _Expected(what, value)
    elif kind.type == _convert.PATH:
        _path(kind, value)
    elif kind.type in (_convert.ADDRESS, _convert.PREFIX):
        wrong = (_address if kind.type == _convert.ADDRESS else _prefix)(value, kind.family)
        if wrong:
            raise _Expected(wrong, value)
    else:
        form, what = _FORMS[kind.type]
        if not form.fullmatch(data):
            raise _Expected(what, value)


# -- addresses ---------------------------------------------------------------------------------------------------------


def _packed(text: str, family: str) -> bytes | None:
    """The bytes of an address in the one spelling that inet_ntop(3) gives it."""
    number = socket.AF_INET6 if ":" in text else socket.AF_INET
    if family == ("ipv4" if number == socket.AF_INET6 else "ipv6"):
        return None
    try:
        data = socket.inet_pton(number, text)
        return data if socket.inet_ntop(number, data) == text else None
    except (OSError, ValueError):
        return None


def _address(text: str, family: str) -> str | None:
    return None if _packed(text, family) is not None else _ADDRESSES[family]


def _prefix(text: str, family: str) -> str | None:
    address, slash, length = text.partition("/")
    if not slash or len(address.encode()) >= 46:
        return _PREFIXES[family]
    data = _packed(address, family)
    if data is None:
        return _PREFIXES[family]
    bits = 8 * len(data)
    if not re.fullmatch(r"0|[1-9][0-9]{0,2}", length, re.ASCII) or int(length) > bits:
        return f"a prefix length from 0 to {bits}"
    if int.from_bytes(data, "big") & ((1 << bits - int(length)) - 1):
        return "a prefix without host bits (192.0.2.0/24, not 192.0.2.1/24)"
    return None


# -- paths -------------------------------------------------------------------------------------------------------------


def _spelling(text: str) -> str | None:
    if not text.startswith("/"):
        return "an absolute path"
    if len(text.encode()) >= 4096:
        return "a path of at most 4095 bytes"
    if text == "/":
        return None
    for component in text[1:].split("/"):
        if not component:
            return "a path without // and without / at its end"
        if len(component.encode()) > 255:
            return "a path whose components have at most 255 bytes"
        if component in (".", ".."):
            return "a path without . and .. components"
    return None


def _path(kind: Kind, text: str) -> None:
    wrong = _spelling(text)
    if wrong is None and kind.below:
        beneath = kind.below if kind.below == "/" else f"{kind.below}/"
        if not text.startswith(beneath) or text == beneath:
            wrong = f"a path below {kind.below}"
    if wrong is None and (kind.below or kind.exists != "any"):
        wrong = _looked_up(text, kind.below or "/", kind.exists)
    if wrong:
        raise _Expected(wrong, text)


def _looked_up(text: str, directory: str, exists: str) -> str | None:
    """What is there, without a symbolic link on the way or at the end."""
    try:
        found = _walk(text[len(directory) if directory != "/" else 0 :].strip("/"), directory)
    except FileNotFoundError:
        return "a path that exists" if exists == "must" else None
    except NotADirectoryError:
        return "a path whose leading components are directories"
    except PermissionError:
        return "a path that the worker's user may look up"
    if not found:
        return ("a path where nothing is yet, and without symbolic links" if exists == "must_not"
                else "a path without symbolic links")
    return "a path where nothing is yet" if exists == "must_not" else None


def _walk(rest: str, directory: str) -> bool:
    """False when a symbolic link was met."""
    at = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for component in filter(None, rest.split("/")):
            before, at = at, os.open(component, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            os.close(before)
            if stat.S_ISLNK(os.fstat(at).st_mode):
                return False
        return True
    finally:
        os.close(at)
