/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The supervisor's view of itself, as records. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/hooks.h"
#include "policy/sockets.h"
#include "supervisor/admin.h"
#include "supervisor/canary.h"
#include "supervisor/instance.h"
#include "supervisor/reload.h"
#include "supervisor/worker.h"

static enum admin_state context_state(const struct context *c)
{
	switch (c->helper.state) {
	case HELPER_STOPPED:
		return c->failure[0] ? ADMIN_FAILED : ADMIN_STOPPED;
	case HELPER_RUNNING:
		return ADMIN_RUNNING;
	case HELPER_CONFINING:
	case HELPER_LOADING:
	case HELPER_ADOPTING:
	case HELPER_ENDING:
	default:
		return ADMIN_STARTING;
	}
}

static int add_supervisor(const struct supervisor *s, struct admin_queue *q)
{
	uint64_t interval_ns, passed = canary_passed(s->canary, &interval_ns);
	struct admin_record record = {
		.type = ADMIN_SUPERVISOR,
		.state = s->failure[0] ? ADMIN_FAILED : ADMIN_RUNNING,
		.connections = (uint32_t)(interval_ns / 1000000000),
		.calls_since = passed,
		.pid = (uint32_t)getpid(),
		.count = enforcement_events_dropped(s->enforcement),
		.time = s->started,
	};

	if (s->failure[0])
		(void)snprintf(record.text, sizeof(record.text), "%s", s->failure);
	else if (reload_failure(s))
		(void)snprintf(record.text, sizeof(record.text), "the last reload failed: %.200s",
			       reload_failure(s));
	return admin_queue_add(q, &record);
}

/* Does it end after calls of before a reload, and not for another reason? */
static bool of_earlier(const struct worker *w)
{
	return w->retired && (w->context->draining || w->rules != w->context->rules[w->entrypoint]);
}

/* How many workers of its name are retired, with those of contexts that it took the place of. */
static unsigned calls_of_earlier(const struct context *c)
{
	const struct supervisor *s = c->supervisor;
	unsigned n = 0;

	for (size_t i = 0; i < s->contexts_len; i++) {
		const struct context *other = s->contexts[i];

		if (strcmp(other->manifest->name, c->manifest->name) != 0)
			continue;
		for (size_t w = 0; w < other->workers_len; w++)
			n += of_earlier(&other->workers[w]);
	}
	return n;
}

static int add_context(const struct context *c, struct admin_queue *q)
{
	struct admin_record record = {
		.type = ADMIN_CONTEXT,
		.state = context_state(c),
		.pid = c->helper.state == HELPER_STOPPED ? 0 : (uint32_t)c->helper.pid,
		.connections = c->connections_len,
		.count = c->starts,
		.ino = c->file.ino,
		.time = c->file.modified,
		.adopted = c->adopted,
	};

	(void)snprintf(record.context, sizeof(record.context), "%s", c->manifest->name);
	memcpy(record.network, c->network, sizeof(record.network));
	(void)snprintf(record.path, sizeof(record.path), "%s", c->manifest->file);
	if (c->failure[0])
		(void)snprintf(record.text, sizeof(record.text), "%s", c->failure);
	else if (c->note[0])
		(void)snprintf(record.text, sizeof(record.text), "%s", c->note);
	else if (calls_of_earlier(c))
		(void)snprintf(record.text, sizeof(record.text),
			       "%u worker%s of before the last reload finish their calls",
			       calls_of_earlier(c), calls_of_earlier(c) == 1 ? "" : "s");
	else if (c->manifest->user_namespace == MANIFEST_USER_HOST)
		(void)snprintf(record.text, sizeof(record.text),
			       "in the host's user namespace: its capabilities count on the host");
	else if (is_template(c))
		(void)snprintf(record.text, sizeof(record.text),
			       "it has a helper for each network namespace in use");
	return admin_queue_add(q, &record);
}

static void name_entrypoint(const struct context *c, uint32_t i, struct admin_record *record)
{
	(void)snprintf(record->context, sizeof(record->context), "%s", c->manifest->name);
	(void)snprintf(record->entrypoint, sizeof(record->entrypoint), "%s",
		       c->manifest->entrypoints[i].name);
}

