/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network namespaces that manifests name: made, entered, told apart, and removed, with both kinds
 * of user namespace; and what is refused.
 *
 * The loopback interface of a namespace is given another name, so that a worker's view of
 * /sys/class/net tells which one it is in.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define CONTEXTS "/usr/local/lib/postern-tests/network-contexts"
#define PINS	 "/run/netns/"
#define NOTES	 "/run/postern/networks/"
#define ROUTER_A "qrouter-00000000-0000-4000-8000-00000000000a"
#define ROUTER_B "qrouter-00000000-0000-4000-8000-00000000000b"
#define GONE_MS	 20000 /* that only a hang would exceed */

static struct trial_call call(const char *context, const char *entrypoint, const char *network)
{
	struct trial_call c = {.context = context, .entrypoint = entrypoint, .network = network};

	trial_call(&c);
	return c;
}

static void allowed(const char *context, const char *entrypoint, const char *network)
{
	struct trial_call c = call(context, entrypoint, network);

	if (!tap(c.r == 0, "%s.%s of %s", context, entrypoint, network ? network : "no name"))
		trial_call_show(&c);
}

static void refused(const char *context, const char *entrypoint, const char *network, int result,
		    int error, const char *what)
{
	struct trial_call c = call(context, entrypoint, network);

	if (!tap((int)c.result == result && c.error == error, "%s: %s.%s of %s is refused: %s",
		 what, context, entrypoint, network ? network : "no name", c.message))
		trial_call_show(&c);
}

static void sees(const char *context, const char *network, const char *links, const char *what)
{
	struct trial_call c = call(context, "links", network);

	if (!tap(c.r == 0 && strcmp(c.value_text, links) == 0, "%s: %s in %s sees %s", what,
		 context, network ? network : "its one", c.value_text))
		trial_call_show(&c);
}

static void path_of(const char *network, char path[128])
{
	(void)snprintf(path, 128, PINS "%s", network);
}

static bool exists(const char *network)
{
	char path[128];
	struct stat st;

	path_of(network, path);
	return lstat(path, &st) == 0;
}

/* In a child, so that this process stays where it is. */
static bool in_network(const char *network, bool (*work)(const char *), const char *argument)
{
	char path[128];
	int status = 1;
	pid_t pid = fork();

	path_of(network, path);
	if (pid == 0) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		_exit(fd < 0 || setns(fd, CLONE_NEWNET) < 0 || !work(argument));
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/* argument: the new name; with a dash in front of it lo need not be up. */
static bool rename_loopback(const char *argument)
{
	const char *name = argument[0] == '-' ? argument + 1 : argument;
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0 ||
	    (name == argument && !(request.ifr_flags & IFF_UP)))
		return false;
	request.ifr_flags &= (short)~IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return false;
	(void)snprintf(request.ifr_newname, sizeof(request.ifr_newname), "%s", name);
	return ioctl(fd, SIOCSIFNAME, &request) == 0;
}

static void mark(const char *network, const char *name)
{
	tap(in_network(network, rename_loopback, name), "the host sees %s%s", network,
	    name[0] == '-' ? "" : ", whose lo is up");
}

/* Is the network namespace owned by the user namespace of this process? */
static bool owned_by_host(const char *network)
{
	char path[128];
	struct stat owner, own;
	int fd, user;

	path_of(network, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	user = ioctl(fd, NS_GET_USERNS);
	if (user < 0 || fstat(user, &owner) < 0 || stat("/proc/self/ns/user", &own) < 0)
		trial_bail("who owns %s: %s", network, strerror(errno));
	(void)close(user);
	(void)close(fd);
	return owner.st_ino == own.st_ino;
}

/* As `ip netns add` does it. */
static void make_foreign(const char *network)
{
	char path[128];
	int status = 1;
	pid_t pid;

	path_of(network, path);
	trial_directory("/run/netns");
	trial_write(path, "", 0444, 0);
	pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWNET) < 0 ||
		      mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		trial_bail("cannot make network namespace %s", network);
}

