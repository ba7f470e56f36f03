# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Whether KVM runs guests here: found out by booting one, once per boot of this machine.

/dev/kvm that opens, and even creates a vCPU, may still hang every guest (measured on a nested
host), so only a guest that says it is there counts.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from pathlib import Path

from .cpio import Archive
from .errors import HarnessError
from .image import BUSYBOX
from .kernels import KernelFiles
from .qemu import Machine, Process

PROBE_SECONDS = 6
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def choose(files: KernelFiles) -> str:
    """"kvm" or "tcg"; the answer is kept beside the kernels. POSTERN_VM_ACCEL overrides it."""
    wanted = os.environ.get("POSTERN_VM_ACCEL", "")
    if wanted in ("tcg", "kvm"):
        return wanted
    if wanted:
        raise HarnessError(f"POSTERN_VM_ACCEL={wanted}: tcg or kvm")
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    build = files.folder.parent
    cache = build / "kvm-probe.json"
    boot = _BOOT_ID.read_text().strip()
    try:
        known = json.loads(cache.read_text())
        if known["boot"] == boot and known["accel"] in ("tcg", "kvm"):
            return str(known["accel"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    accel = "kvm" if _boots(files, build / "kvm-probe") else "tcg"
    cache.write_text(json.dumps({"boot": boot, "accel": accel}) + "\n")
    return accel


def _boots(files: KernelFiles, folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    marker = secrets.token_hex(8)
    archive = Archive()
    archive.file("/bin/busybox", BUSYBOX.read_bytes(), 0o755)
    archive.device("/dev/console", 5, 1)
    archive.device("/dev/ttyS1", 4, 65)
    archive.file("/init", f"#!/bin/busybox sh\necho {marker} >/dev/ttyS1\n"
                          "/bin/busybox poweroff -f\n".encode(), 0o755)
    with (folder / "initrd").open("wb") as file:
        archive.pack(file.write)
    result = folder / "result.log"
    process = Process(Machine(files, folder / "initrd", "kvm"), folder / "console.log", result,
                      folder / "qemu.log")
    try:
        end = time.monotonic() + PROBE_SECONDS
        while time.monotonic() < end:
            ended = process.status() is not None
            if marker in result.read_text(errors="replace"):
                return True
            if ended:
                return False
            time.sleep(0.05)
        return False
    finally:
        process.end()
