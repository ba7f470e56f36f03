/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel programs do when something is missing, full, or cannot be had: they refuse.
 *
 * Debian's kernels have no fault injection (CONFIG_FAULT_INJECTION is not set on any of them). So
 * allocations are made to fail by a memory limit on the cgroup that the maps are charged to.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "supervisor/enforcement_private.h"
#include "supervisor/rules.h"
#include "tests/escape/attack.h"
#include "tests/kernel/hand.h"
#include "tests/tap.h"

#define DIR_	 "/srv/failures"
#define OK	 DIR_ "/ok/file"
#define SECRET	 DIR_ "/secret"
#define CHARGED	 "/sys/fs/cgroup/charged"
#define CHILDREN 400
#define FLOOD	 4000

enum { WHOLE = 7, EMPTY, DELETED, PAGELESS, FILLER = 1000000, LATE = 5000000 };

static struct enforcement *enforcement;

static int open_read(void *userdata)
{
	return attack_run("open to read", userdata, "");
}

static int opens(uint64_t policy, const char *path)
{
	return hand_confined(policy, open_read, (void *)(uintptr_t)path);
}

static const char *word(int r)
{
	return r ? strerror(r) : "it worked";
}

static void half_loaded(void)
{
	int r;

	hand_policy(EMPTY, hand_capable, (const struct hand_rule[]){{NULL, NULL, 0}});
	r = opens(EMPTY, OK);
	(void)tap(r == EACCES, "a policy without its rules: %s", word(r));
	r = opens(DELETED, OK);
	(void)tap(r == EPERM, "a tag whose policy is not there: %s", word(r));
}

/* Its policy goes while it runs. */
static int open_before_and_after(void *userdata)
{
	const int *steps = userdata;
	char byte = 0;
	int before = attack_run("open to read", OK, ""), after;

	if (write(steps[1], &byte, 1) != 1 || read(steps[2], &byte, 1) != 1)
		return ATTEMPT_BROKEN;
	after = attack_run("open to read", OK, "");
	return before == 0 && after == EPERM && fork() < 0 && errno == EPERM ? 0 : 1;
}

static void policy_goes(const struct hand_rule *rules)
{
	int there[2], back[2], status;
	char byte = 0;
	pid_t pid;

	if (pipe2(there, O_CLOEXEC) < 0 || pipe2(back, O_CLOEXEC) < 0)
		hand_bail("pipe: %s", strerror(errno));
	hand_policy(DELETED, hand_capable, rules);
	pid = hand_spawn(DELETED, open_before_and_after,
			 (int[]){there[0], there[1], back[0], back[1]});
	if (read(there[0], &byte, 1) != 1)
		hand_bail("the child says nothing");
	(void)enforcement_policy_delete(enforcement, DELETED);
	if (write(back[1], &byte, 1) != 1)
		hand_bail("the child cannot be told");
	(void)tap(waitpid(pid, &status, 0) == pid && status == 0,
		  "a policy goes: what it allowed is refused from then on, and so is fork");
}

/* Neither the context's map of pages nor the page. */
static void page_missing(const struct hand_rule *rules)
{
	struct postern_policy value = hand_capable;
	int r;

	value.context = 900;
	hand_policy(PAGELESS, value, rules);
	hand_forget();
	r = opens(PAGELESS, SECRET);
	(void)tap(r == EACCES && hand_event(POSTERN_OP_OPEN), "without a record page: %s, %s",
		  word(r), hand_event(POSTERN_OP_OPEN) ? "with an event" : "without an event");
	r = opens(PAGELESS, OK);
	(void)tap(r == 0, "and what is allowed: %s", word(r));
}

static int flood(void *userdata UNUSED)
{
	for (int i = 0; i < FLOOD; i++) {
		int r = attack_run("open to read", SECRET, "");

		if (r != EACCES)
			return r ? r : 1;
	}
	return attack_run("open to read", OK, "");
}

/* Nobody reads meanwhile. */
static void ring_full(void)
{
	uint64_t before;
	int r;

	hand_forget();
	before = enforcement_events_dropped(enforcement);
	r = hand_confined(WHOLE, flood, NULL);
	(void)tap(r == 0, "the ring is full: %d opens are refused all the same, and one is allowed",
		  FLOOD);
	(void)tap(enforcement_events_dropped(enforcement) > before &&
			  hand_events() + enforcement_events_dropped(enforcement) - before == FLOOD,
		  "events kept %u, dropped and counted %llu, of %d", hand_events(),
		  (unsigned long long)(enforcement_events_dropped(enforcement) - before), FLOOD);
	hand_forget();
	r = opens(WHOLE, SECRET);
	(void)tap(r == EACCES && hand_event(POSTERN_OP_OPEN), "read, it takes events again");
}