static bool status_says(const char *text)
{
	struct trial_program p;
	bool found;

	TRIAL_RUN(&p, 0, POSTERN, "status");
	found = strstr(p.out, text);
	trial_program_clear(&p);
	return found;
}

/* The helper of the instance in a network namespace; 0: there is none. */
static pid_t helper_of(const char *network)
{
	struct trial_program p;
	char wanted[128];
	const char *at;
	int pid = 0;

	(void)snprintf(wanted, sizeof(wanted), "in network namespace %s: running, helper ",
		       network);
	TRIAL_RUN(&p, 0, POSTERN, "status");
	at = strstr(p.out, wanted);
	if (at && sscanf(at + strlen(wanted), "%d", &pid) != 1)
		pid = 0;
	trial_program_clear(&p);
	return pid;
}

static bool comes_true(bool (*true_now)(const char *), const char *argument)
{
	for (uint64_t until = trial_ms() + GONE_MS; trial_ms() < until; trial_sleep(50))
		if (true_now(argument))
			return true;
	return false;
}

static bool status_silent(const char *text)
{
	return !status_says(text);
}

/* -- names */

static void names(void)
{
	refused("net-host", "links", NULL, POSTERN_RESULT_BAD_ARGUMENT, 0, "no name");
	refused("net-host", "links", "qrouter-x", POSTERN_RESULT_BAD_ARGUMENT, 0, "no UUID");
	refused("net-host", "links", "red-a", POSTERN_RESULT_BAD_ARGUMENT, 0,
		"another context's form");
	refused("net-host", "add", "qrouter-", POSTERN_RESULT_BAD_ARGUMENT, 0, "no value");
	refused("net-own", "add", "red-waytoolong", POSTERN_RESULT_BAD_ARGUMENT, 0,
		"a value that the pattern refuses");
	refused("net-own", "add", "red-../x", POSTERN_RESULT_BAD_ARGUMENT, EINVAL,
		"a path (by the client's library)");
	refused("net-one", "links", "lone", POSTERN_RESULT_BAD_ARGUMENT, 0,
		"a name where there is one only");
	refused("net-own", "links", "red-none", POSTERN_RESULT_NOT_AVAILABLE, 0, "nobody made it");
	tap(!exists("red-none"), "a name that was refused leaves no file");
}

/* The library checks names too: these come past it. */
static void raw_names(void)
{
	static const char *const bad[] = {"../passwd", "red-a/..", "Red-a", "red-a.", ".", "-red"};
	int refused_len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		unsigned char open[256] = {'P', 'S', 'T', 'N', 1, 0, 1};
		int fd = trial_connect("net-own");

		memcpy(open + 16, "add", 3);
		memcpy(open + 80, bad[i], strlen(bad[i]));
		refused_len += trial_send(fd, open, sizeof(open)) &&
			       trial_refusal(fd, GONE_MS) == POSTERN_RESULT_PROTOCOL_ERROR;
		(void)close(fd);
	}
	tap(refused_len == ARRAY_SIZE(bad), "%d of %zu names that are none are protocol errors",
	    refused_len, ARRAY_SIZE(bad));
}

static void strangers(void)
{
	struct trial_program p;

	TRIAL_RUN(&p, ALICE, POSTERN, "call", "--network", "red-alice", "net-own", "add");
	if (!tap(p.status == 13 && !exists("red-alice"), "one who is not listed makes none"))
		trial_program_show(&p);
	trial_program_clear(&p);
	TRIAL_RUN(&p, 0, POSTERN, "call", "--network", "red-root", "net-own", "add");
	if (!tap(p.status == 0 && exists("red-root"), "one who is listed does, by postern call"))
		trial_program_show(&p);
	trial_program_clear(&p);
	TRIAL_RUN(&p, ALICE, POSTERN, "call", "--network", "red-root", "net-own", "remove");
	tap(p.status == 13 && exists("red-root"), "one who is not listed removes none");
	trial_program_clear(&p);
	TRIAL_RUN(&p, 0, POSTERN, "call", "--network", "red-root", "net-own", "remove");
	if (!tap(p.status == 0 && !exists("red-root"), "one who is listed does"))
		trial_program_show(&p);
	trial_program_clear(&p);
}

