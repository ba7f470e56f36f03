# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads the guest's records: what ran, what it printed, and whether the record is complete."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class TestRun:
    """What the guest reported of one test."""

    name: str
    output: list[str] = field(default_factory=list)
    # "" while it runs; then the exit status, or "timeout".
    status: str = ""
    lines: str = ""
    seconds: float = 0.0
    # What QEMU used of this machine's processors meanwhile, in seconds.
    cpu: float = 0.0

    @property
    def output_lost(self) -> bool:
        """Did fewer (or more) lines arrive than the guest counted?"""
        return self.lines != str(len(self.output))


class Record:
    """Follows a result log as it grows. Lines without this boot's nonce are not records."""

    def __init__(self, path: Path, nonce: str) -> None:
        self._path = path
        self._mark = f"@{nonce} "
        self._offset = 0
        self._rest = b""
        self.booted = False
        self.setup_failure = ""
        self.tests: list[TestRun] = []
        self.end: int | None = None

    def poll(self) -> list[str]:
        """Take in what is new; returns the lines that tests printed in it."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        printed: list[str] = []
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip("\r")
            if text.startswith(self._mark):
                self._take(text[len(self._mark):], printed)
        return printed

    def _take(self, text: str, printed: list[str]) -> None:
        kind, _, rest = text.partition(" ")
        running = self.tests[-1] if self.tests and not self.tests[-1].status else None
        if kind == "BOOT":
            self.booted = True
        elif kind == "SETUP":
            self.setup_failure = rest
        elif kind == "START":
            self.tests.append(TestRun(rest))
        elif kind == "OUT" and running:
            running.output.append(rest)
            printed.append(rest)
        elif kind == "DONE" and running:
            words = rest.split()
            if len(words) == 5 and words[0] == running.name:
                running.status, running.lines = words[1], words[2]
                running.seconds = float(words[4]) - float(words[3])
        elif kind == "END" and rest.isdigit():
            self.end = int(rest)

    def complete(self, planned: list[str]) -> bool:
        """Did the guest end by itself after exactly the PLANNED tests, each one done?"""
        return (self.end == len(planned) and [test.name for test in self.tests] == planned
                and all(test.status for test in self.tests))
