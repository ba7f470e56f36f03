# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a Context is made with: a name or a socket's path, and a network namespace."""

from __future__ import annotations

import os

from ._records import is_name
from ._values import utf8
from ._waiting import Target
from .errors import BadArgument

SOCKET_DIR = "/run/postern"
_PATH_MAX = 107

_NAME_HINT = "a name is made of a-z, 0-9, _ and -, begins with a letter and has at most 63 bytes"


def find(context: str | os.PathLike[str], network: str | None) -> Target:
    """Where a context is. BadArgument when it can be nowhere."""
    text = os.fspath(context)
    if isinstance(text, str) and text.startswith("/"):
        path = utf8(text)
        if path is None or b"\0" in path or len(path) > _PATH_MAX:
            raise BadArgument(f"{ascii(text)} cannot be a socket's path", argument="context",
                              hint=f"it has at most {_PATH_MAX} bytes")
        name = text
    elif is_name(text):
        name, text = text, f"{SOCKET_DIR}/{text}.sock"
    else:
        raise BadArgument(f"{ascii(text)} cannot be a context", argument="context",
                          hint=f"{_NAME_HINT}; a socket's path is absolute")
    if network is not None and not is_name(network):
        raise BadArgument(f"{ascii(network)} cannot be a network namespace", context=name, argument="network",
                          hint=_NAME_HINT)
    return Target(text, name, network)
