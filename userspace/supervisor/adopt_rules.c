/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules of contexts that are adopted, again under the ids that workers' tags have.
 *
 * Those that hold are compiled from the manifest and written once more; those of before a reload,
 * under which calls may be under way, stay as they are (ruleset_left()); all others go.
 */
#include <errno.h>
#include <string.h>

#include "policy/rule_entries.h"
#include "supervisor/adopt.h"
#include "supervisor/helper.h"
#include "supervisor/retire.h"

/* The kernel's policies of one context's entrypoints. */
struct found {
	uint32_t context;
	uint64_t *ids; /* one for each entrypoint; 0: none */
	uint32_t *slot_bases;
	size_t len;
	uint64_t *left; /* of before a reload */
	size_t left_len;
	int error;
};

static void leave(struct found *f, uint64_t id)
{
	uint64_t *left = reallocarray(f->left, f->left_len + 1, sizeof(*left));

	if (!left) {
		f->error = -ENOMEM;
		return;
	}
	f->left = left;
	left[f->left_len++] = id;
}

/* Of two, the later: calls of before a reload are under way under the other one. */
static void see_policy(void *userdata, uint64_t id, const struct postern_policy *policy)
{
	struct found *f = userdata;
	uint64_t *known;

	if (policy->context != f->context || policy->entrypoint >= f->len)
		return;
	known = &f->ids[policy->entrypoint];
	if (id < *known) {
		leave(f, id);
		return;
	}
	if (*known)
		leave(f, *known);
	*known = id;
	f->slot_bases[policy->entrypoint] = policy->slot_base;
}

static int install_entrypoint(struct context *c, uint32_t i, const struct found *f,
			      struct error *err)
{
	const struct manifest_entrypoint *e = &c->manifest->entrypoints[i];
	struct policy *policy;
	int r;

	if (!f->ids[i])
		return error_say(err, -ENOENT, "the kernel has no policy of %s", e->name);
	/* Generations of rules alternate between two halves of the workers. */
	c->banks[i] = f->slot_bases[i] != helper_slot_base(c, i, 0);
	if (f->slot_bases[i] != helper_slot_base(c, i, c->banks[i]))
		return error_say(err, -ESTALE, "the record pages of %s lie elsewhere", e->name);
	r = policy_compile(c->manifest, e, &policy, err);
	return r < 0 ? r
		     : helper_install_as(c, policy, i, c->banks[i], f->ids[i], NULL, &c->rules[i],
					 err);
}

static int keep_left(struct context *c, const struct found *f)
{
	int r = f->error;

	for (size_t i = 0; i < f->left_len && r == 0; i++) {
		struct ruleset *set;

		r = ruleset_left(f->left[i], &set);
		if (r == 0)
			rules_retire(c, set);
	}
	return r;
}

/* What is in force stays in force: the same entries are set to the same values. What is there
 * beyond them goes when all contexts are known (adopt_rules_sweep()). */
static int install_all(struct context *c, uint64_t start_policy, struct found *f, struct error *err)
{
	struct policy *policy;
	int r = enforcement_policies(c->supervisor->enforcement, see_policy, f);

	if (r == 0)
		r = keep_left(c, f);
	if (r < 0)
		return error_set(err, r, "read the kernel's policies");
	r = policy_compile_start(c->manifest, &policy, err);
	if (r == 0)
		r = helper_install_as(c, policy, ~0u, 0, start_policy, NULL, &c->start_rules, err);
	for (uint32_t i = 0; i < f->len && r == 0; i++)
		r = install_entrypoint(c, i, f, err);
	return r;
}

int adopt_rules(struct context *c, uint64_t start_policy, struct error *err)
{
	struct found f = {.context = c->number, .len = c->manifest->entrypoints_len};
	int r;

	f.ids = calloc(f.len + 1, sizeof(*f.ids));
	f.slot_bases = calloc(f.len + 1, sizeof(*f.slot_bases));
	r = f.ids && f.slot_bases ? install_all(c, start_policy, &f, err)
				  : error_set(err, ENOMEM, "compile its rules");
	free(f.ids);
	free(f.slot_bases);
	free(f.left);
	return r;
}

/* -- what no context has */

static bool has_directory(const struct ruleset *set, const struct postern_directory_key *key)
{
	const struct rule_entries *all = set->entries;

	for (size_t i = 0; i < all->directories_len; i++)
		if (memcmp(&all->directories[i].key, key, sizeof(*key)) == 0)
			return true;
	return false;
}

static bool has_name(const struct ruleset *set, const struct postern_directory_key *key,
		     const char *name)
{
	const struct rule_entries *all = set->entries;

	for (size_t i = 0; i < all->names_len; i++)
		if (memcmp(&all->names[i].key.directory, key, sizeof(*key)) == 0 &&
		    strcmp(all->names[i].key.name, name) == 0)
			return true;
	return false;
}

static const struct ruleset *ruleset_of(const struct supervisor *s, uint64_t policy)
{
	for (size_t i = 0; i < s->contexts_len; i++) {
		const struct ruleset *set = context_ruleset(s->contexts[i], policy);

		if (set)
			return set;
	}
	return NULL;
}

static bool wanted(void *userdata, uint64_t policy, const struct postern_directory_key *directory,
		   const char *name)
{
	const struct supervisor *s = userdata;
	const struct ruleset *set;

	/* This supervisor's own: the canary's. */
	if (policy > s->first_policy)
		return true;
	set = ruleset_of(s, policy);
	if (!set || !directory || ruleset_is_left(set))
		return set;
	return name ? has_name(set, directory, name) : has_directory(set, directory);
}

static bool netlink_wanted(void *userdata, uint64_t policy, const struct policy_netlink **ret)
{
	const struct supervisor *s = userdata;
	const struct ruleset *set = ruleset_of(s, policy);

	*ret = set && !ruleset_is_left(set) ? &set->policy->netlink : NULL;
	return set || policy > s->first_policy;
}

int adopt_rules_sweep(struct supervisor *s)
{
	int r = enforcement_sweep(s->enforcement, wanted, s);

	return r < 0 ? r : enforcement_netlink_sweep(s->enforcement, netlink_wanted, s);
}
