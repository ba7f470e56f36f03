/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Postern used wrongly: by who starts posternd, by who writes manifests, by who calls. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define BAD_CONTEXTS "/srv/bad"
#define CLIENTS	     500
#define BIG	     (10 * 1024 * 1024)

/* Shows what a program said unless the check holds. */
static void check(bool ok, struct trial_program *p, const char *what)
{
	if (!tap(ok, "%s: exit status %d", what, p->status))
		trial_program_show(p);
	trial_program_clear(p);
}

static bool call_ends(const char *context, const char *entrypoint, enum postern_result result,
		      const char *message, const char *what)
{
	struct trial_call c = {.context = context, .entrypoint = entrypoint, .name = "ms"};
	bool ok;

	trial_call(&c);
	ok = tap(c.result == result && strstr(c.message, message), "%s: %s", what,
		 c.r == 0 ? "answered" : c.message);
	if (!ok)
		trial_call_show(&c);
	return ok;
}

static void without_posternd(void)
{
	struct trial_program p = {};

	TRIAL_RUN(&p, 0, POSTERN, "call", "trial", "nap", "ms=0");
	check(p.status == 3 && strstr(p.err, "posternd"), &p, "postern call without posternd");
	TRIAL_RUN(&p, 0, POSTERN, "status");
	check(p.status == 3, &p, "postern status without posternd");
	(void)call_ends("trial", "nap", POSTERN_RESULT_NOT_AVAILABLE, "trial.sock",
			"the library without posternd");
}

/* This program again, which then becomes posternd in a user namespace of its own. */
int part_wrong_use_elsewhere(void)
{
	const char *const argv[] = {POSTERND, NULL};
	int fd;

	if (unshare(CLONE_NEWUSER) < 0)
		return 125;
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0 0 1\n", 6) != 6)
		return 125;
	(void)execv(argv[0], (char *const *)(uintptr_t)argv);
	return 127;
}

static void not_root(void)
{
	struct trial_program p = {};

	TRIAL_RUN(&p, ALICE, POSTERND);
	check(p.status == 20 && strstr(p.err, "root"), &p, "posternd as an ordinary user");
	TRIAL_RUN(&p, 0, "/proc/self/exe", "elsewhere");
	check(p.status == 20 && strstr(p.err, "namespace"), &p, "posternd in a user namespace");
}

static void bad_manifests(void)
{
	static const char manifest[] = BAD_CONTEXTS "/bad/context.yaml";
	struct trial_program p = {};

	trial_directory(BAD_CONTEXTS);
	trial_directory(BAD_CONTEXTS "/bad");
	trial_write(manifest,
		    "context: bad\nmodule: trial.so\nids: {users: [root], groups: [root]}\n"
		    "callers: {users: [nobody-at-all]}\nentrypoints:\n  nap:\n"
		    "    argument: {ms: integer}\n    result: integer\n    timeout: never\n",
		    0644, 0);
	TRIAL_RUN(&p, 0, POSTERND, "--contexts", BAD_CONTEXTS);
	check(p.status == 21 && strstr(p.err, BAD_CONTEXTS "/bad/context.yaml:4:19: ") &&
		      strstr(p.err, "/bad/context.yaml:7:5: ") &&
		      strstr(p.err, "/bad/context.yaml:9:14: "),
	      &p, "a manifest with three mistakes, each told with its place");
	trial_write(manifest,
		    "context: bad\nmodule: trial.so\nids: {users: [root], groups: [root]}\n"
		    "callers: {users: [root]}\nentrypoints:\n  nap: {result: none}\n",
		    0664, 0);
	TRIAL_RUN(&p, 0, POSTERND, "--contexts", BAD_CONTEXTS);
	check(p.status == 21 && strstr(p.err, "writable by its group"), &p,
	      "a manifest that a group may write");
	trial_write(manifest, "", 0644, ALICE);
	TRIAL_RUN(&p, 0, POSTERND, "--contexts", BAD_CONTEXTS);
	check(p.status == 21 && strstr(p.err, "owned by user 1000"), &p,
	      "a manifest that another user owns");
	(void)chmod(BAD_CONTEXTS, 0777);
	trial_write(manifest, "", 0644, 0);
	TRIAL_RUN(&p, 0, POSTERND, "--contexts", BAD_CONTEXTS);
	check(p.status == 21 && strstr(p.err, "writable by everybody"), &p,
	      "a manifest in a folder that everybody may write");
	TRIAL_RUN(&p, 0, POSTERND, "--contexts", "/srv/no-such-folder");
	check(p.status == 21, &p, "no folder of contexts");
}

