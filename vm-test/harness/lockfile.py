# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""kernels.lock: which packages make up each kernel, by version and SHA256."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import HarnessError

_HEADER = """\
# Kernel packages of the test matrix; `vm-test/fetch-kernels --update-lock` writes this file.
# kernel suite package version sha256
"""


@dataclass(frozen=True)
class Locked:
    """One package of a kernel, exactly."""

    suite: str
    package: str
    version: str
    sha256: str

    def line(self, kernel: str) -> str:
        return f"{kernel} {self.suite} {self.package} {self.version} {self.sha256}"


Lock = dict[str, list[Locked]]


def read(path: Path) -> Lock:
    """Read the lock file; a missing file is an empty lock, a malformed line an error."""
    lock: Lock = {}
    if not path.exists():
        return lock
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split()
        if len(words) != 5 or len(words[4]) != 64:
            raise HarnessError(
                f"{path}:{number}: expected 'kernel suite package version sha256'; "
                "restore the file or run fetch-kernels --update-lock"
            )
        lock.setdefault(words[0], []).append(Locked(*words[1:]))
    return lock


def write(path: Path, lock: Lock) -> None:
    """Replace the lock file as a whole."""
    lines = [entry.line(kernel) for kernel, entries in lock.items() for entry in entries]
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(_HEADER + "".join(line + "\n" for line in lines))
    temporary.replace(path)