/* What the host sees of the helper of an instance. own: namespaces.user. */
static void inside(const char *network, bool own)
{
	pid_t helper = helper_of(network);
	cleanup_free char *status = NULL;
	struct stat owner, user, net, pinned;
	char path[128], file[64];
	int fd, owner_fd;

	path_of(network, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	owner_fd = ioctl(fd, NS_GET_USERNS);
	(void)snprintf(file, sizeof(file), "/proc/%d/ns/user", helper);
	if (owner_fd < 0 || fstat(fd, &pinned) < 0 || fstat(owner_fd, &owner) < 0 ||
	    stat(file, &user) < 0)
		trial_bail("look at %s: %s", network, strerror(errno));
	(void)snprintf(file, sizeof(file), "/proc/%d/ns/net", helper);
	tap(stat(file, &net) == 0 && net.st_ino == pinned.st_ino && user.st_ino == owner.st_ino,
	    "%s: its helper is in it, and in the user namespace that owns it", network);
	(void)snprintf(file, sizeof(file), "/proc/%d/status", helper);
	status = trial_read(file);
	/* NET_ADMIN, and SETPCAP, which its workers need to lower their own. */
	tap(strstr(status, "CapPrm:\t0000000000001100\n") &&
		    strstr(status, "CapBnd:\t0000000000001100\n"),
	    "%s: its helper has the capabilities of its manifest, and no other", network);
	(void)snprintf(file, sizeof(file), "/proc/%d/uid_map", helper);
	free(status);
	status = trial_read(file);
	tap(!own == !!strstr(status, "4294967295"), "%s: %s ids are mapped", network,
	    own ? "its own" : "all");
	(void)close(owner_fd);
	(void)close(fd);
}

/* -- namespaces that the context's own user namespace owns */

static void own(void)
{
	allowed("net-own", "add", "red-a");
	allowed("net-own", "add", "red-b");
	refused("net-own", "add", "red-a", POSTERN_RESULT_FAILED, EEXIST, "twice");
	tap(!owned_by_host("red-a"), "red-a is owned by a user namespace of its own");
	mark("red-a", "lo-a");
	mark("red-b", "lo-b");
	sees("net-own", "red-a", "lo-a ", "one");
	sees("net-own", "red-b", "lo-b ", "the other");
	tap(status_says("in network namespace red-a") && status_says("in network namespace red-b"),
	    "status shows both instances");
	allowed("net-own", "add", "red-c");
	mark("red-c", "lo-c");
	sees("net-own", "red-c", "lo-c ", "one more than there may be");
	tap(comes_true(status_silent, "in network namespace red-a"),
	    "the one that was idle for longest made room");
	sees("net-own", "red-a", "lo-a ", "its namespace outlived its helper, which is another");
	tap(comes_true(status_silent, "in network namespace red-"), "all end when they are idle");
	sees("net-own", "red-b", "lo-b ", "and come back");
	inside("red-b", true);
}

/* A client that keeps its connection open does not keep the helper, and loses no call by that. */
static void pooled(void)
{
	struct postern *p = postern_new_network("net-own", "red-b");
	struct postern_failure *failure = NULL;
	int r = postern_call(p, "links", NULL, 0, NULL, &failure);
	pid_t helper = helper_of("red-b");

	tap(r == 0 && helper > 0, "a client keeps its connection");
	tap(comes_true(status_silent, "in network namespace red-b"),
	    "the helper ends all the same");
	r = postern_call(p, "links", NULL, 0, NULL, &failure);
	tap(r == 0 && helper_of("red-b") != helper, "the client's next call has the next helper");
	if (r < 0)
		printf("#   %s\n", postern_failure_message(failure));
	postern_failure_free(failure);
	postern_free(p);
}

static void in_use(void)
{
	struct trial_call nap = {
		.context = "net-own", .entrypoint = "nap", .network = "red-a", .name = "ms"};
	struct trial_call other = nap;

	trial_call(&nap);
	nap.number = 3000;
	trial_call_start(&nap);
	trial_sleep(500);
	refused("net-own", "remove", "red-a", POSTERN_RESULT_FAILED, EBUSY, "a call is under way");
	tap(exists("red-a"), "and the namespace stays");
	other.network = "red-b";
	other.number = 3000;
	trial_call_start(&other);
	trial_sleep(500);
	refused("net-own", "links", "red-c", POSTERN_RESULT_BUSY, 0,
		"as many are in use as may be");
	trial_call_join(&nap);
	trial_call_join(&other);
	tap(nap.r == 0 && other.r == 0, "the calls end well");
	allowed("net-own", "remove", "red-a");
	tap(!exists("red-a"), "it is gone");
	refused("net-own", "remove", "red-a", POSTERN_RESULT_FAILED, ENOENT, "it is gone");
	refused("net-own", "links", "red-a", POSTERN_RESULT_NOT_AVAILABLE, 0, "it is gone");
	allowed("net-own", "add", "red-a");
	sees("net-own", "red-a", "lo ", "made again, it is another one");
}

/* Of others: not entered with a user namespace of one's own, and never removed. */
static void foreign(void)
{
	make_foreign("red-f");
	refused("net-own", "links", "red-f", POSTERN_RESULT_NOT_AVAILABLE, 0, "somebody else's");
	refused("net-own", "remove", "red-f", POSTERN_RESULT_FAILED, EPERM, "somebody else's");
	tap(exists("red-f"), "and stays");
	make_foreign(ROUTER_B);
	mark(ROUTER_B, "-lo-f");
	sees("net-host", ROUTER_B, "lo-f ", "made by root, with user: host");
	refused("net-host", "remove", ROUTER_B, POSTERN_RESULT_FAILED, EPERM, "made by root");
	tap(exists(ROUTER_B), "and stays");
	trial_write(PINS "red-file", "", 0444, 0);
	refused("net-own", "links", "red-file", POSTERN_RESULT_NOT_AVAILABLE, 0, "a file");
	refused("net-own", "add", "red-file", POSTERN_RESULT_FAILED, EEXIST, "a file");
	if (symlink(PINS "red-b", PINS "red-link") < 0)
		trial_bail("symlink: %s", strerror(errno));
	refused("net-own", "links", "red-link", POSTERN_RESULT_NOT_AVAILABLE, 0, "a link");
	refused("net-own", "remove", "red-link", POSTERN_RESULT_FAILED, ELOOP, "a link");
	(void)unlink(PINS "red-link");
	if (symlink("/etc/nothing", PINS "red-link") < 0)
		trial_bail("symlink: %s", strerror(errno));
	refused("net-own", "add", "red-link", POSTERN_RESULT_FAILED, EEXIST, "a link to nothing");
	tap(access("/etc/nothing", F_OK) < 0, "and nothing is made behind it");
}

/* -- namespaces of the host's */

static void host(void)
{
	sees("net-host", ROUTER_A, "lo ", "made by its first use");
	tap(owned_by_host(ROUTER_A), "it is the host's");
	sees("net-one", NULL, "lo ", "a context with one name");
	tap(exists("lone") && !owned_by_host("lone"), "it was made by its first use");
	refused("net-host", "add", ROUTER_A, POSTERN_RESULT_FAILED, EEXIST, "it is there");
	allowed("net-host", "remove", ROUTER_A);
	tap(!exists(ROUTER_A), "removed");
	allowed("net-host", "add", ROUTER_A);
	mark(ROUTER_A, "lo-h");
	sees("net-host", ROUTER_A, "lo-h ", "made again");
	inside(ROUTER_A, false);
}

/* Somebody else's `ip netns del`. */
static void removed_by_others(void)
{
	char path[128];

	path_of(ROUTER_A, path);
	if (umount2(path, MNT_DETACH) < 0 || unlink(path) < 0)
		trial_bail("remove %s: %s", path, strerror(errno));
	sees("net-host", ROUTER_A, "lo ", "removed by others, it is made anew");
	mark(ROUTER_A, "lo-n");
}

/* -- posternd's own end */

static void survives(pid_t *posternd)
{
	struct trial_call nap = {
		.context = "net-own", .entrypoint = "nap", .network = "red-b", .name = "ms"};
	pid_t helper;

	sees("net-own", "red-b", "lo-b ", "before kill -9");
	trial_call(&nap);
	nap.number = 8000;
	trial_call_start(&nap);
	trial_sleep(500);
	helper = helper_of("red-b");
	(void)trial_end(*posternd, SIGKILL, NULL);
	trial_write(NOTES "red-left", "net-own 4 1\n", 0600, 0);
	trial_write(PINS "red-left", "", 0444, 0);
	*posternd = trial_posternd(CONTEXTS);
	tap(access(NOTES "red-left", F_OK) < 0 && !exists("red-left"),
	    "what one that died half way left is taken away");
	trial_call_join(&nap);
	if (!tap(nap.r == 0, "a call that was under way in an instance ends well"))
		trial_call_show(&nap);
	tap(status_says("(adopted)"), "instances are adopted");
	tap(helper > 0 && helper_of("red-b") == helper, "the helper is the same: %d", helper);
	sees("net-own", "red-b", "lo-b ", "after kill -9");
	sees("net-host", ROUTER_A, "lo-n ", "after kill -9");
	allowed("net-own", "remove", "red-b");
	tap(!exists("red-b"), "the next posternd knows which are its own");
}

static void edit_and_reload(const char *edit)
{
	struct trial_program p;

	TRIAL_RUN(&p, 0, "/bin/sed", "-i", edit, CONTEXTS "/net-own/context.yaml");
	trial_program_clear(&p);
	TRIAL_RUN(&p, 0, POSTERN, "reload");
	if (!tap(p.status == 0, "reload: %.*s", (int)strcspn(p.out, "\n"), p.out))
		trial_program_show(&p);
	trial_program_clear(&p);
}

static void reload(void)
{
	struct trial_call nap = {
		.context = "net-own", .entrypoint = "nap", .network = "red-c", .name = "ms"};

	sees("net-own", "red-c", "lo-c ", "before a reload");
	trial_call(&nap);
	nap.number = 4000;
	trial_call_start(&nap);
	trial_sleep(500);
	edit_and_reload("s/    idle: 2s/    idle: 1h/; s/paths: .*/paths: {}/");
	refused("net-own", "links", "red-c", POSTERN_RESULT_FAILED, ENOENT,
		"the rule was taken away");
	trial_call_join(&nap);
	if (!tap(nap.r == 0, "a call that was under way meanwhile ends well"))
		trial_call_show(&nap);
	edit_and_reload("s/users: .root, daemon./users: [root]/");
	refused("net-own", "nap", "red-c", POSTERN_RESULT_NOT_AVAILABLE, 0,
		"its user namespace has other ids than the manifest");
	allowed("net-own", "remove", "red-c");
	allowed("net-own", "add", "red-c");
	nap.number = 0;
	trial_call(&nap);
	tap(nap.r == 0, "made again, it has those of the manifest");
}

int main(void)
{
	pid_t posternd;

	trial_tree();
	posternd = trial_posternd(CONTEXTS);
	names();
	raw_names();
	strangers();
	own();
	pooled();
	in_use();
	foreign();
	host();
	removed_by_others();
	survives(&posternd);
	reload();
	tap(trial_end(posternd, SIGTERM, NULL) == 0 && trial_gone(NULL, 0),
	    "SIGTERM ends posternd and all instances");
	tap(exists(ROUTER_A) && exists("red-c"), "the namespaces stay");
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
