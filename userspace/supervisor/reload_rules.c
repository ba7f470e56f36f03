/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Other rules for a helper that stays. */
#include <errno.h>
#include <string.h>

#include "supervisor/connection.h"
#include "supervisor/context.h"
#include "supervisor/helper.h"
#include "supervisor/idle.h"
#include "supervisor/instance.h"
#include "supervisor/kept.h"
#include "supervisor/log.h"
#include "supervisor/reload_private.h"
#include "supervisor/remade.h"
#include "supervisor/retire.h"

static void rules_remove(struct context *c, struct ruleset **rules)
{
	for (size_t i = 0; i < c->manifest->entrypoints_len; i++)
		ruleset_remove(c->supervisor->enforcement, rules[i]);
	free(rules);
}

/* What the kernel knows of all directories, and last of the root: one pass for all entrypoints.
 * Those without a descriptor stay zero. To be freed. */
static int places_identify(const struct context *c, const struct read_roots *roots,
			   struct postern_identity **ret)
{
	cleanup_free struct postern_identity *found = NULL;
	struct postern_identity *identities = NULL;
	cleanup_free int *fds = NULL;
	size_t len = 0, open_len = 0, at = 0;
	int r;

	for (size_t i = 0; i < roots->len; i++)
		len += roots->items[i].len;
	fds = calloc(len + 1, sizeof(*fds));
	found = calloc(len + 1, sizeof(*found));
	identities = calloc(len + 1, sizeof(*identities));
	r = fds && found && identities ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < roots->len; i++)
		for (size_t j = 0; j < roots->items[i].len; j++)
			if (roots->items[i].fds[j] >= 0)
				fds[open_len++] = roots->items[i].fds[j];
	if (r == 0) {
		fds[open_len++] = c->helper.root;
		r = enforcement_identify(c->supervisor->enforcement, fds, open_len, found);
	}
	if (r < 0) {
		free(identities);
		return r;
	}
	open_len = 0;
	for (size_t i = 0; i < roots->len; i++)
		for (size_t j = 0; j < roots->items[i].len; j++, at++)
			if (roots->items[i].fds[j] >= 0)
				identities[at] = found[open_len++];
	identities[len] = found[open_len];
	*ret = identities;
	return 0;
}

/* The next generation beside the one in force: nobody is under its ids yet. */
static int rules_install(struct context *c, const struct incoming *in, struct ruleset ***ret,
			 struct error *err)
{
	size_t len = in->manifest->entrypoints_len, at = 0, all = 0;
	struct ruleset **rules = calloc(len + 1, sizeof(struct ruleset *));
	cleanup_free struct postern_identity *identities = NULL;
	int r = rules ? places_identify(c, &in->roots, &identities) : -ENOMEM;

	if (r < 0)
		(void)error_set(err, r, "ask the kernel about the directories of its rules");
	for (size_t i = 0; i < in->roots.len; i++)
		all += in->roots.items[i].len;
	for (uint32_t i = 0; r == 0 && i < len; i++) {
		const struct read_root *root = &in->roots.items[i];
		const struct rule_places places = {
			.fds = root->fds, .identities = &identities[at], .root = &identities[all]};
		struct policy *policy;

		at += root->len;
		r = policy_compile(in->manifest, &in->manifest->entrypoints[i], &policy, err);
		if (r == 0 && policy->len != root->len) {
			policy_free(policy);
			r = error_say(err, -EPROTO, "its rules were resolved for other ones");
		}
		if (r == 0)
			r = helper_install(c, policy, i, !c->banks[i], &places, &rules[i], err);
	}
	if (r < 0) {
		if (rules)
			rules_remove(c, rules);
		return r;
	}
	*ret = rules;
	return 0;
}

/* Those that wait or have not said what they want yet are held against the new callers. */
static void callers_check(struct context *c)
{
	struct connection *next;

	for (struct connection *conn = c->connections; conn; conn = next) {
		next = conn->next;
		if (conn->state != CONNECTION_SERVED)
			connection_release(conn);
	}
}

/* For the next supervisor, which takes the later rules of two. */
static void keep(const struct context *c)
{
	cleanup_error struct error err = {};

	if (c->helper.state == HELPER_RUNNING && kept_save(c, &err) < 0)
		log_error(LOG_WARNING, "a posternd that adopts it would not have this reload",
			  &err);
}

/*
 * The one moment: before it every call is under the old rules, after it every one that begins is
 * under the new ones. rules: NULL while no helper runs.
 */
static void rules_switch(struct context *c, struct incoming *in, struct ruleset **rules)
{
	struct manifest *old = c->manifest;

	(void)close(c->manifest_fd);
	c->manifest_fd = steal_fd(&in->fd);
	c->manifest = steal_ptr(in->manifest);
	if (c->image_fd >= 0)
		(void)close(steal_fd(&c->image_fd));
	idle_watch(c);
	c->file = in->record.file;
	c->note[0] = '\0';
	for (size_t i = 0; rules && i < c->manifest->entrypoints_len; i++) {
		rules_retire(c, c->rules[i]);
		c->rules[i] = rules[i];
		c->banks[i] = !c->banks[i];
	}
	free(rules);
	for (size_t i = 0; i < c->workers_len; i++)
		if (!c->workers[i].retired)
			worker_retire(&c->workers[i]);
	callers_check(c);
	keep(c);
	manifest_free(old);
}

/* Does a call of the generation before last still hold the workers' places that the next one would
 * take? */
static bool places_taken(const struct context *c)
{
	for (const struct connection *conn = c->connections; conn; conn = conn->next)
		if (conn->worker && conn->worker->retired)
			return true;
	return false;
}

/* NULL when the running helper can take the rules; the helper may have ended or been started since
 * the child looked at it. */
static const char *misfit(const struct context *c, const struct incoming *in)
{
	if (c->starts != in->record.starts ||
	    (c->helper.state != HELPER_RUNNING && c->helper.state != HELPER_STOPPED))
		return "its helper is another one";
	return places_taken(c) ? "calls of before the last reload are under way" : NULL;
}

void reload_rules(struct reload *r, struct incoming *in)
{
	struct context *c = context_named(r->supervisor, in->record.name);
	cleanup_error struct error err = {};
	struct ruleset **rules = NULL;
	const char *why = c ? misfit(c, in) : "it is new";
	uint64_t us;

	if (why) {
		in->record.change = c ? CHANGE_HELPER : CHANGE_ADDED;
		(void)snprintf(in->record.why, sizeof(in->record.why), "%s", why);
		return;
	}
	if (c->helper.state == HELPER_RUNNING && rules_install(c, in, &rules, &err) < 0) {
		reload_tell(r, in->record.name, true, "not reloaded: %s", error_text(&err));
		(void)snprintf(c->note, sizeof(c->note),
			       "what runs is older than what is on disk: %s", error_text(&err));
		return;
	}
	rules_switch(c, in, rules);
	us = reload_us(r);
	reload_tell(r, c->manifest->name, false, "reloaded in %llu.%03llu ms (rules)",
		    (unsigned long long)us / 1000, (unsigned long long)us % 1000);
	instances_drain(c->supervisor, c->manifest->name);
	context_serve(c);
	if (c->helper.state == HELPER_RUNNING) {
		remade_watch(c);
		idle_watch(c);
	}
}
