/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the entrypoints of contexts/wireguard share. */
#ifndef POSTERN_CONTEXTS_WIREGUARD_WIREGUARD_H
#define POSTERN_CONTEXTS_WIREGUARD_WIREGUARD_H

#include "contexts/common/wire.h"

/* A socket for the call's interface, and the number that the family has just now. Returns 0, or
 * what the function returns, having reported it. Close with wire_close(), also after an error. */
int device_open(struct postern_invocation *call, struct wire *w, int *ret_family);

/* A request about the call's interface. NULL without memory. */
struct nl_msg *device_message(struct postern_invocation *call, int family, int command, int flags);

int list_peers(struct postern_invocation *call);

#endif
