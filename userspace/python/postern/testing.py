# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For tests of code that calls entrypoints: a context's functions in this process, without posternd or privilege.

    with postern.testing.in_process("motd", manifest="context.yaml", functions={"update_motd": fake}) as motd:
        ...  # code that calls postern.Context("motd"), postern.aio.Context("motd") or a generated module
    assert motd.calls[0].arguments == {"message": "Hello"}

Only code that says so gets it: no variable of the environment and no file has a part in it, and nothing but this
module, which the package does not import, changes how a Context calls. See docs/testing.md for what it does not show.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno as numbers
import os
import re
import threading
import time
from collections.abc import Callable, Generator, Mapping
from types import TracebackType
from typing import Any, Self

from . import _checks, _context, _convert, _manifest, _waiting, errors
from ._descriptor import Descriptor
from ._records import is_name
from ._values import Malformed, Value, decode, encode
from .signature import Result, Signature

__all__ = ["Call", "InProcess", "in_process"]

Function = Callable[..., object]

_DIFFERS = "module and manifest do not fit together"


@dataclasses.dataclass
class Call:
    """A call whose arguments were right. `result` or `error` is what it ended with."""

    entrypoint: str
    arguments: dict[str, Value]
    network: str | None = None
    result: Result = None
    error: BaseException | None = None


