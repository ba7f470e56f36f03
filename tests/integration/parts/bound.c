/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Contexts that live as long as their application, and applications in containers. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define GONE_MS 20000
#define BOX	"/tmp/box"
#define DOOR	BOX "/door"

/* Gives which call of its worker this was; -1: it failed. */
static int64_t count(struct postern *p, int64_t ms)
{
	struct postern_args *args = postern_args_new();
	struct postern_failure *failure = NULL;
	struct postern_value *value = NULL;
	int64_t n = -1;

	(void)postern_args_integer(args, "ms", ms);
	if (postern_call(p, "count", args, 0, &value, &failure) == 0)
		(void)postern_value_integer(value, &n);
	else if (postern_failure_result(failure) != POSTERN_RESULT_NOT_PERMITTED)
		printf("# %s\n", postern_failure_message(failure));
	postern_failure_free(failure);
	postern_value_free(value);
	postern_args_free(args);
	return n;
}

static bool ends(const char *context)
{
	return trial_gone(context, GONE_MS);
}

static void lives_with_connections(void)
{
	struct postern *p = postern_new("bound"), *q = postern_new("bound");
	pid_t first;

	tap(trial_helper("bound") == 0 && count(p, 0) == 1 && count(p, 0) == 2,
	    "bound: the first connection starts it");
	first = trial_helper("bound");
	tap(count(q, 0) == 3, "bound: another connection finds what is there");
	postern_free(p);
	trial_sleep(1500);
	tap(trial_helper("bound") == first && count(q, 0) == 4,
	    "bound: it stays while one connection is open, though nobody calls");
	postern_free(q);
	tap(ends("bound"), "bound: with the last one it ends, with all its processes");
	p = postern_new("bound");
	tap(count(p, 0) == 1 && trial_helper("bound") != first,
	    "bound: the next connection begins afresh");
	postern_free(p);
	tap(ends("bound"), "bound: and is the last one in its turn");
}

/* Its call runs to its end, and the one after it finds nothing of it. */
static void client_dies(void)
{
	struct postern *p;
	pid_t pid = fork(), helper;

	if (pid == 0) {
		(void)count(postern_new("bound"), 2500);
		_exit(0);
	}
	trial_wait_for_call("bound");
	helper = trial_helper("bound");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	trial_sleep(300);
	tap(helper > 0 && trial_helper("bound") == helper,
	    "bound: a call whose client has died runs to its end");
	p = postern_new("bound");
	tap(count(p, 0) == 1 && trial_helper("bound") != helper,
	    "bound: who comes meanwhile is served by the next helper");
	postern_free(p);
	tap(ends("bound"), "bound: which ends likewise");
}

static void survives(pid_t *posternd)
{
	struct postern *p = postern_new("bound");
	bool before = count(p, 0) == 1;

	(void)trial_end(*posternd, SIGKILL, NULL);
	*posternd = trial_posternd(CALLER_CONTEXTS);
	tap(before && count(p, 0) == 2, "bound: it outlives posternd with its connection");
	trial_sleep(1500);
	tap(count(p, 0) == 3, "bound: and stays while that is open");
	postern_free(p);
	tap(ends("bound"), "bound: and ends with it under the next one");
}

static void unbound(void)
{
	struct postern *p = postern_new("unbound");
	pid_t helper;

	tap(count(p, 0) == 1, "unbound: a context that is not bound");
	postern_free(p);
	helper = trial_helper("unbound");
	trial_sleep(1500);
	p = postern_new("unbound");
	tap(helper > 0 && trial_helper("unbound") == helper && count(p, 0) == 2,
	    "unbound: keeps what it has without connections");
	postern_free(p);
}

/* An application in a container: own user, mount and pid namespaces, in which it is root, and a
 * root directory that holds one context's socket and nothing else. */
struct container {
	pid_t pid;
	int answers, more;
};

