/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel side by hand, without supervisor and helper: a child is tagged with a policy of two
 * rules, tries one operation, and tells its errno.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/util.h"
#include "supervisor/enforcement.h"
#include "tests/tap.h"

#define POLICY 7

static struct enforcement *enforcement;

struct attempt {
	const char *name;
	int (*try)(void); /* 0, or a positive errno */
	int expected;
};

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static int failed(int r)
{
	return r < 0 ? errno : 0;
}

static int read_file_rule(void)
{
	return opened("/srv/etc/motd", O_RDONLY);
}

static int write_file_rule(void)
{
	return opened("/srv/etc/motd", O_WRONLY | O_TRUNC);
}

static int read_sibling(void)
{
	return opened("/srv/etc/shadow", O_RDONLY);
}

static int truncate_read_only(void)
{
	return opened("/srv/etc/issue", O_RDONLY | O_TRUNC);
}

static int read_only_read(void)
{
	return opened("/srv/etc/issue", O_RDONLY);
}

static int read_only_write(void)
{
	return opened("/srv/etc/issue", O_WRONLY);
}

static int subtree_create(void)
{
	return opened("/srv/ok/deep/new", O_WRONLY | O_CREAT | O_EXCL);
}

static int create_outside(void)
{
	return opened("/srv/etc/new", O_WRONLY | O_CREAT | O_EXCL);
}

static int through_symlink(void)
{
	return opened("/srv/ok/link", O_RDONLY);
}

static int through_proc_root(void)
{
	return opened("/proc/self/root/srv/etc/shadow", O_RDONLY);
}

static int reopen_path_fd(void)
{
	int fd = open("/srv/etc/shadow", O_PATH | O_CLOEXEC);
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return opened(path, O_RDONLY);
}

static int link_foreign(void)
{
	return failed(link("/srv/etc/shadow", "/srv/ok/stolen"));
}

static int rename_foreign(void)
{
	return failed(rename("/srv/etc/shadow", "/srv/ok/stolen"));
}

static int rename_inside(void)
{
	return failed(rename("/srv/ok/a", "/srv/ok/b"));
}

static int unlink_inside(void)
{
	return failed(unlink("/srv/ok/victim"));
}

static int unlink_foreign(void)
{
	return failed(unlink("/srv/etc/shadow"));
}

static int chmod_foreign(void)
{
	return failed(chmod("/srv/etc/shadow", 0666));
}

static int chown_foreign(void)
{
	return failed(chown("/srv/etc/shadow", 0, 0));
}

static int truncate_foreign(void)
{
	return failed(truncate("/srv/etc/shadow", 0));
}

static int truncate_inside(void)
{
	return failed(truncate("/srv/ok/b", 0));
}

static int child_reads_sibling(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(read_sibling());
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int mount_something(void)
{
	return failed(mount("x", "/srv/ok", "tmpfs", 0, NULL));
}

static int detached_tree(void)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/srv", 1 | O_CLOEXEC), fd;

	if (tree < 0)
		return errno == ENOSYS ? 255 : errno;
	fd = openat(tree, "ok/b", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

static int call_bpf(void)
{
	return failed((int)syscall(SYS_bpf, 0, NULL, 0));
}

static int new_user_namespace(void)
{
	return failed(unshare(CLONE_NEWUSER));
}

static int inet_socket(void)
{
	return failed((int)syscall(SYS_socket, 2, 1, 0));
}

static int execute_foreign(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl("/bin/busybox", "true", (char *)NULL);
		_exit(errno);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int gave_up_write(void)
{
	if (prctl(POSTERN_DOOR, POSTERN_DOOR_GIVE_UP, POSTERN_WRITE, 0, 0) != -1 ||
	    errno != POSTERN_DOOR_DONE)
		return 255;
	return write_file_rule();
}

static int gave_up_write_reads(void)
{
	(void)gave_up_write();
	return read_file_rule();
}

static int door_refuses_slot(void)
{
	return failed(prctl(POSTERN_DOOR, POSTERN_DOOR_SLOT, 0, 0, 0));
}

static const struct attempt attempts[] = {
	{"read what a file rule allows", read_file_rule, 0},
	{"write what a file rule allows", write_file_rule, 0},
	{"read its sibling", read_sibling, EACCES},
	{"read a read-only file", read_only_read, 0},
	{"write a read-only file", read_only_write, EACCES},
	{"truncate a read-only file while opening it for reading", truncate_read_only, EACCES},
	{"create below a subtree rule", subtree_create, 0},
	{"create elsewhere", create_outside, EACCES},
	{"read a sibling by a symlink", through_symlink, EACCES},
	{"read a sibling through /proc/self/root", through_proc_root, EACCES},
	{"reopen an O_PATH descriptor", reopen_path_fd, EACCES},
	{"link a foreign file into the subtree", link_foreign, EACCES},
	{"rename a foreign file into the subtree", rename_foreign, EACCES},
	{"rename within the subtree", rename_inside, 0},
	{"unlink within the subtree", unlink_inside, 0},
	{"unlink a foreign file", unlink_foreign, EACCES},
	{"chmod a foreign file", chmod_foreign, EACCES},
	{"chown a foreign file", chown_foreign, EACCES},
	{"truncate a foreign file", truncate_foreign, EACCES},
	{"truncate within the subtree", truncate_inside, 0},
	{"a child reads a sibling", child_reads_sibling, EACCES},
	{"mount", mount_something, EPERM},
	{"open an allowed file in a detached tree", detached_tree, EACCES},
	{"call bpf", call_bpf, EPERM},
	{"make a user namespace", new_user_namespace, EPERM},
	{"make an internet socket", inet_socket, EPERM},
	{"execute a program without a rule", execute_foreign, EACCES},
	{"write after giving the right up", gave_up_write, EACCES},
	{"read after giving up writing", gave_up_write_reads, 0},
	{"take a page that the policy does not have", door_refuses_slot, EPERM},
};

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "x\n", 2) != 2) {
		printf("Bail out! cannot make %s\n", path);
		exit(1);
	}
	(void)close(fd);
}

