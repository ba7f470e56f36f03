# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A descriptor that is a result."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO, Any, Self


class Descriptor:
    """Owns a descriptor: closes it when it is closed, left as a context manager, or forgotten."""

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def fileno(self) -> int:
        """The descriptor, which stays this object's. ValueError when it is closed."""
        if self._fd < 0:
            raise ValueError("this descriptor is closed")
        return self._fd

    def detach(self) -> int:
        """The descriptor, which is the caller's from now on."""
        fd = self.fileno()
        self._fd = -1
        return fd

    def open(self, mode: str = "r", **options: Any) -> IO[Any]:
        """A file object, as open() makes it, that owns the descriptor from now on. `mode` and `options` are open()'s.

        When it fails, the descriptor is closed, or still this object's: open() asks for it when it will own it.
        """
        file: IO[Any] = open(repr(self), mode, opener=lambda path, flags: self.detach(), **options)
        return file

    def close(self) -> None:
        """For good; once more does nothing."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    @property
    def closed(self) -> bool:
        return self._fd < 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} {'closed' if self.closed else self._fd}>"
