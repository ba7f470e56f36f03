/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Policies, tagged children, events and files for tests of the kernel programs alone. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "base/util.h"
#include "policy/sockets.h"
#include "tests/escape/attack.h"
#include "tests/kernel/hand.h"

#define PINS	     "/run/postern-test-pins"
#define RULES_MAX    8
#define POLICIES_MAX 16
#define TAG_TRIES    300
#define KEPT_MAX     256

const struct postern_policy hand_capable = {.capabilities = ~0ull, .entrypoint = 1};

static struct enforcement *enforcement;

static struct {
	char path[POSTERN_OPS][POSTERN_PATH_BYTES];
	bool seen[POSTERN_OPS];
	unsigned len;
} events;

void hand_bail(const char *format, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	printf("\n");
	(void)fflush(stdout);
	_exit(1);
}

static void take_event(void *userdata UNUSED, const struct postern_event *event)
{
	events.len++;
	if (event->operation >= POSTERN_OPS || event->path_len > POSTERN_PATH_BYTES)
		return;
	events.seen[event->operation] = true;
	if (event->message.attribute == POSTERN_MESSAGE_OF_SOCKET) {
		(void)policy_socket_text(event->operation, &event->message,
					 events.path[event->operation], POSTERN_PATH_BYTES);
		return;
	}
	(void)snprintf(events.path[event->operation], POSTERN_PATH_BYTES, "%s",
		       &event->path[POSTERN_PATH_BYTES - event->path_len]);
}

struct enforcement *hand_start(void)
{
	struct error err = {};
	int r;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	r = enforcement_open(PINS, true, &enforcement, &err);
	if (r == 0)
		r = enforcement_load(enforcement, 0, 0, &err);
	if (r < 0)
		hand_bail("load the kernel programs: %s", error_text(&err));
	r = enforcement_events_open(enforcement, take_event, NULL);
	if (r < 0)
		hand_bail("open the ring of events: %s", strerror(-r));
	return enforcement;
}

static void set_rule(uint64_t policy, const struct hand_rule *rule,
		     const struct postern_identity *directory)
{
	struct postern_name_key key = {
		.directory = {.policy = policy,
			      .ino = directory->ino,
			      .dev = directory->dev,
			      .generation = directory->generation},
	};
	struct postern_rule value = {.rights = rule->rights};
	int r;

	if (!rule->name) {
		r = enforcement_directory_set(enforcement, &key.directory, &value);
	} else {
		value = (struct postern_rule){.flags = POSTERN_RULE_NAMES};
		(void)strncpy(key.name, rule->name, sizeof(key.name) - 1);
		r = enforcement_directory_set(enforcement, &key.directory, &value);
		value = (struct postern_rule){.rights = rule->rights};
		if (r == 0)
			r = enforcement_name_set(enforcement, &key, &value);
	}
	if (r < 0)
		hand_bail("set the rule for %s: %s", rule->directory, strerror(-r));
}

/* Directories of policies stay open, as the supervisor's do. */
static int kept[KEPT_MAX];
static size_t kept_len;

void hand_release(void)
{
	while (kept_len > 0)
		(void)close(kept[--kept_len]);
}

/* A policy's rules add up over calls, and so must its filter. */
static void add_filter(uint64_t id, struct postern_policy *value,
		       const struct postern_identity *found, size_t len)
{
	static struct {
		uint64_t id;
		struct postern_policy value;
	} all[POLICIES_MAX];
	size_t at = 0;

	while (all[at].id && all[at].id != id)
		if (++at >= POLICIES_MAX)
			hand_bail("too many policies");
	all[at].id = id;
	for (size_t i = 0; i < len; i++)
		postern_filter_add(&all[at].value, found[i].ino);
	memcpy(value->filter, all[at].value.filter, sizeof(value->filter));
}

void hand_policy(uint64_t id, struct postern_policy value, const struct hand_rule *rules)
{
	struct postern_identity found[RULES_MAX + 1];
	int *fds = &kept[kept_len], r;
	size_t len = 0;

	for (; rules[len].directory; len++) {
		fds[len] = open(rules[len].directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fds[len] < 0 || len >= RULES_MAX || kept_len + len + 2 >= KEPT_MAX)
			hand_bail("open %s: %s", rules[len].directory, strerror(errno));
	}
	fds[len] = open("/", O_PATH | O_CLOEXEC);
	r = enforcement_identify(enforcement, fds, len + 1, found);
	kept_len += len + 1;
	if (r < 0)
		hand_bail("identify directories: %s", strerror(-r));
	for (size_t i = 0; i < len; i++)
		set_rule(id, &rules[i], &found[i]);
	add_filter(id, &value, found, len);
	value.root_mount = found[len].mount;
	value.root_dentry = found[len].dentry;
	value.mount_namespace = found[len].mount_namespace;
	r = enforcement_policy_set(enforcement, id, &value);
	if (r < 0)
		hand_bail("publish a policy: %s", strerror(-r));
}

