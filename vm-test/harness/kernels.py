# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The kernels of the test matrix: where Debian has them, and what QEMU must know of each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

# Products lie in the repository's build folder, wherever the tools are called from.
BUILD = Path(os.path.relpath(Path(__file__).resolve().parents[2] / "build"))


@dataclass(frozen=True)
class Source:
    """A suite of the Debian archive and the meta package that names the kernel there."""

    suite: str
    meta: str


@dataclass(frozen=True)
class Kernel:
    """One kernel series of the matrix."""

    name: str
    sources: tuple[Source, ...]
    cpu: str


# The CPU flags differ for measured reasons (QEMU 7.2, TCG):
#  - la57=off: with five-level page tables 6.12 dies early in boot, and no kernel here needs them.
#  - -cx16 on 6.12: QEMU's cmpxchg16b helper leaves stale flags behind, and the slab allocator of
#    6.12 then double-faults at random (4 of 15 boots; 0 of 15 with -cx16).
#  - -erms: told that "rep movsb" is fast, kernel and glibc copy and clear byte by byte, each a jump of TCG's.
#  - not -cx16 on 7.3: there every task storage allocation fails with ENOMEM without it.
_CPU = "max,la57=off,-erms"

KERNELS: dict[str, Kernel] = {
    kernel.name: kernel
    for kernel in (
        Kernel(
            "6.1",
            (
                Source("bookworm-security", "linux-image-cloud-amd64"),
                Source("bookworm", "linux-image-cloud-amd64"),
            ),
            _CPU,
        ),
        Kernel(
            "6.12",
            (
                Source("bookworm-security", "linux-image-6.12-cloud-amd64"),
                Source("trixie", "linux-image-cloud-amd64"),
            ),
            "max,-cx16,la57=off,-erms",
        ),
        Kernel("7.3", (Source("trixie-backports", "linux-image-cloud-amd64"),), _CPU),
    )
}

# Modules that every guest gets (with what they depend on), in the order of loading. What a kernel
# has built in is left out by the closure in modules.py; an unknown name is an error there.
GUEST_MODULES: tuple[str, ...] = (
    "virtio_pci", "virtio_blk", "overlay", "loop", "veth", "dummy",
)

# Modules that a guest has for modprobe: those that take long to load, for the tests that need them.
DEMANDED_MODULES: tuple[str, ...] = (
    "btrfs", "xfs", "fuse",
    "bridge", "tun", "vxlan", "wireguard", "nf_tables", "nft_compat", "nf_conntrack_netlink", "ip_tables",
    "iptable_filter", "xfrm_user", "tcp_diag", "sch_ingress", "cls_u32", "macsec",
)


@dataclass(frozen=True)
class KernelFiles:
    """A fetched kernel on disk."""

    kernel: Kernel
    folder: Path

    @property
    def vmlinuz(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def btf(self) -> Path:
        return self.folder / "vmlinux.btf"

    @property
    def version(self) -> str:
        """The release as `uname -r` prints it."""
        return (self.folder / "version").read_text().strip()

    @property
    def modules(self) -> Path:
        return self.folder / "modules" / "lib" / "modules" / self.version
