# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a test's output and exit status mean: TAP, or a single result."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .records import TestRun

SKIP_STATUS = "4"


@dataclass(frozen=True)
class Result:
    """One result: outcome is "passed", "failed" or "skipped"; the detail says why."""

    outcome: str
    name: str
    detail: str = ""


_PLAN = re.compile(r"1\.\.(\d+)\s*(?:#\s*(.*))?$")
# "ok" alone is a word that any program may print: a result has a number, a dash or nothing after it.
_POINT = re.compile(r"(not )?ok(?=\s+\d|\s+[-#]|\s*$)\s*(\d+)?\s*(?:-\s*)?([^#]*?)\s*(?:#\s*(.*))?$")


def results(test: TestRun) -> list[Result]:
    """The results of a test that ended; whatever is incomplete adds a failed one."""
    problem = _problem(test)
    plans = [found for line in test.output if (found := _PLAN.match(line))]
    points = [found for line in test.output if (found := _POINT.match(line))]
    if not plans and not points:
        return [_single(test, problem)]
    judged = [_point(test, point) for point in points]
    if test.status == SKIP_STATUS and not points:
        return [_single(test, problem)]
    if len(plans) != 1:
        problem = problem or ("no plan (1..N)" if not plans else "more than one plan")
    elif int(plans[0][1]) != len(points):
        problem = problem or f"{len(points)} results of {plans[0][1]} planned"
    elif not points and not problem:
        reason = re.sub(r"(?i)^skip\S*\s*", "", plans[0][2] or "")
        return [Result("skipped", test.name, reason or "no reason given")]
    for line in test.output:
        if line.startswith("Bail out!"):
            problem = problem or line
    if not problem and test.status == "0":
        return judged
    if problem or all(result.outcome != "failed" for result in judged):
        # A test that says "ok" throughout and fails all the same has failed.
        judged.append(Result("failed", test.name, problem or f"exit status {test.status}"))
    return judged


def _problem(test: TestRun) -> str:
    if test.status == "timeout":
        return f"timed out after {test.seconds:.0f} s"
    if not test.status:
        return "did not end"
    if test.output_lost:
        return f"output lost: {len(test.output)} lines of {test.lines} arrived"
    if test.status.isdigit() and int(test.status) > 128:
        return f"killed by signal {int(test.status) - 128}"
    return ""


def _single(test: TestRun, problem: str) -> Result:
    if problem:
        return Result("failed", test.name, problem)
    if test.status == "0":
        return Result("passed", test.name)
    last = next((line for line in reversed(test.output)
                 if line.strip() and not line.startswith("# vm-test:")), "")
    if test.status == SKIP_STATUS:
        return Result("skipped", test.name, last.strip() or "no reason given")
    return Result("failed", test.name, f"exit status {test.status}")


def _point(test: TestRun, point: re.Match[str]) -> Result:
    number = f" {point[2]}" if point[2] else ""
    name = f"{test.name}: {point[3]}" if point[3] else f"{test.name}{number}"
    directive = re.match(r"(?i)skip\S*\s*(.*)", point[4] or "")
    if directive and not point[1]:
        return Result("skipped", name, directive[1] or "no reason given")
    return Result("failed" if point[1] else "passed", name)
