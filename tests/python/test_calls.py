# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Calls on servers that keep to the protocol: results, connections, when something is tried again, deadlines, LOG."""

import gc
import logging
import math
import os
import pathlib
import socket
import threading
import unittest

import postern
from fake import BYTES, INTEGER, LIMIT, LOG, STRING, Peer, Server, echo, echo_text, header, opened, pack
from postern import _exchange, _waiting
from postern._pool import IDLE_MAX
from postern._waiting import CLOSED_MAX


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


class Calls(unittest.TestCase):
    def test_result_and_connection(self) -> None:
        before = descriptors()
        with Server(echo) as server, postern.Context(server.path, timeout=LIMIT) as context:
            for size in (0, 1, 255, 65000):
                data = os.urandom(size)
                self.assertEqual(context.call("f", data), data)
                self.assertEqual(context.call("f", data=data, timeout=LIMIT), data)
            self.assertEqual(server.accepted, 1)
            self.assertEqual(context.call("g", b"a"), b"a")
            self.assertEqual((server.accepted, server.calls), (2, ["f"] * 8 + ["g"]))
            self.assertEqual(context.signature("f").entrypoint, "f")
            self.assertEqual(server.accepted, 2)
        self.assertEqual(descriptors(), before)

    def test_names(self) -> None:
        for name in ("", "Motd", "a.b", "../motd", "a" * 64, "/" + "a" * 107, "/a\0", "é", "/\udc82", b"motd", "a\n"):
            with self.subTest(name), self.assertRaises(postern.BadArgument):
                postern.Context(name)
        with self.assertRaises(postern.BadArgument):
            postern.Context("motd", network="a b")
        self.assertIn("postern.Context motd", repr(postern.Context("motd")).replace("_context.", ""))
        with Server(echo) as server, postern.Context(pathlib.Path(server.path)) as context:
            for name in ("", "F", "a" * 64, "a\0", "f\n"):
                with self.subTest(name), self.assertRaises(postern.NotAvailable) as caught:
                    context.call(name)
                self.assertIn("cannot be an entrypoint", str(caught.exception))
            self.assertEqual(server.accepted, 0)

    def test_network(self) -> None:
        def serve(peer: Peer) -> None:
            peer.open(result=STRING)
            peer.give(peer.call()[0], peer.network)

        with Server(serve) as server:
            for network in (None, "qrouter-1"):
                with postern.Context(server.path, network=network, timeout=LIMIT) as context:
                    self.assertEqual(context.call("f"), network or "")

    def test_bad_argument_is_not_sent(self) -> None:
        with Server(echo) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertRaises(postern.BadArgument):
                context.call("f", 5)
            self.assertEqual(context.call("f", b"a"), b"a")
            self.assertEqual((server.accepted, server.calls), (1, ["f"]))

    def test_errors_and_connections(self) -> None:
        """Which errors end the connection; the call after each works."""
        def serve(peer: Peer) -> None:
            peer.open(result=STRING)
            while True:
                number = peer.call()[0]
                if codes:
                    peer.fail(number, codes.pop(), message="m", hint="h")
                else:
                    peer.give(number, "fine")

        codes: list[int] = []
        for code in range(1, 10):
            with self.subTest(code), Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
                codes.append(code)
                with self.assertRaises(postern.PosternError) as caught:
                    context.call("f")
                self.assertEqual((caught.exception.context, caught.exception.entrypoint, caught.exception.hint),
                                 ("fake", "f", "h"))
                self.assertEqual(context.call("f"), "fine")
                self.assertEqual(server.accepted, 1 if code in (1, 2, 4) else 2)

    def test_error_of_the_connection(self) -> None:
        """Call number 0: while opening, and during a call."""
        def serve(peer: Peer) -> None:
            if peer.server.accepted == 1:
                peer.expect_open()
            else:
                peer.open()
                peer.call()
            peer.fail(0, 3, message="not you")

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            for accepted in (1, 2):
                with self.assertRaises(postern.NotPermitted):
                    context.call("f")
                self.assertEqual(server.accepted, accepted)

    def test_refused_before_open(self) -> None:
        """Said and closed before OPEN was read, or even sent."""
        with Server(lambda peer: peer.fail(0, 9, message="full")) as server, postern.Context(server.path) as context:
            for _ in range(20):
                with self.assertRaises(postern.Busy) as caught:
                    context.call("f", timeout=LIMIT)
                self.assertIn("full", str(caught.exception))
            self.assertEqual(server.accepted, 20)

    def test_pool_is_bounded(self) -> None:
        def serve(peer: Peer) -> None:
            peer.open()
            number = peer.call()[0]
            together.wait(LIMIT)
            peer.give(number, None)
            peer.call()

        count = 2 * IDLE_MAX
        together = threading.Barrier(count)
        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            threads = [threading.Thread(target=context.call, args=("f",)) for _ in range(count)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(context._pool.idle["f"]), IDLE_MAX)

    def test_close(self) -> None:
        def serve(peer: Peer) -> None:
            peer.open()
            number = peer.call()[0]
            context.close()
            peer.give(number, None)
            ended.append(peer.read())

        ended: list[bytes] = []
        with Server(serve) as server:
            context = postern.Context(server.path, timeout=LIMIT)
            context.call("f")
            with self.assertRaises(postern.NotAvailable):
                context.call("f")
            context.close()
        self.assertEqual(ended, [b""])


