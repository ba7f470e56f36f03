/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Puts manifests that were read and checked in force, context by context. */
#include <string.h>

#include "supervisor/context.h"
#include "supervisor/log.h"
#include "supervisor/reload_private.h"
#include "supervisor/remade.h"
#include "supervisor/replace.h"
#include "supervisor/retire.h"

static void one_less(struct reload *r)
{
	if (--r->replacing == 0)
		reload_end(r);
}

static void on_replaced(void *userdata, const char *name, const char *failure)
{
	struct reload *r = userdata;
	uint64_t us = reload_us(r);

	if (failure)
		reload_tell(r, name, true, "not reloaded, the helper before it stays: %s", failure);
	else
		reload_tell(r, name, false, "reloaded in %llu.%03llu ms (new helper)",
			    (unsigned long long)us / 1000, (unsigned long long)us % 1000);
	one_less(r);
}

static void on_added(void *userdata, const char *name, const char *failure)
{
	struct reload *r = userdata;

	if (failure)
		reload_tell(r, name, true, "not added: %s", failure);
	else
		reload_tell(r, name, false, "added");
	one_less(r);
}

static void replace(struct reload *r, struct incoming *in)
{
	struct context *old = context_named(r->supervisor, in->record.name);
	cleanup_error struct error err = {};

	if (old)
		log_line(LOG_INFO, "context %s: needs another helper: %s", in->record.name,
			 in->record.why);
	r->replacing++;
	if (replace_start(r->supervisor, old, steal_ptr(in->manifest), steal_fd(&in->fd),
			  &in->record.file, old ? on_replaced : on_added, r, &err) == 0)
		return;
	if (old)
		(void)snprintf(old->note, sizeof(old->note),
			       "what runs is older than what is on disk: %s", error_text(&err));
	reload_tell(r, in->record.name, true, "not reloaded: %s", error_text(&err));
	r->replacing--;
}

static bool on_disk(const struct reload *r, const char *name)
{
	for (size_t i = 0; i < r->incoming_len; i++)
		if (strcmp(r->incoming[i].record.name, name) == 0)
			return true;
	return false;
}

static void remove_others(struct reload *r)
{
	struct supervisor *s = r->supervisor;

	for (size_t i = 0; i < s->contexts_len; i++) {
		struct context *c = s->contexts[i];

		if (c->pending || c->draining || !reload_wants(r, c->manifest->name) ||
		    on_disk(r, c->manifest->name))
			continue;
		context_unlisten(c);
		remade_forget(c);
		context_drain(c);
		if (!c->network[0])
			reload_tell(r, c->manifest->name, false, "removed");
	}
}

static void unchanged(struct reload *r, const struct incoming *in)
{
	struct context *c = context_named(r->supervisor, in->record.name);

	if (!c)
		return;
	c->file = in->record.file;
	c->note[0] = '\0';
}

void reload_apply(struct reload *r)
{
	/* One for this function, so that nothing that ends at once ends the reload. */
	r->replacing = 1;
	/* First what is quick: the moment of a context comes no later for others. */
	for (size_t i = 0; i < r->incoming_len; i++) {
		struct incoming *in = &r->incoming[i];

		if (!reload_wants(r, in->record.name))
			continue;
		if (in->record.change == CHANGE_RULES)
			reload_rules(r, in);
		else if (in->record.change == CHANGE_NONE)
			unchanged(r, in);
	}
	remove_others(r);
	for (size_t i = 0; i < r->incoming_len; i++) {
		struct incoming *in = &r->incoming[i];

		if (!reload_wants(r, in->record.name) || !in->manifest)
			continue;
		if (in->record.change == CHANGE_HELPER || in->record.change == CHANGE_ADDED)
			replace(r, in);
	}
	one_less(r);
}
