# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Calls that block their thread."""

from __future__ import annotations

import contextlib
import os
import select
import time
import weakref
from collections.abc import Generator
from types import TracebackType
from typing import Self, TypeVar

from . import _exchange, _target
from ._connection import ROOM, SEND_FLAGS, Connection, forget_inherited, own_page
from ._plain import LEFT, NIL, nanoseconds, returned_nil
from ._pool import Pool
from ._records import RETURN
from ._waiting import Failures, Wait, longest_ns, now_ns
from .errors import NotAvailable
from .signature import Result, Signature

T = TypeVar("T")


class ContextBase:
    """What the contexts for threads and for asyncio have in common."""

    def __init__(self, name_or_socket_path: str | os.PathLike[str], *, network: str | None = None,
                 timeout: float | None = None) -> None:
        self._target = _target.find(name_or_socket_path, network)
        self._timeout = timeout
        self._pool = Pool()
        self._idle = self._pool.idle
        self._closing = weakref.finalize(self, self._pool.close)

    def _call(self, entrypoint: str, args: tuple[object, ...], keywords: dict[str, object], timeout: float | None
              ) -> _exchange.Steps:
        self._check_open(entrypoint)
        timeout = self._timeout if timeout is None else timeout
        return _exchange.call(self._target, self._pool, entrypoint, args, keywords, timeout)

    def _signature(self, entrypoint: str) -> Generator[Wait, None, Signature]:
        self._check_open(entrypoint)
        return _exchange.find_signature(self._target, self._pool, entrypoint, self._timeout)

    def _check_open(self, entrypoint: str) -> None:
        if self._pool.closed:
            raise NotAvailable("this Context is closed", context=self._target.name, entrypoint=entrypoint)

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} {self._target.name}>"


class Context(ContextBase):
    """A context's entrypoints, for any number of threads. Each call has a connection for itself."""

    def call(self, entrypoint: str, /, *args: object, timeout: float | None = None, **kwargs: object) -> Result:
        """Calls an entrypoint and returns its result. `timeout`: seconds for all of it; None: as long as it may take.

        Raises what postern.errors has.
        """
        # Most calls are plain (_plain.py), find an idle connection and are answered at once. All others go by steps.
        if not own_page[0]:
            forget_inherited()
        deadline: int | None = 0  # none
        if timeout is not None or (timeout := self._timeout) is not None:
            if (deadline := nanoseconds(timeout)) is None:
                return self._by_steps(entrypoint, args, kwargs, timeout)
        try:
            idle = self._idle[entrypoint]
            connection = idle.pop()
        except LookupError:
            return self._by_steps(entrypoint, args, kwargs, timeout)
        plan, number, answer, result = connection.plan, connection.calls + 1, None, LEFT
        try:
            if (record := plan.record(args, kwargs, number, deadline)) is not None:
                connection.send_now(record, SEND_FLAGS)
                connection.calls = number
                answer = connection.receive_now(ROOM)
                # Most have no result: to ask for one would be a fiftieth of a call.
                if plan.has_result or answer != returned_nil(RETURN, number, NIL):
                    result = plan.result(answer, number)
                else:
                    result = None
        except OSError as error:
            if error.__traceback__.tb_next:  # not raised here, but by a signal's handler
                self._pool.drop(connection)
                raise
        except BaseException:
            self._pool.drop(connection)
            raise
        if result is LEFT and connection.calls == number:
            with contextlib.suppress(_exchange.NotBegun):
                return self._rest(connection, answer, timeout)
        else:
            idle.append(connection)
            if self._pool.crowded:
                self._pool.trim(idle)
        return result if result is not LEFT else self._by_steps(entrypoint, args, kwargs, timeout)

    def _by_steps(self, entrypoint: str, args: tuple[object, ...], keywords: dict[str, object], timeout: float | None
                  ) -> Result:
        return _run(self._call(entrypoint, args, keywords, timeout))

    def _rest(self, connection: Connection, data: bytes | None, timeout: float | None) -> Result:
        """The result of a call that was sent, whose answer is not plain, or not all there. It may be NotBegun."""
        until = now_ns() + (longest_ns(connection) if timeout is None else int(timeout * 1e9))
        failures = Failures(self._target, connection.signature.context, connection.entrypoint)
        return _run(_exchange.answer(self._pool, connection, until, failures, data))

    def signature(self, entrypoint: str, /) -> Signature:
        """What an entrypoint takes and gives."""
        return _run(self._signature(entrypoint))

    def cancel(self) -> None:
        """Ends all calls that are under way in other threads: their functions are killed, and they raise Cancelled.

        One that was over before gives its result. Calls that begin later are not affected.
        """
        self._pool.cancel()

    def close(self) -> None:
        """Closes the idle connections; a call under way ends by itself. No further calls."""
        self._closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()


def _run(steps: Generator[Wait, None, T]) -> T:
    try:
        while True:
            _pause(next(steps))
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


def _pause(wait: Wait) -> None:
    remaining = max(wait.until_ns - now_ns(), 0)
    if wait.connection is None:
        time.sleep(remaining / 1e9)
    elif wait.write:
        poller = select.poll()
        poller.register(wait.connection, select.POLLOUT)
        poller.poll(remaining / 1e6)
    else:
        wait.connection.wait_readable(remaining / 1e6)