class Again(unittest.TestCase):
    def test_idle_connection_that_ended(self) -> None:
        with Server(echo_text) as server, postern.Context(server.path, timeout=LIMIT) as context:
            for accepted in range(1, 5):
                self.assertEqual(context.call("f", "a"), "a")
                self.assertEqual(server.accepted, accepted)
                server.hang_up()
            self.assertEqual(len(server.calls), 4)

    def serve_and_say(self, said: threading.Semaphore, say) -> Server:
        """Serves a call a connection, and says something behind its answer."""
        def serve(peer: Peer) -> None:
            peer.open(result=STRING)
            number = peer.call()[0]
            peer.give(number, "first")
            say(peer, number)
            said.release()
            peer.read()

        return Server(serve)

    def test_idle_connection_with_an_error(self) -> None:
        """An ERROR between calls, which says that the next one was not begun: it is made on another connection."""
        said = threading.Semaphore(0)
        with (self.serve_and_say(said, lambda peer, _: peer.fail(0, 3, message="no longer listed")) as server,
              postern.Context(server.path, timeout=LIMIT) as context):
            for accepted in (1, 2, 3):
                self.assertEqual(context.call("f"), "first")
                self.assertTrue(said.acquire(timeout=LIMIT))
                self.assertEqual(server.accepted, accepted)

    def test_idle_connection_with_a_record(self) -> None:
        """What has no place between calls is no answer to the next one; where it is seen before, nothing is sent."""
        said = threading.Semaphore(0)
        with (self.serve_and_say(said, lambda peer, number: peer.give(number, "second")) as server,
              postern.Context(server.path, timeout=LIMIT) as context):
            self.assertEqual(context.call("f"), "first")
            self.assertTrue(said.acquire(timeout=LIMIT))
            with self.assertRaises(postern.ProtocolError):
                context.call("f")
            self.assertEqual((server.accepted, context._pool.idle["f"]), (1, []))
            self.assertEqual(context.call("f"), "first")
            self.assertTrue(said.acquire(timeout=LIMIT))
            self.assertEqual(context._by_steps("f", (), {}, None), "first")
            self.assertEqual(server.accepted, 3)

    def test_closed_before_opened(self) -> None:
        def serve(peer: Peer) -> None:
            if peer.server.accepted % 2:
                peer.expect_open()
            if peer.server.accepted == CLOSED_MAX:
                peer.open()
                peer.give(peer.call()[0], None)

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            context.call("f")
            self.assertEqual((server.accepted, len(server.calls)), (CLOSED_MAX, 1))

    def test_closed_too_often(self) -> None:
        with Server(Peer.expect_open) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertRaises(postern.NotAvailable) as caught:
                context.call("f")
            self.assertIn("closed without an answer", str(caught.exception))
            self.assertEqual(server.accepted, CLOSED_MAX)

    def test_closed_before_the_call(self) -> None:
        """OPENED, and then the end, before CALL can be sent."""
        def serve(peer: Peer) -> None:
            peer.expect_open()
            peer.socket.shutdown(socket.SHUT_RD)
            peer.send(opened("f"))
            peer.read()

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertRaises(postern.NotAvailable) as caught:
                context.call("f")
            self.assertIn("nothing was called", str(caught.exception))
            self.assertEqual((server.accepted, server.calls), (CLOSED_MAX, []))

    def test_refused_until_started(self) -> None:
        with Server(echo_text, listen=False) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertRaises(postern.NotAvailable) as caught:
                context.call("f", "a", timeout=0.1)
            self.assertIsInstance(caught.exception, ConnectionError)
            self.assertIn(server.path, str(caught.exception))
            timer = threading.Timer(0.1, server.listen)
            timer.start()
            self.assertEqual(context.call("f", "a"), "a")
            timer.join()

    def test_full_queue(self) -> None:
        with Server(echo_text, listen=False) as server, postern.Context(server.path, timeout=LIMIT) as context:
            server.listen_only(0)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as filler:
                filler.connect(server.path)
                with self.assertRaises(postern.TimedOut) as caught:
                    context.call("f", "a", timeout=0.1)
                self.assertIn("nothing was called", str(caught.exception))
                timer = threading.Timer(0.1, server.accept)
                timer.start()
                self.assertEqual(context.call("f", "a"), "a")
                timer.join()

    def test_no_socket(self) -> None:
        with postern.Context("/nonexistent/socket") as context, self.assertRaises(postern.NotAvailable) as caught:
            context.call("f")
        self.assertRegex(str(caught.exception), r"^/nonexistent/socket.f: /nonexistent/socket: No such file")

    def test_sent_once(self) -> None:
        """The end of the stream during a call: nobody knows, and nobody sends it again."""
        def serve(peer: Peer) -> None:
            peer.open()
            peer.call()

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertRaises(postern.NotAvailable) as caught:
                context.call("f")
            self.assertIn("whether the function ran is not known", caught.exception.hint)
            self.assertEqual(server.calls, ["f"])

    def test_last_words(self) -> None:
        """An ERROR of a side that closed with our CALL unread."""
        def serve(peer: Peer) -> None:
            peer.open()
            while not peer.socket.recv(1, socket.MSG_PEEK):
                pass
            peer.fail(0, 8, message="going away")

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertRaises(postern.NotAvailable) as caught:
                context.call("f")
            self.assertIn("going away", str(caught.exception))
            self.assertEqual(server.accepted, 1)


