# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a call with 64 bytes takes from Python. usage: peer.py raw|least|call|privsep

raw: a record and its answer over the socket that is descriptor 3. least: the call by the smallest program that can
make it. call: the same by the Python client. privsep: a function of oslo.privsep that does nothing. Prints the median of batches in nanoseconds of the monotonic
clock, which are instructions in a guest that counts, and the spread of three rounds as a part of it.
"""

import gc
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


def least() -> Callable[[], object]:
    """The same records as the client's, and nothing that a client is for: no check of what is sent and what came, one
    connection, one thread, no time, no logs."""
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    peer.connect("/run/postern/bench.sock")
    peer.send(struct.pack("<IHHII64s64s112x", 0x4E545350, 1, 1, 0, 0, b"take", b""))
    peer.recv(65536)
    signatures = {"take": (b"\x92\xc4", b"\xc0")}
    pack = struct.Struct("<HHIQQ2sB64s1s").pack
    number = 0

    def op() -> None:
        nonlocal number
        number += 1
        head, tail = signatures["take"]
        peer.send(pack(3, 0, 0, number, 0, head, len(TEXT), TEXT, tail))
        peer.recv(65536)

    return op


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
    print(*measure({"raw": raw, "least": least, "call": call, "privsep": privsep}[sys.argv[1]]()), flush=True)
