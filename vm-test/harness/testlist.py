# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The tests that a staged tree brings: which, in which order, and how long each may take."""

from __future__ import annotations

import fnmatch
import os
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import HarnessError

DEFAULT_LIMIT = 60


@dataclass(frozen=True)
class Test:
    """One executable below /tests, and its limit in seconds of guest time."""

    name: str
    limit: int


def _limit(path: Path) -> int:
    beside = path.with_name(path.name + ".timeout")
    if beside.exists():
        text, where = beside.read_text().strip(), beside
    else:
        with path.open("rb") as file:
            head = file.read(4096)
        found = re.search(rb"^# timeout: *(.*)$", head, re.MULTILINE)
        if not head.startswith(b"#!") or not found:
            return DEFAULT_LIMIT
        text, where = found[1].decode(errors="replace").strip(), path
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise HarnessError(f"{where}: timeout '{text}' is not a number of seconds from 1 to 99999")
    return int(text)


def find(tree: Path, pattern: str | None) -> list[Test]:
    """The tests of TREE that match PATTERN (a shell glob, or a part of the name), by name."""
    folder = tree / "tests"
    tests = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix == ".timeout" or not path.is_file() or not os.access(path, os.X_OK):
            continue
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", path.name):
            raise HarnessError(f"{path}: a test's name has letters, digits and . _ + - only")
        if not pattern or pattern in path.name or fnmatch.fnmatchcase(path.name, pattern):
            tests.append(Test(path.name, _limit(path)))
    if not tests:
        wanted = f" that matches '{pattern}'" if pattern else ""
        raise HarnessError(f"no executable test{wanted} in {folder}; --list shows what is there")
    return tests