class Deadlines(unittest.TestCase):
    def test_values(self) -> None:
        context = postern.Context("/nonexistent")
        for timeout in (math.nan, "1", True):
            with self.assertRaises(ValueError):
                context.call("f", timeout=timeout)

    def test_sent(self) -> None:
        """The CALL says how long is left, or nothing when the caller has no deadline."""
        def serve(peer: Peer) -> None:
            peer.open()
            while True:
                number, deadline, _ = peer.call()
                deadlines.append(deadline)
                peer.give(number, None)

        deadlines: list[int] = []
        with Server(serve) as server, postern.Context(server.path) as context:
            context.call("f")
            context.call("f", timeout=LIMIT)
            context.call("f", timeout=math.inf)
        self.assertEqual(deadlines[0], 0)
        self.assertTrue(0 < deadlines[1] <= LIMIT * 1e9)
        self.assertTrue(0 < deadlines[2] < 1 << 63)

    def test_silence(self) -> None:
        """Before OPENED, and after the CALL; the connection is closed for good."""
        def serve(peer: Peer) -> None:
            if peer.server.accepted == 1:
                peer.expect_open()
            else:
                peer.open()
                peer.call()
            ended.append(peer.read())

        ended: list[bytes] = []
        with Server(serve) as server, postern.Context(server.path, timeout=0.2) as context:
            for _ in range(2):
                with self.assertRaises(postern.TimedOut):
                    context.call("f")
        self.assertEqual((ended, server.calls), ([b"", b""], ["f"]))

    def test_entrypoints_own(self) -> None:
        """Without a deadline of the caller's the entrypoint's counts, and a worker that outlives it is left."""
        def serve(peer: Peer) -> None:
            peer.open(timeout=1)
            peer.call()
            peer.read()

        with Server(serve) as server, postern.Context(server.path) as context:
            with self.assertRaises(postern.TimedOut):
                context.call("f")

    def test_over_before_it_began(self) -> None:
        with Server(echo_text) as server, postern.Context(server.path) as context:
            self.assertEqual(context.call("f", "a", timeout=LIMIT), "a")
            for timeout in (0, -1, -math.inf):
                with self.assertRaises(postern.TimedOut) as caught:
                    context.call("f", "a", timeout=timeout)
                self.assertIn("nothing was called", str(caught.exception))
            self.assertEqual(server.calls, ["f"])

    def test_late_answer(self) -> None:
        """It meets no other call."""
        def serve(peer: Peer) -> None:
            peer.open([("data", BYTES, 0)], STRING)
            number = peer.call()[0]
            if peer.server.accepted == 1:
                timed_out.wait(LIMIT)
                peer.give(number, "late")
            else:
                peer.give(number, "in time")

        timed_out = threading.Event()
        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertRaises(postern.TimedOut):
                context.call("f", b"", timeout=0.2)
            timed_out.set()
            self.assertEqual(context.call("f", b""), "in time")


