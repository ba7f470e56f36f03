/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Postern's own kernel objects, from a task that is tagged, has no system call filter, and holds
 * all capabilities and descriptors of ours: the kernel programs alone stand between. Each attempt
 * is also made without a tag, where it must succeed, or fail for another reason.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "policy/hooks.h"
#include "supervisor/enforcement_private.h"
#include "tests/tap.h"

#define POLICY 7
#define PINS   "/run/postern-test-pins"
#define FLOOD  3000 /* denials; the ring has room for some 700 */

static struct enforcement *e;
static uint32_t map_id, program_id, link_id;
static int policies, pages, passed[2];
static char pin[512];
static struct postern_policy policy = {.capabilities = ~0ull, .entrypoint = 3};

static int failed(long r)
{
	return r < 0 ? errno : 0;
}

static int opened(const char *path, int flags)
{
	return failed(open(path, flags | O_CLOEXEC, 0600));
}

static int map_by_id(void)
{
	return failed(bpf_map_get_fd_by_id(map_id));
}

static int program_by_id(void)
{
	return failed(bpf_prog_get_fd_by_id(program_id));
}

static int link_by_id(void)
{
	return failed(bpf_link_get_fd_by_id(link_id));
}

static int get_pin(void)
{
	return failed(bpf_obj_get(pin));
}

static int read_map(void)
{
	struct postern_policy value;
	uint64_t id = POLICY;

	return failed(bpf_map_lookup_elem(policies, &id, &value));
}

static int write_map(void)
{
	const struct postern_policy value = {.capabilities = ~0ull};
	uint64_t id = POLICY + 1;

	return failed(bpf_map_update_elem(policies, &id, &value, BPF_ANY));
}

static int delete_policy(void)
{
	uint64_t id = POLICY + 1;

	return failed(bpf_map_delete_elem(policies, &id));
}

static int detach_link(void)
{
	return failed(bpf_link_detach(bpf_link__fd(e->links[0])));
}

static int update_link(void)
{
	return failed(
		bpf_link_update(bpf_link__fd(e->links[0]), bpf_program__fd(e->programs[1]), NULL));
}

static int load_program(void)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return failed(bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "own", "GPL", code,
				    ARRAY_SIZE(code), NULL));
}

static int create_map(void)
{
	return failed(bpf_map_create(BPF_MAP_TYPE_ARRAY, "own", 4, 4, 1, NULL));
}

static int map_pages(void)
{
	void *map = mmap(NULL, POSTERN_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, pages, 0);

	return map == MAP_FAILED ? errno : 0;
}

