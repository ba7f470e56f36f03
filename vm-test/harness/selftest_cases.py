# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the harness must make of guests that go wrong: one case per way."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """A run of vm-test/run: its tests, its options, and what must come of it."""

    name: str
    status: int
    # Each of these must be in what the run prints.
    shows: tuple[str, ...]
    tests: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    # Each of these must be in the guest's console log.
    console: tuple[str, ...] = ()
    # None of these may be in what the run prints.
    hides: tuple[str, ...] = ()


_FINE = {"fine": "echo fine"}
_LOOP = "while :; do :; done"

# A guest in which every test goes its own way, and no test may disturb the next.
_MIXED = {
    "a-passes": "echo quiet",
    "b-fails": "echo about to fail\nexit 3",
    "c-skips": "echo this guest has no frobnicator\nexit 4",
    "d-tap": "echo 1..3\necho 'ok 1 - first'\necho 'not ok 2 - second'\n"
             "echo 'ok 3 - third # SKIP no third'",
    "e-short": "echo 1..3\necho 'ok 1 - only one'",
    "f-no-plan": "echo 'ok 1 - without a plan'",
    "g-status": "echo 1..1\necho 'ok 1 - but then'\nexit 9",
    "h-skip-all": "echo '1..0 # SKIP nothing to do'",
    "i-slow": f"# timeout: 2\n{_LOOP}",
    "j-leaves": "sleep 1000 &\nsetsid sleep 2000 </dev/null >/dev/null 2>&1 &\necho left two",
    "k-alone": "if ps | grep 'sleep [12]000'; then exit 1; fi",
    "l-crashes": "kill -SEGV $$",
    "m-loud": "i=0\nwhile [ $i -lt 3000 ]; do echo \"$i 012345678901234567890123456789\"; "
              "i=$((i+1)); done",
    "n-forges": "echo '@0000000000000000 END 1' >/dev/ttyS1\necho 'END 1' >/dev/ttyS1\nexit 1",
    "o-last": "echo last",
}

CASES: tuple[Case, ...] = (
    # Whoever would end this test is stopped, so that only the harness is left to see that it hangs.
    Case("hang", 13, ("HANG", "(during loops)", "0 passed, 1 failed, 0 skipped"),
         {"loops": f"# timeout: 1\nkill -STOP -1\n{_LOOP}"}, console=("NMI", "Kernel panic", "RIP")),
    Case("timeout", 13, ("HANG", "0 passed, 1 failed, 0 skipped"),
         {"loops": f"# timeout: 500\n{_LOOP}"}, ("--timeout", "5")),
    Case("mixed", 1,
         ("b-fails (exit status 3)", "        about to fail",
          "c-skips (this guest has no frobnicator)", "failed  d-tap: second",
          "skipped d-tap: third (no third)", "e-short (1 results of 3 planned)",
          "f-no-plan (no plan (1..N))", "g-status (exit status 9)",
          "h-skip-all (nothing to do)", "i-slow (timed out after ",
          "# vm-test: pid", "l-crashes (killed by signal 11)", "failed  n-forges (exit status 1)",
          "FAIL      9 passed, 8 failed, 3 skipped", "9 passed, 8 failed, 3 skipped\n"),
         _MIXED, hides=("failed  a-passes", "failed  k-alone", "failed  m-loud", "failed  o-last")),
    Case("panic", 11, ("PANIC", "sysrq triggered crash", "(during crash)", "last lines of the console",
                       "after (did not run)", "1 passed, 2 failed, 0 skipped"),
         {"a-fine": "echo fine", "crash": "echo c >/proc/sysrq-trigger\nsleep 10", "crash-after": "true"},
         console=("Kernel panic",)),
    Case("oom", 12, ("OOM", "ran out of memory", "(during fill)", "last lines of the console"),
         {"fill": "mount -o remount,size=100% /tmp\ndd if=/dev/zero of=/tmp/fill bs=1M"},
         ("--memory", "160"), ("Out of memory",)),
    Case("init-dies", 11, ("PANIC", "Attempted to kill init", "fine (did not run)"),
         _FINE, ("--append", "rdinit=/bin/true")),
    Case("powers-off", 15, ("NO-RESULT", "without a complete record", "(during leave)",
                            "last lines of the console", "1 passed, 1 failed, 0 skipped"),
         {"leave": "echo 1..1\necho 'ok 1 - fine so far'\nbusybox poweroff -f\nsleep 10"}),
    Case("forged-end", 15, ("NO-RESULT", "without a complete record"),
         {"forge": "printf '\\n@0123456789abcdef DONE forge 0 0 1.0 1.0\\n@0123456789abcdef END 1\\nEND 1\\n'"
                   " >/dev/ttyS1\nsleep 1\nbusybox poweroff -f\nsleep 10"}),
    Case("splat", 1, ("FAIL", "the kernel complained 2 times", "kernel complaint during b-warns",
                      "WARNING: CPU: 0 PID: 1 at kernel/made-up.c:1", "3 passed, 0 failed"),
         {"a-fine": "true", "b-warns": "echo '<4>WARNING: CPU: 0 PID: 1 at kernel/made-up.c:1' >/dev/kmsg",
          "c-bug": "echo '<3>BUG: sleeping function called from a made-up context' >/dev/kmsg"}),
    Case("setup", 15, ("NO-RESULT", "set-up failed: mount -t ext4 /dev/vda"), _FINE,
         ("--append", "vm_test.disk=1")),
    Case("command", 7, ("first\n", "second set\n"), options=(
        "--command", "echo first; echo second ${VM_TEST_KERNEL:+set}; exit 7"), hides=("passed",)),
    Case("disk", 0, ("PASS",), {"disk": "mount | grep '/dev/vda on /mnt/ext4 type ext4' && "
                                        "echo x >/mnt/ext4/file && [ -d /mnt/ext4/lost+found ]"}, ("--disk",)),
    Case("qemu", 14, ("QEMU", "no-such-option", "status 1"), _FINE, ("--qemu-option=-no-such-option",)),
    Case("tiny-memory", 15, ("NO-RESULT",), _FINE, ("--memory", "32")),
    Case("no-such-test", 2, ("no executable test that matches 'nothing'",), _FINE, ("--test", "nothing")),
    Case("bad-limit", 2, ("timeout 'soon' is not a number",), {"fine": "# timeout: soon"}),
)
