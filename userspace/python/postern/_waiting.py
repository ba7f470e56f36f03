# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the steps of a call wait for, how long, and the words for when it does not come."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import NamedTuple

from . import errors
from ._connection import Connection

# What docs/protocol.md, section 9 proposes for a client without a deadline of its own.
OPEN_NS = 30_000_000_000
AWAY_NS = 10_000_000_000
GRACE_NS = 1_000_000_000
CALL_NS_MAX = 24 * 3600 * 1_000_000_000
CLOSED_MAX = 4

NAP_NS = 1_000_000
NAP_MAX_NS = 50_000_000

now_ns = time.monotonic_ns


class Wait(NamedTuple):
    """Until the connection is readable, or writable, or the time has come; without a connection only that."""

    connection: Connection | None
    until_ns: int
    write: bool = False


class Target(NamedTuple):
    """Which socket, how messages call it, and the network namespace of its calls."""

    path: str
    name: str
    network: str | None


def deadline_ns(timeout: float | None) -> int | None:
    """The moment until which a caller waits. ValueError when `timeout` is no number of seconds."""
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or math.isnan(timeout):
        raise ValueError("a timeout is a number of seconds, or None")
    return now_ns() + int(min(max(timeout, 0), CALL_NS_MAX / 1e9) * 1e9)


def longest_ns(connection: Connection) -> int:
    """How long an answer may take when the caller has set no time."""
    return min(connection.signature.timeout_ns, CALL_NS_MAX) + GRACE_NS


def receive(connection: Connection, until_ns: int) -> Generator[Wait, None, bytes | None]:
    """A record, b"" at the end of the stream, or None when the time is over."""
    wait = Wait(connection, until_ns)
    while True:
        yield wait
        try:
            data = connection.receive()
        except (ConnectionResetError, BrokenPipeError):
            return b""
        if data is not None:
            return data
        if now_ns() >= until_ns:
            return None


class Failures:
    """What goes wrong on this side of a call, in words."""

    def __init__(self, target: Target, context: str, entrypoint: str) -> None:
        self.path = target.path
        self.context = context
        self.entrypoint = entrypoint

    def unreachable(self, error: OSError) -> errors.NotAvailable:
        hint = "is posternd running, and does it serve this context? see postern status"
        if isinstance(error, PermissionError):
            hint = "this user may not reach the socket: see the permissions of it and of its directory"
        return self._not_available(f"{self.path}: {error.strerror}", hint, error)

    def unanswered(self) -> errors.NotAvailable:
        return self._not_available(f"{self.path} was closed without an answer; nothing was called",
                                   "is posternd running? see systemctl status postern")

    def unsent(self, error: OSError) -> errors.NotAvailable:
        return self._not_available(f"the call could not be sent: {error.strerror}; nothing was called", None, error)

    def gone(self, error: OSError | None = None) -> errors.NotAvailable:
        why = f": {error.strerror}" if error else ""
        return self._not_available(f"posternd went away during the call{why}",
                                   "whether the function ran is not known", error)

    def _not_available(self, message: str, hint: str | None, error: OSError | None = None) -> errors.NotAvailable:
        return errors.NotAvailable(message, context=self.context, entrypoint=self.entrypoint, hint=hint,
                                   errno=error.errno if error else None)

    def protocol(self, reason: Exception) -> errors.ProtocolError:
        return errors.ProtocolError(f"the answer does not follow the protocol: {reason}", context=self.context,
                                    entrypoint=self.entrypoint)

    def not_opened(self) -> errors.TimedOut:
        return errors.TimedOut("no answer from posternd in time; nothing was called", context=self.context,
                               entrypoint=self.entrypoint,
                               hint="posternd or the helper may be overloaded or starting: see postern status")

    def not_sent(self) -> errors.TimedOut:
        return errors.TimedOut("the time was over before the call was sent; nothing was called",
                               context=self.context, entrypoint=self.entrypoint)

    def cancelled(self, called: bool) -> errors.Cancelled:
        return errors.Cancelled("the call was cancelled", context=self.context, entrypoint=self.entrypoint,
                                hint="whether the function ran to its end is not known" if called
                                else "nothing was called")

    def no_answer(self) -> errors.TimedOut:
        return errors.TimedOut("no answer in time", context=self.context, entrypoint=self.entrypoint,
                               hint="whether the function ran to its end is not known")
