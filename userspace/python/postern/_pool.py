# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Idle connections of one context, by entrypoint.

No lock: lists are changed by single operations, which the interpreter does whole. A lock could be held by another
thread at the moment of a fork, or by this one when a signal's handler makes a call.
"""

from __future__ import annotations

from ._connection import Connection

IDLE_MAX = 8


class Pool:
    """Connections that wait for the next call. Each is with one call at a time, or here."""

    def __init__(self) -> None:
        self._idle: dict[str, list[Connection]] = {}
        self._used: set[Connection] = set()
        self.cancels = 0
        self.closed = False

    def take(self, entrypoint: str) -> Connection | None:
        """One that can serve a call; those that died in the meantime are closed."""
        idle = self._idle.get(entrypoint)
        while idle:
            try:
                connection = idle.pop()
            except IndexError:  # another thread was faster
                return None
            if connection.quiet():
                connection.reused = True
                self._used.add(connection)
                return connection
            connection.close()
        return None

    def use(self, connection: Connection) -> None:
        """A new one, that a call uses."""
        self._used.add(connection)

    def drop(self, connection: Connection) -> None:
        """Closes one that was in use."""
        self._used.discard(connection)
        connection.close()

    def cancel(self) -> None:
        """Asks for the end of all calls under way."""
        self.cancels += 1
        for connection in self._used.copy():
            connection.cancel()

    def put(self, connection: Connection) -> None:
        """Keeps a connection whose call is over, or closes it when there are enough."""
        self._used.discard(connection)
        if connection.cancelled:
            connection.close()
            return
        idle = self._idle.setdefault(connection.entrypoint, [])
        if self.closed or len(idle) >= IDLE_MAX:
            connection.close()
            return
        idle.append(connection)
        if self.closed:
            self.clear()

    def clear(self) -> None:
        """Closes what is idle."""
        for idle in list(self._idle.values()):
            while idle:
                try:
                    idle.pop().close()
                except IndexError:
                    break

    def close(self) -> None:
        """Closes what is idle; what is in use is closed when its call is over."""
        self.closed = True
        self.clear()