static void wrong_names(void)
{
	struct trial_program p = {};

	TRIAL_RUN(&p, 0, POSTERND, "--contexts", TRIAL_CONTEXTS);
	check(p.status == 22 && strstr(p.err, "another posternd runs"), &p, "a second posternd");
	TRIAL_RUN(&p, 0, POSTERN, "call", "trail", "nap", "ms=0");
	check(p.status == 18 && strstr(p.err, "trial"), &p, "a context that there is not");
	TRIAL_RUN(&p, 0, POSTERN, "call", "trial", "snap", "ms=0");
	check(p.status == 18 && strstr(p.err, "nap"), &p, "an entrypoint that there is not");
	TRIAL_RUN(&p, 0, POSTERN, "call", "../trial", "nap", "ms=0");
	check(p.status == 18, &p, "a context's name that is a path");
	(void)call_ends("trial-missing", "nap", POSTERN_RESULT_NOT_AVAILABLE, "there-is-none.so",
			"a module that is missing");
	(void)call_ends("trial-lacking", "nap", POSTERN_RESULT_NOT_AVAILABLE, "absent",
			"a module without one of the entrypoints");
	(void)call_ends("trial", "nap", POSTERN_RESULT_OK, "", "other contexts serve all the same");
}

static void wrong_arguments(void)
{
	static const struct {
		const char *arguments[5], *told, *what;
	} wrong[] = {
		{{"flag=true", "count=3", "colour=red"}, "file", "one that is missing"},
		{{"flag=true", "count=3", "colour=red", "file=/srv/trial/data", "color=red"},
		 "color",
		 "one too many"},
		{{"flag=yes", "count=3", "colour=red", "file=/srv/trial/data"},
		 "flag",
		 "no boolean"},
		{{"flag=true", "count=x", "colour=red", "file=/srv/trial/data"},
		 "count",
		 "no number"},
		{{"flag=true", "count=11", "colour=red", "file=/srv/trial/data"},
		 "count",
		 "out of range"},
		{{"flag=true", "count=3", "colour=blue", "file=/srv/trial/data"},
		 "colour",
		 "no word of an enum"},
		{{"flag=true", "count=3", "colour=red", "file=/srv/trial/../x"},
		 "file",
		 "a path with .."},
		{{"flag=true", "count=3", "colour=red", "file=/etc/shadow"},
		 "file",
		 "a path outside its directory"},
	};
	struct trial_program p = {};

	TRIAL_RUN(&p, 0, POSTERN, "call", "trial", "types", "flag=true", "count=3", "colour=red",
		  "file=/srv/trial/data");
	check(p.status == 0, &p, "arguments that are right");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *const *a = wrong[i].arguments;

		TRIAL_RUN(&p, 0, POSTERN, "call", "trial", "types", a[0], a[1], a[2], a[3], a[4]);
		check(p.status == 12 && strstr(p.err, wrong[i].told), &p, wrong[i].what);
	}
}

static void big_arguments(void)
{
	struct trial_call c = {.context = "trial", .entrypoint = "echo", .name = "text"};
	struct trial_program p = {};
	char *big = malloc(BIG + 1);

	if (!big)
		trial_bail("out of memory");
	(void)memset(big, 'x', BIG);
	big[BIG] = '\0';
	c.text = big;
	trial_call(&c);
	if (!tap(c.result == POSTERN_RESULT_BAD_ARGUMENT && c.ms < 2000, "10 MB: %s", c.message))
		trial_call_show(&c);
	trial_write("/tmp/big", big, 0644, 0);
	TRIAL_RUN(&p, 0, POSTERN, "call", "trial", "echo", "text=@/tmp/big");
	check(p.status == 12, &p, "postern call with 10 MB from a file");
	(void)unlink("/tmp/big");
	big[49153] = '\0';
	trial_call(&c);
	tap(c.result == POSTERN_RESULT_BAD_ARGUMENT, "one byte too many: %s", c.message);
	big[49152] = '\0';
	trial_call(&c);
	if (!tap(c.r == 0 && c.length == 49152, "as much as the manifest allows is answered"))
		trial_call_show(&c);
	free(big);
}

