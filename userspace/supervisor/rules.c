/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a policy's rules to entries of the kernel's maps: resolved, joined, written. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fault.h"
#include "policy/rule_entries.h"
#include "supervisor/devices.h"
#include "supervisor/rule_place.h"
#include "supervisor/rules.h"

#define PARENTS_MAX 256
#define SEEN_MAX                                                                                   \
	512 /* directories on the way to rules; from there on some are asked about twice           \
	     */

/* Descriptors and what the kernel knows about them: those that nobody told before it is asked about
 * in one pass. */
struct questions {
	int *fds;
	struct postern_identity *answers; /* mount 0: not known yet */
	size_t len;
};

/* One installation under way. */
struct install {
	struct enforcement *enforcement;
	struct ruleset *set;
	const struct rule_places *known; /* NULL: nothing was resolved elsewhere */
	int root_fd;
	struct rule_place *places; /* of each rule; their fds become those of the states */
	size_t *asked;		   /* index of each rule's question */
	struct questions questions;
	size_t parents, parents_end; /* questions that only lead to a rule, whose descriptors are
					closed again; the root comes last */
};

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
	set->entries = calloc(1, sizeof(*set->entries));
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
	rule_entries_free(set->entries);
	policy_free(set->policy);
	free(set);
}

/* known: NULL when the kernel is to be asked. */
static int question_add(struct questions *q, int fd, const struct postern_identity *known)
{
	int *fds = reallocarray(q->fds, q->len + 1, sizeof(*fds));
	struct postern_identity *answers;

	if (!fds)
		return -ENOMEM;
	q->fds = fds;
	answers = reallocarray(q->answers, q->len + 1, sizeof(*answers));
	if (!answers)
		return -ENOMEM;
	q->answers = answers;
	answers[q->len] = known ? *known : (struct postern_identity){};
	fds[q->len++] = fd;
	return 0;
}

/* A rule before this one that is tied to the same directory by the same name: hundreds of libraries
 * lie in one. */
static size_t same_place(const struct install *in, size_t i)
{
	const struct policy *p = in->set->policy;

	for (size_t k = 0; k < i; k++)
		if (in->set->states[k].fd >= 0 && !in->places[k].literal && !p->rules[i].parts &&
		    !p->rules[k].parts && strcmp(p->rules[k].directory, p->rules[i].directory) == 0)
			return k;
	return i;
}

/* Takes the place of a rule before this one. */
static int place_share(struct install *in, size_t i, size_t same)
{
	struct rule_state *state = &in->set->states[i];

	in->asked[i] = in->asked[same];
	state->fd = fcntl(in->set->states[same].fd, F_DUPFD_CLOEXEC, 0);
	return state->fd < 0 ? -errno : 0;
}

static bool found_elsewhere(const struct install *in)
{
	return in->known && in->known->fds;
}