static int add_rules(const struct context *c, uint32_t entrypoint, struct admin_queue *q)
{
	const struct manifest_entrypoint *e = &c->manifest->entrypoints[entrypoint];
	const struct ruleset *set = c->rules[entrypoint];
	char reason[512];

	for (size_t i = 0; i < e->paths_len; i++) {
		const struct manifest_path *p = &e->paths[i];
		struct admin_record record = {
			.type = ADMIN_RULE, .rights = p->rights, .line = p->place.line};

		/* Of groups and programs only what is wrong: a file of theirs that a host does not
		 * have is not. */
		if (p->part && (!set || !set->states[i].error || set->states[i].error == -ENOENT))
			continue;
		name_entrypoint(c, entrypoint, &record);
		(void)snprintf(record.path, sizeof(record.path), "%s%s", p->path,
			       p->subtree && strcmp(p->path, "/") != 0 ? "/" : "");
		/* The policy's rules are the manifest's paths, in their order. */
		if (!set)
			(void)snprintf(record.text, sizeof(record.text),
				       "the context is not running");
		else if (set->states[i].error)
			(void)snprintf(record.text, sizeof(record.text),
				       "%s; what it would allow is denied",
				       ruleset_reason(set, i, reason, sizeof(reason)));
		else
			record.in_force = 1;
		if (admin_queue_add(q, &record) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* text: NULL when there was no memory for it. */
static int add_netlink_rule(const struct context *c, uint32_t entrypoint, const char *text,
			    unsigned line, struct admin_queue *q)
{
	struct admin_record record = {.type = ADMIN_RULE,
				      .operation = POSTERN_OP_NETLINK,
				      .in_force = c->rules[entrypoint] != NULL,
				      .line = line};

	if (!text)
		return -ENOMEM;
	(void)snprintf(record.path, sizeof(record.path), "%s", text);
	name_entrypoint(c, entrypoint, &record);
	if (!record.in_force)
		(void)snprintf(record.text, sizeof(record.text), "the context is not running");
	return admin_queue_add(q, &record);
}

static int add_netlink(const struct context *c, uint32_t entrypoint, struct admin_queue *q)
{
	const struct manifest_netlink *n = &c->manifest->entrypoints[entrypoint].netlink;
	int r = 0;

	for (size_t i = 0; i < n->messages_len && r == 0; i++) {
		cleanup_free char *text = policy_message_text(&n->messages[i]);

		r = add_netlink_rule(c, entrypoint, text, n->messages[i].place.line, q);
	}
	for (size_t i = 0; i < n->listens_len && r == 0; i++) {
		cleanup_free char *text = policy_listen_text(&n->listens[i]);

		r = add_netlink_rule(c, entrypoint, text, n->listens[i].place.line, q);
	}
	return r;
}

struct grants {
	const struct context *context;
	uint32_t entrypoint;
	struct admin_queue *queue;
	int error;
};

/* As a rule without rights: it says all by itself. */
static void add_grant(void *userdata, const char *key, const char *text, unsigned line)
{
	struct grants *g = userdata;
	struct admin_record record = {
		.type = ADMIN_RULE,
		.line = line,
		.in_force = g->context->rules[g->entrypoint] != NULL,
	};

	name_entrypoint(g->context, g->entrypoint, &record);
	(void)snprintf(record.path, sizeof(record.path), "%s: %s", key, text);
	if (!record.in_force)
		(void)snprintf(record.text, sizeof(record.text), "the context is not running");
	if (g->error == 0)
		g->error = admin_queue_add(g->queue, &record);
}

static int add_grants(const struct context *c, uint32_t entrypoint, struct admin_queue *q)
{
	struct grants g = {.context = c, .entrypoint = entrypoint, .queue = q};
	int r = policy_sockets_describe(&c->manifest->entrypoints[entrypoint], add_grant, &g);

	return r < 0 ? r : g.error;
}

static int add_workers(const struct context *c, uint32_t entrypoint, struct admin_queue *q)
{
	for (size_t i = 0; i < c->workers_len; i++) {
		const struct worker *w = &c->workers[i];
		struct admin_record record = {.type = ADMIN_WORKER, .pid = (uint32_t)w->pid};

		if (w->entrypoint != entrypoint || w->state == WORKER_NONE)
			continue;
		record.caller_known = worker_is_callers(w);
		record.caller = w->caller;
		if (w->retired)
			(void)snprintf(record.text, sizeof(record.text), "ends after its calls%s",
				       of_earlier(w) ? ", under the rules before the last reload"
						     : "");
		record.state = w->state == WORKER_READY ? ADMIN_RUNNING : ADMIN_STARTING;
		record.connections = worker_connections(w);
		record.call = c->pages[w->slot].call;
		record.calls_since = c->pages[w->slot].started;
		name_entrypoint(c, entrypoint, &record);
		if (admin_queue_add(q, &record) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_entrypoint(const struct context *c, uint32_t i, struct admin_queue *q)
{
	struct admin_record record = {
		.type = ADMIN_ENTRYPOINT,
		.audit = c->manifest->entrypoints[i].mode == MANIFEST_AUDIT,
		.policy = c->rules[i] ? c->rules[i]->id : 0,
		.count = c->denied[i],
	};
	int r;

	name_entrypoint(c, i, &record);
	r = admin_queue_add(q, &record);
	if (r == 0)
		r = add_rules(c, i, q);
	if (r == 0)
		r = add_netlink(c, i, q);
	if (r == 0)
		r = add_grants(c, i, q);
	return r < 0 ? r : add_workers(c, i, q);
}

int status_records(const struct supervisor *s, struct admin_queue *q)
{
	struct admin_record end = {.type = ADMIN_END};
	int r;

	r = add_supervisor(s, q);
	for (size_t i = 0; i < s->contexts_len && r == 0; i++) {
		const struct context *c = s->contexts[i];

		if (c->pending || c->draining)
			continue;
		r = add_context(c, q);
		for (uint32_t e = 0; e < c->manifest->entrypoints_len && r == 0; e++)
			r = add_entrypoint(c, e, q);
	}
	return r < 0 ? r : admin_queue_add(q, &end);
}

int hooks_records(const struct supervisor *s, struct admin_queue *q)
{
	struct admin_record end = {.type = ADMIN_END};

	for (size_t i = 0; i < hooks_len; i++) {
		struct admin_record record = {.type = ADMIN_HOOK, .hook = (uint32_t)i};
		bool exists;

		if (enforcement_attached(s->enforcement, i, &exists))
			record.state = ADMIN_HOOK_ATTACHED;
		else
			record.state = exists ? ADMIN_HOOK_UNASKED : ADMIN_HOOK_ABSENT;
		if (admin_queue_add(q, &record) < 0)
			return -ENOMEM;
	}
	return admin_queue_add(q, &end);
}
