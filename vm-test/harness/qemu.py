# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""QEMU's command line, and one QEMU process: started, asked to interrupt its guest, ended."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .errors import HarnessError
from .kernels import KernelFiles

QEMU = "qemu-system-x86_64"


@dataclass
class Machine:
    """What one guest is made of."""

    files: KernelFiles
    initrd: Path
    accel: str
    memory: int = 512
    smp: int = 1
    icount: bool = False
    disk: Path | None = None
    gdb: Path | None = None
    # For the guest's start script: vm_test.NAME=VALUE.
    settings: dict[str, str] = field(default_factory=dict)
    append: str = ""
    extra: tuple[str, ...] = ()
    # With TCG: the guest's clock goes by its instructions, and its sleeps take no time.
    virtual_time: bool = False

    def _virtual(self) -> bool:
        return self.virtual_time and not self.icount and self.accel == "tcg"

    def cmdline(self) -> str:
        """The kernel's command line."""
        quiet = self.settings.get("mode") == "shell"
        words = ["console=ttyS0", "panic=-1", "oops=panic", "unknown_nmi_panic",
                 "sysctl.vm.panic_on_oom=1", "printk.devkmsg=on",
                 "quiet loglevel=4" if quiet else "loglevel=7"]
        if self.icount:
            # All that would make two runs differ, or take time of its own accord.
            words += ["nokaslr", "norandmaps", "randomize_kstack_offset=off", "mitigations=off",
                      "nmi_watchdog=0", "nowatchdog", "random.trust_cpu=off"]
        else:
            # The kernel's tests of its own ciphers are a tenth of a boot.
            words.append("cryptomgr.notests")
            words += ["nokaslr"] if self.gdb else []
        if self._virtual():
            # To calibrate the APIC's timer, the kernel looks at the clock for a fifth of a second, at each look of which TCG
            # leaves its translated code: a third of what such a guest's boot takes. It has the HPET instead, of which it need
            # not find out in the same way whether it ticks.
            words += ["nolapic_timer", "no_timer_check"]
        words += [f"vm_test.{name}={value}" for name, value in self.settings.items()]
        return " ".join(words + ([self.append] if self.append else []))

    def _cpu(self) -> list[str]:
        if self.accel == "kvm":
            return ["-accel", "kvm", "-cpu", "host"]
        # TCG has a call for each vector of 32 bytes, and the kernel more to save at each switch. What benchmarks measure stays
        # comparable.
        cpu = self.files.kernel.cpu + (",-rdrand,-rdseed" if self.icount else ",-avx")
        # Threads per vCPU make wake-ups between them ten to a hundred times slower in QEMU 7.2.
        return ["-accel", "tcg,thread=single", "-cpu", cpu]

    def command(self) -> list[str]:
        """QEMU's arguments, without where its serial lines go."""
        words = [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-machine", "pc",
                 *self._cpu(), "-m", str(self.memory), "-smp", str(self.smp), "-no-reboot",
                 "-kernel", str(self.files.vmlinuz), "-initrd", str(self.initrd),
                 "-append", self.cmdline()]
        if self.icount:
            words += ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm,base=2026-01-01",
                      "-seed", "1"]
        elif self._virtual():
            words += ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"]
        if self.disk:
            words += ["-drive", f"file={escape(self.disk)},if=none,id=disk,format=raw,cache=unsafe",
                      "-device", "virtio-blk-pci,drive=disk"]
        if self.gdb:
            words += ["-gdb", f"unix:{self.gdb},server=on,wait=off"]
        return words + list(self.extra)


class Process:
    """A running QEMU. It dies with the harness (--pdeathsig), whatever ends that."""

    def __init__(self, machine: Machine, console: Path, result: Path, errors: Path) -> None:
        # Socket paths are limited to 107 bytes, and a build folder may lie deep.
        self._folder = Path(tempfile.mkdtemp(prefix="postern-vm."))
        self._monitor = self._folder / "qmp"
        command = [*machine.command(),
                   "-chardev", f"file,id=console,path={escape(console)}", "-serial", "chardev:console",
                   "-chardev", f"file,id=result,path={escape(result)}", "-serial", "chardev:result",
                   "-qmp", f"unix:{self._monitor},server=on,wait=off"]
        for path in (console, result):
            path.write_bytes(b"")
        with errors.open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    ["setpriv", "--pdeathsig", "KILL", "--", *command],
                    # A group of its own: Ctrl-C is for the harness, which then ends its guests.
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            except FileNotFoundError:
                shutil.rmtree(self._folder, ignore_errors=True)
                raise HarnessError("setpriv not found: install the packages in vm-test/packages") from None

    def status(self) -> int | None:
        """QEMU's exit status, or None while it runs."""
        return self._process.poll()

    def cpu(self) -> float:
        """Seconds of this machine's processors that QEMU has used; 0 when it has ended."""
        try:
            words = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def wait(self, seconds: float) -> int | None:
        """Wait at most SECONDS for QEMU to end."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def inject_nmi(self) -> bool:
        """Interrupt a guest that hangs, so that its kernel panics and shows where it is."""
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(2)
                link.connect(str(self._monitor))
                stream = link.makefile("rw", encoding="utf-8")
                stream.readline()
                for command in ("qmp_capabilities", "inject-nmi"):
                    stream.write(json.dumps({"execute": command}) + "\n")
                    stream.flush()
                    while "return" not in (reply := json.loads(stream.readline())):
                        if "error" in reply:
                            return False
                return True
        except (OSError, ValueError):
            return False

    def end(self) -> None:
        """Kill QEMU if it still runs, and clean up."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def escape(path: Path) -> str:
    """PATH inside one of QEMU's comma-separated options."""
    return str(path).replace(",", ",,")
