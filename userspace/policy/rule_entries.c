/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy's rules as entries of the kernel's maps. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "policy/rule_entries.h"

#define PLACE_MAX 512

/* Makes room for one more zeroed item. */
static void *add(void *array_field, size_t *len, size_t size)
{
	void **array = array_field;
	char *grown = reallocarray(*array, *len + 1, size);

	if (!grown)
		return NULL;
	*array = grown;
	memset(grown + *len * size, 0, size);
	return grown + (*len)++ * size;
}

static bool same_directory(const struct postern_directory_key *a,
			   const struct postern_directory_key *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->generation == b->generation;
}

static struct directory_entry *directory_get(struct rule_entries *all,
					     const struct postern_directory_key *key)
{
	struct directory_entry *d;

	for (size_t i = 0; i < all->directories_len; i++)
		if (same_directory(&all->directories[i].key, key))
			return &all->directories[i];
	d = add(&all->directories, &all->directories_len, sizeof(*d));
	if (d) {
		d->key = *key;
		d->grant.first = SIZE_MAX;
	}
	return d;
}

static struct name_entry *name_get(struct rule_entries *all,
				   const struct postern_directory_key *key, const char *name)
{
	struct name_entry *n;

	for (size_t i = 0; i < all->names_len; i++)
		if (same_directory(&all->names[i].key.directory, key) &&
		    strcmp(all->names[i].key.name, name) == 0)
			return &all->names[i];
	n = add(&all->names, &all->names_len, sizeof(*n));
	if (n) {
		n->key.directory = *key;
		(void)snprintf(n->key.name, sizeof(n->key.name), "%s", name);
		n->grant.first = SIZE_MAX;
	}
	return n;
}

static int commands_join(struct entry_grant *grant, const struct policy_rule *rule)
{
	for (size_t i = 0; i < rule->ioctls_len; i++) {
		size_t at = 0;
		uint32_t *new;

		while (at < grant->commands_len && grant->commands[at] < rule->ioctls[i])
			at++;
		if (at < grant->commands_len && grant->commands[at] == rule->ioctls[i])
			continue;
		new = add(&grant->commands, &grant->commands_len, sizeof(*new));
		if (!new)
			return -ENOMEM;
		/* In order, so that two lists of the same commands are seen to be one. */
		memmove(&grant->commands[at + 1], &grant->commands[at],
			(grant->commands_len - 1 - at) * sizeof(*new));
		grant->commands[at] = rule->ioctls[i];
	}
	return 0;
}

/* An entry has one constraint: what two rules say of one object cannot be told apart by which rule
 * gave which right. */
static int contradiction(const struct rule_tie *tie, size_t first, struct error *err)
{
	const struct policy_rule *one = &tie->policy->rules[first];
	const struct policy_rule *other = &tie->policy->rules[tie->rule];
	char places[2][PLACE_MAX];
	int r;

	r = error_say(err, -EINVAL,
		      "%s (%s) and %s (%s) are one place, and say different kinds of device",
		      one->path, policy_rule_place(one, "line", places[0], PLACE_MAX), other->path,
		      policy_rule_place(other, "line", places[1], PLACE_MAX));
	error_hint(err, "give both the same \"device\", or join them to one");
	return r;
}

static int grant_join(struct entry_grant *grant, const struct rule_tie *tie, struct error *err)
{
	const struct policy_rule *rule = &tie->policy->rules[tie->rule];

	if (grant->first == SIZE_MAX) {
		grant->first = tie->rule;
		grant->rule.device = tie->device;
	} else if (grant->rule.device != tie->device) {
		return contradiction(tie, grant->first, err);
	}
	grant->rule.rights |= rule->rights;
	if (commands_join(grant, rule) < 0)
		return error_set(err, ENOMEM, "tie a rule");
	return 0;
}

