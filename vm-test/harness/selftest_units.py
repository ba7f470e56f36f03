# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests of the harness's parts that need no guest."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import cpio, elf, lockfile, plan, tap
from .errors import HarnessError
from .kernels import KERNELS, KernelFiles
from .libraries import Libraries
from .qemu import Machine
from .records import Record, TestRun
from .testlist import Test
from .verdict import Console


def _tap(text: str, status: str = "0", lines: str | None = None) -> str:
    """The outcomes of a test that printed TEXT, as a string of p, f and s."""
    output = text.splitlines()
    run = TestRun("test", output, status, str(len(output)) if lines is None else lines)
    return "".join(result.outcome[0] for result in tap.results(run))


def _expect(pairs: list[tuple[object, object]]) -> list[str]:
    return [f"case {number}: got {got!r}, expected {wanted!r}"
            for number, (got, wanted) in enumerate(pairs, 1) if got != wanted]


def tap_meaning() -> list[str]:
    return _expect([
        (_tap("", "0"), "p"),
        (_tap("ok, fine so far", "0"), "p"),
        (_tap("broken", "1"), "f"),
        (_tap("no such device", "4"), "s"),
        (_tap("1..2\nok 1 - a\nok 2 - b"), "pp"),
        (_tap("1..2\nok 1 - a\nnot ok 2 - b", "1"), "pf"),
        (_tap("1..2\nok 1 - a\nnot ok 2 - b", "0"), "pf"),
        (_tap("1..1\nok 1 - a", "1"), "pf"),
        (_tap("1..2\nok 1 - a"), "pf"),
        (_tap("1..1\nok 1 - a\nok 2 - b"), "ppf"),
        (_tap("ok 1 - a"), "pf"),
        (_tap("1..1\n1..1\nok 1 - a"), "pf"),
        (_tap("1..1\nok 1 - a\nBail out! enough"), "pf"),
        (_tap("1..0 # SKIP none"), "s"),
        (_tap("1..1\nok 1 - a # skip none"), "s"),
        (_tap("1..1\nnot ok 1 - a # SKIP none", "1"), "f"),
        (_tap("1..1\nok 1 - a", "timeout"), "pf"),
        (_tap("1..1\nok 1 - a", ""), "pf"),
        (_tap("1..1\nok 1 - a", "0", "3"), "pf"),
        (_tap("", "0", "lost"), "f"),
        (_tap("", "139"), "f"),
    ])


def _record(text: str, planned: list[str]) -> tuple[bool, int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "result.log")
        path.write_text(text)
        record = Record(path, "cafe")
        record.poll()
        return record.complete(planned), len(record.tests)


def record_completeness() -> list[str]:
    full = "@cafe BOOT 6\n@cafe START a\n@cafe OUT x\n@cafe DONE a 0 1 1.0 1.5\n@cafe END 1\n"
    return _expect([
        (_record(full, ["a"]), (True, 1)),
        (_record(full, ["a", "b"]), (False, 1)),
        (_record(full, ["b"]), (False, 1)),
        (_record(full.replace("END 1", "END 2"), ["a"]), (False, 1)),
        (_record(full.replace("@cafe END", "@beef END"), ["a"]), (False, 1)),
        (_record(full.replace("@cafe DONE", "x@cafe DONE"), ["a"]), (False, 1)),
        (_record(full[:-1], ["a"]), (False, 1)),
        (_record("", []), (False, 0)),
    ])


def splat_recognition() -> list[str]:
    def running(*lines: str) -> list[str]:
        return [name for name, _ in Console(list(lines)).splats()]

    return _expect([
        (running("[ 1.0] vm-test: start a", "[ 1.1] WARNING: CPU: 0 PID: 7 at mm/x.c:1"), ["a"]),
        (running("[ 1.0] BUG: kernel NULL pointer dereference", "[ 1.1] Oops: 0000 [#1]"), ["boot"]),
        (running("[ 9.0] watchdog: BUG: soft lockup - CPU#0 stuck for 26s!"), ["boot"]),
        (running("[ 9.0] rcu: INFO: rcu_preempt self-detected stall on CPU"), ["boot"]),
        (running("[ 1.0] traps: a[7] general protection fault ip:1 sp:2", "[ 1.1] Warning: a word"), []),
    ])


