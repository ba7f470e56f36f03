# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One call from its connection to its answer, as docs/protocol.md, section 9 has it.

The steps are a generator that never waits. It yields what it waits for, and until when, and looks again afterwards;
the classes for threads (_context.py) and for asyncio (aio.py) do the waiting. When they stop, for whatever reason, the
connection is closed, so that a late answer meets no other call.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Mapping, Sequence

from . import _logs, _records
from ._connection import Connection
from ._opening import connect
from ._pool import Pool
from ._values import Malformed, Value, decode
from ._waiting import CLOSED_MAX, Failures, Target, Wait, deadline_ns, longest_ns, now_ns, receive
from .errors import BadArgument, PosternError
from .signature import Result, Signature

Steps = Generator[Wait, None, Result]


class NotBegun(Exception):
    """The connection was given up on before the call was seen, which can be made again on another."""


def call(target: Target, pool: Pool, entrypoint: str, args: Sequence[object], keywords: Mapping[str, object],
         timeout: float | None) -> Steps:
    """A call and its result. A CALL that was sent is never sent again."""
    deadline = deadline_ns(timeout)
    closed, cancels = 0, pool.cancels
    while True:
        connection = pool.take(entrypoint)
        if connection is None:
            connection = yield from connect(target, pool, entrypoint, deadline)
        failures = Failures(target, connection.signature.context, entrypoint)
        try:
            descriptors: list[int] = []
            payload = connection.signature.arrange(args, keywords, descriptors)
            if pool.cancels != cancels:
                raise failures.cancelled(False)
            until = yield from _send(connection, payload, descriptors, deadline, failures)
            if until is None and connection.cancelled:
                raise failures.cancelled(False)
        except BadArgument:
            pool.put(connection)
            raise
        except BaseException:
            pool.drop(connection)
            raise
        if until is None:
            pool.drop(connection)
        else:
            with contextlib.suppress(NotBegun):
                return (yield from answer(pool, connection, until, failures))
        closed += not connection.reused
        if closed == CLOSED_MAX:
            raise failures.unanswered()


def answer(pool: Pool, connection: Connection, until: int, failures: Failures, first: bytes | None = None) -> Steps:
    """The result of the call that was sent last; `first`: a record that came already."""
    keep = False
    try:
        outcome = yield from _answer(connection, until, failures, first)
        if isinstance(outcome, PosternError):
            keep = _records.keeps_connection(outcome)
            raise outcome
        keep = True
        return outcome
    finally:
        if keep:
            pool.put(connection)
        else:
            pool.drop(connection)


def find_signature(target: Target, pool: Pool, entrypoint: str, timeout: float | None
                   ) -> Generator[Wait, None, Signature]:
    """What an entrypoint takes and gives now."""
    connection = pool.take(entrypoint)
    if connection is None:
        connection = yield from connect(target, pool, entrypoint, deadline_ns(timeout))
    found = connection.signature
    pool.put(connection)
    return found


def _send(connection: Connection, payload: bytes, descriptors: list[int], deadline: int | None, failures: Failures
          ) -> Generator[Wait, None, int | None]:
    """Sends the CALL; until when to wait for its answer. None when the other side had closed before, so that nobody
    can have seen the call: a send that fails has queued nothing."""
    connection.calls = number = connection.calls + 1
    log = _logs.wanted(failures.context)
    start = 0
    now = now_ns()
    until = now + longest_ns(connection) if deadline is None else deadline
    while True:
        if now >= until:
            raise failures.not_sent()
        record = _records.call_record(number, log, 0 if deadline is None else until - now, payload, start)
        try:
            if connection.send(record, () if start else descriptors):
                start += _records.PART_MAX
                if start >= len(payload):
                    return until
                continue
        except (BrokenPipeError, ConnectionResetError):
            # Who refuses a call in the midst of it says so before it closes.
            return until if start else None
        except OSError as error:
            raise failures.unsent(error) from None
        yield Wait(connection, until, write=True)
        now = now_ns()


def _result(connection: Connection, value: Value) -> Result:
    descriptor = connection.take_descriptor()
    try:
        return connection.signature.check_result(value, descriptor)
    except Malformed:
        if descriptor is not None:
            os.close(descriptor)
        raise


def _answer(connection: Connection, until: int, failures: Failures, first: bytes | None = None
            ) -> Generator[Wait, None, Result | PosternError]:
    """The answer to the call that was sent last. An error that ends the connection, too, is raised."""
    parts: list[bytes] = []
    size = 0
    try:
        while True:
            data, first = first, None
            if data is None:
                data = yield from receive(connection, until)
            if data is None:
                raise failures.no_answer()
            if not data:
                raise failures.cancelled(True) if connection.cancelled else failures.gone()
            record = _records.read(data)
            if record.type != _records.RETURN and connection.drop_descriptor():
                raise Malformed("a descriptor where none belongs")
            if record.call != connection.calls and not (record.type == _records.ERROR and record.call == 0):
                raise Malformed("a record of another call")
            if record.type == _records.RETURN:
                parts.append(record.payload)
                size += len(record.payload)
                if size > _records.PAYLOAD_MAX or (record.more and not record.payload):
                    raise Malformed("a RETURN that is too long, or a record of it that is empty")
                if record.more:
                    continue
                return _result(connection, decode(b"".join(parts), maps=True))
            if parts and record.type != _records.ERROR:
                raise Malformed("a record in the midst of a RETURN")
            if record.type == _records.ERROR:
                error = _records.read_error(record.payload, failures.context, failures.entrypoint)
                if record.call != 0:
                    return error
                if connection.reused and not connection.cancelled and not parts:
                    raise NotBegun
                raise error
            _logs.hand_on(failures.context, failures.entrypoint, *_records.read_log(record.payload))
            if now_ns() >= until:  # a flood of them does not prolong the call
                raise failures.no_answer()
    except Malformed as malformed:
        raise failures.protocol(malformed) from None
    except PosternError:
        raise
    except OSError as error:
        raise failures.gone(error) from None
