# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One Context for many threads, for children, and for signals' handlers."""

import ctypes
import os
import signal
import socket
import threading
import unittest
import unittest.mock
from concurrent.futures import ThreadPoolExecutor

import postern
from fake import LIMIT, STRING, Peer, Server, echo
from postern import _connection, _records


def child(function) -> int:
    """The pid of a child that runs the function, and exits with 0 when that raises nothing."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.alarm(int(LIMIT))
        function()
        status = 0
    finally:
        os._exit(status)


class Threads(unittest.TestCase):
    def test_sixteen_times_sixty_kilobytes(self) -> None:
        """What made two sides of one shared stream wait for each other for ever."""
        def work(number: int) -> None:
            for round_ in range(20):
                data = bytes([number, round_]) * 30000
                self.assertEqual(context.call("echo", data), data)

        with Server(echo) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with ThreadPoolExecutor(16) as threads:
                list(threads.map(work, range(16)))
            self.assertEqual(len(server.calls), 320)
            # Most connections are used again; at most one a thread is open at a time.
            self.assertLess(server.accepted, 320)

    def test_each_its_own_answer(self) -> None:
        def work(number: int) -> None:
            for round_ in range(100):
                data = b"%d.%d" % (number, round_)
                self.assertEqual(context.call("fgh"[round_ % 3], data), data)

        with Server(echo) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with ThreadPoolExecutor(8) as threads:
                list(threads.map(work, range(8)))

    def test_slow_one(self) -> None:
        """A call that takes long does not hold up the others."""
        def serve(peer: Peer) -> None:
            peer.open()
            while True:
                number = peer.call()[0]
                if peer.entrypoint == "slow":
                    others_done.wait(LIMIT)
                peer.give(number, None)

        others_done = threading.Event()
        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with ThreadPoolExecutor(2) as threads:
                slow = threads.submit(context.call, "slow")
                for _ in range(20):
                    context.call("fast")
                self.assertFalse(slow.done())
                others_done.set()
                slow.result(LIMIT)


class Cancel(unittest.TestCase):
    def test_call_on_an_idle_connection(self) -> None:
        """Which waits for its answer in another way."""
        def serve(peer: Peer) -> None:
            peer.open([("data", STRING, 0)], STRING)
            peer.give(peer.call()[0], "first")
            number = peer.call()[0]
            called.set()
            ended.append(peer.wait_for_cancel())
            peer.fail(number, 10, message="killed")

        called, ended = threading.Event(), []
        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            self.assertEqual(context.call("f", "a"), "first")
            with ThreadPoolExecutor(1) as threads:
                call = threads.submit(context.call, "f", "a")
                self.assertTrue(called.wait(LIMIT))
                context.cancel()
                with self.assertRaises(postern.Cancelled):
                    call.result(LIMIT)
            self.assertEqual((ended, server.accepted), (["cancelled"], 1))

    def test_between_calls(self) -> None:
        """A connection that was cancelled when its call had just ended serves no other."""
        with Server(echo) as server, postern.Context(server.path, timeout=LIMIT) as context:
            for call in (context.call, lambda name, *args: context._by_steps(name, args, {}, None)):
                context.call("f", b"a")
                context._pool.idle["f"][0].cancel()
                accepted = server.accepted
                self.assertEqual(call("f", b"b"), b"b")
                self.assertEqual(server.accepted, accepted + 1)

    def test_calls_end(self) -> None:
        """Those under way do, by an answer or by the end of the stream; those after it do not."""
        def serve(peer: Peer) -> None:
            peer.open(result=STRING)
            number = peer.call()[0]
            if peer.entrypoint == "fast":
                peer.give(number, "fast")
                return
            called.release()
            ended.append(peer.wait_for_cancel())
            if peer.entrypoint == "told":
                peer.fail(number, 10, message="killed")

        called, ended = threading.Semaphore(0), []
        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            context.cancel()
            with ThreadPoolExecutor(4) as threads:
                calls = [threads.submit(context.call, name) for name in ("told", "untold", "told")]
                for _ in calls:
                    self.assertTrue(called.acquire(timeout=LIMIT))
                context.cancel()
                for call in calls:
                    with self.assertRaises(postern.Cancelled):
                        call.result(LIMIT)
            self.assertEqual(ended, ["cancelled"] * 3)
            self.assertEqual(context.call("fast"), "fast")

    def test_answer_that_was_quicker(self) -> None:
        """It counts, and the connection is not used again."""
        def serve(peer: Peer) -> None:
            peer.open(result=STRING)
            number = peer.call()[0]
            if peer.server.accepted == 1:
                context.cancel()
            peer.give(number, "here")
            peer.read()

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            self.assertEqual(context.call("f"), "here")
            self.assertEqual(context.call("f"), "here")
            self.assertEqual(server.accepted, 2)

    def test_before_opening(self) -> None:
        """Its socket is connected, and nobody could end it yet."""
        def serve(peer: Peer) -> None:
            ended.append(peer.wait_for_cancel())

        def late(connection, *rest) -> None:
            context.cancel()
            add(connection, *rest)

        ended = []
        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            add = context._pool.add
            with unittest.mock.patch.object(context._pool, "add", late), self.assertRaises(postern.Cancelled):
                context.call("f")
        self.assertEqual(ended, ["cancelled"])

    def test_while_opening(self) -> None:
        def serve(peer: Peer) -> None:
            peer.expect_open()
            came.set()
            peer.wait_for_cancel()

        came = threading.Event()
        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with ThreadPoolExecutor(1) as threads:
                call = threads.submit(context.call, "f")
                self.assertTrue(came.wait(LIMIT))
                context.cancel()
                with self.assertRaises(postern.Cancelled):
                    call.result(LIMIT)
            self.assertEqual(server.accepted, 1)


class Children(unittest.TestCase):
    def check(self, pid: int) -> None:
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_own_connection(self) -> None:
        def work() -> None:
            # What was inherited is closed, and without a word: the parent's end still works.
            assert context._pool.take("f") is None
            assert context.call("f", b"child") == b"child"

        with Server(echo) as server, postern.Context(server.path, timeout=LIMIT) as context:
            self.assertEqual(context.call("f", b"parent"), b"parent")
            self.check(child(work))
            self.assertEqual(server.accepted, 2)
            self.assertEqual(context.call("f", b"parent"), b"parent")
            self.assertEqual(server.accepted, 2)

    def test_child_that_closes(self) -> None:
        with Server(echo) as server, postern.Context(server.path, timeout=LIMIT) as context:
            context.call("f", b"a")
            self.check(child(context.close))
            self.assertEqual(context.call("f", b"a"), b"a")
            self.assertEqual(server.accepted, 1)

    def test_parent_that_closes(self) -> None:
        """The worker sees the end although a child that never calls lives on."""
        def serve(peer: Peer) -> None:
            peer.open()
            peer.give(peer.call()[0], None)
            ended.append(peer.read())
            seen.set()

        ended: list[bytes] = []
        seen = threading.Event()
        reading, writing = os.pipe()
        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            context.call("f")
            pid = child(lambda: (os.close(writing), os.read(reading, 1)))
            context.close()
            self.assertTrue(seen.wait(LIMIT))
            os.close(writing)
            self.check(pid)
        os.close(reading)
        self.assertEqual(ended, [b""])

    def test_copy_elsewhere(self) -> None:
        """A copy that nobody closes, as in a child that was not forked by os.fork(), keeps no connection open."""
        def serve(peer: Peer) -> None:
            peer.open()
            peer.call()
            ended.append(peer.read())
            seen.set()

        ended: list[bytes] = []
        seen = threading.Event()
        with Server(serve) as server, postern.Context(server.path) as context:
            copies = []
            with self.assertRaises(postern.TimedOut):
                for wait in context._call("f", (), {}, 0.2):
                    copies.append(os.dup(wait.connection.fileno()))
                    wait.connection.wait_readable(100)
            self.assertTrue(seen.wait(LIMIT))
            self.assertEqual(ended, [b""])
            for copy in copies:
                os.close(copy)

    def test_child_without_hooks(self) -> None:
        """A child that was not forked by os.fork() sees by page and pid what is not its own, and leaves that open."""
        with Server(echo) as server, postern.Context(server.path, timeout=LIMIT) as context:
            context.call("f", b"a")
            (connection,) = context._pool.idle["f"]
            with socket.socket(fileno=os.dup(connection.fileno())) as parents:
                connection.owner += 1
                _connection.own_page[0] = 0
                self.assertEqual(context.call("f", b"b"), b"b")
                self.assertEqual(_connection.own_page[0], 1)
                self.assertEqual((server.accepted, connection.fileno()), (2, -1))
                parents.send(_records.call_record(2, 0, 0, b"\x91\xc4\1c"))
                parents.settimeout(LIMIT)
                self.assertEqual(parents.recv(100)[24:], b"\xc4\1c")

    def test_page_of_a_child(self) -> None:
        """The kernel empties it, whatever made the child. The lock of the interpreter is held all the time."""
        pid = ctypes.PyDLL(None).fork()
        if pid == 0:
            os._exit(_connection.own_page[0])
        self.check(pid)
        self.assertEqual(_connection.own_page[0], 1)

        def seen() -> None:
            assert _connection.own_page[0] == 1

        self.check(child(seen))

    def test_crowd(self) -> None:
        """Forks while other threads are in the middle of calls."""
        def work(number: int) -> None:
            while not stop.is_set():
                data = bytes([number]) * 20000
                self.assertEqual(context.call("f", data), data)

        def in_child() -> None:
            for round_ in range(3):
                data = b"child %d" % round_
                assert context.call("f", data) == data

        stop = threading.Event()
        with Server(echo) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with ThreadPoolExecutor(4) as threads:
                work_done = [threads.submit(work, number) for number in range(4)]
                try:
                    for _ in range(20):
                        self.check(child(in_child))
                finally:
                    stop.set()
                for one in work_done:
                    one.result(LIMIT)

    def test_fork_in_handler(self) -> None:
        """A signal's handler that forks in the middle of a call: the answer is the parent's."""
        def serve(peer: Peer) -> None:
            peer.open()
            number = peer.call()[0]
            os.kill(os.getpid(), signal.SIGUSR1)
            forked.wait(LIMIT)
            peer.give(number, None)

        def handler(*_) -> None:
            pid = os.fork()
            if pid == 0:
                signal.alarm(int(LIMIT))
                in_child.append(True)
                return
            self.check(pid)
            forked.set()

        in_child: list[bool] = []
        forked = threading.Event()
        before = signal.signal(signal.SIGUSR1, handler)
        try:
            with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
                try:
                    context.call("f")
                except postern.NotAvailable:
                    os._exit(0 if in_child else 1)
                except BaseException:
                    if in_child:
                        os._exit(1)
                    raise
                if in_child:
                    os._exit(1)
        finally:
            signal.signal(signal.SIGUSR1, before)


class Signals(unittest.TestCase):
    def during_call(self, handler) -> tuple[Server, postern.Context]:
        def serve(peer: Peer) -> None:
            peer.open()
            number = peer.call()[0]
            if len(peer.server.calls) == 1:
                os.kill(os.getpid(), signal.SIGUSR1)
                handled.wait(LIMIT)
            peer.give(number, None)
            peer.read()

        def handle(*_) -> None:
            try:
                handler(context)
            finally:
                handled.set()

        handled = threading.Event()
        before = signal.signal(signal.SIGUSR1, handle)
        try:
            with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
                context.call("f")
                return server, context
        finally:
            signal.signal(signal.SIGUSR1, before)

    def test_call_in_handler(self) -> None:
        """A handler may make a call, also in the middle of one."""
        server, _ = self.during_call(lambda context: context.call("f"))
        self.assertEqual((len(server.calls), server.accepted), (2, 2))

    def test_exception_in_handler(self) -> None:
        """Ctrl-C ends the wait, and closes the connection."""
        def interrupt(context: postern.Context) -> None:
            contexts.append(context)
            raise KeyboardInterrupt

        contexts: list[postern.Context] = []
        with self.assertRaises(KeyboardInterrupt):
            self.during_call(interrupt)
        self.assertEqual(contexts[0]._pool.idle, {})
