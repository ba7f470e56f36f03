# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""From kernel packages to the files that builds and guests use: vmlinuz, config, modules, BTF."""

from __future__ import annotations

import lzma
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

from .elf import section
from .errors import HarnessError


def unpack(packages: list[Path], folder: Path) -> None:
    """Fill FOLDER from PACKAGES (both layouts: boot/ up to 6.18, usr/lib/modules/ from 6.19 on)."""
    tree = folder / "unpacked"
    for package in packages:
        subprocess.run(["dpkg-deb", "-x", str(package), str(tree)], check=True)
    modules = [path for base in ("lib/modules", "usr/lib/modules")
               for path in tree.glob(base + "/*") if (path / "kernel").is_dir()]
    if len(modules) != 1:
        raise HarnessError(f"{', '.join(p.name for p in packages)}: expected one set of modules, "
                           f"found {len(modules)}; the packaging has changed")
    version = modules[0].name
    for name in ("vmlinuz", "config"):
        places = [tree / "boot" / f"{name}-{version}", modules[0] / name]
        found = [place for place in places if place.is_file()]
        if not found:
            raise HarnessError(f"{version}: no {name} in its packages; the packaging has changed")
        shutil.move(found[0], folder / name)
    target = folder / "modules" / "lib" / "modules"
    target.mkdir(parents=True)
    shutil.move(modules[0], target / version)
    shutil.rmtree(tree)
    # No modules.dep is shipped, and depmod of kmod need not be installed.
    subprocess.run(["busybox", "depmod", "-b", str(folder / "modules"), version], check=True)
    (folder / "vmlinux.btf").write_bytes(section(_vmlinux(folder / "vmlinuz"), ".BTF"))
    (folder / "version").write_text(version + "\n")


def _vmlinux(path: Path) -> bytes:
    """Decompress the ELF kernel inside a bzImage (Documentation/arch/x86/boot.rst)."""
    image = path.read_bytes()
    if image[0x202:0x206] != b"HdrS":
        raise HarnessError(f"{path}: not a bzImage")
    sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (sectors + 1) * 512 + offset
    # All but gzip carry the unpacked size in four bytes after the compressed data.
    payload, body = image[start:start + length], image[start:start + length - 4]
    if payload[:4] == b"\x02\x21\x4c\x18":
        return _filter(["lz4", "-dc"], body)
    if payload[:4] == b"\x28\xb5\x2f\xfd":
        return _filter(["zstd", "-dcq"], body)
    if payload[:6] == b"\xfd7zXZ\x00":
        return lzma.decompress(body, lzma.FORMAT_XZ)
    if payload[:2] == b"\x1f\x8b":
        return zlib.decompressobj(wbits=31).decompress(payload)
    raise HarnessError(f"{path}: unknown compression {payload[:4].hex()}")


def _filter(command: list[str], data: bytes) -> bytes:
    try:
        return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
    except FileNotFoundError:
        raise HarnessError(f"{command[0]} not found: install the packages in vm-test/packages") from None
    except subprocess.CalledProcessError as error:
        raise HarnessError(f"{command[0]} cannot decompress the kernel (status {error.returncode})") from None