static int directory_open(const struct install *in, size_t i)
{
	int fd = found_elsewhere(in) ? in->known->fds[i] : -EBADF;

	if (!found_elsewhere(in))
		return ruleset_open(in->root_fd, in->set->policy->rules[i].directory);
	if (fd < 0)
		return fd;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/* Opens what can be opened. */
static int places_find(struct install *in)
{
	const struct policy *p = in->set->policy;
	int r = 0;

	for (size_t i = 0; i < p->len && r == 0; i++) {
		struct rule_state *state = &in->set->states[i];
		size_t same = same_place(in, i);
		int opened;

		if (same < i) {
			r = place_share(in, i, same);
			continue;
		}
		opened = directory_open(in, i);
		/* A directory that is there, and cannot be held: the caller is to know. */
		if (opened < 0 && found_elsewhere(in) && in->known->fds[i] >= 0)
			return opened;
		state->error = rule_place_find(in->root_fd, &p->rules[i], opened, &in->places[i]);
		if (state->error)
			continue;
		state->fd = steal_fd(&in->places[i].fd);
		in->asked[i] = in->questions.len;
		/* What was resolved elsewhere is the directory itself, not the root of its mount.
		 */
		r = question_add(&in->questions, state->fd,
				 found_elsewhere(in) && !in->places[i].literal
					 ? &in->known->identities[i]
					 : NULL);
	}
	return r;
}

struct seen {
	dev_t dev;
	ino_t ino;
};

/* Was the directory asked about already? Then all above it were, too. */
static bool seen_before(struct seen *seen, size_t *len, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	for (size_t i = 0; i < *len; i++)
		if (seen[i].dev == st.st_dev && seen[i].ino == st.st_ino)
			return true;
	if (*len < SEEN_MAX)
		seen[(*len)++] = (struct seen){.dev = st.st_dev, .ino = st.st_ino};
	return false;
}

static int parents_of(struct install *in, int fd, struct seen *seen, size_t *seen_len)
{
	int parents[PARENTS_MAX];
	int found = rule_place_parents(in->root_fd, fd, parents, PARENTS_MAX);
	int r = found < 0 ? found : 0;
	bool done = false;

	for (int i = 0; i < found; i++) {
		done = done || seen_before(seen, seen_len, parents[i]);
		if (!done && r == 0)
			r = question_add(&in->questions, parents[i], NULL);
		if (done || r < 0)
			(void)close(parents[i]);
		else
			in->parents_end = in->questions.len;
	}
	return r;
}

/* With guarded metadata, what leads to a rule may be looked at: it, and every directory above. */
static int parents_find(struct install *in)
{
	struct seen seen[SEEN_MAX];
	size_t len = in->questions.len, seen_len = 0;
	int r = 0;

	in->parents = in->parents_end = len;
	for (size_t i = 0; in->set->policy->guarded && i < len && r == 0; i++)
		r = parents_of(in, in->questions.fds[i], seen, &seen_len);
	return r < 0 ? r
		     : question_add(&in->questions, in->root_fd,
				    in->known ? in->known->root : NULL);
}

/* Asks about those that are not known; an identity that is known has a mount. */
static int questions_ask(struct enforcement *e, struct questions *q)
{
	cleanup_free struct postern_identity *found = calloc(q->len + 1, sizeof(*found));
	cleanup_free int *fds = calloc(q->len + 1, sizeof(*fds));
	size_t len = 0;
	int r;

	if (!found || !fds)
		return -ENOMEM;
	for (size_t i = 0; i < q->len; i++)
		if (!q->answers[i].mount)
			fds[len++] = q->fds[i];
	r = len > 0 ? enforcement_identify(e, fds, len, found) : 0;
	len = 0;
	for (size_t i = 0; i < q->len && r == 0; i++)
		if (!q->answers[i].mount)
			q->answers[i] = found[len++];
	return r;
}

static int ask(struct install *in)
{
	int r = places_find(in);

	if (r == 0)
		r = parents_find(in);
	return r < 0 ? r : questions_ask(in->enforcement, &in->questions);
}

static struct postern_directory_key key_of(const struct install *in, size_t question)
{
	const struct postern_identity *id = &in->questions.answers[question];

	return (struct postern_directory_key){
		.policy = in->set->id,
		.ino = id->ino,
		.dev = id->dev,
		.generation = id->generation,
	};
}

static int entry_add(struct install *in, size_t i, struct error *err)
{
	const struct policy_rule *rule = &in->set->policy->rules[i];
	struct rule_state *state = &in->set->states[i];
	const struct rule_place *place = &in->places[i];
	struct rule_tie tie = {.policy = in->set->policy, .rule = i};
	struct postern_pattern pattern;

	/* Its file system shows the same numbers for different directories (bpf/lib/inode.bpf.h).
	 */
	if (!state->error && !in->questions.answers[in->asked[i]].dev)
		state->error = -EOPNOTSUPP;
	if (!state->error)
		state->error = device_constraint(&rule->device, &tie.device);
	if (!state->error && (place->literal || rule->parts))
		state->error = policy_pattern(rule, place->literal ? place->literal : "", &pattern);
	if (state->error)
		return 0;
	if (place->literal || rule->parts) {
		if (place->gap)
			pattern.gap = 1;
		tie.pattern = &pattern;
	}
	tie.key = key_of(in, in->asked[i]);
	return rule_entries_add(in->set->entries, &tie, err);
}

static int entries_make(struct install *in, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < in->set->policy->len && r == 0; i++)
		r = entry_add(in, i, err);
	for (size_t i = 0; in->set->policy->guarded && i < in->questions.len && r == 0; i++) {
		struct postern_directory_key key = key_of(in, i);

		r = rule_entries_lead(in->set->entries, &key);
	}
	if (r == 0)
		r = rule_entries_finish(in->set->entries, in->set->id);
	return r < 0 && (!err || !err->code) ? error_set(err, r, "tie a policy's rules") : r;
}

/* What an entry points to comes before it: a directory's flags say last that there is more. */
static int entries_write(struct enforcement *e, const struct rule_entries *all)
{
	int r = 0;

	for (size_t i = 0; i < all->ioctls_len && r == 0; i++)
		r = enforcement_ioctl_set(e, &all->ioctls[i]);
	for (size_t i = 0; i < all->patterns_len && r == 0; i++)
		r = enforcement_pattern_set(e, &all->patterns[i].key, &all->patterns[i].pattern);
	for (size_t i = 0; i < all->names_len && r == 0; i++)
		r = enforcement_name_set(e, &all->names[i].key, &all->names[i].grant.rule);
	for (size_t i = 0; i < all->directories_len && r == 0; i++)
		r = enforcement_directory_set(e, &all->directories[i].key,
					      &all->directories[i].grant.rule);
	return r;
}

