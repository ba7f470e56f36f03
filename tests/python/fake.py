# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The other side, written a second time: a server that says whatever a test has it say.

Nothing here is the client's code, so that one mistake in both does not pass as agreement.
"""

from __future__ import annotations

import contextlib
import pathlib
import select
import socket
import struct
import tempfile
import threading

LIMIT = 30.0  # seconds; only what hangs takes so long

OPENED, CALL, RETURN, ERROR, LOG = 2, 3, 4, 5, 6
INTEGER, STRING, BYTES = 2, 3, 4
MORE = 0x8000


def pack(value) -> bytes:
    """msgpack in its longest forms, which are as good as the shortest."""
    match value:
        case None | False | True:
            return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
        case int():
            return struct.pack(">Bq", 0xD3, value)
        case str():
            return struct.pack(">BI", 0xDB, len(value.encode())) + value.encode()
        case bytes():
            return struct.pack(">BI", 0xC6, len(value)) + value
        case list():
            return struct.pack(">BI", 0xDD, len(value)) + b"".join(map(pack, value))
        case dict():
            items = [pack(key) + pack(item) for key, item in value.items()]
            return struct.pack(">BI", 0xDF, len(value)) + b"".join(items)
    raise TypeError(value)


def header(kind: int, call: int, flags: int = 0, reserved: int = 0, deadline: int = 0) -> bytes:
    return struct.pack("<HHIQQ", kind, flags, reserved, call, deadline)


def opened(entrypoint: str, arguments=(), result: int = 0, timeout: int = 30_000_000_000, **more) -> bytes:
    entries = {"context": "fake", "entrypoint": entrypoint, "timeout": timeout,
               "arguments": [list(argument) for argument in arguments], "result": result} | more
    return header(OPENED, 0) + pack(entries)


class Peer:
    """The server's end of one connection."""

    def __init__(self, server: Server, connection: socket.socket) -> None:
        self.server = server
        self.socket = connection
        self.entrypoint = ""
        self.network = ""
        self.log_wanted = 0

    def read(self) -> bytes:
        return self.socket.recv(70000)

    def send(self, data: bytes) -> None:
        self.socket.send(data)

    def expect_open(self) -> None:
        record = self.read()
        if len(record) != 256 or record[:8] != b"PSTN\1\0\1\0" or any(record[8:16] + record[144:]):
            raise ConnectionError("no OPEN")
        self.entrypoint = record[16:80].rstrip(b"\0").decode()
        self.network = record[80:144].rstrip(b"\0").decode()

    def open(self, arguments=(), result: int = 0, **more) -> None:
        self.expect_open()
        self.send(opened(self.entrypoint, arguments, result, **more))

    def call(self) -> tuple[int, int, bytes]:
        """Number, deadline and payload of the next CALL."""
        record = self.read()
        if len(record) < 25:
            raise ConnectionError("no CALL")
        kind, flags, reserved, number, deadline = struct.unpack_from("<HHIQQ", record)
        if (kind, reserved) != (CALL, 0) or flags > 8 or not number:
            raise ConnectionError("no CALL")
        self.log_wanted = flags
        self.server.calls.append(self.entrypoint)
        return number, deadline, record[24:]

    def call_of_several(self) -> tuple[int, int, bytes]:
        """The same of a CALL that takes more records, and how many it took."""
        number, payload, records = 0, bytearray(), 0
        while True:
            record = self.read()
            if len(record) < 25:
                raise ConnectionError("no CALL")
            kind, flags, reserved, call, deadline = struct.unpack_from("<HHIQQ", record)
            if kind != CALL or reserved or (records and (call != number or deadline or flags & 15)):
                raise ConnectionError("no CALL, or not the rest of it")
            number, records = call, records + 1
            payload += record[24:]
            if not flags & MORE:
                self.server.calls.append(self.entrypoint)
                return number, records, bytes(payload)

    def call_number(self) -> int:
        """Of the first record of a CALL."""
        return struct.unpack_from("<HHIQ", self.read())[3]

    def end(self) -> None:
        """No more is let in; what was not read is thrown away, so that what was sent can be read."""
        self.socket.shutdown(socket.SHUT_RD)
        with contextlib.suppress(OSError):
            while self.socket.recv(1, socket.MSG_DONTWAIT | socket.MSG_TRUNC):
                pass

    def give_in_parts(self, number: int, payload: bytes, part: int = 65512) -> None:
        for at in range(0, len(payload), part):
            more = MORE if at + part < len(payload) else 0
            self.send(header(RETURN, number, more) + payload[at:at + part])

    def give(self, number: int, value) -> None:
        self.send(header(RETURN, number) + pack(value))

    def fail(self, number: int, code: int, **entries) -> None:
        self.send(header(ERROR, number) + pack({"code": code} | entries))

    def wait_for_cancel(self) -> str:
        """How the client ended the call: "cancelled", reading on, or "closed"."""
        poller = select.poll()
        poller.register(self.socket, select.POLLRDHUP)
        while not (events := poller.poll(LIMIT * 1000)):
            pass
        return "closed" if events[0][1] & select.POLLHUP else "cancelled"

    def log(self, number: int, level: int, text: str) -> None:
        self.send(header(LOG, number) + pack([level, text]))


def echo(peer: Peer) -> None:
    """Gives back its one argument, for as many calls as there are."""
    peer.open([("data", BYTES, 0)], BYTES)
    while True:
        number, _, payload = peer.call()
        peer.send(header(RETURN, number) + payload[1:])


def echo_text(peer: Peer) -> None:
    peer.open([("text", STRING, 0)], STRING)
    while True:
        number, _, payload = peer.call()
        peer.send(header(RETURN, number) + payload[1:])


class Server:
    """Serves each connection with `handler` in a thread of its own. `accepted` and `calls` tell what came."""

    def __init__(self, handler, *, listen: bool = True, backlog: int = 100) -> None:
        self.handler = handler
        self.accepted = 0
        self.calls: list[str] = []
        self._folder = tempfile.TemporaryDirectory()
        self.path = str(pathlib.Path(self._folder.name) / "socket")
        self._peers: list[Peer] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(self.path)
        self._threads: list[threading.Thread] = []
        if listen:
            self.listen(backlog)

    def listen(self, backlog: int = 100) -> None:
        self._listener.listen(backlog)
        self.accept()

    def listen_only(self, backlog: int) -> None:
        self._listener.listen(backlog)

    def accept(self) -> None:
        self._start(self._accept)

    def _start(self, function, *args) -> None:
        thread = threading.Thread(target=function, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.accepted += 1
                peer = Peer(self, connection)
                self._peers.append(peer)
                self._start(self._serve, peer)

    def _serve(self, peer: Peer) -> None:
        with peer.socket, contextlib.suppress(OSError):
            self.handler(peer)

    def hang_up(self) -> None:
        """Ends all connections."""
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(LIMIT)
        self._folder.cleanup()
