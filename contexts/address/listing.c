/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One dump, of which a link's lines are kept. */
#include "contexts/address/listing.h"

#include <linux/rtnetlink.h>

int listing_of_link(struct postern_invocation *call, int type, const void *header, size_t len,
		    nl_recvmsg_msg_cb_t take, const char *what)
{
	const char *link = postern_arg_string(call, "link");
	cleanup_wire struct wire w = {};
	struct listing listing = {};
	int r = wire_open(&w, call, NETLINK_ROUTE, link);

	if (r < 0)
		return r;
	r = wire_index(&w, link, &listing.index);
	if (r == 0)
		r = wire_ask(&w, wire_message(type, NLM_F_DUMP, header, len), take, &listing);
	r = r < 0 ? wire_result(call, &w, r, what) : lines_return(call, &listing.lines);
	lines_free(&listing.lines);
	return r;
}
