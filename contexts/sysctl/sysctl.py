# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Settings of interfaces: the functions of the context sysctl."""

import logging
import os

from postern.entrypoint import Failure, entrypoint

LOG = logging.getLogger(__name__)

CONF = "/proc/sys/net/ipv4/conf"
SAVED = "/etc/sysctl.d/90-postern.conf"

REVERSE_PATH = {"off": 0, "strict": 1, "loose": 2}


def _write(interface, setting, value):
    try:
        # Not "w", which asks to create the file where it is lacking: no rule lets it.
        with open(f"{CONF}/{interface}/{setting}", "r+") as file:
            file.write(f"{value}\n")
    except FileNotFoundError:
        raise Failure("no_such_interface", f"there is no interface {interface}", interface=interface) from None
    LOG.info("%s of %s is %s", setting, interface, value)


@entrypoint
def set_forwarding(interface, enabled):
    _write(interface, "forwarding", int(enabled))


@entrypoint
def set_reverse_path_filter(interface, mode):
    _write(interface, "rp_filter", REVERSE_PATH[mode])


@entrypoint
def read_setting(interface, setting):
    with open(f"{CONF}/{interface}/{setting}") as file:
        return int(file.read())


@entrypoint
def save(interface, enabled, group=None):
    """Gives back how many interfaces the file names."""
    try:
        with open(SAVED) as file:
            lines = dict(line.split("=", 1) for line in file.read().splitlines() if "=" in line)
    except FileNotFoundError:
        lines = {}
    # A dot in an interface's name stands for a slash there (sysctl.d(5)).
    lines[f"net/ipv4/conf/{interface}/forwarding"] = str(int(enabled))
    with open(f"{SAVED}.new", "w") as file:
        file.writelines(f"{key}={value}\n" for key, value in lines.items())
    if group is not None:
        os.chown(f"{SAVED}.new", -1, group)
    os.replace(f"{SAVED}.new", SAVED)
    return len(lines)
