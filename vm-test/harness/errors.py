# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The one exception that reaches a person: what went wrong, and what to do next."""

from __future__ import annotations

import sys


class HarnessError(Exception):
    """Shown without a traceback; the message names the object and the next step."""


def fail(tool: str, error: HarnessError) -> int:
    """Print ERROR the way every tool of the harness does; returns the exit status for it."""
    print(f"{tool}: {error}", file=sys.stderr)
    return 2
