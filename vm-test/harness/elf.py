# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""ELF files, as far as the harness must read them: sections, interpreter, needed libraries."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from .errors import HarnessError

_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NEEDED, _DT_STRTAB, _DT_RPATH, _DT_RUNPATH = 1, 5, 15, 29


@dataclass
class Dynamic:
    """What the loader needs to find a file's libraries."""

    interpreter: str | None = None
    needed: list[str] = field(default_factory=list)
    search: list[str] = field(default_factory=list)


def _text(data: bytes, offset: int) -> str:
    return data[offset:data.index(b"\0", offset)].decode()


def is_elf64(data: bytes) -> bool:
    """Is this a little-endian 64-bit ELF file?"""
    return data[:6] == b"\x7fELF\x02\x01" and len(data) >= 64


def section(data: bytes, name: str) -> bytes:
    """The contents of the section NAME."""
    if not is_elf64(data):
        raise HarnessError("not a 64-bit ELF file")
    (table,) = struct.unpack_from("<Q", data, 40)
    size, count, strings = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQ", data, table + i * size) for i in range(count)]
    for header in headers:
        if _text(data, headers[strings][4] + header[0]) == name:
            return data[header[4]:header[4] + header[5]]
    raise HarnessError(f"no section {name}; the kernel was built without it")


def dynamic(data: bytes) -> Dynamic | None:
    """Read the dynamic section; None for what is not x86-64 ELF or is wholly static."""
    if not is_elf64(data) or struct.unpack_from("<H", data, 18)[0] != 62:
        return None
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    result = Dynamic()
    loads: list[tuple[int, int, int]] = []
    entries: list[tuple[int, int]] = []
    for index in range(count):
        kind, _flags, offset, address, _physical, length = struct.unpack_from(
            "<IIQQQQ", data, table + index * size)
        if kind == _PT_LOAD:
            loads.append((address, offset, length))
        elif kind == _PT_INTERP:
            result.interpreter = _text(data, offset)
        elif kind == _PT_DYNAMIC:
            entries = [(tag, value) for tag, value in
                       struct.iter_unpack("<QQ", data[offset:offset + length // 16 * 16])]
    if not entries:
        return None
    strings = next((value for tag, value in entries if tag == _DT_STRTAB), 0)
    base = next((offset + strings - address for address, offset, length in loads
                 if address <= strings < address + length), strings)
    for tag, value in entries:
        if tag == _DT_NEEDED:
            result.needed.append(_text(data, base + value))
        elif tag in (_DT_RPATH, _DT_RUNPATH):
            result.search += _text(data, base + value).split(":")
        elif tag == 0:
            break
    return result
