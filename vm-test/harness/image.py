# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Builds a guest's initramfs (and its ext4 disk) from a staged tree, without root."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from . import modules
from .cpio import Archive
from .errors import HarnessError
from .kernels import KernelFiles
from .libraries import Libraries

BUSYBOX = Path("/bin/busybox")
DISK_TREE = "mnt/ext4"
_GUEST = Path(__file__).resolve().parent.parent / "guest"


def _base(archive: Archive) -> None:
    """Busybox, init, and the files that every Debian system has."""
    if not BUSYBOX.exists():
        raise HarnessError("busybox not found: install the packages in vm-test/packages")
    applets = subprocess.run([str(BUSYBOX), "--list-full"], check=True, capture_output=True, text=True)
    for applet in applets.stdout.split():
        if applet != "bin/busybox":
            archive.link("/" + applet, "/bin/busybox")
    archive.file("/bin/busybox", BUSYBOX.read_bytes(), 0o755)
    archive.device("/dev/console", 5, 1)
    for script in ("init", "start", "runner"):
        path = "/init" if script == "init" else f"/.vm-test/{script}"
        archive.file(path, (_GUEST / script).read_bytes(), 0o755)
    for folder in ("proc", "sys", "dev", "run", "mnt", DISK_TREE, "var", "var/lib", "home", "srv"):
        archive.folder(folder)
    archive.folder("root", 0o700)
    for folder in ("tmp", "var/tmp"):
        archive.folder(folder, 0o1777)
    archive.link("/var/run", "/run")
    archive.folder("home/alice", 0o700, 1000, 1000)
    archive.folder("home/bob", 0o700, 1001, 1001)
    for file in sorted((_GUEST / "etc").iterdir()):
        archive.file(f"/etc/{file.name}", file.read_bytes())
    archive.file("/etc/shadow", (_GUEST / "etc" / "shadow").read_bytes(), 0o640, 0, 42)


def _merge(archive: Archive, tree: Path) -> None:
    """Put TREE over what is there, owned by root, and add the libraries that its files need."""
    elves: dict[str, bytes] = {}
    for folder, names, files in _walk(tree):
        inside = folder.relative_to(tree)
        if str(inside) == DISK_TREE:
            continue
        for name in sorted(names + files):
            source, path = folder / name, str(inside / name)
            info = source.lstat()
            mode = stat.S_IMODE(info.st_mode)
            if stat.S_ISLNK(info.st_mode):
                archive.link(path, str(source.readlink()))
            elif stat.S_ISDIR(info.st_mode):
                if path not in archive:
                    archive.folder(path, mode)
            elif stat.S_ISREG(info.st_mode):
                data = source.read_bytes()
                archive.file(path, data, mode)
                if data[:4] == b"\x7fELF":
                    elves["/" + path] = data
            else:
                raise HarnessError(f"{source}: only files, directories and symlinks can be staged")
    libraries = Libraries(lambda path: path in archive)
    for path, data in elves.items():
        libraries.add(path, data)
    for path, data in libraries.found.items():
        archive.file(path, data, 0o755)


def _walk(tree: Path) -> list[tuple[Path, list[str], list[str]]]:
    """(folder, subfolders, other entries) of TREE, parents first; symlinks are never followed."""
    result = []
    pending = [tree]
    while pending:
        folder = pending.pop()
        names = [p.name for p in folder.iterdir() if p.is_dir() and not p.is_symlink()]
        files = [p.name for p in folder.iterdir() if not p.is_dir() or p.is_symlink()]
        if str(folder.relative_to(tree)) != DISK_TREE:
            pending += [folder / name for name in sorted(names, reverse=True)]
        result.append((folder, names, files))
    return result


def system(tree: Path) -> Archive:
    """The part of the initramfs that is the same for every kernel."""
    archive = Archive()
    _base(archive)
    _merge(archive, tree)
    return archive


def write(path: Path, files: KernelFiles, common: Archive, extra: Archive) -> None:
    """Write the initramfs: the modules of this kernel (cached), the common part, the extra.

    The kernel unpacks concatenated archives in turn; uncompressed, because to inflate them under
    TCG costs more than it saves.
    """
    cached = files.folder / "guest-modules.cpio"
    sources = (files.modules / "modules.dep", Path(modules.__file__),
               Path(__file__).with_name("kernels.py"))
    if not cached.exists() or any(p.stat().st_mtime > cached.stat().st_mtime for p in sources):
        # A name of its own: guests of one kernel are prepared at the same time, and each may find the cache empty.
        with tempfile.NamedTemporaryFile(dir=files.folder, prefix="guest-modules.", delete=False) as file:
            modules.archive(files).pack(file.write)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(cached)
    with path.open("wb") as file:
        with cached.open("rb") as part:
            shutil.copyfileobj(part, file, 1 << 20)
        common.pack(file.write)
        extra.pack(file.write)


def disk(path: Path, tree: Path) -> None:
    """Make the ext4 image for /mnt/ext4: empty, or filled from that folder of TREE."""
    path.unlink(missing_ok=True)
    command = ["mke2fs", "-q", "-t", "ext4", "-F", "-E", "root_owner=0:0"]
    if (tree / DISK_TREE).is_dir():
        command += ["-d", str(tree / DISK_TREE)]
    try:
        done = subprocess.run([*command, str(path), "256M"], capture_output=True, text=True,
                              env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})
    except FileNotFoundError:
        raise HarnessError("mke2fs not found: install the packages in vm-test/packages") from None
    if done.returncode != 0:
        raise HarnessError(f"mke2fs failed: {done.stderr.strip()}")
