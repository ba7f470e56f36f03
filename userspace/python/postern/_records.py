# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The records of docs/protocol.md, sections 2, 4, 5 and 8, as bytes and taken apart."""

from __future__ import annotations

import re
import struct
from typing import Any, NamedTuple

from . import errors
from ._values import ENTRIES_MAX, Malformed, Value, decode

RECORD_MAX = 65536
# Of one message, whose records are put together: 64 MiB of texts, and what else there is.
PAYLOAD_MAX = (64 << 20) + (64 << 10)
# A header's flag: the next record goes on with the same message.
MORE = 0x8000
OPENED_MAX = 16384
MESSAGE_MAX = 1024
WORD_MAX = 255
FIELDS_MAX = 8
MAGIC = 0x4E545350
VERSION = 1

OPEN, OPENED, CALL, RETURN, ERROR, LOG = range(1, 7)

_OPEN = struct.Struct("<IHHII64s64s112x")
_HEADER = struct.Struct("<HHIQQ")
HEADER_SIZE = _HEADER.size
PART_MAX = RECORD_MAX - HEADER_SIZE

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}", re.ASCII)


class Record(NamedTuple):
    """What came, its header checked."""

    type: int
    call: int
    payload: bytes
    more: bool = False


def is_name(text: object) -> bool:
    """Whether it can be the name of a context, an entrypoint or a network namespace."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def open_record(entrypoint: str, network: str | None) -> bytes:
    """The first record of a connection."""
    return _OPEN.pack(MAGIC, OPEN, VERSION, 0, 0, entrypoint.encode(), (network or "").encode())


def call_record(number: int, log: int, deadline_ns: int, payload: bytes, start: int = 0) -> bytes:
    """The record of a CALL whose part of the payload begins at `start`; the last one is shorter than a record, or ends
    with it. `log`: one more than the least important level that is wanted; `deadline_ns` from now on, or 0."""
    flags = MORE if len(payload) - start > PART_MAX else 0
    if start:
        return _HEADER.pack(CALL, flags, 0, number, 0) + payload[start:start + PART_MAX]
    return _HEADER.pack(CALL, log | flags, 0, number, deadline_ns) + payload[:PART_MAX]


def read(data: bytes) -> Record:
    """Takes apart what a worker or posternd sent. Malformed when it may not."""
    if not HEADER_SIZE <= len(data) <= RECORD_MAX:
        raise Malformed("a record of the wrong size")
    kind, flags, reserved, call, deadline = _HEADER.unpack_from(data)
    more = kind == RETURN and flags == MORE
    if (flags and not more) or reserved or deadline:
        raise Malformed("a field that must be zero")
    if kind not in (OPENED, RETURN, ERROR, LOG):
        raise Malformed("a record of another type")
    if (kind == OPENED and call) or (kind in (RETURN, LOG) and not call):
        raise Malformed("a call number where none belongs, or none where one does")
    if kind == OPENED and len(data) > OPENED_MAX:
        raise Malformed("an OPENED that is too long")
    return Record(kind, call, data[HEADER_SIZE:], more)


def _text(value: Value, longest: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value.encode()) > longest:
        raise Malformed("a text that is none, or too long")
    return value


def _number(value: Value, largest: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= largest:
        raise Malformed("a number out of its range")
    return value


def _strings(value: Value, most: int, longest: int) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > most:
        raise Malformed("what is no map, or has too many entries")
    texts = {key: _text(text, longest) for key, text in value.items()}
    return {key: text for key, text in texts.items() if text is not None}


def _denial(value: Value) -> dict[str, str]:
    denial = _strings(value, ENTRIES_MAX, RECORD_MAX)
    if value is not None and "operation" not in denial:
        raise Malformed("a denial of nothing")
    return denial


_CODES: dict[int, type[errors.PosternError]] = {
    1: errors.FunctionError,
    2: errors.BadArgument,
    3: errors.NotPermitted,
    4: errors.Denied,
    5: errors.TimedOut,
    6: errors.WorkerDied,
    7: errors.ProtocolError,
    8: errors.NotAvailable,
    9: errors.Busy,
    10: errors.Cancelled,
}

# What an ERROR may say; other keys are passed over.
_KEYS = ("code", "message", "hint", "argument", "errno", "signal", "name", "fields", "denial")

# After these the connection can serve the next call.
_KEEPS = (errors.FunctionError, errors.BadArgument, errors.Denied)

# For an ERROR without a message.
_SILENT = {
    1: "the function failed",
    2: "an argument does not fit the signature",
    3: "the caller is not listed",
    4: "the kernel refused something to the function",
    5: "the worker was killed at its deadline",
    6: "the worker died",
    7: "posternd or the worker says that this client broke the protocol",
    8: "not available",
    9: "too many connections or calls",
    10: "the call was cancelled",
}


def keeps_connection(error: errors.PosternError) -> bool:
    """Whether the call after the one that ended so may use the same connection."""
    return isinstance(error, _KEEPS)


def read_error(payload: bytes, context: str, entrypoint: str) -> errors.PosternError:
    """The exception that an ERROR's payload stands for. Malformed when it stands for none."""
    entries = decode(payload, maps=True)
    if not isinstance(entries, dict):
        raise Malformed("an ERROR that is no map")
    if any(key in entries and entries[key] is None for key in _KEYS):
        raise Malformed("an ERROR with nothing behind a key")
    code = _number(entries.get("code"), max(_CODES))
    if code is None:
        raise Malformed("an ERROR without a code")
    kind = _CODES[code]
    message = _text(entries.get("message"), MESSAGE_MAX)
    hint = _text(entries.get("hint"), MESSAGE_MAX)
    argument = _text(entries.get("argument"), WORD_MAX)
    number = _number(entries.get("errno"), 4095)
    signal = _number(entries.get("signal"), 64)
    denial = _denial(entries.get("denial"))
    name = entries.get("name")
    if name is not None and not is_name(name):
        raise Malformed("an error's name that is none")
    said = {"name": name, "fields": _strings(entries.get("fields"), FIELDS_MAX, WORD_MAX)}
    fields: dict[str, Any] = {"context": context, "entrypoint": entrypoint, "hint": hint, "errno": number}
    if kind is errors.FunctionError:
        kind = errors.function_error(number)
        fields |= said
    elif kind is errors.BadArgument:
        fields["argument"] = argument
    elif kind is errors.Denied:
        fields |= said | {"denial": denial}
    elif kind is errors.WorkerDied:
        fields["signal"] = signal
    return kind(message or _SILENT[code], **fields)


def read_log(payload: bytes) -> tuple[int, str]:
    """The level, as in syslog(3), and the text of a LOG."""
    match decode(payload):
        case [int() as level, str() as text] if 0 <= level <= 7 and not isinstance(level, bool):
            return level, text
    raise Malformed("a LOG that is not a level and a text")
