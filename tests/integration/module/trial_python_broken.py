# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A module that needs one that is not there."""

import no_such_module


def ping():
    no_such_module.ping()
