/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: what functions log while they run. */
#include <errno.h>
#include <syslog.h>

#include "base/util.h"
#include "lib/client.h"

void postern_set_log(struct postern *p, int level, postern_log_fn log, void *userdata)
{
	if (!p)
		return;
	p->log = log;
	p->log_level = MIN_OF(MAX_OF(level, LOG_EMERG), LOG_DEBUG);
	p->log_userdata = userdata;
}

uint16_t client_log_flags(const struct postern *p)
{
	return p->log ? (uint16_t)(p->log_level + 1) : 0;
}

APART int client_log(const struct client_call *call, const void *payload, size_t len)
{
	const struct postern *p = call->p;
	const struct postern_value *items;
	struct postern_value *line;
	int r;

	if (!p->log)
		return 0;
	r = wire_decode(payload, len, 0, &line);
	if (r < 0)
		return r;
	items = line->kind == POSTERN_KIND_LIST ? line->list.items : NULL;
	if (!items || line->list.len != 2 || items[0].kind != POSTERN_KIND_INTEGER ||
	    items[1].kind != POSTERN_KIND_STRING || items[0].integer < LOG_EMERG ||
	    items[0].integer > LOG_DEBUG)
		r = -EBADMSG;
	else if (items[0].integer <= p->log_level)
		p->log(p->log_userdata, call->entrypoint, (int)items[0].integer,
		       items[1].text.data);
	postern_value_free(line);
	return r;
}
