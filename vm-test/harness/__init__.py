# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The parts of Postern's QEMU test harness, one job per module."""
