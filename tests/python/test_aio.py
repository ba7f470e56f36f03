# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""postern.aio: many calls at once in one thread, cancellation, deadlines."""

import asyncio
import socket
import threading
import unittest

import postern
import postern.aio
from fake import LIMIT, STRING, Peer, Server, echo, echo_text


class Asyncio(unittest.IsolatedAsyncioTestCase):
    async def test_result(self) -> None:
        with Server(echo_text) as server:
            async with postern.aio.Context(server.path, timeout=LIMIT) as context:
                self.assertEqual(await context.call("f", "a"), "a")
                self.assertEqual(await context.call("f", text="b", timeout=LIMIT), "b")
                self.assertEqual((await context.signature("f")).arguments[0].name, "text")
                self.assertEqual(server.accepted, 1)
                with self.assertRaises(postern.BadArgument):
                    await context.call("f", 5)
            with self.assertRaises(postern.NotAvailable):
                await context.call("f", "a")

    async def test_fifty_at_once(self) -> None:
        """All are under way together: none is answered before the last has come."""
        def serve(peer: Peer) -> None:
            peer.open([("text", STRING, 0)], STRING)
            number, _, payload = peer.call()
            together.wait(LIMIT)
            peer.send(bytes([4, 0, 0, 0, 0, 0, 0, 0]) + number.to_bytes(8, "little") + bytes(8) + payload[1:])
            peer.read()

        together = threading.Barrier(50)
        with Server(serve) as server:
            async with postern.aio.Context(server.path, timeout=LIMIT) as context:
                results = await asyncio.gather(*(context.call("f", f"text {i}") for i in range(50)))
        self.assertEqual(results, [f"text {i}" for i in range(50)])
        self.assertEqual(server.accepted, 50)

    async def test_large(self) -> None:
        with Server(echo) as server:
            async with postern.aio.Context(server.path, timeout=LIMIT) as context:
                for _ in range(3):
                    sent = [bytes([i]) * 60000 for i in range(16)]
                    self.assertEqual(await asyncio.gather(*(context.call("f", data) for data in sent)), sent)

    async def cancel_call(self, context: postern.aio.Context, called: asyncio.Event) -> None:
        """One that is under way in the server, which sets `called`."""
        task = asyncio.create_task(context.call("f"))
        await called.wait()
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task

    async def test_cancelled(self) -> None:
        """The connection is closed; the late answer meets nobody, and the next call is not disturbed."""
        def serve(peer: Peer) -> None:
            peer.open(result=STRING)
            number = peer.call()[0]
            if peer.server.accepted == 1:
                loop.call_soon_threadsafe(called.set)
                ended.append(peer.read())
                peer.give(number, "late")
            else:
                peer.give(number, "in time")

        loop, called, ended = asyncio.get_running_loop(), asyncio.Event(), []
        with Server(serve) as server:
            async with postern.aio.Context(server.path, timeout=LIMIT) as context:
                await self.cancel_call(context, called)
                self.assertEqual(await context.call("f"), "in time")
        self.assertEqual((ended, server.accepted), ([b""], 2))

    async def test_call_ends(self) -> None:
        """The server is asked for the end of the call, and the task ends when that is answered."""
        def serve(peer: Peer) -> None:
            peer.open()
            number = peer.call()[0]
            loop.call_soon_threadsafe(called.set)
            ended.append(peer.wait_for_cancel())
            peer.fail(number, 10)
            ended.append("answered")

        loop, called, ended = asyncio.get_running_loop(), asyncio.Event(), []
        with Server(serve) as server:
            async with postern.aio.Context(server.path, timeout=LIMIT) as context:
                await self.cancel_call(context, called)
                self.assertEqual(ended[0], "cancelled")

    async def test_cancelled_at_any_step(self) -> None:
        """Nothing that is cancelled leaves a connection behind that a later call could meet."""
        with Server(echo_text) as server:
            async with postern.aio.Context(server.path, timeout=LIMIT) as context:
                for turns in range(40):
                    task = asyncio.create_task(context.call("f", f"cancelled {turns}"))
                    for _ in range(turns % 10):
                        await asyncio.sleep(0)
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
                    self.assertEqual(await context.call("f", f"text {turns}"), f"text {turns}")

    async def test_silence(self) -> None:
        def silent(peer: Peer) -> None:
            peer.open()
            while peer.read():
                pass

        def mute(peer: Peer) -> None:
            while peer.read():
                pass

        with Server(silent) as one, Server(mute) as other:
            for path in (one.path, other.path):
                async with postern.aio.Context(path) as context:
                    with self.assertRaises(TimeoutError):
                        await context.call("f", timeout=0.2)
                    with self.assertRaises(TimeoutError):
                        async with asyncio.timeout(0.2):
                            await context.call("f")

    async def test_loop_stays_free(self) -> None:
        """While a queue is full, and while posternd is away, other tasks run."""
        with Server(echo_text, listen=False) as server:
            async with postern.aio.Context(server.path, timeout=LIMIT) as context:
                away = asyncio.create_task(context.call("f", "a"))
                await asyncio.sleep(0.05)
                server.listen_only(0)
                with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as filler:
                    filler.connect(server.path)
                    full = asyncio.create_task(context.call("f", "b"))
                    await asyncio.sleep(0.05)
                    self.assertFalse(away.done() or full.done())
                    server.accept()
                    self.assertEqual(await asyncio.gather(away, full), ["a", "b"])

    async def test_errors(self) -> None:
        def serve(peer: Peer) -> None:
            peer.open()
            number = peer.call()[0]
            if peer.entrypoint == "denied":
                peer.fail(number, 4, message="m", denial={"operation": "open"})
            elif peer.entrypoint == "rubbish":
                peer.send(b"\xff" * 30)

        with Server(serve) as server:
            async with postern.aio.Context(server.path, timeout=LIMIT) as context:
                for name, kind in (("denied", postern.Denied), ("rubbish", postern.ProtocolError),
                                   ("gone", postern.NotAvailable)):
                    with self.assertRaises(kind):
                        await context.call(name)
                self.assertEqual(len(server.calls), 3)

    def test_several_loops(self) -> None:
        """One Context serves one loop after the other, and threads with loops of their own."""
        with Server(echo_text) as server:
            context = postern.aio.Context(server.path, timeout=LIMIT)
            results: list[object] = []

            def work() -> None:
                for _ in range(20):
                    results.append(asyncio.run(context.call("f", "a")))

            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            asyncio.run(context.close())
        self.assertEqual(results, ["a"] * 80)
