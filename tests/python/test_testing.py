# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""postern.testing: contexts in the test's own process."""

import asyncio
import errno
import ipaddress
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest
from concurrent.futures import ThreadPoolExecutor

import fake
import postern
import postern.aio
import postern.testing
from postern import _context

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "userspace/python"
MOTD = ROOT / "contexts/motd/context.yaml"
EVERY = ROOT / "tests/cli/gen/every.yaml"
REAL = _context.ContextBase._call, _context.ContextBase._signature

MANIFEST = {
    "context": "fake",
    "entrypoints": {
        "greet": {"arguments": {"name": "string", "times": {"type": "integer", "optional": True, "maximum": 3},
                                "loud": {"type": "boolean", "optional": True}},
                  "result": {"type": "string", "max_length": 20}},
        "where": {"arguments": {"address": "address"}, "result": {"type": "list", "element": "integer"}},
        "touch": {"arguments": {"file": {"type": "path", "below": "/etc", "exists": "must_not"}}},
        "slow": {"timeout": "50ms"},
        "very-odd": {},
    },
}


def greet(name, times=1, loud=None):
    return f"hello {name} {times} {loud}"


def in_process(**functions):
    return postern.testing.in_process("fake", manifest=MANIFEST, functions=functions or {"greet": greet})


class Calls(unittest.TestCase):
    def test_call(self) -> None:
        before = postern.Context("fake")
        with in_process() as local:
            for context in (before, postern.Context("fake")):
                self.assertEqual(context.call("greet", "Ada"), "hello Ada 1 None")
                self.assertEqual(context.call("greet", times=2, name="Ada", loud=True), "hello Ada 2 True")
                self.assertEqual(context.signature("greet").arguments[1].name, "times")
        self.assertEqual([(call.entrypoint, call.arguments, call.result) for call in local.calls_of("greet")[:2]],
                         [("greet", {"name": "Ada"}, "hello Ada 1 None"),
                          ("greet", {"name": "Ada", "times": 2, "loud": True}, "hello Ada 2 True")])
        self.assertEqual((len(local.calls), local.calls_of("slow")), (4, []))

    def test_by_path(self) -> None:
        with postern.testing.in_process("/nowhere/fake.sock", manifest=MANIFEST, functions={"greet": greet}):
            self.assertEqual(postern.Context("/nowhere/fake.sock").call("greet", "Ada"), "hello Ada 1 None")
            with self.assertRaises(postern.NotAvailable):
                postern.Context("fake").call("greet", "Ada", timeout=0.1)
        with self.assertRaises(ValueError):
            postern.testing.in_process("other", manifest=MANIFEST)

    def test_values(self) -> None:
        """What a function gets is what travelled: no objects of the caller's."""
        with in_process(where=lambda address: [*ipaddress.ip_address(address).packed]) as local:
            self.assertEqual(postern.Context("fake").call("where", ipaddress.ip_address("192.0.2.1")), [192, 0, 2, 1])
        self.assertEqual(local.calls[0].arguments, {"address": "192.0.2.1"})

    def test_bad_arguments(self) -> None:
        with in_process() as local:
            context = postern.Context("fake")
            for args, keywords, argument in (((), {}, "name"), (("Ada", 4), {}, "times"), ((5,), {}, "name"),
                                             (("Ada",), {"nam": 1}, "nam"), (("x" * 4097,), {}, "name")):
                with self.subTest(argument), self.assertRaises(postern.BadArgument) as caught:
                    context.call("greet", *args, **keywords)
                self.assertEqual((caught.exception.argument, caught.exception.context, caught.exception.entrypoint),
                                 (argument, "fake", "greet"))
        self.assertEqual(local.calls, [])

    def test_bad_results(self) -> None:
        for result in (None, 5, b"bytes", "x" * 21, ["a"], "\0"):
            with self.subTest(result), in_process(greet=lambda name, result=result: result) as local:
                with self.assertRaises(postern.FunctionError) as caught:
                    postern.Context("fake").call("greet", "Ada")
                self.assertEqual(caught.exception.errno, errno.EPROTO)
                self.assertIn("the module's mistake", str(caught.exception))
                self.assertIs(local.calls[0].error, caught.exception)
        with in_process(slow=lambda: 5), self.assertRaises(postern.FunctionError):
            postern.Context("fake").call("slow")

    def test_not_there(self) -> None:
        with in_process():
            context = postern.Context("fake")
            for entrypoint, words in (("where", "no function"), ("unknown", "no entrypoint")):
                with self.assertRaisesRegex(postern.NotAvailable, words):
                    context.call(entrypoint, "192.0.2.1")
            with self.assertRaises(postern.NotAvailable):
                context.signature("unknown")
            context.close()
            with self.assertRaises(postern.NotAvailable):
                context.call("greet", "Ada")
        with self.assertRaises(ValueError):
            in_process(unknown=greet)

    def test_module(self) -> None:
        module = types.ModuleType("functions")
        module.greet = greet
        module.very_odd = lambda: None
        with postern.testing.in_process("fake", manifest=MANIFEST, functions=module) as local:
            context = postern.Context("fake")
            self.assertEqual(context.call("greet", "Ada"), "hello Ada 1 None")
            self.assertIsNone(context.call("very-odd"))
            local.fake("greet", lambda name: "faked")
            self.assertEqual(context.call("greet", "Ada"), "faked")

    def test_absent(self) -> None:
        """An argument that is left out is None, unless the function has a default."""
        with in_process(greet=lambda name, times, loud=7: f"{times} {loud}"):
            self.assertEqual(postern.Context("fake").call("greet", "Ada"), "None 7")

    def test_late(self) -> None:
        with in_process(slow=lambda: time.sleep(0.08), greet=greet) as local:
            with self.assertRaises(postern.TimedOut):
                postern.Context("fake").call("slow")
            with self.assertRaises(postern.TimedOut):
                postern.Context("fake").call("slow", timeout=fake.LIMIT)
            self.assertEqual(postern.Context("fake").call("greet", "Ada", timeout=fake.LIMIT), "hello Ada 1 None")
        self.assertIsInstance(local.calls[0].error, postern.TimedOut)

    def test_root(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            (root / "etc").mkdir()
            with postern.testing.in_process("fake", manifest=MANIFEST, root=root,
                                            functions={"touch": lambda file: pathlib.Path(file).touch()}):
                context = postern.Context("fake")
                context.call("touch", root / "etc/motd")
                self.assertTrue((root / "etc/motd").exists())
                for file in (root / "etc/motd", "/etc/postern-never", root / "elsewhere"):
                    with self.assertRaises(postern.BadArgument):
                        context.call("touch", file)

    def test_records(self) -> None:
        """Filled in, checked and told as a worker does it."""
        manifest = {"context": "net", "entrypoints": {"add": {
            "arguments": {"routes": {"type": "list", "element": {"type": "record", "fields": {
                "to": "prefix", "metric": {"type": "integer", "maximum": 9, "default": 5}}}},
                          "mode": {"type": "string", "default": "soft"}},
            "result": {"type": "record", "fields": {"first": "prefix", "mode": {"type": "string", "max_length": 4}}}}}}
        with postern.testing.in_process("net", manifest=manifest, functions={
                "add": lambda routes, mode: {"first": routes[0]["to"], "mode": mode}}) as local:
            context = postern.Context("net")
            self.assertEqual(context.call("add", [{"to": "::/0"}]), {"first": "::/0", "mode": "soft"})
            self.assertEqual(local.calls[0].arguments, {"routes": [{"to": "::/0", "metric": 5}], "mode": "soft"})
            with self.assertRaises(postern.BadArgument) as caught:
                context.call("add", [{"to": "::/0"}, {"to": "::/0", "metric": 10}])
            self.assertEqual(caught.exception.argument, "routes[1].metric")
            self.assertEqual(caught.exception.message, "routes[1].metric: expected an integer of at most 9, got 10")
            with self.assertRaises(postern.FunctionError) as wrong:
                context.call("add", [{"to": "::/0"}], "harder")
            self.assertIn("add's result.mode: expected 0 to 4 bytes, got 6", str(wrong.exception))

    def test_generated(self) -> None:
        """A module that postern gen made has its Context from the time when it was imported."""
        made = types.ModuleType("every_form")
        source = (ROOT / "tests/cli/cases/gen-python.expected").read_text().partition("\n-- stderr")[0]
        exec(compile(source, "every_form", "exec"), made.__dict__)
        with postern.testing.in_process("every-form", manifest=EVERY, functions={
                "next": lambda mode: "three", "class": lambda **given: None, "add": lambda left, right: left + right}):
            self.assertEqual((made.next("two"), made.add(40, 2, timeout=60)), ("three", 42))
            with self.assertRaises(postern.BadArgument):
                made.next("five")


class Failures(unittest.TestCase):
    def fails(self, error):
        def function(name):
            raise error

        with in_process(greet=function) as local, self.assertRaises(type(error).__mro__[-2]) as caught:
            postern.Context("fake").call("greet", "Ada")
        self.assertIs(local.calls[0].error, caught.exception)
        return caught.exception

    def test_classes(self) -> None:
        """Each may be raised by a fake, and comes with what it says."""
        for error in (postern.Denied("open /etc/shadow", denial={"operation": "open", "object": "shadow"}),
                      postern.NotPermitted("no"), postern.TimedOut("late"), postern.WorkerDied("gone", signal=11),
                      postern.NotAvailable("away"), postern.Busy("busy"), postern.ProtocolError("rubbish"),
                      postern.BadArgument("odd", argument="name")):
            got = self.fails(error)
            self.assertIs(got, error)
            self.assertEqual((got.context, got.entrypoint), ("fake", "greet"))
        self.assertEqual(self.fails(postern.Denied("a", denial={"object": "b"})).denial, {"object": "b"})

    def test_function_error(self) -> None:
        got = self.fails(postern.FunctionError("no such volume", errno=errno.ENOENT, name="no_such_volume",
                                               fields={"volume": "v-7"}))
        self.assertIsInstance(got, FileNotFoundError)
        self.assertIsInstance(got, postern.FunctionError)
        self.assertEqual((got.name, got.fields, got.errno), ("no_such_volume", {"volume": "v-7"}, errno.ENOENT))

    def test_others(self) -> None:
        """As those of a function in a worker: an errno, or a name."""
        got = self.fails(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/etc/motd"))
        self.assertIsInstance(got, postern.FunctionError)
        self.assertEqual((got.errno, got.name, got.message),
                         (errno.ENOENT, None, "/etc/motd: No such file or directory"))
        self.assertIsInstance(got.__cause__, FileNotFoundError)
        got = self.fails(ValueError("odd"))
        self.assertEqual((got.errno, got.name), (errno.EINVAL, "value_error"))

        class NoSuchVolume(Exception):
            postern_name, postern_errno, fields = "no_volume", errno.ENODEV, {"volume": "v-7"}

        got = self.fails(NoSuchVolume("v-7"))
        self.assertEqual((got.errno, got.name, got.fields), (errno.ENODEV, "no_volume", {"volume": "v-7"}))

    def test_assertions(self) -> None:
        """They are the test's."""
        error = AssertionError("expected")
        self.assertIs(self.fails(error), error)
        self.assertIs(self.fails(KeyboardInterrupt()).__class__, KeyboardInterrupt)


class Apart(unittest.TestCase):
    def tearDown(self) -> None:
        self.assertEqual((_context.ContextBase._call, _context.ContextBase._signature), REAL)

    def test_outside(self) -> None:
        """Before and after, and for other contexts inside, calls go to posternd."""
        with fake.Server(fake.echo) as server, postern.Context(server.path, timeout=fake.LIMIT) as real:
            self.assertEqual(real.call("echo", b"1"), b"1")
            with in_process():
                self.assertEqual(real.call("echo", b"2"), b"2")
                self.assertEqual(real.signature("echo").entrypoint, "echo")
            self.assertEqual((_context.ContextBase._call, _context.ContextBase._signature), REAL)
            self.assertEqual(real.call("echo", b"3"), b"3")
            self.assertEqual(server.calls, ["echo"] * 3)
        with self.assertRaises(postern.NotAvailable):
            postern.Context("fake").call("greet", "Ada", timeout=0.1)

    def test_nested(self) -> None:
        context = postern.Context("fake")
        with in_process() as outer:
            with in_process(greet=lambda name: "inner") as inner:
                self.assertEqual(context.call("greet", "Ada"), "inner")
                with self.assertRaises(RuntimeError):
                    inner.__enter__()
            self.assertEqual(context.call("greet", "Ada"), "hello Ada 1 None")
        self.assertEqual((len(outer.calls), len(inner.calls)), (1, 1))

    def test_left_by_error(self) -> None:
        with self.assertRaises(ZeroDivisionError), in_process():
            1 / 0

    def test_threads(self) -> None:
        """Functions run in the threads that call; blocks of several threads do not end each other."""
        def work(number: int) -> None:
            for _ in range(20):
                name = f"fake-{number}"
                manifest = MANIFEST | {"context": name}
                function = lambda name: f"{name} {threading.get_ident()}"
                with postern.testing.in_process(name, manifest=manifest, functions={"greet": function}) as local:
                    self.assertEqual(postern.Context(name).call("greet", "A"), f"A {threading.get_ident()}")
                self.assertEqual(len(local.calls), 1)

        with in_process(greet=lambda name: str(threading.get_ident())[:20]):
            with ThreadPoolExecutor(8) as threads:
                list(threads.map(work, range(16)))
            self.assertEqual(postern.Context("fake").call("greet", "Ada"), str(threading.get_ident())[:20])

    def test_asyncio(self) -> None:
        async def work() -> list[object]:
            async with postern.aio.Context("fake") as context:
                self.assertEqual((await context.signature("greet")).entrypoint, "greet")
                return await asyncio.gather(*(context.call("greet", str(number)) for number in range(50)))

        with in_process() as local:
            self.assertEqual(asyncio.run(work()), [f"hello {number} 1 None" for number in range(50)])
        self.assertEqual(len(local.calls), 50)

    def run_python(self, code: str, **environment: str) -> str:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=fake.LIMIT,
                              env={"PYTHONPATH": str(PACKAGE), "PYTHONDONTWRITEBYTECODE": "1"} | environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_environment(self) -> None:
        """No variable has a part in it: the package reads none, and does not import what could."""
        code = ("import sys, postern, postern.aio\n"
                "print('postern.testing' in sys.modules, postern.Context._call.__module__)\n"
                "try: postern.Context('motd').call('read_motd', timeout=0.1)\n"
                "except postern.NotAvailable as error: print(error.errno)")
        expected = f"False postern._context\n{errno.ENOENT}\n"
        self.assertEqual(self.run_python(code), expected)
        self.assertEqual(self.run_python(code, POSTERN_TESTING="1", POSTERN_IN_PROCESS="1", PYTEST_CURRENT_TEST="x",
                                         POSTERN_MODE="in-process", POSTERN_MANIFEST=str(MOTD)), expected)
        files = list((PACKAGE / "postern").glob("*.py"))
        self.assertGreater(len(files), 10)
        for file in files:
            self.assertNotRegex(file.read_text(), r"\benvironb?\b|getenv", file.name)

    def test_without_packages(self) -> None:
        """Neither pytest nor PyYAML is needed to import it, nor PyYAML for a manifest that is read already."""
        code = ("import sys\n"
                "sys.modules['yaml'] = sys.modules['pytest'] = None\n"
                "import postern, postern.aio, postern.testing\n"
                "m = {'context': 'a', 'entrypoints': {'b': {'result': 'integer'}}}\n"
                "with postern.testing.in_process('a', manifest=m, functions={'b': lambda: 5}):\n"
                "    print(postern.Context('a').call('b'))\n"
                f"try: postern.testing.in_process('motd', manifest={str(MOTD)!r})\n"
                "except ImportError as error: print('PyYAML' in str(error))")
        self.assertEqual(self.run_python(code), "5\nTrue\n")
