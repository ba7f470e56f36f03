# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One connection: a socket that carries whole records. What steps use of it never waits.

A fork copies descriptors. The parent's end of a connection must come through all the same, and the child must not
read what is meant for the parent: so the parent shuts a connection down before it closes it, and a child closes
all that it inherited, without that.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import select
import socket
import struct
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ._records import RECORD_MAX
from ._values import Malformed
from .signature import Signature

if TYPE_CHECKING:
    from . import _plain

_NOT_WHOLE = socket.MSG_TRUNC | socket.MSG_CTRUNC

_FD = struct.Struct("@i")
_TIMEVAL = struct.Struct("@ll")

# What receive_now() takes, so that a record that is too long is seen.
ROOM = RECORD_MAX + 1
# So long receive_now() waits. Not longer: a signal that comes meanwhile makes the interpreter begin anew.
PATIENCE_US = 10_000
# send_now() takes these, so that it does not wait.
SEND_FLAGS = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
_RECEIVE_FLAGS = socket.MSG_DONTWAIT | socket.MSG_CMSG_CLOEXEC


class Connection:
    """Connected when it is made. OSError when that fails; BlockingIOError when the queue is full."""

    __slots__ = ("__weakref__", "_closing", "_descriptor", "_poller", "_socket", "calls", "cancelled", "descriptors",
                 "entrypoint", "owner", "plan", "receive_now", "reused", "send_now", "signature")

    def __init__(self, path: str, entrypoint: str) -> None:
        self.entrypoint = entrypoint
        self.owner = os.getpid()
        self.signature: Signature
        self.plan: _plain.Plan
        self.calls = 0
        self.descriptors = False
        self._descriptor: int | None = None
        self.reused = False
        self.cancelled = False
        self._closing = threading.RLock()
        self._socket = _new_socket()
        try:
            self._socket.setblocking(False)
            self._socket.connect(path)
            self._socket.setblocking(True)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL.pack(0, PATIENCE_US))
            self.send_now = self._socket.send
            # Without room for descriptors, which the kernel closes, as libpostern does.
            self.receive_now = self._socket.recv
            self._poller = select.poll()
            self._poller.register(self._socket, select.POLLIN)
        except BaseException:
            self._socket.close()
            raise
        _connections.add(self)

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, record: bytes, descriptors: Sequence[int] = ()) -> bool:
        """False when there is no room yet. OSError when it was not sent, and will not be."""
        try:
            if descriptors:
                socket.send_fds(self._socket, [record], descriptors, SEND_FLAGS)
            else:
                self._socket.send(record, SEND_FLAGS)
        except BlockingIOError:
            return False
        return True

    def receive(self) -> bytes | None:
        """A record, b"" at the end of the stream, or None when nothing is there yet.

        A descriptor is taken where the signature promises one, and waits for take_descriptor(). Otherwise a record
        that had some is malformed, as is one that is too long.
        """
        room = socket.CMSG_LEN(_FD.size) if self.descriptors else 0
        try:
            data, control, flags, _ = self._socket.recvmsg(ROOM, room, _RECEIVE_FLAGS)
        except BlockingIOError:
            return None
        except ConnectionResetError:
            # Said once, when the other side closed with a record unread. What it sent before is still there.
            data, control, flags, _ = self._socket.recvmsg(ROOM, room, _RECEIVE_FLAGS)
        for level, kind, content in control:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS and len(content) == _FD.size:
                self.drop_descriptor()
                self._descriptor = _FD.unpack(content)[0]
        if flags & _NOT_WHOLE or len(data) > RECORD_MAX:
            raise Malformed("a record that is too long, or has descriptors")
        return data

    def take_descriptor(self) -> int | None:
        """The one that came with the last record. It is the caller's then."""
        descriptor, self._descriptor = self._descriptor, None
        return descriptor

    def drop_descriptor(self) -> bool:
        """Closes it; whether there was one."""
        if (descriptor := self.take_descriptor()) is None:
            return False
        os.close(descriptor)
        return True

    def quiet(self) -> bool:
        """Whether the connection is ours, no call was cancelled, and neither a record nor the stream's end is there."""
        return (not self.cancelled and self.owner == os.getpid() and self.fileno() >= 0
                and not self._poller.poll(0))

    def wait_readable(self, milliseconds: float) -> None:
        """Returns when something is there, or the time is over."""
        self._poller.poll(milliseconds)

    def close(self) -> None:
        """For good, also when a child has a copy of the descriptor."""
        self.drop_descriptor()
        with self._closing:
            if self.owner == os.getpid() and self.fileno() >= 0:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def cancel(self) -> None:
        """Asks for the end of the call under way: an answer, or the stream's end, comes soon. No other can be sent.

        From any thread: under a lock, so that the descriptor is not another file's by then.
        """
        with self._closing:
            self.cancelled = True
            if self.owner == os.getpid() and self.fileno() >= 0:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_WR)

    def forget(self) -> None:
        """In a child: the connection is the parent's."""
        self.drop_descriptor()
        self._closing = threading.RLock()  # a thread that is the parent's may have held the other one
        self._socket.close()


def _new_socket() -> socket.socket:
    """Not with the descriptor of a standard stream that was closed: what is printed would go to the worker."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if made.fileno() > 2:
        return made
    with made:
        return socket.socket(fileno=fcntl.fcntl(made, fcntl.F_DUPFD_CLOEXEC, 3))


_connections: weakref.WeakSet[Connection] = weakref.WeakSet()

# Its first byte is 0 in a child, whichever call made that, until forget_inherited() was called: the kernel empties the
# page (madvise(2), MADV_WIPEONFORK, which `mmap` has no name for). To look at it costs less than getpid().
own_page = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
own_page.madvise(18)


def forget_inherited() -> None:
    """Closes what is the parent's."""
    for connection in list(_connections):
        if connection.owner != os.getpid():
            connection.forget()
    own_page[0] = 1


forget_inherited()


os.register_at_fork(after_in_child=forget_inherited)