static void make_tree(void)
{
	(void)mkdir("/srv", 0755);
	(void)mkdir("/srv/etc", 0755);
	(void)mkdir("/srv/ok", 0755);
	(void)mkdir("/srv/ok/deep", 0755);
	make_file("/srv/etc/motd");
	make_file("/srv/etc/shadow");
	make_file("/srv/etc/issue");
	make_file("/srv/ok/a");
	make_file("/srv/ok/victim");
	if (symlink("/srv/etc/shadow", "/srv/ok/link") < 0) {
		printf("Bail out! cannot make a symlink\n");
		exit(1);
	}
}

static void name_rule(const struct postern_identity *directory, const char *name, uint32_t rights)
{
	struct postern_name_key key = {
		.directory = {.policy = POLICY,
			      .ino = directory->ino,
			      .dev = directory->dev,
			      .generation = directory->generation},
	};
	struct postern_rule rule = {.flags = POSTERN_RULE_NAMES};

	(void)strncpy(key.name, name, sizeof(key.name) - 1);
	(void)enforcement_directory_set(enforcement, &key.directory, &rule);
	rule = (struct postern_rule){.rights = rights};
	(void)enforcement_name_set(enforcement, &key, &rule);
}

static int make_policy(void)
{
	int fds[] = {open("/", O_PATH | O_CLOEXEC), open("/srv/etc", O_PATH | O_CLOEXEC),
		     open("/srv/ok", O_PATH | O_CLOEXEC)};
	struct postern_identity id[ARRAY_SIZE(fds)];
	struct postern_directory_key ok;
	struct postern_rule all = {.rights = POSTERN_RIGHTS_ALL & ~POSTERN_EXECUTE};
	struct postern_policy policy = {.capabilities = ~0ull, .entrypoint = 3};
	int r;

	r = enforcement_identify(enforcement, fds, ARRAY_SIZE(fds), id);
	if (r < 0)
		return r;
	policy.root_mount = id[0].mount;
	policy.root_dentry = id[0].dentry;
	policy.mount_namespace = id[0].mount_namespace;
	name_rule(&id[1], "motd", POSTERN_READ | POSTERN_WRITE);
	name_rule(&id[1], "issue", POSTERN_READ);
	ok = (struct postern_directory_key){.policy = POLICY,
					    .ino = id[2].ino,
					    .dev = id[2].dev,
					    .generation = id[2].generation};
	postern_filter_add(&policy, id[1].ino);
	postern_filter_add(&policy, id[2].ino);
	r = enforcement_directory_set(enforcement, &ok, &all);
	return r < 0 ? r : enforcement_policy_set(enforcement, POLICY, &policy);
}