class InProcess:
    """A context in this process while it is entered. Made by in_process()."""

    def __init__(self, context: str | os.PathLike[str], manifest: str | os.PathLike[str] | Mapping[str, Any],
                 functions: object, root: str | os.PathLike[str]) -> None:
        self._manifest = _manifest.read(manifest, os.fspath(root).rstrip("/"))
        self._context = os.fspath(context)
        if "/" not in self._context and self._context != self._manifest.context:
            raise ValueError(f"the manifest is that of {self._manifest.context}, not of {self._context}")
        self._functions: dict[str, Function] = {}
        self.calls: list[Call] = []
        if isinstance(functions, Mapping):
            for name, function in functions.items():
                self.fake(name, function)
        else:
            self._take(functions)

    def _take(self, functions: object) -> None:
        """Of a module or an object: an attribute for each entrypoint, as a module in Python has them."""
        for name in self._manifest.entrypoints:
            function = getattr(functions, name.replace("-", "_"), None)
            if callable(function):
                self._functions[name] = function

    def fake(self, entrypoint: str, function: Function) -> None:
        """Runs `function` from now on. ValueError when the manifest has no such entrypoint."""
        if entrypoint not in self._manifest.entrypoints:
            raise ValueError(f"context {self._manifest.context} has no entrypoint {entrypoint}")
        self._functions[entrypoint] = function

    def calls_of(self, entrypoint: str) -> list[Call]:
        """Those of one entrypoint, in order."""
        return [call for call in list(self.calls) if call.entrypoint == entrypoint]

    def __enter__(self) -> Self:
        _active.add(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        _active.remove(self)

    # -- in place of an exchange with a worker --

    def _entrypoint(self, name: str) -> _manifest.Entrypoint:
        found = self._manifest.entrypoints.get(name) if is_name(name) else None
        if found is None:
            raise errors.NotAvailable(f"context {self._manifest.context} has no entrypoint {name}",
                                      context=self._manifest.context, entrypoint=name,
                                      hint=f"it has: {' '.join(self._manifest.entrypoints)}")
        return found

    def _described(self, name: str) -> Generator[_waiting.Wait, None, Signature]:
        yield from ()
        return self._entrypoint(name).signature

    def _called(self, name: str, args: tuple[object, ...], keywords: dict[str, object], network: str | None,
                timeout: float | None) -> Generator[_waiting.Wait, None, Result]:
        yield from ()
        _waiting.deadline_ns(timeout)  # for its ValueError
        entrypoint = self._entrypoint(name)
        call = Call(name, self._arguments(entrypoint, args, keywords), network)
        self.calls.append(call)
        began = time.monotonic()
        try:
            call.result = self._run(entrypoint, call.arguments)
            self._check_time(entrypoint, time.monotonic() - began, timeout)
        except BaseException as error:
            call.error = error
            raise
        return call.result

    def _arguments(self, entrypoint: _manifest.Entrypoint, args: tuple[object, ...], keywords: dict[str, object]
                   ) -> dict[str, Value]:
        """By name, without those that were left out; through the client's own code, and back from the bytes."""
        signature = entrypoint.signature
        descriptors: list[int] = []
        values = decode(signature.arrange(args, keywords, descriptors), maps=True)
        assert isinstance(values, list)
        for position, kind in enumerate(entrypoint.arguments):
            if kind.type == _convert.FD and isinstance(number := values[position], int):
                values[position] = descriptors[number]
        given: dict[str, Value] = {}
        for argument, kind, value in zip(signature.arguments, entrypoint.arguments, values):
            value = _checks.filled(kind, value)
            try:
                _checks.check(kind, value)
                if argument.name in entrypoint.slots:
                    _checks.check_slot(value)
            except _checks.Misfit as misfit:
                name = argument.name + getattr(misfit, "place", "")
                raise errors.BadArgument(f"{name}: {misfit}", argument=name,
                                         context=signature.context, entrypoint=signature.entrypoint) from None
            if value is not None:
                given[argument.name] = value
        return given

    def _run(self, entrypoint: _manifest.Entrypoint, arguments: dict[str, Value]) -> Result:
        signature = entrypoint.signature
        where = {"context": signature.context, "entrypoint": signature.entrypoint}
        function = self._functions.get(signature.entrypoint)
        if function is None:
            raise errors.NotAvailable(f"{signature.entrypoint} has no function in this test", **where,
                                      hint="give it one: in_process(..., functions=...), or fake()")
        try:
            value = function(**_with_absent(function, signature, arguments))
        except errors.PosternError as error:
            failed, cause = _placed(error, where), error
        except AssertionError:  # the test's own affair
            raise
        except Exception as error:
            failed, cause = _failure(error, where), error
        else:
            return _result(entrypoint, value, where)
        raise failed from (None if failed is cause else cause)

    @staticmethod
    def _check_time(entrypoint: _manifest.Entrypoint, took: float, timeout: float | None) -> None:
        signature = entrypoint.signature
        if took > (signature.timeout if timeout is None else min(timeout, signature.timeout)):
            message = f"{signature.entrypoint} did not end within its time; a worker would have been killed"
            raise errors.TimedOut(message, context=signature.context, entrypoint=signature.entrypoint)


def in_process(context: str | os.PathLike[str], *, manifest: str | os.PathLike[str] | Mapping[str, Any],
               functions: object = None, root: str | os.PathLike[str] = "") -> InProcess:
    """A context manager: inside of it, calls to the context run functions of this process, in the thread that calls.

    context: what the code gives to Context(), a name or a socket's path. manifest: its file, or what that holds, as
    json.load() gives it; a file takes PyYAML. functions: a dict by entrypoint, or a module or object with an attribute
    for each; they get the arguments by keyword. root: a directory that is put in front of each `below` of the manifest,
    so that `below: /etc` means root/etc.
    """
    return InProcess(context, manifest, {} if functions is None else functions, root)


# -- how a function ends -----------------------------------------------------------------------------------------------


def _with_absent(function: Function, signature: Signature, arguments: dict[str, Value]) -> dict[str, Value]:
    """An argument that was left out is None, unless the function has a default of its own."""
    code = getattr(function, "__code__", None)
    if code is None:
        return arguments
    positional = code.co_varnames[: code.co_argcount]
    defaults = getattr(function, "__defaults__", None) or ()
    needed = {*positional[: len(positional) - len(defaults)],
              *code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]}
    needed -= set(getattr(function, "__kwdefaults__", None) or ())
    return arguments | {argument.name: None for argument in signature.arguments
                        if argument.optional and argument.name in needed and argument.name not in arguments}


def _placed(error: errors.PosternError, where: dict[str, str]) -> errors.PosternError:
    """What a fake raised, as the client would have raised it."""
    if type(error) is errors.FunctionError and error.errno:
        # So that one of ENOENT is a FileNotFoundError, too.
        error = errors.function_error(error.errno)(error.message, errno=error.errno, name=error.name,
                                                   fields=error.fields, hint=error.hint)
    error.context = error.context or where["context"]
    error.entrypoint = error.entrypoint or where["entrypoint"]
    return error


_ERRNOS = ((TimeoutError, numbers.ETIMEDOUT), (NotImplementedError, numbers.ENOSYS), (MemoryError, numbers.ENOMEM),
           ((ValueError, TypeError, LookupError), numbers.EINVAL))


