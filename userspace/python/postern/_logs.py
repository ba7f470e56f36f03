# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""LOG records and Python's logging: logger postern.CONTEXT, in the thread that makes the call."""

from __future__ import annotations

import contextlib
import functools
import logging
from typing import Any

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


class _Forgetful(dict[Any, Any]):
    """Keeps nothing."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


def memory(context: str) -> tuple[logging.Logger, dict[Any, Any]]:
    """The logger, and a dict that is emptied whenever what its isEnabledFor() says may change, but for `disabled`: the
    one in which `logging` remembers that by levels. Keys that are no levels are nobody's. Where the logger has none,
    nothing can be kept."""
    logger = _logger(context)
    if type(logger).isEnabledFor is logging.Logger.isEnabledFor:
        with contextlib.suppress(AttributeError):
            return logger, logger._cache
    return logger, _Forgetful()


def hand_on(context: str, entrypoint: str, level: int, text: str) -> None:
    """Logs what a function said; `level` as in syslog(3)."""
    logger = _logger(context)
    if logger.isEnabledFor(_LEVELS[level]):
        logger.log(_LEVELS[level], "%s: %s", entrypoint, printable(text))
