# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""LOG records and Python's logging: logger postern.CONTEXT, in the thread that makes the call."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Mapping

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


# For each answer, two levels: as long as the first is enabled and the second is not, it is the answer. Where there are
# no such levels, one twice, of which that is never so.
_BOUNDS = {0: (logging.CRITICAL, logging.CRITICAL), 8: (logging.DEBUG, logging.DEBUG),
           **{level + 1: (ours, below) for (_, below), (level, ours) in zip(_LAST, _LAST[1:])}}


def wanted_between(context: str) -> tuple[int, int, int]:
    """wanted(), and the two levels between which it lies."""
    answer = wanted(context)
    return answer, *_BOUNDS[answer]


def memory(context: str) -> tuple[logging.Logger, Mapping[int, bool]]:
    """The logger, and what its isEnabledFor() said unless it is `disabled`. `logging` forgets that whenever a level
    changes; what it does not remember is False here for all levels, or missing."""
    logger = _logger(context)
    if type(logger).isEnabledFor is logging.Logger.isEnabledFor:
        with contextlib.suppress(AttributeError):
            return logger, logger._cache
    return logger, dict.fromkeys((level for _, level in _LAST), False)


def hand_on(context: str, entrypoint: str, level: int, text: str) -> None:
    """Logs what a function said; `level` as in syslog(3)."""
    logger = _logger(context)
    if logger.isEnabledFor(_LEVELS[level]):
        logger.log(_LEVELS[level], "%s: %s", entrypoint, printable(text))