def archive_unpacks() -> list[str]:
    archive = cpio.Archive()
    archive.file("/bin/tool", b"tool", 0o755)
    archive.file("/etc/deep/er/file", b"odd", 0o600, 7, 8)
    archive.link("/etc/link", "deep")
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder, "archive")
        with packed.open("wb") as file:
            archive.pack(file.write)
        with packed.open("rb") as written:
            listing = subprocess.run(["busybox", "cpio", "-tv"], stdin=written, text=True,
                                     capture_output=True, check=False).stdout

    def listed(pattern: str) -> bool:
        return re.search(f"^{pattern}$", listing, re.MULTILINE) is not None

    return _expect([
        (listed(r"-rwxr-xr-x 0/0\s+4 .* usr/bin/tool"), True),
        (listed(r"lrwxrwxrwx .* bin -> usr/bin"), True),
        (listed(r"lrwxrwxrwx .* etc/link -> deep"), True),
        (listed(r"drwxr-xr-x .* etc/deep"), True),
        (listed(r"-rw------- 7/8\s+3 .* etc/deep/er/file"), True),
    ])


def libraries_are_found() -> list[str]:
    def error(call: Callable[[], object]) -> str:
        try:
            call()
        except HarnessError as problem:
            return str(problem)
        return ""

    shell = Path("/bin/sh").resolve()
    found = Libraries(lambda path: False)
    found.add("/bin/sh", shell.read_bytes())
    wants = elf.dynamic(shell.read_bytes())
    # The same program, needing a library that nobody has.
    broken = shell.read_bytes().replace(b"libc.so.6\0", b"libq.so.6\0")
    return _expect([
        (wants is not None and "libc.so.6" in wants.needed, True),
        (any(path.endswith("/libc.so.6") for path in found.found), True),
        (any("ld-linux" in path for path in found.found), True),
        ("libq.so.6" in error(lambda: Libraries(lambda path: False).add("/bin/sh", broken)), True),
        (elf.dynamic(b"#!/bin/sh\n"), None),
    ])


def lock_is_parsed() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "kernels.lock")
        entry = lockfile.Locked("suite", "package", "1.0", "0" * 64)
        lockfile.write(path, {"6.1": [entry]})
        again = lockfile.read(path)
        path.write_text("6.1 suite package 1.0 0000\n")
        try:
            lockfile.read(path)
            refused = ""
        except HarnessError as problem:
            refused = str(problem)
        return _expect([(again, {"6.1": [entry]}), ("kernels.lock:1" in refused, True)])


def time_of_guests() -> list[str]:
    """Whose clock goes by instructions. KVM knows of none."""
    def counted(accel: str, icount: bool, virtual: bool) -> bool:
        files = KernelFiles(KERNELS["6.12"], Path("none"))
        return "-icount" in Machine(files, Path("initrd"), accel, icount=icount, virtual_time=virtual).command()

    def without_apic(accel: str, icount: bool, virtual: bool) -> bool:
        files = KernelFiles(KERNELS["6.12"], Path("none"))
        return "nolapic_timer" in Machine(files, Path("initrd"), accel, icount=icount, virtual_time=virtual).cmdline()

    return _expect([
        (counted("tcg", False, False), False),
        (counted("tcg", False, True), True),
        (counted("tcg", True, False), True),
        (counted("kvm", False, True), False),
        (without_apic("tcg", False, False), False),
        (without_apic("tcg", False, True), True),
        (without_apic("tcg", True, False), False),
        (without_apic("kvm", False, True), False),
    ])


def tests_go_to_guests() -> list[str]:
    """Every test to one guest of each kernel, and those that go by a virtual clock to one of their own."""
    tests = [Test(name, limit) for name, limit in (("a", 10), ("b", 30), ("c1", 20), ("c2", 60))]

    def dealt(parts: int, virtual: str | None) -> list[tuple[str, str, bool]]:
        return [(guest.label, " ".join(test.name for test in guest.tests), guest.virtual)
                for guest in plan.guests(["6.1"], tests, parts, virtual)]

    return _expect([
        (dealt(1, None), [("6.1", "a b c1 c2", False)]),
        (dealt(2, None), [("6.1.1", "c2", False), ("6.1.2", "a b c1", False)]),
        (dealt(1, "*"), [("6.1", "a b c1 c2", True)]),
        (dealt(2, "*"), [("6.1.1", "c2", True), ("6.1.2", "a b c1", True)]),
        (dealt(2, "c*"), [("6.1.1", "b", False), ("6.1.2", "a", False), ("6.1.3", "c1 c2", True)]),
        (dealt(1, "a,c1"), [("6.1.1", "b c2", False), ("6.1.2", "a c1", True)]),
        ([guest.kernel for guest in plan.guests(["6.1", "7.3"], tests, 1, "a")], ["6.1", "7.3", "6.1", "7.3"]),
    ])


UNITS: list[tuple[str, Callable[[], list[str]]]] = [
    ("TAP and exit statuses", tap_meaning),
    ("completeness of a record", record_completeness),
    ("kernel complaints", splat_recognition),
    ("initramfs archive", archive_unpacks),
    ("shared libraries", libraries_are_found),
    ("lock file", lock_is_parsed),
    ("time of guests", time_of_guests),
    ("tests are dealt out", tests_go_to_guests),
]
