# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""From a context's socket to OPENED. Nothing is called yet, so what fails can be tried again without harm."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

from . import _plain, _records, errors, signature
from ._connection import Connection
from ._convert import FD
from ._values import Malformed
from ._pool import Pool
from ._waiting import AWAY_NS, CLOSED_MAX, NAP_MAX_NS, NAP_NS, OPEN_NS, Failures, Target, Wait, now_ns, receive

Opening = Generator[Wait, None, Connection]

_NAME_HINT = "a name is made of a-z, 0-9, _ and -, begins with a letter and has at most 63 bytes"


class _Closed(Exception):
    """The connection ended before OPENED."""


def connect(target: Target, pool: Pool, entrypoint: str, deadline: int | None) -> Opening:
    """A new connection that is OPENED, in use by one call, by `deadline` or the time that a start may take."""
    failures = Failures(target, target.name, entrypoint)
    if not _records.is_name(entrypoint):
        raise errors.NotAvailable(f"{ascii(entrypoint)} cannot be an entrypoint", context=target.name, hint=_NAME_HINT)
    now = now_ns()
    until = now + OPEN_NS if deadline is None else deadline
    away_until = now + AWAY_NS if deadline is None else deadline
    closed, nap = 0, NAP_NS
    cancels = pool.cancels
    while True:
        try:
            return (yield from _connect_once(target, pool, entrypoint, until, failures, cancels))
        except BlockingIOError:  # the queue of waiting connections is full
            failure: errors.PosternError = failures.not_opened()
            last = until
        except ConnectionRefusedError as error:  # posternd is being started again
            failure = failures.unreachable(error)
            last = away_until
        except _Closed:
            closed += 1
            failure = failures.unanswered()
            last = away_until if closed < CLOSED_MAX else 0
        if pool.cancels != cancels:
            raise failures.cancelled(False)
        now = now_ns()
        if now >= last:
            raise failure
        yield Wait(None, min(now + nap, last))
        nap = min(2 * nap, NAP_MAX_NS)


def _connect_once(target: Target, pool: Pool, entrypoint: str, until: int, failures: Failures,
                  cancels: int) -> Opening:
    try:
        connection = Connection(target.path, entrypoint)
    except (BlockingIOError, ConnectionRefusedError):
        raise
    except OSError as error:
        raise failures.unreachable(error) from None
    pool.add(connection, cancels)
    try:
        # When the other side has closed, it may have said why before.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.send(_records.open_record(entrypoint, target.network))
        data = yield from receive(connection, until)
        if data is None:
            raise failures.not_opened()
        if not data:
            raise failures.cancelled(False) if connection.cancelled else _Closed
        _read_opened(connection, data, target.name)
    except Malformed as malformed:
        pool.drop(connection)
        raise failures.protocol(malformed) from None
    except BaseException:
        pool.drop(connection)
        raise
    return connection


def _read_opened(connection: Connection, data: bytes, context: str) -> None:
    record = _records.read(data)
    if record.type == _records.ERROR and record.call == 0:
        raise _records.read_error(record.payload, context, connection.entrypoint)
    if record.type != _records.OPENED:
        raise Malformed("no OPENED")
    connection.signature = signature.read(record.payload)
    connection.descriptors = connection.signature.result == FD
    connection.plan = _plain.Plan(connection.signature)
    if connection.signature.entrypoint != connection.entrypoint:
        raise Malformed("the signature of another entrypoint")
