# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""LOG records and Python's logging: logger postern.CONTEXT, in the thread that makes the call."""

from __future__ import annotations

import logging

from .errors import printable

_LEVELS = (logging.CRITICAL, logging.CRITICAL, logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO,
           logging.INFO, logging.DEBUG)

# Without a handler of the application's nothing is printed.
logging.getLogger("postern").addHandler(logging.NullHandler())


def hand_on(context: str, entrypoint: str, level: int, text: str) -> None:
    """Logs what a function said; `level` as in syslog(3)."""
    logger = logging.getLogger(f"postern.{printable(context)}")
    if logger.isEnabledFor(_LEVELS[level]):
        logger.log(_LEVELS[level], "%s: %s", entrypoint, printable(text))
