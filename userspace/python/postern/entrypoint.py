# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For the authors of entrypoints in Python: a mark for functions, and errors with a name.

    from postern.entrypoint import Failure, entrypoint

    @entrypoint
    def remove_volume(volume):
        if not os.path.exists(f"/srv/volumes/{volume}"):
            raise Failure("no_such_volume", f"there is no volume {volume}", errno.ENOENT, volume=volume)

Which functions can be called, and with what, the manifest says. Nothing here needs Postern to run: in a unit test the
functions are called as they are.
"""

from __future__ import annotations

import errno as _errno
import os as _os
import re as _re

try:
    from _postern import path_open as _path_open  # of a helper
except ImportError:
    _path_open = None

__all__ = ["Failure", "entrypoint", "open_path"]

TYPE_CHECKING = False  # as in `typing`, which is not for helpers to carry
if TYPE_CHECKING:
    from os import PathLike
    from typing import Callable, TypeVar

    Function = TypeVar("Function", bound=Callable)

FIELDS_MAX = 8

_NAME = _re.compile(r"[a-z][a-z0-9_-]{0,62}")


def entrypoint(function: Function) -> Function:
    """Marks a function that a manifest may name, and gives it back as it is.

    The mark is optional. In a module that has marked functions, `postern check` and the helper's start refuse a
    manifest that names another one.
    """
    function.__postern_entrypoint__ = True
    return function


def open_path(path: str | PathLike[str], flags: int = _os.O_RDONLY, mode: int = 0o666) -> int:
    """Opens a path that the function got as an argument: what was checked, whatever has become of the tree since.

        with open(path, "rb", opener=open_path) as file:

    As openat2(2) with these flags: below the manifest's `below`, over no symbolic link. With `exists: must` nothing is
    made; with `must_not`, which takes O_CREAT, nothing that is there is opened. Outside of a worker it is os.open(),
    over no link at the end.
    """
    if _path_open is None:
        return _os.open(path, flags | _os.O_CLOEXEC | _os.O_NOFOLLOW, mode)
    return _path_open(path, flags, mode)


def name_valid(name: object) -> bool:
    """Whether an error, or a field of one, may have that name: as an entrypoint's is formed."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


class Failure(Exception):
    """An error that callers know by its name, with texts that say more.

    The name and the fields' keys are formed like entrypoints' names. In an exception of one's own, the class attributes
    `postern_name` and `postern_errno` do the same as the arguments here.
    """

    postern_name: str | None = None
    postern_errno: int | None = None

    def __init__(self, name: str, message: str = "", errno: int = _errno.EIO, /, **fields: object) -> None:
        if not name_valid(name):
            raise ValueError("a failure's name is of a-z, 0-9, _ and -, and begins with a letter")
        if len(fields) > FIELDS_MAX or not all(map(name_valid, fields)):
            raise ValueError(f"a failure has at most {FIELDS_MAX} fields, whose keys are formed like names")
        super().__init__(message or name)
        self.postern_name = name
        self.postern_errno = errno
        self.fields = {key: str(value) for key, value in fields.items()}
