# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The connections of one context: idle ones by entrypoint, and those that calls use.

No lock: lists and sets are changed by single operations, which the interpreter does whole. A lock could be held by
another thread at the moment of a fork, or by this one when a signal's handler makes a call.
"""

from __future__ import annotations

from ._connection import Connection

IDLE_MAX = 8


class Pool:
    """Connections that wait for the next call are in `idle`; each of them is with one call at a time, or there.

    Who takes one from a list of `idle` by itself gives it back by append(), and trim() when `crowded`; or it calls
    drop(). Before more were ever open than may be idle, and before close(), none can be too many.
    """

    def __init__(self) -> None:
        self.idle: dict[str, list[Connection]] = {}
        self._open: set[Connection] = set()
        self.cancels = 0
        self.most = IDLE_MAX
        self.crowded = False

    def take(self, entrypoint: str) -> Connection | None:
        """One that can serve a call; those that died in the meantime are closed."""
        idle = self.idle.get(entrypoint)
        while idle:
            try:
                connection = idle.pop()
            except IndexError:  # another thread was faster
                return None
            if connection.quiet():
                return connection
            self.drop(connection)
        return None

    def add(self, connection: Connection, cancels: int) -> None:
        """A new one, that a call uses which began when there were so many cancels. It hears of one that came since."""
        self._open.add(connection)
        if len(self._open) > self.most:
            self.crowded = True
        if self.cancels != cancels:
            connection.cancel()

    def drop(self, connection: Connection) -> None:
        """Closes one that was in use."""
        self._open.discard(connection)
        connection.close()

    def cancel(self) -> None:
        """Asks for the end of all calls under way. One that ends meanwhile may leave its connection cancelled."""
        self.cancels += 1
        idle = {connection for some in list(self.idle.values()) for connection in some.copy()}
        for connection in self._open.copy() - idle:
            connection.cancel()

    def put(self, connection: Connection) -> None:
        """Keeps a connection whose call is over, or closes it when there are enough."""
        if connection.cancelled:
            self.drop(connection)
            return
        connection.reused = True
        idle = self.idle.setdefault(connection.entrypoint, [])
        idle.append(connection)
        self.trim(idle)

    def trim(self, idle: list[Connection]) -> None:
        """Closes those that are too many."""
        try:
            while len(idle) > self.most:
                self.drop(idle.pop())
        except IndexError:  # another thread was faster
            pass

    @property
    def closed(self) -> bool:
        return not self.most

    def close(self) -> None:
        """Closes what is idle; what is in use is closed when its call is over."""
        self.most, self.crowded = 0, True
        for idle in list(self.idle.values()):
            self.trim(idle)
