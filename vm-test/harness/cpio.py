# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Writes cpio archives of the kind that the kernel unpacks (newc), with the owners we say.

Done here rather than by cpio(1) so that device nodes and root's files need no root, and so that
the archive depends on nothing but its contents.
"""

from __future__ import annotations

import stat
from collections.abc import Callable

_REGULAR, _FOLDER, _LINK, _CHAR = stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFCHR

# On a merged-usr system these are symlinks, and what is staged below them lands below usr/.
MERGED = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}


def merged(path: str) -> str:
    """PATH without its leading slash, with bin/, sbin/, lib/ and lib64/ below usr/."""
    path = path.lstrip("/")
    first, slash, rest = path.partition("/")
    return MERGED[first] + slash + rest if first in MERGED and slash else path


class Archive:
    """The members of one archive; adding a path twice replaces it."""

    def __init__(self) -> None:
        self._members: dict[str, tuple[int, int, int, bytes, int]] = {}
        self.folder("usr")
        for link, target in MERGED.items():
            self.folder(target)
            self._put(link, _LINK | 0o777, 0, 0, target.encode())

    def __contains__(self, path: str) -> bool:
        return merged(path) in self._members

    def _put(self, path: str, mode: int, uid: int, gid: int, data: bytes, device: int = 0) -> None:
        self._members[path] = (mode, uid, gid, data, device)

    def folder(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
        """A directory, with its parents."""
        path = merged(path)
        parent = path.rpartition("/")[0]
        if parent and parent not in self._members:
            self.folder(parent)
        self._put(path, _FOLDER | mode, uid, gid, b"")

    def _within(self, path: str) -> str:
        path = merged(path)
        parent = path.rpartition("/")[0]
        if parent and parent not in self._members:
            self.folder(parent)
        return path

    def file(self, path: str, data: bytes, mode: int = 0o644, uid: int = 0, gid: int = 0) -> None:
        """A regular file."""
        self._put(self._within(path), _REGULAR | mode, uid, gid, data)

    def link(self, path: str, target: str) -> None:
        """A symbolic link."""
        self._put(self._within(path), _LINK | 0o777, 0, 0, target.encode())

    def device(self, path: str, major: int, minor: int) -> None:
        """A character device."""
        self._put(self._within(path), _CHAR | 0o600, 0, 0, b"", major << 8 | minor)

    def pack(self, write: Callable[[bytes], object]) -> None:
        """Give the archive to WRITE, piece by piece, parents before children."""
        ordered = sorted(self._members.items()) + [("TRAILER!!!", (0, 0, 0, b"", 0))]
        for number, (path, (mode, uid, gid, data, device)) in enumerate(ordered, 1):
            name = path.encode() + b"\0"
            fields = (number, mode, uid, gid, 1, 0, len(data), 0, 0, device >> 8, device & 255,
                      len(name), 0)
            head = b"070701" + b"".join(b"%08X" % value for value in fields) + name
            write(head + b"\0" * (-len(head) % 4))
            write(data)
            write(b"\0" * (-len(data) % 4))