/* A descriptor that is refused is left out, and the message says that it was cut. */
static int receive_map(void)
{
	union {
		char data[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.data,
			     .msg_controllen = sizeof(control.data)};

	if (recvmsg(passed[1], &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0)
		return errno;
	return msg.msg_flags & MSG_CTRUNC ? EACCES : 0;
}

static int open_pins(void)
{
	return opened(PINS, O_RDONLY | O_DIRECTORY);
}

static int remove_pin(void)
{
	return failed(unlink(pin));
}

static int unmount_pins(void)
{
	return failed(umount2(PINS, MNT_DETACH));
}

static int mount_bpffs(void)
{
	return failed(mount("x", "/srv/ok", "bpf", 0, NULL));
}

static int open_ftrace(void)
{
	return opened("/proc/sys/kernel/ftrace_enabled", O_WRONLY);
}

static int open_cgroup(void)
{
	return opened("/sys/fs/cgroup/cgroup.procs", O_WRONLY);
}

static int trace_parent(void)
{
	long r = ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);

	return failed(r);
}

static int open_memory(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
	return opened(path, O_RDWR);
}

static int signal_parent(void)
{
	return failed(kill(getppid(), SIGCONT));
}

static int open_perf(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_CPU_CLOCK};

	return failed(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static int open_queue(void)
{
	return failed(mq_open("/own", O_RDWR | O_CREAT, 0600, NULL));
}

static const struct attempt {
	const char *name;
	int (*try)(void);
	int expected; /* of a tagged task */
	int untagged; /* the errno; not tried when it would end enforcement: -2 */
} attempts[] = {
	{"a map by its id", map_by_id, EPERM, 0},
	{"a program by its id", program_by_id, EPERM, 0},
	{"a link by its id", link_by_id, EPERM, 0},
	{"a link by its pin", get_pin, EPERM, 0},
	{"reading a map by a descriptor", read_map, EPERM, 0},
	{"writing a map by a descriptor", write_map, EPERM, 0},
	{"deleting a policy by a descriptor", delete_policy, EPERM, 0},
	{"detaching a link", detach_link, EPERM, EOPNOTSUPP},
	{"another program for a link", update_link, EPERM, EINVAL},
	{"loading a program", load_program, EPERM, 0},
	{"making a map", create_map, EPERM, 0},
	{"mapping the record pages", map_pages, EPERM, 0},
	{"receiving a map's descriptor", receive_map, EACCES, 0},
	{"opening the directory of pins", open_pins, EACCES, 0},
	{"removing a pin", remove_pin, EACCES, -2},
	{"unmounting the bpffs", unmount_pins, EPERM, -2},
	{"mounting a bpffs", mount_bpffs, EPERM, -2},
	{"opening ftrace_enabled for writing", open_ftrace, EACCES, 0},
	{"opening a cgroup's list of processes for writing", open_cgroup, EACCES, 0},
	{"tracing the task that holds them", trace_parent, EPERM, 0},
	{"opening that task's memory", open_memory, EACCES, 0},
	{"a signal to that task", signal_parent, EPERM, 0},
	{"a perf event", open_perf, EPERM, 0},
	{"a POSIX message queue", open_queue, EACCES, 0},
};

static void pass_map(void)
{
	union {
		char data[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct iovec iov = {.iov_base = (char[]){'m'}, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.data,
			     .msg_controllen = sizeof(control.data)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &policies, sizeof(int));
	if (sendmsg(passed[0], &msg, 0) != 1)
		printf("# the map's descriptor cannot be sent: %s\n", strerror(errno));
}

static int look_at(void)
{
	struct stat st;

	return failed(stat("/proc/version", &st));
}

static int flood(void)
{
	for (int i = 0; i < FLOOD; i++) {
		int r = opened("/etc/shadow-of-nobody", O_WRONLY | O_CREAT);

		if (r != EACCES)
			return r ? r : 255;
	}
	return EACCES;
}

/* Returns the errno of the child's attempt. */
static int in_child(int (*try)(void), bool tagged)
{
	const struct postern_tag tag = {.policy = POLICY, .slot = POSTERN_NO_SLOT};
	int gate[2], status, pidfd, r = 0;
	char byte;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC) < 0)
		return 254;
	pid = fork();
	if (pid == 0)
		_exit(read(gate[0], &byte, 1) == 1 ? try() : 253);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (tagged)
		r = enforcement_tag(e, pidfd, &tag);
	if (r < 0 || write(gate[1], "g", 1) != 1)
		printf("# the child cannot be let go\n");
	(void)close(gate[0]);
	(void)close(gate[1]);
	(void)close(pidfd);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int prepare(void)
{
	struct bpf_map_info map = {};
	struct bpf_prog_info program = {};
	struct bpf_link_info link = {};
	unsigned len = sizeof(map);
	struct postern_identity root;
	volatile struct postern_page *mapped;
	int fd = open("/", O_PATH | O_CLOEXEC);

	policies = bpf_map__fd(e->skeleton->maps.policies);
	if (bpf_obj_get_info_by_fd(policies, &map, &len) < 0)
		return -errno;
	len = sizeof(program);
	if (bpf_obj_get_info_by_fd(bpf_program__fd(e->programs[0]), &program, &len) < 0)
		return -errno;
	len = sizeof(link);
	if (bpf_obj_get_info_by_fd(bpf_link__fd(e->links[0]), &link, &len) < 0)
		return -errno;
	map_id = map.id;
	program_id = program.id;
	link_id = link.id;
	(void)snprintf(pin, sizeof(pin), "%s/%s", e->generation, hooks[0].name);
	if (enforcement_pages_make(1, &pages, &mapped) < 0 ||
	    enforcement_pages_publish(e, 1, pages) < 0 ||
	    enforcement_identify(e, &fd, 1, &root) < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, passed) < 0)
		return -EIO;
	policy.root_mount = root.mount;
	policy.root_dentry = root.dentry;
	policy.mount_namespace = root.mount_namespace;
	return enforcement_policy_set(e, POLICY, &policy);
}

static void try_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		const struct attempt *a = &attempts[i];
		int r;

		pass_map();
		r = in_child(a->try, true);
		tap(r == a->expected, "%s: %s", a->name, r ? strerror(r) : "allowed");
		if (a->untagged == -2)
			continue;
		pass_map();
		r = in_child(a->try, false);
		tap(r == a->untagged, "%s, without a tag: %s", a->name,
		    r ? strerror(r) : "allowed");
	}
}

/* The hooks that cost every task are attached with the first policy that needs them. */
static void guarded(void)
{
	bool exists;
	int r;

	tap(!enforcement_attached(e, POSTERN_HOOK_inode_getattr, &exists) && exists &&
		    in_child(look_at, true) == 0,
	    "what files look like is decided for nobody");
	policy.flags = POSTERN_POLICY_GUARDED;
	r = enforcement_policy_set(e, POLICY, &policy);
	tap(r == 0 && enforcement_attached(e, POSTERN_HOOK_inode_getattr, &exists),
	    "with the first guarded policy it is (%d)", r);
	r = in_child(look_at, true);
	tap(r == EACCES, "stat under that policy: %s", strerror(r));
	tap(in_child(look_at, false) == 0, "stat without a tag");
}

int main(void)
{
	struct error err = {};
	uint64_t dropped;
	int r;

	(void)mkdir("/srv", 0755);
	(void)mkdir("/srv/ok", 0755);
	r = enforcement_open(PINS, true, &e, &err);
	if (r == 0)
		r = enforcement_load(e, 0, 0, &err);
	if (!tap(r == 0, "load, attach and pin: %s", r == 0 ? "done" : error_text(&err)))
		return tap_done();
	r = prepare();
	if (!tap(r == 0, "make a policy (%d)", r))
		return tap_done();
	try_all();
	guarded();
	r = in_child(flood, true);
	dropped = enforcement_events_dropped(e);
	tap(r == EACCES, "with a full ring %d opens are denied: %s", FLOOD, strerror(r));
	tap(dropped > 0 && dropped < FLOOD + 100, "what found no room is counted: %llu",
	    (unsigned long long)dropped);
	r = enforcement_check(e, &err);
	tap(r == 0, "everything is attached and pinned: %s", r == 0 ? "yes" : error_text(&err));
	tap(in_child(remove_pin, false) == 0 && enforcement_check(e, &err) < 0 &&
		    strstr(error_text(&err), "the pin of hook file_open"),
	    "a pin that is gone is found: %s", error_text(&err));
	error_clear(&err);
	return tap_done();
}