/* -- full maps */

static struct policy *one_rule(void)
{
	struct policy *p = calloc(1, sizeof(*p));

	p->rules = calloc(2, sizeof(*p->rules));
	p->rules[0] = (struct policy_rule){
		.directory = strdup(DIR_ "/ok"), .rights = ALL_RIGHTS, .line = 1};
	p->rules[1] = (struct policy_rule){
		.directory = strdup(DIR_), .name = strdup("motd"), .rights = ALL_RIGHTS, .line = 2};
	p->len = 2;
	p->capabilities = ~0ull;
	return p;
}

/* What the supervisor does for an entrypoint must fail as a whole. said: a part of its error. */
static void install_refused(const char *what, int expected, const char *said)
{
	cleanup_close int root = open("/", O_PATH | O_CLOEXEC);
	struct ruleset *set = NULL;
	struct error err = {};
	int r = ruleset_install(enforcement, one_rule(), LATE, root, NULL, hand_capable, &set,
				&err);

	(void)tap(r == expected && !set && strstr(error_text(&err), said),
		  "%s: an entrypoint's rules are not put in force: %s", what, error_text(&err));
	error_clear(&err);
}

static void nothing_in_force(const char *what)
{
	int r = opens(LATE, OK);

	(void)tap(r == EPERM, "%s: who has its tag is refused everything: %s", what, word(r));
}

static void install_works(const char *what)
{
	cleanup_close int root = open("/", O_PATH | O_CLOEXEC);
	struct ruleset *set = NULL;
	struct error err = {};
	int r = ruleset_install(enforcement, one_rule(), LATE, root, NULL, hand_capable, &set,
				&err);
	int allowed = opens(LATE, OK), refused = opens(LATE, SECRET);

	(void)tap(r == 0 && allowed == 0 && refused == EACCES, "%s: with room they are: %s, %s",
		  what, word(allowed), word(refused));
	error_clear(&err);
	ruleset_remove(enforcement, set);
}

/* Puts entries 0 to until the map takes no more; returns how many. The key begins with a u64. */
static uint64_t fill(const struct bpf_map *map, bool remove)
{
	unsigned char key[512] = {}, value[512] = {};
	uint64_t i = 0;

	for (;; i++) {
		uint64_t id = FILLER + i;

		memcpy(key, &id, sizeof(id));
		if (remove ? bpf_map_delete_elem(bpf_map__fd(map), key) < 0
			   : bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_NOEXIST) < 0)
			return i;
	}
}

static void map_full(const struct bpf_map *map, const char *what)
{
	char said[64];
	uint64_t n;

	install_works("before");
	n = fill(map, false);
	printf("# %llu more entries of %s\n", (unsigned long long)n, bpf_map__name(map));
	(void)snprintf(said, sizeof(said), "map \"%s\" is full", bpf_map__name(map));
	install_refused(what, -E2BIG, said);
	nothing_in_force(what);
	(void)fill(map, true);
	install_works(what);
}

/* -- allocations that fail */

static void enter(const char *cgroup)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	f = fopen(path, "we");
	if (!f || fprintf(f, "%d", (int)getpid()) < 0 || fclose(f) != 0)
		hand_bail("enter %s: %s", cgroup, strerror(errno));
}

static void limit(const char *value)
{
	FILE *f = fopen(CHARGED "/memory.max", "we");

	if (!f || fputs(value, f) < 0 || fclose(f) != 0)
		hand_bail("limit the memory of " CHARGED ": %s", strerror(errno));
}

struct forked {
	int children, failed, error, free;
};

static struct forked fork_many(void)
{
	struct forked f = {};
	pid_t pids[CHILDREN];
	int go[2], status;

	if (pipe2(go, O_CLOEXEC) < 0)
		return f;
	while (f.children < CHILDREN && f.failed < 20) {
		pid_t pid = fork();
		char byte;

		if (pid == 0) {
			(void)close(go[1]);
			/* All at once, when no more can be made. */
			(void)!read(go[0], &byte, 1);
			_exit(attack_run("open to read", SECRET, "") == 0);
		}
		if (pid < 0) {
			f.failed++;
			f.error = errno;
		} else {
			pids[f.children++] = pid;
		}
	}
	(void)close(go[1]);
	(void)close(go[0]);
	for (int i = 0; i < f.children; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status)
			f.free++;
	return f;
}

