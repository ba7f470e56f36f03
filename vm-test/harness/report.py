# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a person sees of a run, and the logs that are kept of it."""

from __future__ import annotations

from pathlib import Path

from . import tap
from .guest import Outcome
from .verdict import Verdict

_SHOWN_LINES = 60
# Tests of a guest that are named with what they took, unless they are quick anyway.
_SLOWEST, _SLOW_SECONDS = 8, 5


def _indented(lines: list[str], folder: Path, log: str) -> None:
    if len(lines) > _SHOWN_LINES:
        print(f"        ... {len(lines) - _SHOWN_LINES} lines more in {folder / log}")
    for line in lines[-_SHOWN_LINES:]:
        print(f"        {line}")


def keep_logs(outcome: Outcome, folder: Path) -> None:
    """Write tests/NAME.log, next to the console and result logs that QEMU wrote."""
    for test in outcome.record.tests:
        text = "".join(line + "\n" for line in test.output)
        status = test.status or "did not end"
        (folder / "tests" / f"{test.name}.log").write_text(
            f"{text}# vm-test: exit status: {status}, {test.seconds:.2f} s, of processors {test.cpu:.2f} s\n")


def show(outcome: Outcome, folder: Path, verbose: bool) -> None:
    """Print failed and skipped tests (all, if VERBOSE), then the kernel's summary line."""
    kernel = outcome.kernel
    for test in outcome.record.tests:
        results = tap.results(test)
        for result in results:
            if result.outcome != "passed" or verbose:
                detail = f" ({result.detail})" if result.detail else ""
                print(f"{kernel:5} {result.outcome:7} {result.name}{detail}")
        if any(result.outcome == "failed" for result in results):
            _indented(test.output, folder, f"tests/{test.name}.log")
    for result in outcome.results:
        if result.detail == "did not run":
            print(f"{kernel:5} failed  {result.name} (did not run)")
    for running, lines in outcome.splats if outcome.verdict is Verdict.FAIL else []:
        print(f"{kernel:5} kernel complaint during {running}:")
        _indented(lines, folder, "console.log")
    if outcome.verdict not in (Verdict.PASS, Verdict.FAIL):
        if outcome.errors:
            print(f"{kernel:5} QEMU said:")
            _indented(outcome.errors.splitlines(), folder, "qemu.log")
        print(f"{kernel:5} last lines of the console ({folder / 'console.log'}):")
        for line in outcome.console.tail():
            print(f"        {line}")
    slow = sorted((test for test in outcome.record.tests if test.seconds >= _SLOW_SECONDS),
                  key=lambda test: -test.seconds)[:_SLOWEST]
    if slow:
        print(f"{kernel:5} slowest: "
              + ", ".join(f"{test.name} {test.seconds:.0f} s ({test.cpu:.0f} of processors)" for test in slow))
    counts = ", ".join(f"{outcome.count(what)} {what}" for what in ("passed", "failed", "skipped"))
    reason = f"  {outcome.reason}" if outcome.reason else ""
    print(f"{kernel:5} {outcome.verdict.label:9} {counts}  ({outcome.seconds:.1f} s, {outcome.cpu:.1f} of processors){reason}", flush=True)


def total(outcomes: list[Outcome]) -> None:
    """The last line of a run."""
    print(", ".join(f"{sum(outcome.count(what) for outcome in outcomes)} {what}"
                    for what in ("passed", "failed", "skipped")))
