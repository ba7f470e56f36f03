# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For pytest: pytest_plugins = ["postern.pytest_plugin"] in a conftest.py, and tests may ask for `postern_context`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from . import testing


@pytest.fixture
def postern_context() -> Iterator[Callable[..., testing.InProcess]]:
    """postern_context("motd", manifest=..., functions=...): as postern.testing.in_process(), until the test's end."""
    with testing.several() as make:
        yield make
