# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The level that a CALL asks for is the one that holds at that moment, however it was changed."""

import logging
import unittest

from test_plain import Sent, Short, signed

from postern import _logs

LEVELS = (1, logging.DEBUG, logging.DEBUG + 1, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL,
          logging.CRITICAL + 1, logging.NOTSET)


class Moody(logging.Logger):
    """Decides without its levels, and remembers nothing."""

    lowest = logging.WARNING

    def isEnabledFor(self, level: int) -> bool:
        super().isEnabledFor(level)
        return level >= self.lowest


def asker(context: str):
    """A function that makes a call, always on one connection, and gives what its CALL says."""
    connection = Sent(signed(context=context))
    short = Short(connection)

    def ask() -> int:
        short.idle[:] = [connection]
        short.call("f")
        return connection.record[2]

    return ask


class Levels(unittest.TestCase):
    def setUp(self) -> None:
        self.root = logging.getLogger()
        for logger in (self.root, logging.getLogger("postern")):
            self.addCleanup(logger.setLevel, logger.level)
        self.addCleanup(logging.disable, self.root.manager.disable)

    def logger(self, context: str) -> logging.Logger:
        """That of a context no other test has."""
        logger = logging.getLogger(f"postern.{context}")
        self.addCleanup(self.root.manager.loggerDict.pop, logger.name)
        self.addCleanup(_logs._logger.cache_clear)
        return logger

    def test_changes(self) -> None:
        logger = self.logger("levels")
        changed = {"its own": logger.setLevel, "its parent's": logging.getLogger("postern").setLevel,
                   "the root's": self.root.setLevel, "all": logging.disable,
                   "it": lambda level: setattr(logger, "disabled", bool(level % 20))}
        ask = asker("levels")
        answers = set()
        for what, change in changed.items():
            for level in LEVELS:
                with self.subTest(what, level=level):
                    change(level)
                    for other in LEVELS:  # as an application does meanwhile
                        logger.isEnabledFor(other)
                    wanted = _logs.wanted("levels")
                    self.assertEqual([ask(), ask()], [wanted, wanted])
                    answers.add(wanted)
        self.assertEqual(answers, {0, 3, 4, 5, 7, 8})

    def test_unseen(self) -> None:
        """Nobody has asked the logger since."""
        logger, ask = self.logger("levels"), asker("levels")
        for level, wanted in ((logging.INFO, 7), (logging.ERROR, 4), (logging.DEBUG, 8), (logging.WARNING, 5)):
            logger.setLevel(level)
            self.assertEqual([ask(), ask()], [wanted, wanted])
        logger.disabled = True
        self.assertEqual(ask(), 0)
        logger.disabled = False
        self.assertEqual(ask(), 5)

    def test_other_class(self) -> None:
        logging.setLoggerClass(Moody)
        self.addCleanup(logging.setLoggerClass, logging.Logger)
        logger, ask = self.logger("moody"), asker("moody")
        for Moody.lowest, wanted in ((logging.WARNING, 5), (logging.DEBUG, 8), (logging.ERROR, 4)):
            self.assertEqual([ask(), ask()], [wanted, wanted])
        self.assertIsInstance(logger, Moody)
