# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Which guests a run starts: of which kernel, with which tests, by which clock."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

from .testlist import Test


@dataclass(frozen=True)
class Guest:
    """One guest to come. LABEL is its folder of logs."""

    kernel: str
    label: str
    tests: list[Test]
    virtual: bool


def _deal(tests: list[Test], parts: int) -> list[list[Test]]:
    """Each test, the one with the highest limit first, goes to the share whose limits add up to least so far, so that all
    guests of a kernel end at about the same time."""
    shares: list[list[Test]] = [[] for _ in range(min(parts, len(tests)))]
    for test in sorted(tests, key=lambda test: -test.limit):
        min(shares, key=lambda share: sum(other.limit for other in share)).append(test)
    return [sorted(share, key=lambda test: test.name) for share in shares]


def guests(kernels: list[str], tests: list[Test], parts: int, virtual: str | None) -> list[Guest]:
    """The guests in the order in which they start. Tests that match VIRTUAL, patterns with commas between, have their own
    guest of each kernel if other tests run, too: to count instructions is work, too, half as much as what is counted. They
    come last: they never wait, so that the processors have work to the end."""
    patterns = (virtual or "").split(",")
    counted = [test for test in tests if any(fnmatch.fnmatchcase(test.name, pattern) for pattern in patterns)]
    others = [test for test in tests if test not in counted]
    shares = [(share, False) for share in _deal(others, parts)]
    shares += [(share, True) for share in _deal(counted, 1 if others else parts)]
    return [Guest(kernel, kernel if len(shares) == 1 else f"{kernel}.{number}", share, is_virtual)
            for number, (share, is_virtual) in enumerate(shares, 1) for kernel in kernels]