/* Tagged while there is memory, told when there is none: another child could not be tagged. */
static int fork_until_refused(void *userdata)
{
	const int *pipes = userdata;
	struct forked f;
	char byte;

	if (read(pipes[0], &byte, 1) != 1)
		return 1;
	f = fork_many();
	f.free += attack_run("open to read", SECRET, "") != EACCES;
	return write(pipes[3], &f, sizeof(f)) == (ssize_t)sizeof(f) ? 0 : 1;
}

static struct forked forked_with(const char *memory)
{
	int pipes[4], status;
	struct forked f;
	pid_t pid;

	if (pipe2(&pipes[0], O_CLOEXEC) < 0 || pipe2(&pipes[2], O_CLOEXEC) < 0)
		hand_bail("pipe: %s", strerror(errno));
	pid = hand_spawn(WHOLE, fork_until_refused, pipes);
	limit(memory);
	if (write(pipes[1], "g", 1) != 1 || read(pipes[2], &f, sizeof(f)) != (ssize_t)sizeof(f) ||
	    waitpid(pid, &status, 0) != pid)
		hand_bail("the forking child failed");
	for (size_t i = 0; i < ARRAY_SIZE(pipes); i++)
		(void)close(pipes[i]);
	return f;
}

static void no_memory(void)
{
	const struct bpf_map *directories = enforcement->skeleton->maps.directories;
	struct forked f = forked_with("0");

	/* Before 6.4 such an allocation is charged beyond any limit, and succeeds. */
	(void)tap(hand_kernel_at_least(6, 4) ? f.failed > 0 : f.children == CHILDREN,
		  "a tag cannot be allocated: fork fails after %d children, %s", f.children,
		  strerror(f.error));
	(void)tap(f.free == 0, "and of these children not confined are %d", f.free);
	/* The map has room for many more, but cannot grow. */
	(void)fill(directories, false);
	install_refused("no memory for another rule", -ENOMEM, strerror(ENOMEM));
	limit("max");
	nothing_in_force("no memory for another rule");
	(void)fill(directories, true);
	install_works("no memory for another rule");
	f = forked_with("max");
	(void)tap(f.failed == 0 && f.children == CHILDREN && f.free == 0,
		  "with memory %d children are made, not confined are %d", f.children, f.free);
}

/* -- a file system that these programs do not know */

static void btrfs_came_late(void)
{
	struct postern_identity id;
	int fd, r;

	hand_directory(DIR_ "/btrfs");
	/* Fixed commands. NOLINTNEXTLINE(cert-env33-c) */
	if (system("modprobe btrfs && truncate -s 120M /mnt/ext4/late.img && "
		   "mkfs.btrfs -q /mnt/ext4/late.img && "
		   "mount -t btrfs -o loop /mnt/ext4/late.img " DIR_ "/btrfs") != 0)
		hand_bail("mount a btrfs");
	fd = open(DIR_ "/btrfs", O_PATH | O_CLOEXEC);
	r = enforcement_identify(enforcement, &fd, 1, &id);
	(void)tap(r == 0 && id.dev == 0,
		  "btrfs loaded after the programs: no rule can be tied to its directories");
	(void)close(fd);
	(void)umount2(DIR_ "/btrfs", MNT_DETACH);
}

/* Rules are tied to directories that are held open by O_PATH alone, not to what else a number may
 * stand for. */
static void only_held(void)
{
	cleanup_close int held = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
			  wide = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int refused[] = {wide, 1000, INT_MAX};
	struct postern_identity id = {};
	int r = enforcement_identify(enforcement, &held, 1, &id);

	(void)tap(r == 0 && id.ino && id.mount && S_ISDIR(id.mode), "a directory is identified");
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		r = enforcement_identify(enforcement, &refused[i], 1, &id);
		(void)tap(r == -EBADF, "descriptor %d is not: %s", refused[i], strerror(-r));
	}
}

int main(void)
{
	static const struct hand_rule rules[] = {{DIR_ "/ok", NULL, ALL_RIGHTS}, {NULL, NULL, 0}};

	/* What the programs allocate is charged to the cgroup that made their maps. */
	hand_directory(CHARGED);
	enter(CHARGED);
	enforcement = hand_start();
	enter("/sys/fs/cgroup");
	hand_directory("/srv");
	hand_directory(DIR_);
	hand_directory(DIR_ "/ok");
	hand_file(OK, "allowed\n");
	hand_file(SECRET, "secret\n");
	hand_policy(WHOLE, hand_capable, rules);
	/* First: what is freed later is charged back a while after, and would do for many tags. */
	no_memory();
	half_loaded();
	policy_goes(rules);
	page_missing(rules);
	ring_full();
	map_full(enforcement->skeleton->maps.policies, "no room for another policy");
	map_full(enforcement->skeleton->maps.names, "no room for another name");
	only_held();
	btrfs_came_late();
	return tap_done();
}
