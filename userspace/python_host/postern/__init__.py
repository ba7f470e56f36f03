# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The package `postern` as functions in a helper have it: postern.entrypoint, without the client."""