static bool map_root(uid_t uid)
{
	char map[32];
	const char *const files[] = {"/proc/self/setgroups", "/proc/self/gid_map",
				     "/proc/self/uid_map"};

	(void)snprintf(map, sizeof(map), "0 %u 1\n", uid);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const char *text = i ? map : "deny";
		int fd = open(files[i], O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
			return false;
		(void)close(fd);
	}
	return true;
}

static bool enter_box(const char *context)
{
	char socket[64];
	int fd;

	(void)snprintf(socket, sizeof(socket), "/run/postern/%s.sock", context);
	if (mount("box", BOX, "tmpfs", 0, NULL) < 0)
		return false;
	fd = open(DOOR, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || close(fd) < 0 || mount(socket, DOOR, NULL, MS_BIND, NULL) < 0)
		return false;
	return chroot(BOX) == 0 && chdir("/") == 0;
}

/* In the container: a call for each byte that comes, its answer, and the end with the last. */
static void application(int answers, int more)
{
	struct postern *p = postern_new("/door");
	char byte;

	while (read(more, &byte, 1) == 1) {
		int64_t n = count(p, 0);

		if (getpid() != 1 || getuid() != 0 || access("/run", F_OK) == 0 ||
		    write(answers, &n, sizeof(n)) != sizeof(n))
			break;
	}
	postern_free(p);
}

static struct container container(const char *context, uid_t uid)
{
	int answers[2], more[2];
	struct container c;

	if (pipe(answers) < 0 || pipe(more) < 0)
		trial_bail("pipe");
	c.pid = fork();
	if (c.pid == 0) {
		int status = 1;
		pid_t pid;

		(void)close(answers[0]);
		(void)close(more[1]);
		if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
		    setresuid(uid, uid, uid) < 0 ||
		    unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0 ||
		    prctl(PR_SET_DUMPABLE, 1) < 0 || !map_root(uid) || !enter_box(context)) {
			printf("# the container: %s\n", strerror(errno));
			(void)fflush(stdout);
			_exit(1);
		}
		pid = fork();
		if (pid == 0) {
			application(answers[1], more[0]);
			_exit(0);
		}
		(void)close(answers[1]);
		(void)waitpid(pid, &status, 0);
		_exit(status ? 1 : 0);
	}
	(void)close(answers[1]);
	(void)close(more[0]);
	c.answers = answers[0];
	c.more = more[1];
	return c;
}

/* -2: the application could not be set up, or is not where it should be. */
static int64_t container_counts(const struct container *c)
{
	int64_t n;

	return write(c->more, "", 1) == 1 && read(c->answers, &n, sizeof(n)) == sizeof(n) ? n : -2;
}

static void container_end(struct container *c)
{
	(void)close(c->more);
	(void)waitpid(c->pid, NULL, 0);
	(void)close(c->answers);
}

static void in_containers(void)
{
	struct container c;

	(void)mkdir(BOX, 0755);
	c = container("bound", ALICE);
	tap(container_counts(&c) == 1 && container_counts(&c) == 2,
	    "container: with a context's socket and nothing else, an application calls it");
	container_end(&c);
	tap(ends("bound"), "container: a context that is bound ends with it");
	c = container("bound", ALICE);
	tap(container_counts(&c) == 1, "container: the next one begins afresh");
	(void)kill(c.pid, SIGKILL);
	container_end(&c);
	tap(ends("bound"), "container: also when it is killed");
	c = container("unbound", ALICE);
	tap(container_counts(&c) == 3, "container: a context that is not bound is called likewise");
	container_end(&c);
	c = container("unbound", ALICE);
	tap(container_counts(&c) == 4, "container: and stays");
	container_end(&c);
	c = container("unbound", BOB);
	tap(container_counts(&c) == -1,
	    "container: who is not among the callers is not, as root of a container either");
	container_end(&c);
}

void part_bound(pid_t *posternd)
{
	lives_with_connections();
	client_dies();
	survives(posternd);
	unbound();
	in_containers();
}
