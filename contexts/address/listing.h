/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel has of one link, as the result of a call. It hands out what it has of all links,
 * so the module picks. */
#ifndef POSTERN_CONTEXTS_ADDRESS_LISTING_H
#define POSTERN_CONTEXTS_ADDRESS_LISTING_H

#include "contexts/common/lines.h"
#include "contexts/common/wire.h"

struct listing {
	struct lines lines;
	int index; /* of the link that is asked for */
};

/*
 * Dumps objects of all links, and gives each to "take" with a struct listing, which adds a line for
 * those of the call's link. type: RTM_GET...; header: of the request; what: for errors, before the
 * link's name. Returns what the entrypoint's function returns.
 */
int listing_of_link(struct postern_invocation *call, int type, const void *header, size_t len,
		    nl_recvmsg_msg_cb_t take, const char *what);

#endif
