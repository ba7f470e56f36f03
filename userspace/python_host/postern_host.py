# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The Python half of the host: imports a context's functions in its helper, and runs them in its workers.

Called by call.c and load.c. What a function prints and logs, and how it ends, becomes here what a function in C would
have done. No file is opened after load(): a worker may read only what its entrypoint's rules name, and a denied
attempt of ours would be told as the function's.
"""

from __future__ import annotations

import io
import linecache
import logging
import os
import sys

import _postern  # of call.c
from postern import _convert
from postern_failure import details

TYPE_CHECKING = False  # as in `typing`, which is not for helpers to carry
if TYPE_CHECKING:
    from types import CodeType, TracebackType
    from typing import Any, Callable

    from postern_failure import Details

PACKAGES = "/usr/lib/python3/dist-packages"  # of Debian's; others lie beside the module

# How a call ended; the numbers are in call.c too.
RETURN, FAILED, MISTAKE, EXIT = range(4)

# As `inspect` has them, which is large.
CO_VARKEYWORDS, CO_COROUTINE = 0x08, 0x80

# By their numbers in syslog(3).
ERROR, DEBUG = 3, 7

_functions: dict[str, _Function] = {}
_environment: dict[str, str] = {}
_secret = False  # has the call under way secrets?


class Field:
    """An argument, a result or a record's field, as the manifest has it; _convert.Field."""

    def __init__(self, name: str, number: int, element: int = 0, optional: bool = False, otherwise: Any = None,
                 fields: Any = ()) -> None:
        self.name, self.type, self.element, self.optional, self.otherwise = name, number, element, optional, otherwise
        self.fields = [Field(*field) for field in fields]

    def complete(self, value: Any) -> None:
        """Fills in what a record, or each of a list, lacks."""
        for record in value if self.type == _convert.LIST else [value]:
            for field in self.fields:
                if record.get(field.name) is None:
                    record[field.name] = field.otherwise


class _Function:
    """A function that can be called, and what is to be seen to around it."""

    def __init__(self, function: Callable, absent: tuple[str, ...], arguments: list[Field], result: Field) -> None:
        self.call, self.absent, self.result = function, absent, result
        self.records = [argument for argument in arguments if argument.fields]


class _Output(io.RawIOBase):
    """Standard output or error. What a reader that lags behind has no room for is lost, as in C: nobody waits."""

    def __init__(self, number: int) -> None:
        self.number = number

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.number

    def write(self, data: Any) -> int:
        try:
            os.write(self.number, data)
        except OSError:
            pass
        return len(data)


class _Handler(logging.Handler):
    """Lines of `logging` go where postern_log() sends them."""

    def emit(self, record: logging.LogRecord) -> None:
        level = syslog_level(record.levelno)
        try:
            text = record.getMessage()
        except Exception:  # arguments that do not fit the format
            text = f"a line that cannot be formatted: {record.msg}"
        _postern.log(level, _clean(text))
        if record.exc_info and record.exc_info[1] is not None:
            _journal(level, f"{record.name}: ", record.exc_info[1], not _secret)


def syslog_level(number: int) -> int:
    """The level of syslog(3) for one of `logging`."""
    for least, level in ((logging.CRITICAL, 2), (logging.ERROR, ERROR), (logging.WARNING, 4), (logging.INFO + 1, 5),
                         (logging.INFO, 6)):
        if number >= least:
            return level
    return DEBUG


def logging_level(level: int) -> int:
    """The least of `logging` that is not below a level of syslog(3)."""
    return {0: 50, 1: 50, 2: 50, 3: 40, 4: 30, 5: logging.INFO + 1, 6: 20}.get(level, 1 if level >= DEBUG else 50)


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _frames(traceback: TracebackType | None) -> list[str]:
    """Where it was, the innermost last. No source lines, which are in files, and no values."""
    lines = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename != __file__:
            lines.append(f'  File "{code.co_filename}", line {traceback.tb_lineno}, in {code.co_name}')
        traceback = traceback.tb_next
    return lines


def _journal(level: int, before: str, error: BaseException, with_text: bool) -> None:
    """A traceback for the journal alone. Without the text, which may be made of the arguments."""
    said = f": {error}" if with_text and str(error) else ""
    lines = ["Traceback:", *_frames(error.__traceback__), f"{type(error).__name__}{said}"]
    for line in "\n".join(lines).splitlines():
        _postern.journal(level, _clean(f"{before}{line[:900]}"))


# -- once, in the helper -----------------------------------------------------------------------------------------------


def _surroundings() -> None:
    """Standard output and error, logging, and no reader of source lines, as tracebacks and warnings would be."""
    sys.stdout = io.TextIOWrapper(_Output(1), "utf-8", "backslashreplace", line_buffering=True)
    sys.stderr = io.TextIOWrapper(_Output(2), "utf-8", "backslashreplace", line_buffering=True)
    linecache.updatecache = lambda filename, module_globals=None: []
    linecache.checkcache = lambda filename=None: None
    logging.getLogger().addHandler(_Handler())


def _module(file: str) -> Any:
    """Imports the file from its source: what was checked to be root's is what runs, not what was compiled of it."""
    name = os.path.basename(file).removesuffix(".py")
    while name in sys.modules or name in sys.stdlib_module_names:
        name += "_"
    with open(file, "rb") as source:
        code = compile(source.read(), file, "exec", dont_inherit=True)
    module = type(sys)(name)
    module.__file__ = file
    sys.modules[name] = module
    exec(code, module.__dict__)
    return module


