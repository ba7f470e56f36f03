/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a policy's rules to entries of the kernel's maps. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

#include "supervisor/rules.h"

/* Below the context's root, as its own processes would resolve it: symbolic links cannot lead out
 * of it. */
int ruleset_open(int root_fd, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static int duplicate(int fd)
{
	int copy = fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return fd >= 0 && copy < 0 ? -errno : copy;
}

static struct ruleset *ruleset_new(struct policy *policy, uint64_t id)
{
	struct ruleset *set = calloc(1, sizeof(*set));

	if (!set) {
		policy_free(policy);
		return NULL;
	}
	set->id = id;
	set->policy = policy;
	set->states = calloc(policy->len + 1, sizeof(*set->states));
	set->directories = calloc(policy->len + 1, sizeof(*set->directories));
	set->names = calloc(policy->len + 1, sizeof(*set->names));
	for (size_t i = 0; set->states && i < policy->len; i++)
		set->states[i].fd = -EBADF;
	return set;
}

static void ruleset_free(struct ruleset *set)
{
	for (size_t i = 0; set->states && i < set->policy->len; i++)
		if (set->states[i].fd >= 0)
			(void)close(set->states[i].fd);
	free(set->states);
	free(set->directories);
	free(set->names);
	policy_free(set->policy);
	free(set);
}

/* Opens what can be opened and asks the kernel about all of it, and the root, in one pass.
 * identities: rules, then the root. */
static int identify(struct enforcement *e, struct ruleset *set, int root_fd,
		    struct postern_identity *identities)
{
	size_t len = set->policy->len, open_len = 0;
	cleanup_free int *fds = calloc(len + 1, sizeof(*fds));
	cleanup_free struct postern_identity *found = calloc(len + 1, sizeof(*found));
	int r;

	if (!fds || !found)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		r = ruleset_open(root_fd, set->policy->rules[i].directory);
		set->states[i].fd = r < 0 ? -EBADF : r;
		set->states[i].error = r < 0 ? r : 0;
		if (r >= 0)
			fds[open_len++] = r;
	}
	fds[open_len++] = root_fd;
	r = enforcement_identify(e, fds, open_len, found);
	if (r < 0)
		return r;
	open_len = 0;
	for (size_t i = 0; i < len; i++)
		if (set->states[i].error == 0)
			identities[i] = found[open_len++];
	identities[len] = found[open_len];
	return 0;
}

static int take_places(struct ruleset *set, const struct rule_places *places,
		       struct postern_identity *identities)
{
	for (size_t i = 0; i < set->policy->len; i++) {
		int fd = duplicate(places->fds[i]);

		set->states[i].fd = fd < 0 ? -EBADF : fd;
		set->states[i].error = fd < 0 ? fd : 0;
		/* A directory that is there, and cannot be held: the caller is to know. */
		if (fd < 0 && places->fds[i] >= 0)
			return fd;
		identities[i] = places->identities[i];
	}
	identities[set->policy->len] = *places->root;
	return 0;
}

/* All rules of one directory share one entry: rights for the subtree add up, and so does the hint
 * that names exist. */
static int set_directory(struct enforcement *e, struct ruleset *set,
			 const struct postern_identity *identities,
			 const struct postern_directory_key *key)
{
	struct postern_rule rule = {};

	for (size_t i = 0; i < set->policy->len; i++) {
		const struct policy_rule *p = &set->policy->rules[i];

		if (set->states[i].error || identities[i].ino != key->ino ||
		    identities[i].dev != key->dev || identities[i].generation != key->generation)
			continue;
		if (p->name)
			rule.flags |= POSTERN_RULE_NAMES;
		else
			rule.rights |= p->rights;
	}
	return enforcement_directory_set(e, key, &rule);
}

/* Two rules may name one file: the same directory by two paths. */
static int set_name(struct enforcement *e, struct ruleset *set,
		    const struct postern_identity *identities, const struct postern_name_key *key)
{
	struct postern_rule rule = {};

	for (size_t i = 0; i < set->policy->len; i++) {
		const struct policy_rule *p = &set->policy->rules[i];

		if (!set->states[i].error && p->name && identities[i].ino == key->directory.ino &&
		    identities[i].dev == key->directory.dev &&
		    identities[i].generation == key->directory.generation &&
		    strcmp(p->name, key->name) == 0)
			rule.rights |= p->rights;
	}
	return enforcement_name_set(e, key, &rule);
}

/* value: the policy that is to be published. */
static int set_rules(struct enforcement *e, struct ruleset *set,
		     const struct postern_identity *identities, struct postern_policy *value)
{
	int r = 0;

	for (size_t i = 0; i < set->policy->len && r == 0; i++) {
		const struct policy_rule *p = &set->policy->rules[i];
		struct postern_directory_key *key = &set->directories[set->directories_len];
		struct postern_name_key *name;

		if (set->states[i].error)
			continue;
		*key = (struct postern_directory_key){
			.policy = set->id,
			.ino = identities[i].ino,
			.dev = identities[i].dev,
			.generation = identities[i].generation,
		};
		set->directories_len++;
		postern_filter_add(value, key->ino);
		r = set_directory(e, set, identities, key);
		if (r < 0 || !p->name)
			continue;
		name = &set->names[set->names_len++];
		name->directory = *key;
		(void)strncpy(name->name, p->name, sizeof(name->name) - 1);
		r = set_name(e, set, identities, name);
	}
	return r;
}

int ruleset_install(struct enforcement *e, struct policy *policy, uint64_t id, int root_fd,
		    const struct rule_places *places, struct postern_policy value,
		    struct ruleset **ret, struct error *err)
{
	struct ruleset *set = ruleset_new(policy, id);
	cleanup_free struct postern_identity *identities = NULL;
	int r;

	if (!set)
		return error_set(err, ENOMEM, "put a policy in force");
	identities = calloc(set->policy->len + 1, sizeof(*identities));
	if (!identities || !set->states || !set->directories || !set->names) {
		ruleset_remove(e, set);
		return error_set(err, ENOMEM, "put a policy in force");
	}
	r = places ? take_places(set, places, identities) : identify(e, set, root_fd, identities);
	if (r < 0)
		(void)error_set(err, r, "ask the kernel about the directories of a policy");
	else if ((r = set_rules(e, set, identities, &value)) < 0)
		(void)error_set(err, r, "put rules into the kernel's maps");
	if (r < 0) {
		ruleset_remove(e, set);
		return r;
	}
	value.root_mount = identities[set->policy->len].mount;
	value.root_dentry = identities[set->policy->len].dentry;
	value.mount_namespace = identities[set->policy->len].mount_namespace;
	value.capabilities = set->policy->capabilities;
	value.flags = set->policy->audit ? POSTERN_POLICY_AUDIT : 0;
	r = enforcement_policy_set(e, id, &value);
	if (r < 0) {
		ruleset_remove(e, set);
		return error_set(err, r, "publish a policy");
	}
	*ret = set;
	return 0;
}

void ruleset_remove(struct enforcement *e, struct ruleset *set)
{
	if (!set)
		return;
	(void)enforcement_policy_delete(e, set->id);
	for (size_t i = 0; i < set->names_len; i++)
		(void)enforcement_name_delete(e, &set->names[i]);
	for (size_t i = 0; i < set->directories_len; i++)
		(void)enforcement_directory_delete(e, &set->directories[i]);
	ruleset_free(set);
}
