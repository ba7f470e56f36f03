# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The life of one guest: started, watched, ended within a bounded time, judged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import tap
from .qemu import Machine, Process
from .records import Record
from .testlist import Test
from .verdict import Console, Verdict, without_record

BOOT_SECONDS = 60
# What a test may take beyond its limit until the guest has reported its end.
GRACE_SECONDS = 20
# With -icount a nanosecond is an instruction, of which TCG runs some hundred million a second.
ICOUNT_FACTOR = 12


@dataclass
class Outcome:
    """What became of one guest."""

    kernel: str
    verdict: Verdict
    reason: str
    results: list[tap.Result]
    record: Record
    console: Console
    errors: str
    seconds: float
    # What QEMU used of this machine's processors, in seconds.
    cpu: float
    splats: list[tuple[str, list[str]]] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(result.outcome == outcome for result in self.results)


class _Deadline:
    """When a guest counts as hung: too long in one stage, or too long in all."""

    def __init__(self, tests: list[Test], icount: bool, total: float | None) -> None:
        self._limits = {test.name: test.limit for test in tests}
        self._factor = ICOUNT_FACTOR if icount else 1
        self._stage: tuple[bool, int, bool] | None = None
        self._at = 0.0
        self._end = time.monotonic() + total if total else float("inf")

    def passed(self, record: Record) -> bool:
        last = record.tests[-1] if record.tests else None
        stage = (record.booted, len(record.tests), bool(last and last.status))
        if stage != self._stage:
            self._stage = stage
            limit = BOOT_SECONDS if not last else GRACE_SECONDS
            if last and not last.status:
                limit += self._limits.get(last.name, 0)
            self._at = time.monotonic() + limit * self._factor
        return time.monotonic() > min(self._at, self._end)


def watch(machine: Machine, folder: Path, nonce: str, tests: list[Test], total: float | None,
          stop: threading.Event, live: Callable[[str], None] | None = None) -> Outcome:
    """Run MACHINE until its record is complete, it ends, hangs, or STOP is set.

    FOLDER gets console.log, result.log and qemu.log; LIVE every line that a test prints.
    """
    started = time.monotonic()
    console, result, errors = (folder / f"{name}.log" for name in ("console", "result", "qemu"))
    process = Process(machine, console, result, errors)
    record = Record(result, nonce)
    hung, used = False, 0.0
    try:
        deadline = _Deadline(tests, machine.icount or machine.virtual_time, total)
        while True:
            status = process.status()
            for line in record.poll():
                if live:
                    live(line)
            before, used = used, max(process.cpu(), used)
            if record.tests:
                record.tests[-1].cpu += used - before
            if status is not None or stop.is_set() or record.end is not None:
                break
            if deadline.passed(record):
                hung = True
                process.inject_nmi()
                break
            stop.wait(0.05)
        # After its record the guest only has to power off, after an NMI only to panic.
        status = process.wait(0 if stop.is_set() else 10)
    finally:
        process.end()
    return _judge(machine, folder, record, tests, status, hung, time.monotonic() - started, used)


def _judge(machine: Machine, folder: Path, record: Record, tests: list[Test],
           status: int | None, hung: bool, seconds: float, cpu: float) -> Outcome:
    console = Console.read(folder / "console.log")
    results = [result for test in record.tests for result in tap.results(test)]
    splats = [] if hung else console.splats()
    if record.complete([test.name for test in tests]):
        failed = any(result.outcome == "failed" for result in results) or bool(splats)
        verdict, reason = (Verdict.FAIL if failed else Verdict.PASS), ""
        if splats:
            reason = f"the kernel complained {len(splats)} time{'s' * (len(splats) > 1)}"
    else:
        verdict, reason = without_record(console, status, hung, record.setup_failure)
        reported = {test.name for test in record.tests}
        results += [tap.Result("failed", test.name, "did not run")
                    for test in tests if test.name not in reported]
        if record.tests and not record.tests[-1].status:
            reason += f" (during {record.tests[-1].name})"
    errors = (folder / "qemu.log").read_text(errors="replace").strip()
    return Outcome(machine.files.kernel.name, verdict, reason, results, record, console, errors,
                   seconds, cpu, splats)
