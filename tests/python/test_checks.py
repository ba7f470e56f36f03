# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""postern.testing's checks against a worker's own: the same signatures, the same verdicts, the same words."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import postern
import postern.testing
from fake import LIMIT
from postern import _manifest, _pattern

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# By argument: values of the right Python type, some right, some wrong. DIRECTORY stands for one with a file, a
# directory and a link in it.
VALUES = {
    "flag": [True, False],
    "any_integer": [0, -(1 << 63), (1 << 63) - 1],
    "least": [4, 5],
    "most": [-5, -4],
    "between": [-6, -5, 5, 6],
    "pin": [9999, 10000],
    "text": ["", "a", "ab", "é", "a" * 100, "a" * 101, "\nb"],
    "word": ["", "abc", "abc1", "abc12", "abc123", "abc1234", "abc.x", "abcx", "abc\n", "ABC", "a" * 65 + "!",
             "\x1b[1m"],
    "odd": ["", "xyz", "x]", "xax", "x1", "x-", "x\\", "x\n", "é", "bbb", "bbbc", "d", "dd", "ad"],
    "token": ["1234", "12345"],
    "data": [b"", b"a", b"abc", b"abcd"],
    "mode": ["on", "off", "very-slow", "true", ""],
    "path": ["/", "/a", "a", "", "/a/", "//a", "/a//b", "/./a", "/a/..", "/" + "a" * 255, "/" + "a" * 256, "/a" * 2047,
             "/a" * 2048],
    "below": ["DIRECTORY", "DIRECTORY/", "DIRECTORY/file", "DIRECTORY/nothing", "DIRECTORYx", "/etc/motd",
              "DIRECTORY/link", "DIRECTORY/link/b", "DIRECTORY/folder/link", "DIRECTORY/file/b", "DIRECTORY/dangling"],
    "there": ["DIRECTORY/file", "DIRECTORY/nothing", "DIRECTORY/link", "DIRECTORY/folder", "DIRECTORY/file/b",
              "DIRECTORY/nothing/b"],
    "new": ["DIRECTORY/file", "DIRECTORY/nothing", "DIRECTORY/link", "DIRECTORY/folder", "DIRECTORY/file/b",
            "DIRECTORY/nothing/b", "DIRECTORY/dangling"],
    "root": ["/", "/etc", "/nothing-of-this-name"],
    "interface": ["eth0", "", ".", "..", "...", "a" * 15, "a" * 16, "a/b", "a:b", "a b", "a\tb", "-a", "à", "é"],
    "mac": ["02:00:5e:10:00:ff", "02:00:5E:10:00:FF", "02:00:5e:10:00", "02-00-5e-10-00-ff", "02:00:5e:10:00:fg"],
    "address": ["192.0.2.1", "192.0.2.256", "192.0.2.01", "2001:db8::1", "2001:DB8::1", "2001:db8:0::1", "::",
                "fe80::1%1", "", "::ffff:192.0.2.1"],
    "address4": ["192.0.2.1", "2001:db8::1", "192.0.2"],
    "prefix": ["192.0.2.0/24", "192.0.2.1/24", "192.0.2.1/32", "192.0.2.0", "192.0.2.0/33", "192.0.2.0/024",
               "192.0.2.0/", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1/127", "::/129", "x/1",
               "a" * 46 + "/1", "192.0.2.0/-1"],
    "prefix6": ["2001:db8::/32", "192.0.2.0/24", "::/0"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "123E4567-e89b-12d3-a456-426614174000", "123e4567", ""],
    "user": ["root", "_apt", "0day", "", "a" * 32, "a" * 33, "a.b", "Root"],
    "size": [0, -1, 1 << 20, (1 << 20) + 1],
    "wait": [999_999_999, 1_000_000_000, 5_000_000_000, 5_000_000_001],
    "words": [[], ["abc"], ["abc", "abcd"], ["a"] * 256, ["a"] * 257],
    "numbers": [[], [0], [0, -1], [-1, 0], [0, 0, 0]],
}


def outcome(context: postern.Context, entrypoint: str, **keywords):
    try:
        return context.call(entrypoint, **keywords)
    except postern.PosternError as error:
        return type(error).__name__, error.message, getattr(error, "argument", None)


