# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a call can end with besides a result: one class each, and a built-in one where one fits."""

from __future__ import annotations

import errno as numbers
import functools
from typing import Any, ClassVar


def printable(text: str) -> str:
    """Foreign text with everything escaped that could play tricks on a terminal or a log."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode()
                   for c in text)


class PosternError(Exception):
    """A call that did not give a result. str() is one line; the hint, the next step, is a note."""

    context: str
    entrypoint: str
    hint: str | None
    message: str

    number: ClassVar[int | None] = None
    """The errno of a class that is an OSError, unless the answer has one."""

    def __init__(self, message: str, *, context: str = "", entrypoint: str = "",
                 hint: str | None = None, errno: int | None = None) -> None:
        self.context, self.entrypoint = context, entrypoint
        self.message = printable(message)
        self.hint = None if hint is None else printable(hint)
        if isinstance(self, OSError):
            OSError.__init__(self, self.number if errno is None else errno, self.message)
        else:
            super().__init__(self.message)
        if self.hint:
            self.add_note(f"hint: {self.hint}")

    def __str__(self) -> str:
        where = ".".join(printable(word) for word in (self.context, self.entrypoint) if word)
        if not where or self.message.startswith((f"{where}:", f"{where} ")):
            return self.message
        return f"{where}: {self.message}"

    def _state(self) -> dict[str, Any]:
        return {"context": self.context, "entrypoint": self.entrypoint, "hint": self.hint,
                "errno": getattr(self, "errno", None)}

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.message, self._state())


class _Failed(PosternError):
    """What a function says of its error besides errno and message: `name`, and `fields` of the application's."""

    name: str | None
    fields: dict[str, str]

    def __init__(self, message: str, *, name: str | None = None, fields: dict[str, str] | None = None,
                 **more: Any) -> None:
        super().__init__(message, **more)
        self.name = name
        self.fields = dict(fields or {})

    def _state(self) -> dict[str, Any]:
        return super()._state() | {"name": self.name, "fields": self.fields}


class FunctionError(_Failed, OSError):
    """The function reports an error: `errno` and `message` are its own, and `name` and `fields` where it gave some.

    One that has a class of its own among the built-in ones, such as FileNotFoundError, is one of that, too.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (FunctionError, self.message, self._state())


class BadArgument(PosternError, ValueError):
    """A value does not fit the signature; the function did not run. `argument` is which, where known."""

    argument: str | None

    def __init__(self, message: str, *, argument: str | None = None, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.argument = argument

    def _state(self) -> dict[str, Any]:
        return super()._state() | {"argument": self.argument}


class NotPermitted(PosternError, PermissionError):
    """The caller is not among those that the manifest lists."""

    number = numbers.EPERM


class Denied(_Failed, PermissionError):
    """The function failed, and the kernel had refused something to it, which `denial` describes."""

    number = numbers.EACCES
    denial: dict[str, str]

    def __init__(self, message: str, *, denial: dict[str, str] | None = None, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.denial = dict(denial or {})

    def _state(self) -> dict[str, Any]:
        return super()._state() | {"denial": self.denial}


class TimedOut(PosternError, TimeoutError):
    """There was no answer in time. Whether the function ran to its end is not known."""

    number = numbers.ETIMEDOUT


class WorkerDied(PosternError, ChildProcessError):
    """The worker ended during the call; `signal` says of what, where it was one."""

    number = numbers.ECHILD
    signal: int | None

    def __init__(self, message: str, *, signal: int | None = None, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.signal = signal

    def _state(self) -> dict[str, Any]:
        return super()._state() | {"signal": self.signal}


class NotAvailable(PosternError, ConnectionError):
    """There is no such context or entrypoint, it cannot be started, or posternd went away."""

    number = numbers.ECONNREFUSED


class Busy(PosternError, OSError):
    """Too many connections or calls. Nothing was called."""

    number = numbers.EBUSY


class Cancelled(PosternError, OSError):
    """The caller took the call back. What ran of it was killed; whether it had done its work is not known."""

    number = numbers.ECANCELED


class ProtocolError(PosternError, OSError):
    """One side broke the protocol."""

    number = numbers.EPROTO


@functools.cache
def function_error(errno: int | None) -> type[FunctionError]:
    """FunctionError, or one that the built-in class of `errno` is a base of as well."""
    built_in = type(OSError(errno, "")) if errno else OSError
    if built_in in (OSError, BlockingIOError):
        return FunctionError
    return type("FunctionError", (FunctionError, built_in), {"__module__": __name__})


def _restore(kind: type[PosternError], message: str, fields: dict[str, Any]) -> PosternError:
    if kind is FunctionError:
        kind = function_error(fields["errno"])
    return kind(message, **fields)