def _code(function: Callable) -> CodeType | None:
    """Of the function below its decorators; None for what has none."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return getattr(function, "__code__", None)


def misfit(function: Callable, arguments: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """What keeps a function from being called with these arguments, by name, or None.

    And those of them that have no default of the function's.
    """
    code = _code(function)
    if code is None:
        return None, arguments
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    if code.co_flags & CO_COROUTINE:
        return "is async: nobody would wait for it", ()
    first = 1 if hasattr(function, "__self__") else 0
    positional = code.co_varnames[first:code.co_argcount]
    keywords = code.co_varnames[code.co_argcount:code.co_argcount + code.co_kwonlyargcount]
    defaults = {*positional[len(positional) - len(function.__defaults__ or ()):], *(function.__kwdefaults__ or ())}
    given = {*positional[max(code.co_posonlyargcount - first, 0):], *keywords}
    for name in arguments:
        if name not in given and not code.co_flags & CO_VARKEYWORDS:
            return f"has no parameter {name}, which the manifest declares", ()
    for name in (*positional, *keywords):
        if name not in defaults and name not in arguments:
            return f"needs a parameter {name}, which the manifest does not declare", ()
    return None, tuple(name for name in arguments if name not in defaults)


def _take(module: Any, entrypoints: list[tuple[str, list[Any], Any]]) -> str | None:
    marked = any(getattr(value, "__postern_entrypoint__", False) for value in vars(module).values())
    for name, described, result in entrypoints:
        arguments = [Field(*argument) for argument in described]
        function = getattr(module, name.replace("-", "_"), None)
        if not callable(function):
            return f"the module lacks the function {name.replace('-', '_')}"
        if marked and not getattr(function, "__postern_entrypoint__", False):
            return f"the function {name} is not marked with @entrypoint, as others of the module are"
        wrong, absent = misfit(function, tuple(argument.name for argument in arguments))
        if wrong:
            return f"the function {name} {wrong}"
        _functions[name] = _Function(function, absent, arguments, Field(*result))
    return None


def _place(error: BaseException, file: str) -> str:
    """Where in the module it was."""
    line = getattr(error, "lineno", 0) if isinstance(error, SyntaxError) else 0
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == file:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return f"line {line}: " if line else ""


def load(file: str, entrypoints: list[tuple[str, list[Any], Any]]) -> tuple[bool, str] | None:
    """Imports the module. Returns None, or what is wrong: is it the import?, and a text."""
    _surroundings()
    # Last: a file beside the module takes no other module's place.
    sys.path += [PACKAGES, os.path.dirname(file)]
    try:
        module = _module(file)
    except BaseException as error:  # SystemExit too
        _journal(ERROR, f"{os.path.basename(file)}: ", error, True)
        return True, _clean(f"{_place(error, file)}{type(error).__name__}: {error}")
    wrong = _take(module, entrypoints)
    _environment.update(os.environ)
    sys.stdout.flush()
    return (False, wrong) if wrong else None


# -- each call, in a worker --------------------------------------------------------------------------------------------


def _level(level: int) -> None:
    """Filters at the source: what neither the caller nor the journal wants is not even formatted."""
    root, wanted = logging.getLogger(), logging_level(level)
    if root.level != wanted:
        root.setLevel(wanted)


def _clean_details(found: Details) -> Details:
    name, code, text, fields = found
    return name, code, _clean(text), {key: _clean(value) for key, value in fields.items()}


def _ended(error: BaseException, journal: int, secret: bool) -> tuple[int, Any]:
    if isinstance(error, SystemExit):
        if error.code is None or isinstance(error.code, int):
            return EXIT, error.code or 0
        print(error.code, file=sys.stderr, flush=True)
        return EXIT, 1
    found, expected = details(error)
    # What the function foresaw is for its caller; the rest is for whoever mends it.
    level = DEBUG if expected else ERROR
    if level <= journal:
        _journal(level, "", error, not secret)
    return FAILED, _clean_details(found)


def _result(value: object, result: Field) -> tuple[int, Any]:
    """As the client takes arguments: _convert.to_wire() is the one place that knows which objects stand for a type."""
    if value is None and (result.optional or result.type == _convert.NONE):
        return RETURN, None
    if result.type == _convert.NONE:
        return MISTAKE, f"gave back a {type(value).__name__}, and the manifest declares no result"
    try:
        if result.type == _convert.FD:
            fd = _convert.to_descriptor(value)  # a number is given away, an object closes its own
            return RETURN, fd if isinstance(value, int) else os.dup(fd)
        return RETURN, _convert.to_wire(result, value)
    except _convert.Unfit as unfit:
        return MISTAKE, f"its result{unfit.where}: {unfit}"


def run(entrypoint: str, arguments: dict[str, Any], about: tuple[int, int, bool]) -> tuple[int, Any]:
    """Runs a function. about: the least level that anybody wants, that the journal wants, and whether it has secrets."""
    global _secret
    function = _functions[entrypoint]
    level, journal, secret = about
    _secret = secret
    _level(level)
    for argument in function.records:
        if argument.name in arguments:
            argument.complete(arguments[argument.name])
    for name in function.absent:
        arguments.setdefault(name)
    try:
        ended = _result(function.call(**arguments), function.result)
    except BaseException as error:
        ended = _ended(error, journal, secret)
    # A line without its end; and what C put back already, where Python keeps a copy of it.
    sys.stdout.flush()
    if os.environ != _environment:
        os.environ.clear()
        os.environ.update(_environment)
    return ended
