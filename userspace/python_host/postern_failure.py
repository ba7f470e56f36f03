# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What an exception is to the caller: an errno, or an error with a name."""

from __future__ import annotations

import errno
import os
import re

from postern.entrypoint import FIELDS_MAX, name_valid

# name (None: an errno is all), errno, text, fields
Details = tuple[str | None, int, str, dict[str, str]]

ERRNO_MAX = 4095

# Raised by Python code without a number.
_ERRNOS = ((PermissionError, errno.EACCES), (FileNotFoundError, errno.ENOENT), (FileExistsError, errno.EEXIST),
           (IsADirectoryError, errno.EISDIR), (NotADirectoryError, errno.ENOTDIR), (TimeoutError, errno.ETIMEDOUT),
           (ConnectionRefusedError, errno.ECONNREFUSED), (InterruptedError, errno.EINTR),
           (NotImplementedError, errno.ENOSYS), (MemoryError, errno.ENOMEM), (ValueError, errno.EINVAL),
           (TypeError, errno.EINVAL), (LookupError, errno.EINVAL))


def name_of(kind: type) -> str:
    """NoSuchVolume to no_such_volume."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind.__name__).lower()
    name = re.sub(r"[^a-z0-9_]", "_", words).strip("_")[:63]
    return name if name_valid(name) else "error"


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 < value <= ERRNO_MAX else None


def _errno(error: BaseException) -> int:
    for kind, number in _ERRNOS:
        if isinstance(error, kind):
            return number
    return errno.EIO


def _about(error: OSError, number: int) -> str:
    """Which object it was about; what is behind it is the errno's own text."""
    names = [os.fsdecode(name) if isinstance(name, (str, bytes)) else str(name)
             for name in (error.filename, error.filename2) if name is not None]
    if names:
        return " -> ".join(names)
    said = error.strerror or (str(error) if error.errno is None else "")
    return "" if said == os.strerror(number) else str(said)


def _fields(error: BaseException) -> dict[str, str]:
    fields = getattr(error, "fields", {})
    if not isinstance(fields, dict):
        return {}
    return {key: str(value) for key, value in list(fields.items())[:FIELDS_MAX] if name_valid(key)}


def details(error: BaseException) -> tuple[Details, bool]:
    """What the caller is told, and whether the function foresaw it, as errors of the system and named ones are."""
    name = getattr(error, "postern_name", None)
    number = _number(getattr(error, "postern_errno", None))
    if name_valid(name):
        number = number or _number(getattr(error, "errno", None)) or _errno(error)
        return (name, number, str(error) or name, _fields(error)), True
    if isinstance(error, OSError):
        number = _number(error.errno) or _errno(error)
        return (None, number, _about(error, number), {}), True
    return (name_of(type(error)), _errno(error), str(error) or type(error).__name__, {}), False
