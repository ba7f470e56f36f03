/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel side without posternd: loaded as posternd loads it, and children tagged by hand. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "supervisor/cgroup.h"
#include "tests/bench/bench.h"

#define POLICY	    BENCH_POLICY
#define PINS	    "/run/postern-bench-pins"
#define PLACE	    "/run/postern-bench-place"
#define NO_INODE    (1ull << 40) /* numbers from here on belong to no inode */
#define OTHERS_FROM 1000	 /* ids of the policies that only fill the map */
#define EACH_HAS    10

static struct enforcement *enforcement;
static struct postern_identity directory_of_rule;
static unsigned rules_made, policies_made;

struct enforcement *tagged_enforcement(void)
{
	return enforcement;
}

/* The cgroup of contexts, since an untagged task is asked for it. */
static int cgroup;
static uint64_t cgroup_id;
static uint32_t cgroup_level;

void tagged_prepare(void)
{
	struct error err = {};

	if (cgroup_contexts(PLACE, false, &cgroup, &cgroup_id, &cgroup_level, &err) < 0)
		bench_bail("cannot make the cgroup of contexts: %s", error_text(&err));
}

void tagged_load(void)
{
	struct error err = {};
	int r = enforcement_open(PINS, true, &enforcement, &err);

	if (r == 0)
		r = enforcement_load(enforcement, cgroup_id, cgroup_level, &err);
	/* As when a context has sockets: sends are looked at, too. */
	if (r == 0)
		r = enforcement_attach_for(enforcement, POSTERN_POLICY_NETWORK, &err);
	if (r < 0)
		bench_bail("cannot load: %s", error_text(&err));
	rules_made = 0;
	policies_made = 0;
}

void tagged_guard(void)
{
	struct error err = {};

	if (enforcement_attach_for(enforcement, POSTERN_POLICY_GUARDED, &err) < 0)
		bench_bail("cannot attach the programs for metadata: %s", error_text(&err));
}

void tagged_drop(void)
{
	enforcement_drop(PINS);
}

static int open_in(pid_t child, const char *path)
{
	char whole[256];
	int fd;

	(void)snprintf(whole, sizeof(whole), "/proc/%d/root%s", (int)child, path);
	fd = open(whole, O_PATH | O_CLOEXEC);
	if (fd < 0)
		bench_bail("open %s: %s", whole, strerror(errno));
	return fd;
}

/* The one that tagged tasks have. */
static struct postern_policy policy;

static struct postern_directory_key key_of(uint64_t owner, const struct postern_identity *id)
{
	return (struct postern_directory_key){
		.policy = owner,
		.ino = id->ino,
		.dev = id->dev,
		.generation = id->generation,
	};
}

static void set_directory(const struct postern_directory_key *key, struct postern_rule rule)
{
	int r = enforcement_directory_set(enforcement, key, &rule);

	if (r < 0)
		bench_bail("cannot make a rule: %s", strerror(-r));
}

static void set_rule(const struct rule *rule, const struct postern_identity *id)
{
	struct postern_name_key name = {.directory = key_of(POLICY, id)};
	struct postern_rule value = {.rights = POSTERN_RIGHTS_ALL};

	if (!rule->name) {
		set_directory(&name.directory, value);
		return;
	}
	set_directory(&name.directory, (struct postern_rule){.flags = POSTERN_RULE_NAMES});
	(void)strncpy(name.name, rule->name, sizeof(name.name) - 1);
	if (enforcement_name_set(enforcement, &name, &value) < 0)
		bench_bail("cannot make a rule for a name");
}

static void forget_rule(void)
{
	struct postern_directory_key key = key_of(POLICY, &directory_of_rule);

	if (directory_of_rule.mount)
		(void)enforcement_directory_delete(enforcement, &key);
}

static void tag(pid_t child)
{
	struct postern_tag value = {.policy = POLICY, .slot = POSTERN_NO_SLOT};
	cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	int r = enforcement_tag(enforcement, pidfd, &value);

	if (r < 0)
		bench_bail("cannot tag a child: %s", strerror(-r));
}

void tagged_outside(void *userdata, pid_t child)
{
	const struct rule *rule = userdata;
	int fds[] = {open_in(child, "/"), open_in(child, rule->directory)};
	struct postern_identity id[2];
	int r = enforcement_identify(enforcement, fds, 2, id);

	if (r < 0)
		bench_bail("cannot identify directories: %s", strerror(-r));
	policy = (struct postern_policy){.capabilities = ~0ull, .entrypoint = 3};
	postern_filter_add(&policy, id[1].ino);
	policy.root_mount = id[0].mount;
	policy.root_dentry = id[0].dentry;
	policy.mount_namespace = id[0].mount_namespace;
	forget_rule();
	directory_of_rule = id[1];
	set_rule(rule, &id[1]);
	r = enforcement_policy_set(enforcement, POLICY, &policy);
	if (r < 0)
		bench_bail("cannot set a policy: %s", strerror(-r));
	tag(child);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

void tagged_fill_policy(unsigned rules)
{
	struct postern_directory_key key = key_of(POLICY, &directory_of_rule);

	for (; rules_made + 1 < rules; rules_made++) {
		key.ino = NO_INODE + rules_made;
		set_directory(&key, (struct postern_rule){.rights = POSTERN_READ});
		postern_filter_add(&policy, key.ino);
	}
	if (enforcement_policy_set(enforcement, POLICY, &policy) < 0)
		bench_bail("cannot set a policy");
}

/* Half of the rules are for the very directory of the measured rule's, as contexts share them. */
void tagged_fill_policies(unsigned policies)
{
	struct postern_policy other = {.entrypoint = 3};

	for (; policies_made + 1 < policies; policies_made++) {
		uint64_t id = OTHERS_FROM + policies_made;
		struct postern_directory_key key = key_of(id, &directory_of_rule);

		set_directory(&key, (struct postern_rule){.rights = POSTERN_READ});
		for (unsigned i = 1; i < EACH_HAS; i++) {
			key.ino = NO_INODE + i;
			set_directory(&key, (struct postern_rule){.rights = POSTERN_READ});
		}
		if (enforcement_policy_set(enforcement, id, &other) < 0)
			bench_bail("cannot set a policy");
	}
}