/* Forks a child that waits to be tagged, or with policy 0 to be released. Returns its pid; gate: to
 * be written to. */
static pid_t start_child(uint64_t policy, int *ret_gate, int result, hand_function function,
			 void *userdata)
{
	struct postern_tag tag = {.policy = policy, .slot = POSTERN_NO_SLOT};
	cleanup_close int pidfd = -EBADF;
	int gate[2], r;
	char byte;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC) < 0)
		hand_bail("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		if (read(gate[0], &byte, 1) != 1)
			_exit(255);
		r = function(userdata);
		if (result >= 0 && write(result, &r, sizeof(r)) != (ssize_t)sizeof(r))
			_exit(254);
		_exit(r);
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	r = pid < 0 || pidfd < 0 ? -errno : 0;
	/* After a lack of memory the kernel's allocator for programs fills up again behind our
	 * back. */
	for (int i = 0; r == 0 && policy && i < TAG_TRIES; i++) {
		r = enforcement_tag(enforcement, pidfd, &tag);
		if (r != -ENOMEM)
			break;
		(void)usleep(10000);
		r = i + 1 < TAG_TRIES ? 0 : r;
	}
	if (r < 0)
		hand_bail("tag a child: %s", strerror(-r));
	(void)close(gate[0]);
	*ret_gate = gate[1];
	return pid;
}

static void open_gate(int gate)
{
	if (write(gate, "g", 1) != 1)
		hand_bail("the gate cannot be opened");
	(void)close(gate);
}

pid_t hand_spawn(uint64_t policy, hand_function function, void *userdata)
{
	int gate;
	pid_t pid = start_child(policy, &gate, -1, function, userdata);

	open_gate(gate);
	return pid;
}

int hand_confined(uint64_t policy, hand_function function, void *userdata)
{
	int result[2], gate, status, r = ATTEMPT_BROKEN;
	pid_t pid;

	if (pipe2(result, O_CLOEXEC) < 0)
		hand_bail("pipe: %s", strerror(errno));
	pid = start_child(policy, &gate, result[1], function, userdata);
	open_gate(gate);
	(void)close(result[1]);
	if (read(result[0], &r, sizeof(r)) != (ssize_t)sizeof(r))
		r = ATTEMPT_BROKEN;
	(void)close(result[0]);
	if (waitpid(pid, &status, 0) != pid)
		hand_bail("wait for a child: %s", strerror(errno));
	return WIFSIGNALED(status) ? ATTEMPT_SIGNAL + WTERMSIG(status) : r;
}

int hand_unconfined(hand_function function, void *userdata)
{
	return hand_confined(0, function, userdata);
}

struct order {
	const char *name, *path, *other;
};

static int run_order(void *userdata)
{
	const struct order *o = userdata;

	return attack_run(o->name, o->path, o->other);
}

int hand_attempt(uint64_t policy, const char *name, const char *path, const char *other)
{
	struct order o = {name, path, other ? other : ""};

	return hand_confined(policy, run_order, &o);
}

int hand_unconfined_attempt(const char *name, const char *path, const char *other)
{
	return hand_attempt(0, name, path, other);
}

void hand_forget(void)
{
	(void)enforcement_events_read(enforcement);
	memset(events.seen, 0, sizeof(events.seen));
	events.len = 0;
}

const char *hand_event(uint32_t operation)
{
	(void)enforcement_events_read(enforcement);
	return events.seen[operation] ? events.path[operation] : NULL;
}

unsigned hand_events(void)
{
	(void)enforcement_events_read(enforcement);
	return events.len;
}

void hand_directory(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		hand_bail("mkdir %s: %s", path, strerror(errno));
}

void hand_file(const char *path, const char *content)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content))
		hand_bail("make %s: %s", path, strerror(errno));
}

bool hand_kernel_at_least(unsigned major, unsigned minor)
{
	struct utsname name;
	unsigned is_major = 0, is_minor = 0;

	(void)uname(&name);
	(void)sscanf(name.release, "%u.%u", &is_major, &is_minor);
	return is_major != major ? is_major > major : is_minor >= minor;
}