/* Calls whoami as some user, and exits with the result. */
static int whoami_as(uid_t uid, size_t groups_len, const gid_t *groups)
{
	struct trial_call c = {.context = "trial", .entrypoint = "whoami"};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (setgroups(groups_len, groups) < 0 || setresgid(uid, uid, uid) < 0 ||
		    setresuid(uid, uid, uid) < 0)
			_exit(255);
		trial_call(&c);
		_exit((int)c.result);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void callers(void)
{
	const gid_t adm[] = {100, 4}, users[] = {100};
	gid_t many[70];

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (gid_t)(5000 + i);
	many[0] = 4;
	tap(whoami_as(ALICE, 0, NULL) == 0, "a user who is listed");
	tap(whoami_as(BOB, 1, users) == POSTERN_RESULT_NOT_PERMITTED, "one who is not is refused");
	tap(whoami_as(BOB, 2, adm) == 0, "unless one of their groups is");
	tap(whoami_as(65534, 0, NULL) == POSTERN_RESULT_NOT_PERMITTED, "nobody is refused");
	tap(whoami_as(65534, 2, adm) == 0, "nobody in a group that is listed");
	tap(whoami_as(BOB, 70, many) == POSTERN_RESULT_NOT_PERMITTED,
	    "who is in more groups than can be told is refused");
}

/* A process of alice's that holds a connection until it is killed. */
static pid_t alice_holds(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready) < 0)
		trial_bail("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		/* Without the connections of the test itself. */
		if (dup2(ready[1], STDERR_FILENO + 1) < 0 ||
		    close_range(STDERR_FILENO + 2, ~0U, 0) < 0)
			_exit(255);
		if (setgroups(0, NULL) < 0 || setresgid(ALICE, ALICE, ALICE) < 0 ||
		    setresuid(ALICE, ALICE, ALICE) < 0 || trial_open("trial-few", "nap") < 0)
			_exit(255);
		(void)!write(STDERR_FILENO + 1, "r", 1);
		(void)pause();
		_exit(0);
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		trial_bail("alice cannot connect");
	(void)close(ready[0]);
	return pid;
}

static void alice_calls(int status, const char *says, const char *what)
{
	struct trial_program p;

	TRIAL_RUN(&p, ALICE, POSTERN, "call", "trial-few", "nap", "ms=0");
	check(p.status == status && strstr(p.err, says), &p, what);
}

/* The worker, which would see that the client has gone, is in a call. Another user has the third of
 * three connections. */
static void limit_in_call(void)
{
	struct trial_call running = {
		.context = "trial-few", .entrypoint = "nap", .name = "ms", .number = 1000};
	int fd = trial_open("trial-few", "nap");

	trial_sleep(300);
	trial_call_start(&running);
	trial_wait_for_call("trial-few");
	(void)call_ends("trial-few", "nap", POSTERN_RESULT_BUSY, "as many connections",
			"a fourth connection while one's call runs");
	(void)close(fd);
	(void)call_ends("trial-few", "nap", POSTERN_RESULT_OK, "",
			"one that was closed a moment ago does not count");
	trial_call_join(&running);
	(void)tap(running.r == 0, "and the call comes to its end");
}

static void connection_limit(void)
{
	int fds[2];
	pid_t alice;

	(void)call_ends("trial-few", "nap", POSTERN_RESULT_OK, "", "before the limit is reached");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = trial_open("trial-few", "nap");
	(void)call_ends("trial-few", "nap", POSTERN_RESULT_BUSY, "one user",
			"the third of two connections of one user");
	alice_calls(0, "", "another user has connections of their own");
	trial_sleep(300);
	alice = alice_holds();
	alice_calls(19, "the context has as many connections", "the fourth of three connections");
	(void)call_ends("trial", "nap", POSTERN_RESULT_OK, "", "another context has its own limit");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
	trial_sleep(300);
	(void)call_ends("trial-few", "nap", POSTERN_RESULT_OK, "", "when they are closed");
	limit_in_call();
	(void)kill(alice, SIGKILL);
	(void)waitpid(alice, NULL, 0);
}

static void many_clients(void)
{
	static struct trial_call calls[CLIENTS];
	size_t ok = 0, busy = 0;
	struct trial_program p = {};
	uint64_t from = trial_ms();

	for (size_t i = 0; i < CLIENTS; i++) {
		calls[i] = (struct trial_call){
			.context = "trial", .entrypoint = "nap", .name = "ms", .timeout_ms = 30000};
		trial_call_start(&calls[i]);
	}
	TRIAL_RUN(&p, 0, POSTERN, "status");
	printf("# postern status among them: %llu ms\n", (unsigned long long)p.ms);
	check(p.status == 0 && p.ms < 2000, &p, "500 clients: postern status answers under 2 s");
	for (size_t i = 0; i < CLIENTS; i++) {
		trial_call_join(&calls[i]);
		ok += calls[i].r == 0;
		busy += calls[i].result == POSTERN_RESULT_BUSY;
		if (calls[i].r < 0 && calls[i].result != POSTERN_RESULT_BUSY)
			trial_call_show(&calls[i]);
	}
	tap(ok + busy == CLIENTS && ok > 0, "500 clients at once: %zu ok, %zu busy in %llu ms", ok,
	    busy, (unsigned long long)(trial_ms() - from));
	(void)call_ends("trial", "nap", POSTERN_RESULT_OK, "", "and one after them");
}

void part_wrong_use_before(void)
{
	without_posternd();
	not_root();
	bad_manifests();
}

void part_wrong_use(void)
{
	wrong_names();
	wrong_arguments();
	big_arguments();
	callers();
	connection_limit();
	many_clients();
}