static void entries_delete(struct enforcement *e, const struct rule_entries *all)
{
	for (size_t i = 0; i < all->directories_len; i++)
		(void)enforcement_directory_delete(e, &all->directories[i].key);
	for (size_t i = 0; i < all->names_len; i++)
		(void)enforcement_name_delete(e, &all->names[i].key);
	for (size_t i = 0; i < all->patterns_len; i++)
		(void)enforcement_pattern_delete(e, &all->patterns[i].key);
	for (size_t i = 0; i < all->ioctls_len; i++)
		(void)enforcement_ioctl_delete(e, &all->ioctls[i]);
}

static int publish(struct install *in, struct postern_policy value, struct error *err)
{
	const struct policy *p = in->set->policy;
	const struct postern_identity *root = &in->questions.answers[in->questions.len - 1];
	int r;

	in->set->root = *root;
	value.root_mount = root->mount;
	value.root_dentry = root->dentry;
	value.mount_namespace = root->mount_namespace;
	value.capabilities = p->capabilities;
	value.descriptors = p->descriptors;
	for (size_t i = 0; i < in->set->entries->directories_len; i++)
		postern_filter_add(&value, in->set->entries->directories[i].key.ino);
	/* In audit mode sockets are made without a rule, and what they do is to be reported. A
	 * caller's socket can be bound and connected anew, and a result is held by the hook of what
	 * is sent. */
	value.flags =
		(p->audit ? POSTERN_POLICY_AUDIT : 0) | (p->guarded ? POSTERN_POLICY_GUARDED : 0) |
		(p->sockets.any || p->audit || policy_moves_sockets(p) ? POSTERN_POLICY_NETWORK
								       : 0);
	r = enforcement_policy_set(in->enforcement, in->set->id, &value);
	return r < 0 ? enforcement_set_error(in->enforcement, r, "publish a policy", err) : 0;
}

static int install(struct install *in, struct postern_policy value, struct error *err)
{
	int r;

	r = ask(in);
	if (r < 0)
		return error_set(err, r, "ask the kernel about the directories of a policy");
	r = entries_make(in, err);
	if (r < 0)
		return r;
	r = entries_write(in->enforcement, in->set->entries);
	if (r == 0)
		r = enforcement_netlink_set(in->enforcement, in->set->id,
					    &in->set->policy->netlink);
	if (r == 0)
		r = enforcement_sockets_set(in->enforcement, in->set->id,
					    &in->set->policy->sockets);
	if (r < 0)
		return enforcement_set_error(in->enforcement, r, "put rules into the kernel's maps",
					     err);
	fault_point(FAULT_POLICY_RULES);
	r = publish(in, value, err);
	if (r == 0)
		fault_point(FAULT_POLICY_SET);
	return r;
}

int ruleset_install(struct enforcement *e, struct policy *policy, uint64_t id, int root_fd,
		    const struct rule_places *places, struct postern_policy value,
		    struct ruleset **ret, struct error *err)
{
	struct install in = {.enforcement = e, .root_fd = root_fd, .known = places};
	size_t rules = policy->len;
	int r = -ENOMEM;

	in.set = ruleset_new(policy, id);
	if (!in.set)
		return error_set(err, ENOMEM, "put a policy in force");
	in.places = calloc(rules + 1, sizeof(*in.places));
	in.asked = calloc(rules + 1, sizeof(*in.asked));
	for (size_t i = 0; in.places && i < rules; i++)
		in.places[i].fd = -EBADF;
	if (in.places && in.asked && in.set->states && in.set->entries)
		r = install(&in, value, err);
	else
		(void)error_set(err, r, "put a policy in force");
	for (size_t i = 0; in.places && i < rules; i++)
		rule_place_clear(&in.places[i]);
	for (size_t i = in.parents; i < in.parents_end; i++)
		(void)close(in.questions.fds[i]);
	free(in.places);
	free(in.asked);
	free(in.questions.fds);
	free(in.questions.answers);
	if (r < 0) {
		ruleset_remove(e, in.set);
		return r;
	}
	*ret = in.set;
	return 0;
}

void ruleset_remove(struct enforcement *e, struct ruleset *set)
{
	if (!set)
		return;
	(void)enforcement_policy_delete(e, set->id);
	if (ruleset_is_left(set))
		ruleset_left_forget(e, set->id);
	else
		entries_delete(e, set->entries);
	enforcement_netlink_delete(e, set->id, &set->policy->netlink);
	enforcement_sockets_delete(e, set->id, &set->policy->sockets);
	ruleset_free(set);
}

const char *ruleset_reason(const struct ruleset *set, size_t i, char *to, size_t size)
{
	const struct policy_rule *rule = &set->policy->rules[i];
	int error = set->states[i].error;

	if (error == -ENODEV && rule->device.driver)
		(void)snprintf(to, size, "no driver %s in /proc/devices", rule->device.driver);
	else if (error == -E2BIG)
		(void)snprintf(to, size, "%s lies deeper than a pattern reaches", rule->path);
	else
		(void)snprintf(to, size, "directory %s: %s", rule->directory, strerror(-error));
	return to;
}
