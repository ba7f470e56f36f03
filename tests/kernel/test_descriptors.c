/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptors of every kind, sent to a tagged child, whose policy takes some of them; and what can
 * be done with one that was taken, with nothing but the kernel programs in the way.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/util.h"
#include "supervisor/enforcement.h"
#include "tests/escape/attack.h"
#include "tests/kernel/descriptors.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

enum { TAKES = 9 };

#define OWN "/srv/descriptors" /* all rights */

#define BIT(kind, mode) POSTERN_DESCRIPTOR(POSTERN_DESCRIPTOR_##kind, mode)
#define ALL		0xeeeeu
#define SOCKETS		POSTERN_DESCRIPTOR_ANY_MODE(POSTERN_DESCRIPTOR_SOCKET)
#define MEMFD_WRITTEN	(BIT(MEMFD, 2) | BIT(MEMFD, 3))

/* What each is taken for; 0: for nothing. */
static const struct {
	const char *name;
	uint32_t taken;
} kinds[] = {
	{"file to read", BIT(FILE, 1)},
	{"file to write", BIT(FILE, 2)},
	{"file to append", BIT(FILE, 2)},
	{"file for both", BIT(FILE, 3)},
	{"unnamed file", BIT(FILE, 3)},
	{"pipe to read", BIT(PIPE, 1)},
	{"pipe to write", BIT(PIPE, 2)},
	{"fifo for both", BIT(PIPE, 3)},
	{"unix stream", SOCKETS},
	{"tcp", SOCKETS},
	{"tcp, closed by its peer", SOCKETS},
	{"tcp6", SOCKETS},
	{"sealed memfd", BIT(MEMFD, 1) | MEMFD_WRITTEN},
	{"memfd", MEMFD_WRITTEN},
	{"memfd with seals that can be added to", MEMFD_WRITTEN},
	{"memfd sealed against writing alone", MEMFD_WRITTEN},
	{"memfd reopened to read", 0},
	{"file without access", 0},
	{"O_PATH", 0},
	{"directory", 0},
	{"O_PATH of a directory", 0},
	{"character device", 0},
	{"block device", 0},
	{"terminal", 0},
	{"unix stream, unconnected", 0},
	{"unix stream, listening", 0},
	{"unix datagram", 0},
	{"unix seqpacket", 0},
	{"tcp, unconnected", 0},
	{"tcp, listening", 0},
	{"udp", 0},
	{"raw", 0},
	{"netlink", 0},
	{"packet", 0},
	{"epoll", 0},
	{"eventfd", 0},
	{"timerfd", 0},
	{"signalfd", 0},
	{"inotify", 0},
	{"fanotify", 0},
	{"userfaultfd", 0},
	{"pidfd", 0},
	{"namespace", 0},
	{"file of proc", 0},
	{"file of sysfs", 0},
	{"file of cgroupfs", 0},
	{"file of FUSE", 0},
	{"file of FUSE on a block device", 0},
	{"message queue", 0},
	{"ring", 0},
	{"bpf map", 0},
	{"perf event", 0},
	{"mount", 0},
	{"file system context", 0},
	{"memfd of huge pages", 0},
	{"secret memory", 0},
};

static void policy_make(uint32_t bits)
{
	static const struct hand_rule rules[] = {{OWN, NULL, ALL_RIGHTS}, {}};
	struct postern_policy value = hand_capable;

	hand_release(); /* of the one before */
	value.descriptors = bits;
	hand_policy(TAKES, value, rules);
}

/* The end that a child receives from. */
static int receive(void *userdata)
{
	int got = attack_take(*(const int *)userdata);

	return got < 0 ? -got : attack_opened(got);
}

/* Sends one to a child of the policy; 0: it was taken. */
static int pass(uint64_t policy, int fd, hand_function function)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
	    attack_give(pair[0], fd) != 0)
		hand_bail("send a descriptor: %s", strerror(errno));
	r = hand_confined(policy, function, &pair[1]);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return r;
}

static bool refused(int fd, uint32_t bits)
{
	policy_make(bits);
	hand_forget();
	return pass(TAKES, fd, receive) == EACCES && hand_event(POSTERN_OP_RECEIVE);
}

static bool taken(int fd, uint32_t bits)
{
	policy_make(bits);
	hand_forget();
	return pass(TAKES, fd, receive) == 0 && hand_events() == 0;
}

