# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The fixture, in runs of pytest; one of them is docs/testing.md's own example."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import fake

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/testing.md"

LEFT = """
import postern, postern._context, pytest

MANIFEST = {"context": "fake", "entrypoints": {"yes": {"result": "boolean"}}}
REAL = postern._context.ContextBase._call

def test_first(postern_context):
    first = postern_context("fake", manifest=MANIFEST, functions={"yes": lambda: True})
    other = postern_context("other", manifest=MANIFEST | {"context": "other"}, functions={"yes": lambda: False})
    assert postern.Context("fake").call("yes") is True
    assert postern.Context("other").call("yes") is False
    assert len(first.calls) == len(other.calls) == 1

def test_fails(postern_context):
    postern_context("fake", manifest=MANIFEST)
    assert False

def test_nothing_is_left():
    assert postern._context.ContextBase._call is REAL
    with pytest.raises(postern.NotAvailable):
        postern.Context("fake").call("yes", timeout=0.1)
"""


def blocks(language: str) -> list[str]:
    """The page's examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), flags=re.M | re.S)


class Plugin(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_pytest(self) -> str:
        environment = os.environ | {"PYTHONPATH": str(ROOT / "userspace/python"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rA"], cwd=self.folder,
                              capture_output=True, text=True, timeout=fake.LIMIT, env=environment)
        return done.stdout + done.stderr

    def test_fixture(self) -> None:
        (self.folder / "conftest.py").write_text('pytest_plugins = ["postern.pytest_plugin"]\n')
        (self.folder / "test_left.py").write_text(LEFT)
        said = self.run_pytest()
        self.assertIn("1 failed, 2 passed", said)
        self.assertIn("FAILED test_left.py::test_fails - assert False", said)

    def test_page(self) -> None:
        """Each file of the example begins with a comment that names it."""
        files = {block.splitlines()[0].removeprefix("# "): block for block in blocks("python")}
        self.assertEqual(set(files), {"conftest.py", "announce.py", "test_announce.py"})
        for name, text in files.items():
            (self.folder / name).write_text(text)
        (self.folder / "context.yaml").write_text((ROOT / "contexts/motd/context.yaml").read_text())
        said = self.run_pytest()
        self.assertRegex(said, r"\n3 passed")
        self.assertEqual(said.count("PASSED test_announce.py::"), 3)
