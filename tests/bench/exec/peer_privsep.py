# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A context of oslo.privsep with a function that does nothing."""

from oslo_privsep import capabilities, priv_context

context = priv_context.PrivContext("peer_privsep", cfg_section="peer_privsep", pypath="peer_privsep.context",
                                   capabilities=[capabilities.CAP_NET_ADMIN])


@context.entrypoint
def take(data):
    return None