/* The kernel itself lets no ring be sent since 6.7 (net/core/scm.c). */
static int sendable(int fd)
{
	int pair[2], r;

	if (fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -fd;
	r = attack_give(pair[0], fd);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return r;
}

static void run_kind(const char *name, uint32_t bits)
{
	cleanup_close int fd = descriptor_make(name);
	int lacking = sendable(fd);
	bool ok = lacking == 0;

	if (lacking && descriptor_may_lack(name)) {
		printf("# this kernel makes or sends no %s: %s\n", name, strerror(lacking));
		return;
	}
	if (!bits) {
		tap(ok && refused(fd, ALL) && pass(0, fd, receive) == 0, "%s: never taken", name);
		return;
	}
	for (unsigned bit = 0; ok && bit < 16; bit++)
		ok = !(bits & 1u << bit) || taken(fd, 1u << bit);
	ok = ok && refused(fd, ALL & ~bits);
	tap(ok, "%s: taken where the signature says so, refused elsewhere", name);
}

/* What is returned is no more than what is taken. */
static void run_returned(void)
{
	cleanup_close int fd = descriptor_make("file to read");

	tap(refused(fd, ALL << POSTERN_DESCRIPTORS_RETURNED_SHIFT),
	    "what a result may be is not taken for an argument");
}

/* One use of a descriptor that came. */
struct use {
	const char *kind, *name;
	uint32_t bit;
	uint32_t operation; /* of the event; 0: allowed */
};

static const struct use uses[] = {
	/* Before its mode is changed, by one that is not confined. */
	{"file to read", "execute", BIT(FILE, 1), POSTERN_OP_OPEN},
	{"file for both", "read", BIT(FILE, 3), 0},
	{"file for both", "write", BIT(FILE, 3), 0},
	{"file for both", "map", BIT(FILE, 3), 0},
	{"file for both", "map to execute", BIT(FILE, 3), POSTERN_OP_MAP},
	{"file for both", "protect to execute", BIT(FILE, 3), POSTERN_OP_MAP},
	{"file for both", "fchmod", BIT(FILE, 3), POSTERN_OP_CHMOD},
	{"file for both", "fchown", BIT(FILE, 3), POSTERN_OP_CHOWN},
	{"file for both", "futimens", BIT(FILE, 3), POSTERN_OP_METADATA},
	{"file for both", "fsetxattr", BIT(FILE, 3), POSTERN_OP_METADATA},
	{"file for both", "ftruncate", BIT(FILE, 3), POSTERN_OP_TRUNCATE},
	{"file for both", "ioctl", BIT(FILE, 3), POSTERN_OP_IOCTL},
	{"file for both", "lock", BIT(FILE, 3), POSTERN_OP_LOCK},
	{"file to read", "reopen", BIT(FILE, 1), POSTERN_OP_OPEN},
	{"file to read", "reopen to write", BIT(FILE, 1), POSTERN_OP_OPEN},
	{"file to read", "link", BIT(FILE, 1), POSTERN_OP_LINK},
	{"unnamed file", "link", BIT(FILE, 3), POSTERN_OP_LINK},
	{"file to read", "send on", BIT(FILE, 1), POSTERN_OP_SEND},
	{"pipe to read", "read", BIT(PIPE, 1), 0},
	{"pipe to read", "reopen to write", BIT(PIPE, 1), POSTERN_OP_OPEN},
	{"pipe to write", "write", BIT(PIPE, 2), 0},
	{"pipe to write", "reopen", BIT(PIPE, 2), POSTERN_OP_OPEN},
	{"sealed memfd", "read", BIT(MEMFD, 1), 0},
	{"sealed memfd", "map", BIT(MEMFD, 1), 0},
	{"sealed memfd", "map to execute", BIT(MEMFD, 1), POSTERN_OP_MAP},
	{"sealed memfd", "execute", BIT(MEMFD, 1), POSTERN_OP_OPEN},
	{"sealed memfd", "reopen", BIT(MEMFD, 1), POSTERN_OP_OPEN},
	{"tcp", "read", BIT(SOCKET, 3), 0},
	{"tcp", "write", BIT(SOCKET, 3), 0},
	{"tcp", "send on", BIT(SOCKET, 3), POSTERN_OP_SEND},
	{"tcp", "connect anew", BIT(SOCKET, 3), POSTERN_OP_CONNECT},
	{"tcp, bound", "listen anew", BIT(SOCKET, 3), POSTERN_OP_BIND},
	{"unix stream", "read", BIT(SOCKET, 3), 0},
	{"unix stream", "write", BIT(SOCKET, 3), 0},
};

static const struct use *current;

static int use_received(void *userdata)
{
	cleanup_close int got = attack_take(*(const int *)userdata);
	char number[16], name[64];

	(void)snprintf(number, sizeof(number), "%d", got);
	(void)snprintf(name, sizeof(name), "descriptor: %s", current->name);
	return got < 0 ? ATTEMPT_BROKEN : attack_run(name, OWN "/linked", number);
}

static void run_use(const struct use *use)
{
	cleanup_close int fd = descriptor_make(use->kind);
	bool ok;
	int r;

	current = use;
	(void)unlink(OWN "/linked");
	policy_make(use->bit);
	hand_forget();
	r = pass(TAKES, fd, use_received);
	ok = use->operation ? (r == EACCES || r == EPERM) && hand_event(use->operation)
			    : r == 0 && hand_events() == 0;
	tap(ok, "%s that came: %s is %s: %s", use->kind, use->name,
	    use->operation ? "refused" : "allowed",
	    r < ATTEMPT_SIGNAL ? strerror(r) : "it could not be tried");
	if (use->operation) {
		cleanup_close int again = descriptor_make(use->kind);

		(void)unlink(OWN "/linked");
		r = pass(0, again, use_received);
		tap(r != EACCES && r != EPERM && r < ATTEMPT_SIGNAL,
		    "%s that came: %s without a tag: %s", use->kind, use->name, strerror(r));
	}
}

/* What a child of the policy sends, and how. */
struct sending {
	int to, fd;
	enum { ALONE, TWO, BY_SHARED_TABLE } way;
};

static int give_two(int to, int fd)
{
	union {
		char room[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr header;
	} control = {};
	char byte = 'f';
	struct iovec iov = {&byte, 1};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	const int fds[2] = {fd, fd};

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(header), fds, sizeof(fds));
	return attack_failed(sendmsg(to, &message, MSG_NOSIGNAL));
}

/* Another process that could put another file in the place of the one that was looked at. */
static int idle(void *userdata UNUSED)
{
	(void)pause();
	return 0;
}

static int give_shared(const struct sending *s)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t pid = clone(idle, stack + sizeof(stack), CLONE_FILES | SIGCHLD, NULL);
	int r;

	if (pid < 0)
		return ATTEMPT_BROKEN;
	r = attack_give(s->to, s->fd);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return r;
}

