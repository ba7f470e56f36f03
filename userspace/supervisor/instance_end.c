/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How instances end: idle, for want of room, with their network namespace, or after a reload. */
#include <errno.h>
#include <string.h>

#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/idle.h"
#include "supervisor/instance_private.h"
#include "supervisor/log.h"
#include "supervisor/retire.h"

void instance_drain(struct context *c)
{
	context_drain(c);
	context_serve(c);
}

void instances_drain(struct supervisor *s, const char *name)
{
	for (size_t i = 0; i < s->contexts_len; i++)
		if (is_instance_of(s->contexts[i], name))
			instance_drain(s->contexts[i]);
}

void instance_end_idle(struct context *c, const char *why)
{
	log_line(LOG_INFO, "context %s: ending its helper in network namespace %s: %s",
		 c->manifest->name, c->network, why);
	c->idle = true;
	instance_drain(c);
}

int instance_make_room(const struct context *template, struct error *err)
{
	const struct supervisor *s = template->supervisor;
	const struct manifest *m = template->manifest;
	struct context *idlest = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < s->contexts_len; i++) {
		struct context *c = s->contexts[i];

		if (!is_instance_of(c, m->name))
			continue;
		n++;
		if (!context_busy(c) && (!idlest || c->idle_since < idlest->idle_since))
			idlest = c;
	}
	if (n < m->network.instances)
		return 1;
	if (idlest) {
		instance_end_idle(idlest, "another one needs its place");
		return 1;
	}
	(void)error_say(err, -EBUSY, "context %s serves as many network namespaces as it may, %u",
			m->name, n);
	error_hint(err, "try again later; `namespaces: network: instances` is the bound");
	return -EBUSY;
}

struct context *instance_release(struct connection *conn)
{
	const struct context *c = conn->context;
	struct context *template = context_named(c->supervisor, c->manifest->name);

	if (c->removed || !template) {
		connection_refuse(conn, POSTERN_NOT_AVAILABLE,
				  c->removed ? "the network namespace was removed"
					     : "the context was removed",
				  NULL);
		return NULL;
	}
	return template;
}

void instance_removed(struct context *c)
{
	log_line(LOG_NOTICE, "context %s: network namespace %s was removed", c->manifest->name,
		 c->network);
	c->removed = true;
	instance_drain(c);
}
