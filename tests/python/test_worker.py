# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The client and a worker's own C code: tests/cli/fake_posternd.c with tests/cli/context.yaml, no kernel side."""

import asyncio
import logging
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

import postern
import postern.aio
from fake import LIMIT

MANIFEST = pathlib.Path(__file__).resolve().parent.parent / "cli/context.yaml"


class Worker(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.server = subprocess.Popen([os.environ["FAKE_POSTERND"], MANIFEST, cls.folder.name], stdout=subprocess.PIPE)
        cls.addClassCleanup(cls.stop)
        if cls.server.stdout.readline() != b"ready\n":
            raise RuntimeError("the fake posternd does not start")

    @classmethod
    def stop(cls) -> None:
        cls.server.kill()
        cls.server.wait()
        cls.server.stdout.close()

    def setUp(self) -> None:
        self.path = f"{self.folder.name}/context"
        self.context = postern.Context(self.path, timeout=LIMIT)
        self.addCleanup(self.context.close)

    def fails(self, kind: type[postern.PosternError], entrypoint: str, *args, **keywords):
        with self.assertRaises(kind) as caught:
            self.context.call(entrypoint, *args, **keywords)
        self.assertEqual(caught.exception.entrypoint, entrypoint)
        self.assertIn(entrypoint, str(caught.exception))
        return caught.exception

    def test_signature(self) -> None:
        found = self.context.signature("echo")
        self.assertEqual((found.context, found.entrypoint, found.result_name), ("fake", "echo", "list"))
        self.assertEqual([(argument.name, argument.type_name) for argument in found.arguments], [
            ("flag", "boolean"), ("count", "integer"), ("size", "size"), ("wait", "duration"), ("text", "string"),
            ("data", "bytes"), ("mode", "enum"), ("token", "string"), ("pin", "integer"), ("words", "list of string"),
            ("numbers", "list of integer"), ("sizes", "list of size"), ("waits", "list of duration")])
        self.assertEqual([argument.name for argument in found.arguments if argument.secret], ["token", "pin"])
        self.assertEqual([argument.optional for argument in self.context.signature("required").arguments], [False] * 2)

    def test_arguments(self) -> None:
        self.assertEqual(self.context.call("echo"), [])
        self.assertEqual(
            self.context.call("echo", True, -5, size=1 << 40, wait=7, text="Grüße\n", data=b"\0\1\xff", mode="slow",
                              token="secret", pin=0, words=["", "b"], numbers=[-1, 2**62], sizes=(), waits=[1]),
            ["flag true", "count -5", f"size {1 << 40}", "wait 7", "pin 0", "text <Grüße\n> of 8 bytes",
             "mode <slow> of 4 bytes", "token <secret> of 6 bytes", "data 0001ff of 3 bytes", "words 2", "  <>",
             "  <b>", "numbers 2", "  -1", f"  {2**62}", "sizes 0", "waits 1", "  1"])

    def test_large(self) -> None:
        self.assertEqual(self.context.call("echo", data=bytes(40000)), [f"data {'00' * 16} of 40000 bytes"])
        self.assertEqual(self.context.call("echo", words=["word"] * 50)[0], "words 50")
        self.assertEqual(self.fails(postern.BadArgument, "echo", data=bytes(40001)).argument, "data")
        self.assertEqual(self.fails(postern.BadArgument, "echo", data=bytes(8 << 20)).argument, "data")

    def test_results(self) -> None:
        for entrypoint, result in (("text", 'no newline "at" the end'), ("line", "a line\n"), ("blob", b"\0\1\xff\n~"),
                                   ("yes", True), ("number", -(1 << 63))):
            got = self.context.call(entrypoint)
            self.assertEqual((type(got), got), (type(result), result))
        self.assertIsNone(self.context.call("required", "/etc/motd", content=""))

    def test_records(self) -> None:
        self.assertEqual(
            self.context.call("records", {"to": "192.0.2.0/24", "tags": ["a"], "key": b"\0"}, [{"to": "::/0", "up": True}]),
            ["mode soft", "route", "  to 192.0.2.0/24", "  metric 5", "  tag <a>", "  key of 1 bytes", "routes 1",
             "  to ::/0", "  metric 5", "  up true"])
        self.assertEqual(self.context.call("route"), {
            "to": "192.0.2.0/24", "name": "the\tfirst\n", "metric": -1, "up": False, "key": b"\0\xff",
            "tags": ["a", "b\nup: true"]})
        self.assertEqual(self.context.call("routes", 2), [
            {"to": "192.0.2.0/32"}, {"to": "192.0.2.1/32", "via": "192.0.2.99"}])
        self.assertEqual(self.context.call("routes", count=0), [])
        error = self.fails(postern.BadArgument, "records", routes=[{"to": "::/0"}, {"to": "::1/0"}])
        self.assertEqual(error.argument, "routes[1].to")

    def test_bad_arguments(self) -> None:
        """What the worker refuses beyond what the client knows."""
        for argument, value in (("count", 11), ("mode", "other"), ("token", "123456789")):
            self.assertEqual(self.fails(postern.BadArgument, "echo", **{argument: value}).argument, argument)
        error = self.fails(postern.BadArgument, "echo", token="hunter2hunter2")
        self.assertNotIn("hunter2", f"{error} {error.hint} {error!r}")
        self.assertEqual(self.fails(postern.BadArgument, "required", "relative", "").argument, "filename")
        self.assertEqual(self.context.call("echo", count=1), ["count 1"])

    def test_function_errors(self) -> None:
        error = self.fails(FileNotFoundError, "fail", 2)
        self.assertIsInstance(error, postern.FunctionError)
        self.assertEqual(error.errno, 2)
        self.assertIn("write /etc/motd", str(error))
        self.assertEqual(self.fails(postern.FunctionError, "fail", errno=28).errno, 28)

    def test_named_error(self) -> None:
        error = self.fails(FileNotFoundError, "named")
        self.assertEqual((error.name, error.fields), ("no_such_volume", {"volume": "v-7"}))

    def test_logs(self) -> None:
        with self.assertLogs("postern.fake", logging.DEBUG) as caught:
            self.context.call("talk")
        self.assertEqual([(record.levelname, record.getMessage()) for record in caught.records][:3],
                         [("DEBUG", "talk: looking for ?[31mit"), ("INFO", "talk: found 7"),
                          ("INFO", "talk: two lines")])
        with self.assertLogs("postern.fake", logging.ERROR) as caught:
            self.context.call("talk")
        self.assertEqual([record.levelname for record in caught.records], ["ERROR"])

    def test_denied(self) -> None:
        error = self.fails(postern.Denied, "deny", "/etc/shadow", "hunter2", how="rule")
        self.assertEqual((error.errno, error.context), (13, "fake"))
        self.assertEqual((error.denial["operation"], error.denial["object"], error.denial["rights"]),
                         ("open", "shadow", "write"))
        self.assertIn("postern log", error.hint)
        self.assertNotIn("hunter2", f"{error} {error.hint} {error.denial}")

    def test_other_ends(self) -> None:
        self.assertEqual(self.fails(postern.WorkerDied, "died").signal, signal.SIGSEGV)
        self.fails(postern.NotPermitted, "refused")
        self.fails(postern.Busy, "busy")
        self.fails(postern.NotAvailable, "unknown")
        self.fails(postern.NotAvailable, "gone")
        self.fails(postern.ProtocolError, "rubbish")
        self.fails(postern.TimedOut, "slow", timeout=0.2)

    def test_thousand_in_turn(self) -> None:
        for number in range(1000):
            text = str(number)
            self.assertEqual(self.context.call("echo", text=text), [f"text <{text}> of {len(text)} bytes"])

    def test_crowd(self) -> None:
        def work(number: int) -> None:
            for _ in range(10):
                data = bytes([number]) * 40000
                self.assertEqual(self.context.call("echo", data=data, size=number),
                                 [f"size {number}", f"data {data[:16].hex()} of 40000 bytes"])

        with ThreadPoolExecutor(16) as threads:
            list(threads.map(work, range(16)))

    def test_asyncio(self) -> None:
        async def work() -> list[object]:
            async with postern.aio.Context(self.path, timeout=LIMIT) as context:
                return await asyncio.gather(*(context.call("echo", size=number) for number in range(50)))

        self.assertEqual(asyncio.run(work()), [[f"size {number}"] for number in range(50)])
