# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a call with 64 bytes takes from Python. usage: peer.py raw|least|owed|call|privsep

raw: a record and its answer over the socket that is descriptor 3. least: the call by the smallest program that can
make it. owed: the same, and what a client owes whoever calls. call: the same by the Python client. privsep: a function of
oslo.privsep that does nothing. Prints the median of batches in nanoseconds of the monotonic clock, which are
instructions in a guest that counts, and the spread of three rounds as a part of it.
"""

import gc
import logging
import socket
import statistics
import struct
import sys
import time
from collections.abc import Callable

ROUNDS, BATCHES, CALLS = 3, 21, 20
TEXT = b"x" * 64
RECORD = bytes(92)  # as long as the CALL that carries TEXT


def measure(op: Callable[[], object]) -> tuple[float, float]:
    """The same way as the bench's other rows: short batches, of which the tick meets few."""
    gc.disable()
    rounds = []
    for _ in range(ROUNDS):
        batches = []
        for _ in range(BATCHES):
            time.sleep(0.02)
            op()
            start = time.monotonic_ns()
            for _ in range(CALLS):
                op()
            batches.append((time.monotonic_ns() - start) / CALLS)
        rounds.append(statistics.median(batches))
    middle = statistics.median(rounds)
    return middle, (max(rounds) - min(rounds)) / middle


def raw() -> Callable[[], object]:
    peer = socket.socket(fileno=3)

    def op() -> None:
        peer.send(RECORD)
        peer.recv(65536)

    return op


PACK = struct.Struct("<HHIQQ2sB64s1s").pack
ANSWER = struct.Struct("<HHIQQ1s").pack
SIGNATURES = {"take": (b"\x92\xc4", b"\xc0")}


def connected() -> socket.socket:
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    peer.connect("/run/postern/bench.sock")
    peer.send(struct.pack("<IHHII64s64s112x", 0x4E545350, 1, 1, 0, 0, b"take", b""))
    peer.recv(65536)
    return peer


def least() -> Callable[[], object]:
    """The same records as the client's, and nothing that a client is for: no check of what is sent and what came, one
    connection, one thread, no time, no logs."""
    peer = connected()
    number = 0

    def op() -> None:
        nonlocal number
        number += 1
        head, tail = SIGNATURES["take"]
        peer.send(PACK(3, 0, 0, number, 0, head, len(TEXT), TEXT, tail))
        peer.recv(65536)

    return op


def owed() -> Callable[[], object]:
    """The argument is of its type, logs come as far as the caller's logger wants them, and the answer is this call's,
    and whole. Still one connection, one thread, one signature and no time."""
    peer = connected()
    logger = logging.getLogger("bench")
    number = 0

    def take(data: object) -> None:
        nonlocal number
        number += 1
        head, tail = SIGNATURES["take"]
        if type(data) is not bytes or len(data) > 64:
            raise ValueError
        log = 7 if logger.isEnabledFor(logging.INFO) else 5
        peer.send(PACK(3, log, 0, number, 0, head, len(data), data, tail))
        if peer.recv(65536) != ANSWER(4, 0, 0, number, 0, b"\xc0"):
            raise ValueError

    return lambda: take(TEXT)


def call() -> Callable[[], object]:
    import postern

    context = postern.Context("bench")
    return lambda: context.call("take", TEXT)


def privsep() -> Callable[[], object]:
    sys.path.append(__file__.rpartition("/")[0])
    import peer_privsep
    from oslo_privsep import priv_context

    peer_privsep.context.start(priv_context.Method.FORK)
    return lambda: peer_privsep.take(TEXT)


if __name__ == "__main__":
    ways = {"raw": raw, "least": least, "owed": owed, "call": call, "privsep": privsep}
    print(*measure(ways[sys.argv[1]]()), flush=True)
