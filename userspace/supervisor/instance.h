/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instances: of a context whose manifest names network namespaces, a helper for each namespace in
 * use.
 *
 * An instance is a context of its own (number, pages, cgroup, rules, helper), without a listener.
 * The context that listens runs no helper: it gives each connection to the instance of the
 * namespace that its OPEN names, which it makes when there is none. An instance ends when nobody
 * has called for the time that the manifest says, when another one needs its place, when its
 * namespace is removed, and, after the calls under way, with every reload of its context.
 */
#ifndef POSTERN_SUPERVISOR_INSTANCE_H
#define POSTERN_SUPERVISOR_INSTANCE_H

#include "supervisor/supervisor.h"

/* Does it listen for instances? */
static inline bool is_template(const struct context *c)
{
	return c->manifest->network_namespace == MANIFEST_NETWORK_NAMED && !c->network[0];
}

/* Is it an instance of the context of that name, and not about to end? */
bool is_instance_of(const struct context *c, const char *name);

/* The name in an OPEN, "" when it gives none. False: it was refused, and the connection is closed.
 */
bool instance_name(struct connection *conn, const char *network);

/* The same for a connection whose context has another manifest now: what it named holds, or it is
 * refused. It is never served in another namespace than the one that it named. */
bool instance_name_again(struct connection *conn);

/* Gives connections of a template that wait to instances. */
void instances_serve(struct context *template);

/* Connections that instances have, of the clients of a context; as connections_count(). */
unsigned instances_connections(const struct context *template, const uid_t *uid);

/* Closes those of them whose clients have gone. */
void instances_forget_gone(struct context *template);

/* The instance for a namespace that is not about to end, or NULL. */
struct context *instance_find(const struct supervisor *s, const char *name, const char *network);

/* Lets an instance finish the calls under way, and end. Its other connections wait again. */
void instance_drain(struct context *c);
void instances_drain(struct supervisor *s, const char *name);

/* Where a connection goes that an instance gives up as it ends: NULL: it was closed. */
struct context *instance_release(struct connection *conn);

#endif
