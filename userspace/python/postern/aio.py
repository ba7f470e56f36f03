# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Calls for asyncio: what postern.Context has, with `await`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Self, TypeVar

from ._context import ContextBase
from ._waiting import GRACE_NS, Wait, now_ns
from .errors import PosternError
from .signature import Result, Signature

T = TypeVar("T")


class Context(ContextBase):
    """A context's entrypoints, for any number of tasks.

    With a task that is cancelled its call ends: the function is killed, and the task ends when that is done, or a
    second later.
    """

    async def call(self, entrypoint: str, /, *args: object, timeout: float | None = None, **kwargs: object) -> Result:
        """Calls an entrypoint and returns its result. `timeout`: seconds for all of it; None: as long as it may take.

        Raises what postern.errors has.
        """
        return await _run(self._call(entrypoint, args, kwargs, timeout))

    async def signature(self, entrypoint: str, /) -> Signature:
        """What an entrypoint takes and gives."""
        return await _run(self._signature(entrypoint))

    async def close(self) -> None:
        """Closes the idle connections; a call under way ends by itself. No further calls."""
        self._closing()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        traceback: TracebackType | None) -> None:
        await self.close()


async def _run(steps: Generator[Wait, None, T]) -> T:
    try:
        while True:
            wait = next(steps)
            try:
                await _pause(wait)
            except asyncio.CancelledError:
                await _end(steps, wait)
                raise
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


async def _end(steps: Generator[Wait, None, T], wait: Wait) -> None:
    """Takes the call back, and waits for its end; not if the task is cancelled again."""
    until = now_ns() + GRACE_NS
    with contextlib.suppress(StopIteration, PosternError):
        while wait.connection is not None and now_ns() < until:
            wait.connection.cancel()
            await _pause(wait._replace(until_ns=min(wait.until_ns, until)))
            wait = next(steps)


async def _pause(wait: Wait) -> None:
    remaining = max(wait.until_ns - now_ns(), 0) / 1e9
    if wait.connection is None:
        await asyncio.sleep(remaining)
        return
    loop = asyncio.get_running_loop()
    descriptor = wait.connection.fileno()
    if descriptor < 0:
        return  # a child of the fork that closed it: the next step finds out
    add: Callable[..., None] = loop.add_writer if wait.write else loop.add_reader
    remove: Callable[[int], bool] = loop.remove_writer if wait.write else loop.remove_reader
    awake = asyncio.Event()
    add(descriptor, awake.set)
    timer = loop.call_later(remaining, awake.set)
    try:
        await awake.wait()
    finally:
        timer.cancel()
        remove(descriptor)