static int send_one(void *userdata)
{
	const struct sending *s = userdata;

	if (s->way == TWO)
		return give_two(s->to, s->fd);
	return s->way == BY_SHARED_TABLE ? give_shared(s) : attack_give(s->to, s->fd);
}

/* On a connection that was admitted to the entrypoint of that policy; 0: to none. */
static int give_back(struct enforcement *e, const char *name, uint64_t admitted, int way)
{
	const struct postern_admission admission = {.policy = admitted, .connection = 1};
	cleanup_close int fd = descriptor_make(name);
	struct sending s = {.fd = fd, .way = way};
	int pair[2], r;

	if (fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		hand_bail("make %s: %s", name, strerror(errno));
	s.to = pair[1];
	r = admitted ? enforcement_admit(e, pair[1], &admission) : 0;
	if (r < 0)
		hand_bail("admit a connection: %s", strerror(-r));
	hand_forget();
	r = hand_confined(TAKES, send_one, &s);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return r;
}

static void run_results(struct enforcement *e)
{
	static const struct {
		const char *name;
		uint32_t bits, fits; /* what is declared; all that it would do for */
	} results[] = {
		{"file to read", BIT(FILE, 1), BIT(FILE, 1)},
		{"pipe to write", BIT(PIPE, 2), BIT(PIPE, 2)},
		{"unix stream", BIT(SOCKET, 3), SOCKETS},
		{"sealed memfd", BIT(MEMFD, 1), BIT(MEMFD, 1) | MEMFD_WRITTEN},
	};
	static const char *const never[] = {"O_PATH", "directory", "file for both",
					    "memfd",  "netlink",   "epoll"};
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		policy_make(results[i].bits << POSTERN_DESCRIPTORS_RETURNED_SHIFT);
		r = give_back(e, results[i].name, TAKES, ALONE);
		tap(r == 0 && hand_events() == 0, "%s is given back: %s", results[i].name,
		    strerror(r));
		policy_make((ALL & ~results[i].fits) << POSTERN_DESCRIPTORS_RETURNED_SHIFT |
			    results[i].bits);
		r = give_back(e, results[i].name, TAKES, ALONE);
		tap(r == EPERM && hand_event(POSTERN_OP_SEND),
		    "%s is not given back where it is taken alone: %s", results[i].name,
		    strerror(r));
	}
	policy_make((BIT(FILE, 1) | BIT(PIPE, 3) | BIT(MEMFD, 1))
		    << POSTERN_DESCRIPTORS_RETURNED_SHIFT);
	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		r = give_back(e, never[i], TAKES, ALONE);
		tap(r == EPERM && hand_event(POSTERN_OP_SEND), "%s is not given back: %s", never[i],
		    strerror(r));
	}
	r = give_back(e, "file to read", 0, ALONE);
	tap(r == EPERM, "nothing is given to who was not admitted: %s", strerror(r));
	r = give_back(e, "file to read", TAKES + 1, ALONE);
	tap(r == EPERM, "nor to who was admitted to another entrypoint: %s", strerror(r));
	r = give_back(e, "file to read", TAKES, TWO);
	tap(r == EPERM, "nor two at once: %s", strerror(r));
	r = give_back(e, "file to read", TAKES, BY_SHARED_TABLE);
	tap(r == EPERM, "nor while another process has the same table: %s", strerror(r));
	r = give_back(e, "file to read", TAKES, ALONE);
	tap(r == 0, "one is: %s", strerror(r));
}

void test_descriptors(struct enforcement *e)
{
	struct error err = {};

	hand_directory("/srv");
	hand_directory(OWN);
	if (enforcement_attach_for(e, POSTERN_POLICY_NETWORK, &err) < 0)
		hand_bail("attach: %s", error_text(&err));
	descriptors_begin();
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		run_kind(kinds[i].name, kinds[i].taken);
	run_returned();
	run_results(e);
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++)
		run_use(&uses[i]);
}
