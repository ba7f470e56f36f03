# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Finds the shared libraries that ELF files need, as the loader of this system would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import elf
from .errors import HarnessError

# The loader's built-in path on Debian; a library elsewhere needs a RUNPATH, as in the guest.
DEFAULT_FOLDERS = ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib")

# Opened by name at run time (by glibc, to unwind a cancelled thread), so in no NEEDED list.
_ALSO = ("libgcc_s.so.1",)


class Libraries:
    """Collects host libraries for a guest tree.

    IN_TREE says whether the tree itself has a path: those need no copy. Files once read are kept,
    so that a library that a hundred programs share is parsed once.
    """

    def __init__(self, in_tree: Callable[[str], bool]) -> None:
        self._in_tree = in_tree
        self.found: dict[str, bytes] = {}

    def add(self, path: str, data: bytes) -> None:
        """Collect what the file at guest path PATH with contents DATA needs.

        Breadth first, as the loader does: a name that is loaded already, from wherever, is not
        searched for again.
        """
        loaded: set[str] = set()
        pending = [(path, data)]
        while pending:
            pending += self._needs(*pending.pop(0), loaded)

    def _needs(self, path: str, data: bytes, loaded: set[str]) -> list[tuple[str, bytes]]:
        """Take what one file names; returns those of its libraries that are new."""
        wants = elf.dynamic(data)
        if wants is None:
            return []
        taken = [self._take(wants.interpreter, path)] if wants.interpreter else []
        origin = str(Path(path).parent)
        own = [entry.replace("$ORIGIN", origin).replace("${ORIGIN}", origin)
               for entry in wants.search if entry]
        for name in wants.needed:
            if name not in loaded:
                taken.append(self._find(name, own, path))
                loaded.add(name)
        for name in _ALSO if wants.interpreter else ():
            if any(Path(folder, name).exists() for folder in DEFAULT_FOLDERS):
                taken.append(self._find(name, [], path))
        return [file for file in taken if file]

    def _find(self, name: str, folders: list[str], user: str) -> tuple[str, bytes] | None:
        for folder in (*folders, *DEFAULT_FOLDERS):
            candidate = str(Path(folder, name))
            if self._in_tree(candidate) or candidate in self.found:
                return None
            if Path(candidate).is_file():
                return self._take(candidate, user)
        raise HarnessError(f"{user} needs {name}, which is neither in the tree nor in "
                           f"{', '.join((*folders, *DEFAULT_FOLDERS))}")

    def _take(self, path: str, user: str) -> tuple[str, bytes] | None:
        """The file, if it is new."""
        if path in self.found or self._in_tree(path):
            return None
        try:
            self.found[path] = Path(path).read_bytes()
        except OSError as error:
            raise HarnessError(f"{user} needs {path}: {error.strerror}") from None
        return path, self.found[path]