class Logs(unittest.TestCase):
    def test_levels_and_order(self) -> None:
        def serve(peer: Peer) -> None:
            peer.open()
            number = peer.call()[0]
            for level in range(8):
                peer.log(number, level, f"level {level}\x1b")
            peer.give(number, None)

        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            with self.assertLogs("postern.fake", logging.DEBUG) as caught:
                context.call("f")
        self.assertEqual([record.getMessage() for record in caught.records], [f"f: level {i}\\x1b" for i in range(8)])
        self.assertEqual([record.levelname for record in caught.records],
                         ["CRITICAL"] * 3 + ["ERROR", "WARNING", "INFO", "INFO", "DEBUG"])

    def test_wanted(self) -> None:
        """The CALL asks for what the logger is enabled for."""
        def serve(peer: Peer) -> None:
            peer.open(result=INTEGER)
            while True:
                number = peer.call()[0]
                peer.give(number, peer.log_wanted)

        logger = logging.getLogger("postern.fake")
        self.addCleanup(logger.setLevel, logging.NOTSET)
        with Server(serve) as server, postern.Context(server.path, timeout=LIMIT) as context:
            for level, wanted in ((1, 8), (logging.DEBUG, 8), (logging.DEBUG + 1, 7), (logging.INFO, 7),
                                  (logging.WARNING, 5), (logging.ERROR, 4), (logging.CRITICAL, 3),
                                  (logging.CRITICAL + 1, 0)):
                logger.setLevel(level)
                self.assertEqual(context.call("f"), wanted)

    def test_always_there(self) -> None:
        """One is always there already: the time is over all the same."""
        class Babbler:
            calls = 1

            def drop_descriptor(self) -> bool:
                return False

            def receive(self) -> bytes:
                return header(LOG, 1) + pack([7, "more"])

        failures = _waiting.Failures(_waiting.Target("/a", "a", None), "a", "f")
        steps = _exchange._answer(Babbler(), _waiting.now_ns() + 1_000_000, failures)
        with self.assertRaises(postern.TimedOut):
            for _ in range(1_000_000):
                next(steps)

    def test_flood(self) -> None:
        """A flood of them does not prolong a call."""
        def serve(peer: Peer) -> None:
            peer.open()
            number = peer.call()[0]
            while True:
                peer.log(number, 7, "more")

        with Server(serve) as server, postern.Context(server.path) as context:
            with self.assertRaises(postern.TimedOut):
                context.call("f", timeout=0.3)
