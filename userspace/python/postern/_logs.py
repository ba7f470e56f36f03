# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""LOG records and Python's logging: logger postern.CONTEXT, in the thread that makes the call."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

from .errors import printable

_LEVELS = (logging.CRITICAL, logging.CRITICAL, logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO,
           logging.INFO, logging.DEBUG)

# The last of syslog's levels for each of Python's.
_LAST = ((7, logging.DEBUG), (6, logging.INFO), (4, logging.WARNING), (3, logging.ERROR), (2, logging.CRITICAL))

# Without a handler of the application's nothing is printed.
logging.getLogger("postern").addHandler(logging.NullHandler())


@functools.lru_cache(maxsize=256)
def _logger(context: str) -> logging.Logger:
    return logging.getLogger(f"postern.{printable(context)}")


def wanted(context: str) -> int:
    """What a CALL says of the levels that the logger is enabled for: one more than the last of them, or 0."""
    logger = _logger(context)
    for level, ours in _LAST:
        if logger.isEnabledFor(ours):
            return level + 1
    return 0


def asker(context: str) -> Callable[[], int]:
    """wanted() of one context, which looks first whether its last answer still holds."""
    logger = _logger(context)
    # What isEnabledFor() said; `logging` forgets it whenever a level changes. A class with another isEnabledFor() may not.
    said: dict[int, bool] = {}
    if type(logger).isEnabledFor is logging.Logger.isEnabledFor:
        said = getattr(logger, "_cache", said)
    bounds = {level + 1: (ours, before) for (level, ours), (_, before) in zip(_LAST, ((0, 0), *_LAST))}
    last = lowest = below = 0

    def ask() -> int:
        nonlocal last, lowest, below
        if last and not logger.disabled:
            try:
                if said[lowest] and not (below and said[below]):
                    return last
            except KeyError:
                pass
        answer = wanted(context)
        last = answer if said else 0
        lowest, below = bounds.get(answer, (0, 0))
        return answer

    return ask


def hand_on(context: str, entrypoint: str, level: int, text: str) -> None:
    """Logs what a function said; `level` as in syslog(3)."""
    logger = _logger(context)
    if logger.isEnabledFor(_LEVELS[level]):
        logger.log(_LEVELS[level], "%s: %s", entrypoint, printable(text))
