# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Kernel modules for a guest: those we name, what they depend on, in the order of loading."""

from __future__ import annotations

import lzma
from pathlib import Path

from .cpio import Archive
from .errors import HarnessError
from .kernels import DEMANDED_MODULES, GUEST_MODULES, KernelFiles

ORDER = "/.vm-test/modules"


def _name(path: str) -> str:
    return Path(path).name.split(".ko")[0].replace("-", "_")


def closure(folder: Path, wanted: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """(module file, files it needs) below FOLDER for WANTED, dependencies first."""
    depends: dict[str, list[str]] = {}
    paths: dict[str, str] = {}
    for line in (folder / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        depends[path] = needs.split()
        paths[_name(path)] = path
    builtin = {_name(line) for line in (folder / "modules.builtin").read_text().splitlines()}
    order: dict[str, list[str]] = {}

    def add(path: str) -> None:
        if path not in order:
            for need in depends[path]:
                add(need)
            order[path] = depends[path]

    for name in wanted:
        if name in paths:
            add(paths[name])
        elif name not in builtin:
            raise HarnessError(f"{folder.name} has no module {name}; see GUEST_MODULES in kernels.py")
    return list(order.items())


def archive(files: KernelFiles) -> Archive:
    """An archive with the guest modules, unpacked, a modules.dep for modprobe, and the order."""
    result = Archive()
    base = f"/lib/modules/{files.version}"
    lines, dependencies = [], []
    loaded = closure(files.modules, GUEST_MODULES)
    for path, needs in closure(files.modules, GUEST_MODULES + DEMANDED_MODULES):
        data = (files.modules / path).read_bytes()
        if path.endswith(".xz"):
            data = lzma.decompress(data)
        result.file(f"{base}/{_plain(path)}", data)
        if (path, needs) in loaded:
            lines.append(f"{base}/{_plain(path)}\n")
        dependencies.append(f"{_plain(path)}: {' '.join(_plain(need) for need in needs)}\n")
    result.file(f"{base}/modules.dep", "".join(dependencies).encode())
    result.file(ORDER, "".join(lines).encode())
    return result


def _plain(path: str) -> str:
    return path.removesuffix(".xz")