class Server(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def start(self, manifest: pathlib.Path) -> str:
        """The path of a socket that a worker's own code serves."""
        (self.folder / "sockets").mkdir()
        server = subprocess.Popen([os.environ["FAKE_POSTERND"], manifest, self.folder / "sockets"],
                                  stdout=subprocess.PIPE)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.assertEqual(server.stdout.readline(), b"ready\n")
        return str(self.folder / "sockets/context")


class Checks(Server):
    def test_verdicts(self) -> None:
        directory = self.folder / "directory"
        (directory / "folder").mkdir(parents=True)
        (directory / "file").touch()
        (directory / "link").symlink_to("folder")
        (directory / "folder/link").symlink_to("../file")
        (directory / "dangling").symlink_to("nowhere")
        manifest = self.folder / "every-type.yaml"
        manifest.write_text((HERE / "every-type.yaml").read_text().replace("DIRECTORY", str(directory)))
        path = self.start(manifest)
        arguments = _manifest.read(manifest).entrypoints["required"].signature.arguments
        self.assertEqual({argument.name for argument in arguments} - {"slot"}, set(VALUES))
        with postern.Context(path, timeout=LIMIT) as real:
            right, wrong = set(), set()
            for argument, values in VALUES.items():
                for value in values:
                    if isinstance(value, str):
                        value = value.replace("DIRECTORY", str(directory))
                    expected = outcome(real, "required", **{argument: value})
                    with postern.testing.in_process(path, manifest=manifest,
                                                    functions={"required": lambda **_: None}) as local:
                        with self.subTest(argument, value=str(value)[:80]):
                            self.assertEqual(outcome(real, "required", **{argument: value}), expected)
                            self.assertEqual(len(local.calls), expected is None)
                    (right if expected is None else wrong).add(argument)
        # That each had both says that the table is worth something.
        self.assertEqual(right, set(VALUES))
        self.assertEqual(set(VALUES) - wrong, {"flag", "any_integer"})

    def test_signatures(self) -> None:
        """What Python reads in a manifest is what a worker says of it."""
        for file in [ROOT / "tests/cli/context.yaml", HERE / "every-type.yaml"]:
            manifest = self.folder / "manifest.yaml"
            manifest.write_text(file.read_text().replace("DIRECTORY", "/etc"))
            with self.subTest(file), postern.Context(self.start(manifest), timeout=LIMIT) as real:
                names = _manifest.read(manifest).entrypoints
                told = 0
                for name in names.keys() - {"refused", "busy", "rubbish", "gone"}:  # which it does not open
                    self.assertEqual(names[name].signature, real.signature(name))
                    told += 1
                self.assertGreater(told, 0)
            (self.folder / "sockets").rename(self.folder / file.name)

    def test_shipped(self) -> None:
        """Every manifest that is shipped can be read."""
        files = list(ROOT.glob("contexts/*/context.yaml"))
        self.assertGreater(len(files), 5)
        for file in files:
            with self.subTest(file):
                self.assertTrue(_manifest.read(file).entrypoints)

    def test_slots(self) -> None:
        entries = {"context": "fake", "entrypoints": {"read": {
            "arguments": {"name": "string", "other": "string"}, "paths": {"/srv/{name}/data": ["read"]}}}}
        with postern.testing.in_process("fake", manifest=entries, functions={"read": lambda name, other: None}):
            fake = postern.Context("fake")
            self.assertIsNone(fake.call("read", "a", "b/c"))
            for name in ("a/b", "", "..", "x" * 128):
                with self.assertRaises(postern.BadArgument) as caught:
                    fake.call("read", name, "b")
                self.assertEqual(caught.exception.argument, "name")
                self.assertIn("expected one component of a path", str(caught.exception))

    def test_refused(self) -> None:
        """What is not understood of a manifest is not passed over."""
        for said in ({"type": "string", "colour": "red"}, "colour", {"type": "integer", "pattern": "a"}, "fd",
                     {"type": "list"}, {"type": "integer", "minimum": "many"}, {"type": "boolean", "optional": "maybe"},
                     {"type": "string", "pattern": "(a"}, {"type": "string", "pattern": "a)"},
                     {"type": "string", "pattern": "[[:colour:]]"}, {"type": "enum"}):
            with self.subTest(said), self.assertRaises(ValueError) as caught:
                _manifest.read({"context": "fake", "entrypoints": {"read": {"arguments": {"it": said}}}})
            self.assertIn("entrypoint read", str(caught.exception))
        for top in ({}, {"context": "fake"}, {"context": "fake", "entrypoints": []}):
            with self.subTest(top), self.assertRaises(ValueError):
                _manifest.read(top)

    def test_pattern_bytes(self) -> None:
        self.assertTrue(_pattern.compile_pattern("é.").fullmatch("é!".encode()))
        self.assertFalse(_pattern.compile_pattern("[é]").fullmatch("é".encode()))