/* Forks a child, tags it before it does anything, lets it try. Returns its errno. */
static int confined(int (*try)(void), uint64_t policy)
{
	struct postern_tag tag = {.policy = policy, .slot = POSTERN_NO_SLOT};
	int gate[2], status, pidfd, r;
	char byte;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC) < 0)
		return 254;
	pid = fork();
	if (pid == 0) {
		if (read(gate[0], &byte, 1) != 1)
			_exit(253);
		_exit(try());
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	r = enforcement_tag(enforcement, pidfd, &tag);
	if (r < 0)
		printf("# tagging failed: %s\n", strerror(-r));
	else if (write(gate[1], "g", 1) != 1)
		printf("# the gate cannot be opened\n");
	(void)close(gate[0]);
	(void)close(gate[1]);
	(void)close(pidfd);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static const char *last_path;
static unsigned events_seen;

static void see_event(void *userdata UNUSED, const struct postern_event *event)
{
	static char path[POSTERN_PATH_BYTES];

	events_seen++;
	(void)snprintf(path, sizeof(path), "%s",
		       &event->path[POSTERN_PATH_BYTES - event->path_len]);
	last_path = path;
}

#define PINS "/run/postern-test-pins"

/* The pin of that name in the newest generation. Returns 0 or -ENOENT. */
static int find_pin(const char *name, char *ret, size_t size)
{
	char pattern[128];
	glob_t found;
	int r;

	(void)snprintf(pattern, sizeof(pattern), PINS "/full-*/%s", name);
	r = glob(pattern, 0, NULL, &found) == 0 ? 0 : -ENOENT;
	if (r == 0)
		(void)snprintf(ret, size, "%s", found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	return r;
}

/* Tries until it is so: a pin's link is let go of after it. */
static bool comes_to(int (*try)(void), int expected)
{
	const struct timespec nap = {.tv_nsec = 20000000};

	for (int i = 0; i < 500; i++) {
		if (confined(try, POLICY) == expected)
			return true;
		(void)nanosleep(&nap, NULL);
	}
	return false;
}

static int retire(const char *pin)
{
	uint32_t zero = 0, one = 1;
	int fd = bpf_obj_get(pin), r;

	r = fd < 0 ? -errno : bpf_map_update_elem(fd, &zero, &one, BPF_ANY);
	if (fd >= 0)
		(void)close(fd);
	return r;
}

/* What decides is taken out of the program on file_open, as whoever drops a generation does it in
 * the wrong order. */
static void without_decision(void)
{
	char decide[256], retired[256];

	if (!tap(find_pin("decide_file_open", decide, sizeof(decide)) == 0 &&
			 find_pin("retired", retired, sizeof(retired)) == 0,
		 "what decides is pinned beside the links"))
		return;
	tap(confined(read_file_rule, POLICY) == 0, "with it, what a rule grants is allowed");
	tap(unlink(decide) == 0 && comes_to(read_file_rule, EACCES),
	    "without it, what a rule grants is refused too");
	tap(read_file_rule() == 0 && read_sibling() == 0, "and an untagged task is not affected");
	tap(confined(write_file_rule, POLICY) == EACCES, "writing is refused");
	tap(retire(retired) == 0 && confined(read_file_rule, POLICY) == 0,
	    "a generation that is retired lets pass what it cannot decide");
	tap(confined(truncate_foreign, POLICY) == EACCES, "and refuses what it can");
}

int main(void)
{
	struct error err = {};
	int r;

	make_tree();
	r = enforcement_open(PINS, true, &enforcement, &err);
	if (r == 0)
		r = enforcement_load(enforcement, 0, 0, &err);
	if (!tap(r == 0, "load, attach and pin: %s", r == 0 ? "done" : error_text(&err)))
		return tap_done();
	r = enforcement_events_open(enforcement, see_event, NULL);
	tap(r == 0, "open the ring of events");
	r = make_policy();
	tap(r == 0, "make a policy from directories that the kernel identified (%d)", r);
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		r = confined(attempts[i].try, POLICY);
		tap(r == attempts[i].expected, "%s: %s, expected %s", attempts[i].name,
		    r ? strerror(r) : "allowed",
		    attempts[i].expected ? strerror(attempts[i].expected) : "allowed");
	}
	tap(confined(read_file_rule, POLICY + 1) == EPERM,
	    "a tag without a policy is refused everything");
	tap(read_sibling() == 0, "an untagged task is not affected");
	(void)enforcement_events_read(enforcement);
	tap(events_seen > 0, "denials are reported: %u events", events_seen);
	(void)confined(read_sibling, POLICY);
	(void)enforcement_events_read(enforcement);
	tap(last_path && strcmp(last_path, "/srv/etc/shadow") == 0, "the event names the path: %s",
	    last_path ? last_path : "");
	without_decision();
	error_clear(&err);
	return tap_done();
}