static int pattern_add(struct rule_entries *all, const struct rule_tie *tie, struct error *err)
{
	char place[PLACE_MAX];
	struct pattern_entry *p;
	uint32_t index = 0;

	for (size_t i = 0; i < all->patterns_len; i++)
		index += same_directory(&all->patterns[i].key.directory, &tie->key);
	if (index >= POSTERN_PATTERNS_MAX) {
		const struct policy_rule *rule = &tie->policy->rules[tie->rule];
		int r = error_say(err, -E2BIG, "%s (%s) is one pattern too many for its directory",
				  rule->path, policy_rule_place(rule, "line", place, PLACE_MAX));

		error_hint(err,
			   "a directory has at most %d, and so has all of /proc and all of /sys in "
			   "one entrypoint",
			   POSTERN_PATTERNS_MAX);
		return r;
	}
	p = add(&all->patterns, &all->patterns_len, sizeof(*p));
	if (!p)
		return error_set(err, ENOMEM, "tie a rule");
	p->key = (struct postern_pattern_key){.directory = tie->key, .index = index};
	p->pattern = *tie->pattern;
	p->grant.first = SIZE_MAX;
	return grant_join(&p->grant, tie, err);
}

int rule_entries_add(struct rule_entries *all, const struct rule_tie *tie, struct error *err)
{
	const struct policy_rule *rule = &tie->policy->rules[tie->rule];
	struct directory_entry *directory = directory_get(all, &tie->key);
	struct name_entry *name;

	if (!directory)
		return error_set(err, ENOMEM, "tie a rule");
	if (tie->pattern) {
		directory->grant.rule.flags |= POSTERN_RULE_PATTERNS;
		return pattern_add(all, tie, err);
	}
	if (!rule->name)
		return grant_join(&directory->grant, tie, err);
	directory->grant.rule.flags |= POSTERN_RULE_NAMES;
	name = name_get(all, &tie->key, rule->name);
	return name ? grant_join(&name->grant, tie, err) : error_set(err, ENOMEM, "tie a rule");
}

int rule_entries_lead(struct rule_entries *all, const struct postern_directory_key *key)
{
	struct directory_entry *directory = directory_get(all, key);

	if (!directory)
		return -ENOMEM;
	directory->grant.rule.flags |= POSTERN_RULE_LEADS;
	return 0;
}

/* A list that was made before, of the same commands; 0: none. */
static uint16_t list_find(const struct rule_entries *all, const struct entry_grant *grant)
{
	for (uint16_t list = 1; list <= all->lists; list++) {
		size_t len = 0, same = 0;

		for (size_t i = 0; i < all->ioctls_len; i++) {
			if (all->ioctls[i].list != list)
				continue;
			same += len < grant->commands_len &&
				grant->commands[len] == all->ioctls[i].command;
			len++;
		}
		if (len == grant->commands_len && same == len)
			return list;
	}
	return 0;
}

static int list_make(struct rule_entries *all, struct entry_grant *grant, uint64_t policy)
{
	if (grant->commands_len == 0)
		return 0;
	grant->rule.ioctls = list_find(all, grant);
	if (grant->rule.ioctls)
		return 0;
	if (all->lists == UINT16_MAX)
		return -E2BIG;
	grant->rule.ioctls = ++all->lists;
	for (size_t i = 0; i < grant->commands_len; i++) {
		struct postern_ioctl_key *key = add(&all->ioctls, &all->ioctls_len, sizeof(*key));

		if (!key)
			return -ENOMEM;
		*key = (struct postern_ioctl_key){.policy = policy,
						  .list = grant->rule.ioctls,
						  .command = grant->commands[i]};
	}
	return 0;
}

int rule_entries_finish(struct rule_entries *all, uint64_t policy)
{
	int r = 0;

	for (size_t i = 0; i < all->directories_len && r == 0; i++)
		r = list_make(all, &all->directories[i].grant, policy);
	for (size_t i = 0; i < all->names_len && r == 0; i++)
		r = list_make(all, &all->names[i].grant, policy);
	for (size_t i = 0; i < all->patterns_len && r == 0; i++) {
		r = list_make(all, &all->patterns[i].grant, policy);
		all->patterns[i].pattern.rule = all->patterns[i].grant.rule;
	}
	return r;
}

void rule_entries_free(struct rule_entries *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->directories_len; i++)
		free(all->directories[i].grant.commands);
	for (size_t i = 0; i < all->names_len; i++)
		free(all->names[i].grant.commands);
	for (size_t i = 0; i < all->patterns_len; i++)
		free(all->patterns[i].grant.commands);
	free(all->directories);
	free(all->names);
	free(all->patterns);
	free(all->ioctls);
	free(all);
}