def _failure(error: Exception, where: dict[str, str]) -> errors.FunctionError:
    """What a caller is told of any other exception: an errno, or a name made of the class's."""
    name = getattr(error, "postern_name", None)
    number = getattr(error, "postern_errno", None) or getattr(error, "errno", None)
    if not isinstance(number, int):
        number = next((found for kind, found in _ERRNOS if isinstance(error, kind)), numbers.EIO)
    text = str(error) or type(error).__name__
    if isinstance(error, OSError):
        about = error.filename if error.filename is not None else error.strerror
        text = where["entrypoint"] if about in (None, os.strerror(number)) else str(about)
    elif name is None:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(error).__name__)
        name = words.lower().strip("_")
        name = name if is_name(name) else "error"
    fields = getattr(error, "fields", None)
    said = {key: str(value) for key, value in fields.items()} if isinstance(fields, dict) else {}
    message = f"{text}: {os.strerror(number)}"
    return errors.function_error(number)(message, errno=number, name=name, fields=said, **where)


def _result(entrypoint: _manifest.Entrypoint, value: object, where: dict[str, str]) -> Result:
    """As a worker takes it: of the manifest's type and bounds, or the function's mistake."""
    kind = entrypoint.result
    name = entrypoint.signature.entrypoint
    try:
        if kind.type == _convert.NONE:
            if value is not None:
                raise _convert.Unfit("the manifest declares none, but one was given")
            return None
        if value is None and kind.optional:
            return None
        if kind.type == _convert.FD:
            return Descriptor(os.dup(_convert.to_descriptor(value)))
        given = _convert.to_wire(_manifest.argument("result", kind), value)
        _checks.check(kind, given)
        return decode(encode(given), maps=True)
    except (_checks.Misfit, _convert.Unfit, Malformed) as error:
        reason = f"{getattr(error, 'place', '') or getattr(error, 'where', '')}: {error}"
    raise errors.FunctionError(f"the module's mistake: {name}'s result{reason}", errno=numbers.EPROTO, hint=_DIFFERS,
                               **where)


# -- which contexts are here -------------------------------------------------------------------------------------------


class _Active:
    """The contexts that are entered. While there is one, and no longer, the ways out of Contexts come by here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contexts: tuple[InProcess, ...] = ()
        self._call = _context.ContextBase._call
        self._call_now = _context.Context.call
        self._signature = _context.ContextBase._signature

    def add(self, context: InProcess) -> None:
        with self._lock:
            if context in self._contexts:
                raise RuntimeError("the context is entered already")
            self._contexts = (*self._contexts, context)
            setattr(_context.ContextBase, "_call", _call)
            setattr(_context.Context, "call", _call_now)
            setattr(_context.ContextBase, "_signature", _signature)

    def remove(self, context: InProcess) -> None:
        with self._lock:
            self._contexts = tuple(other for other in self._contexts if other is not context)
            if not self._contexts:
                setattr(_context.ContextBase, "_call", self._call)
                setattr(_context.Context, "call", self._call_now)
                setattr(_context.ContextBase, "_signature", self._signature)

    def find(self, target: _waiting.Target) -> InProcess | None:
        """The one that was entered last, of those that are meant by this name or path."""
        for context in reversed(self._contexts):
            if context._context == target.name:
                return context
        return None

    def real_call(self, base: _context.ContextBase, *args: Any) -> Any:
        """To posternd, for all other contexts."""
        return self._call(base, *args)

    def real_signature(self, base: _context.ContextBase, entrypoint: str) -> Any:
        """To posternd."""
        return self._signature(base, entrypoint)


_active = _Active()


def _call(self: _context.ContextBase, entrypoint: str, args: tuple[object, ...], keywords: dict[str, object],
          timeout: float | None) -> Any:
    found = _active.find(self._target)
    if found is None:
        return _active.real_call(self, entrypoint, args, keywords, timeout)
    self._check_open(entrypoint)
    return found._called(entrypoint, args, keywords, self._target.network,
                         self._timeout if timeout is None else timeout)


def _call_now(self: _context.Context, entrypoint: str, /, *args: object, timeout: float | None = None, **kwargs: object
              ) -> Result:
    return self._by_steps(entrypoint, args, kwargs, timeout)


def _signature(self: _context.ContextBase, entrypoint: str) -> Any:
    found = _active.find(self._target)
    if found is None:
        return _active.real_signature(self, entrypoint)
    self._check_open(entrypoint)
    return found._described(entrypoint)


@contextlib.contextmanager
def several() -> Generator[Callable[..., InProcess], None, None]:
    """A function with in_process()'s arguments; what it makes lasts until the end of the block."""
    with contextlib.ExitStack() as made:
        def make(context: str | os.PathLike[str], **keywords: Any) -> InProcess:
            return made.enter_context(in_process(context, **keywords))

        yield make
