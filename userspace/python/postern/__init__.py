# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Postern's client: calls entrypoints of contexts that posternd serves. See docs/python.md."""

from ._context import Context
from ._convert import HasFileno
from ._descriptor import Descriptor
from .errors import (
    BadArgument,
    Busy,
    Cancelled,
    Denied,
    FunctionError,
    NotAvailable,
    NotPermitted,
    PosternError,
    ProtocolError,
    TimedOut,
    WorkerDied,
)
from .signature import Argument, Signature

__all__ = [
    "Argument",
    "BadArgument",
    "Busy",
    "Cancelled",
    "Context",
    "Denied",
    "Descriptor",
    "FunctionError",
    "HasFileno",
    "NotAvailable",
    "NotPermitted",
    "PosternError",
    "ProtocolError",
    "Signature",
    "TimedOut",
    "WorkerDied",
]
