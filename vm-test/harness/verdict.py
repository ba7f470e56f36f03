# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What became of a guest. Only a complete record is ever a success; all else has its own name."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from pathlib import Path


class Verdict(enum.Enum):
    """Each with the exit status of the run (of several kernels, the highest)."""

    PASS = 0
    FAIL = 1
    PANIC = 11
    OOM = 12
    HANG = 13
    QEMU = 14
    NO_RESULT = 15

    @property
    def label(self) -> str:
        return self.name.replace("_", "-")


# A run in which the kernel complained has not passed, whatever its tests say.
_SPLAT = re.compile(r"\bWARNING:|\bBUG:|\bOops\b|soft lockup|hard LOCKUP|detected stall|"
                    r"INFO: task .* blocked for more than|\bUBSAN:|\bKASAN:|\bKFENCE:")
_PANIC = re.compile(r"Kernel panic - not syncing")
_OOM = re.compile(r"Kernel panic - not syncing: (?:Out of memory|System is deadlocked on memory)|"
                  r"Out of memory: Killed process|Initramfs unpacking failed: write error|"
                  r"^cp: .*No space left on device")
_MARK = re.compile(r"vm-test: start (\S+)")
_SPLAT_LINES = 40


@dataclass
class Console:
    """The kernel's log of one boot."""

    lines: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Console:
        text = path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
        # QEMU's firmware clears the screen with escape sequences.
        text = re.sub(r"\x1b\[[0-9;?=]*[A-Za-z]|\x1bc|\r", "", text)
        return cls([line for line in text.split("\n") if line.strip()])

    def tail(self) -> list[str]:
        """The last lines: forty, or as many (to a limit) as show a crash from its beginning."""
        crash = next((number for number, line in enumerate(self.lines)
                      if _SPLAT.search(line) or _PANIC.search(line)), len(self.lines))
        return self.lines[max(min(crash, len(self.lines) - 40), len(self.lines) - 120, 0):]

    def has(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(line) for line in self.lines)

    def splats(self) -> list[tuple[str, list[str]]]:
        """(test that ran, lines) of each complaint of the kernel."""
        found: list[tuple[str, list[str]]] = []
        running, until = "boot", -1
        for number, line in enumerate(self.lines):
            if mark := _MARK.search(line):
                running = mark[1]
            if number > until and _SPLAT.search(line):
                until = number + _SPLAT_LINES
                for end in range(number, min(until, len(self.lines))):
                    if "---[ end trace" in self.lines[end] or _MARK.search(self.lines[end]):
                        until = end
                        break
                found.append((running, self.lines[number:until + 1]))
        return found


def without_record(console: Console, status: int | None, hung: bool, setup: str) -> tuple[Verdict, str]:
    """(verdict, reason) for a guest whose record is not complete."""
    if hung:
        return Verdict.HANG, "no progress; interrupted to show where it was"
    if console.has(_OOM):
        return Verdict.OOM, "the guest ran out of memory (--memory MB gives it more)"
    if console.has(_PANIC):
        line = next(line for line in console.lines if _PANIC.search(line))
        return Verdict.PANIC, re.sub(r"^\[[^]]*\]\s*", "", line)
    if status != 0:
        return Verdict.QEMU, f"QEMU ended with status {status}"
    if setup:
        return Verdict.NO_RESULT, f"the guest's set-up {setup}"
    return Verdict.NO_RESULT, "the guest ended without a complete record"
