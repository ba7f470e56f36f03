# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A guest on the terminal: a root shell, with or without gdb on its kernel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .qemu import Machine, escape


def settings() -> dict[str, str]:
    """What the guest's shell should know of this terminal."""
    size = shutil.get_terminal_size()
    term = os.environ.get("TERM", "linux")
    return {"mode": "shell", "rows": str(size.lines), "cols": str(size.columns),
            "term": term if term.replace("-", "").isalnum() else "linux"}


def shell(machine: Machine, folder: Path, gdb: bool) -> int:
    """Run MACHINE on this terminal until it powers off; returns QEMU's exit status."""
    sockets = Path(tempfile.mkdtemp(prefix="postern-vm."))
    try:
        if gdb:
            machine.gdb = sockets / "gdb"
            print("In another terminal (symbols are in Debian's linux-image-VERSION-dbg):\n"
                  f"    gdb -ex 'set architecture i386:x86-64' -ex 'target remote {machine.gdb}'")
        print(f"Kernel {machine.files.version}. `poweroff` or Ctrl-D ends the guest, Ctrl-A X kills it, "
              "Ctrl-A C is QEMU's monitor.", flush=True)
        log = escape(folder / "console.log")
        command = [*machine.command(),
                   "-chardev", f"stdio,id=terminal,mux=on,signal=off,logfile={log}",
                   "-serial", "chardev:terminal", "-mon", "chardev=terminal",
                   "-serial", "null"]
        saved = _terminal_state()
        try:
            return subprocess.run(["setpriv", "--pdeathsig", "KILL", "--", *command]).returncode
        finally:
            if saved:
                # QEMU leaves the terminal raw when it is killed.
                subprocess.run(["stty", saved], stdin=sys.stdin, check=False)
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


def _terminal_state() -> str:
    if not sys.stdin.isatty():
        return ""
    return subprocess.run(["stty", "-g"], stdin=sys.stdin, capture_output=True, text=True).stdout.strip()
