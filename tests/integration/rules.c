/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every kind of rule that a manifest can say, from the manifest to the kernel: what it allows and
 * what lies beside it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define CONTEXTS "/usr/local/lib/postern-tests/rules-contexts"
#define BIN	 "/usr/local/lib/postern-tests/bin/"
#define DIR	 "/srv/rules"

struct attempt {
	const char *context, *entrypoint, *way, *path;
	const char *link, *id; /* arguments of slots */
	int expected;
};

/* The errno of one attempt; -1: the call itself failed. */
static int tried(const struct attempt *a, struct postern_failure **ret_failure)
{
	struct postern_args *args = postern_args_new();
	struct postern *p = postern_new(a->context);
	struct postern_value *value = NULL;
	int64_t error = -1;

	if (!args || !p)
		trial_bail("out of memory");
	(void)postern_args_string(args, "way", a->way);
	(void)postern_args_string(args, "path", a->path);
	if (a->link)
		(void)postern_args_string(args, "link", a->link);
	if (a->id)
		(void)postern_args_string(args, "id", a->id);
	if (postern_call(p, a->entrypoint, args, 20000, &value, ret_failure) == 0)
		(void)postern_value_integer(value, &error);
	postern_value_free(value);
	postern_args_free(args);
	postern_free(p);
	return (int)error;
}

static void check(const struct attempt *a)
{
	struct postern_failure *failure = NULL;
	int error = tried(a, &failure);

	tap(error == a->expected, "%s: %s %s%s%s%s%s%s is %s", a->entrypoint, a->way, a->path,
	    a->link || a->id ? " for " : "", a->link ? a->link : "", a->link && a->id ? ", " : "",
	    a->id ? a->id : "", "", a->expected == 0 ? "allowed" : strerror(a->expected));
	if (error != a->expected)
		printf("#   got %d (%s)\n", error,
		       failure ? postern_failure_message(failure) : strerror(error));
	postern_failure_free(failure);
}

#define ID	"0b1c2d3e-0000-4000-8000-000000000001"
#define OTHER	"0b1c2d3e-0000-4000-8000-000000000002"
#define RULES	"trial-rules"
#define NO_EXEC (200 + EACCES)

static const struct attempt attempts[] = {
	/* A path holds an argument: this call's value, and no other's. */
	{RULES, "slots", "read", "/sys/class/net/dummy0/mtu", "dummy0", NULL, 0},
	{RULES, "slots", "rewrite", "/sys/class/net/dummy0/mtu", "dummy0", NULL, 0},
	{RULES, "slots", "read", "/sys/class/net/lo/mtu", "dummy0", NULL, EACCES},
	{RULES, "slots", "read", "/sys/class/net/lo/mtu", "lo", NULL, 0},
	{RULES, "slots", "read", "/sys/class/net/dummy0/mtu", "dummy", NULL, EACCES},
	{RULES, "slots", "read", "/sys/class/net/dummy0/address", "dummy0", NULL, EACCES},
	{RULES, "slots", "read", "/sys/devices/virtual/net/dummy0/mtu", "dummy0", NULL, 0},
	/* What is bound stays bound, also for a child. */
	{RULES, "slots", "rebind", "/sys/class/net/lo/mtu", "dummy0", NULL, EACCES},
	{RULES, "slots", "rebind", "/sys/class/net/dummy0/mtu", "dummy0", NULL, 0},
	{RULES, "slots", "child", "/sys/class/net/dummy0/mtu", "dummy0", NULL, 0},
	{RULES, "slots", "child", "/sys/class/net/lo/mtu", "dummy0", NULL, EACCES},
	{RULES, "machines", "create", DIR "/vm/" ID "/disk", NULL, ID, 0},
	{RULES, "machines", "write", DIR "/vm/" ID "/disk", NULL, ID, 0},
	{RULES, "machines", "write", DIR "/vm/" ID "/disk", NULL, OTHER, EACCES},
	{RULES, "machines", "delete", DIR "/vm/" ID "/disk", NULL, ID, EACCES},
	{RULES, "machines", "read", DIR "/vm/" ID "/state-a", NULL, ID, 0},
	{RULES, "machines", "read", DIR "/vm/" ID "/state-a", NULL, OTHER, EACCES},
	{RULES, "machines", "read", DIR "/run/netns-a", NULL, "a", 0},
	{RULES, "machines", "read", DIR "/run/netns-ab", NULL, "a", EACCES},
	{RULES, "machines", "read", DIR "/run/netns-a", NULL, "*", EACCES},
	/* A glob stands for one component. */
	{RULES, "globs", "read", DIR "/conf/a.conf", NULL, NULL, 0},
	{RULES, "globs", "write", DIR "/conf/a.conf", NULL, NULL, 0},
	{RULES, "globs", "create", DIR "/conf/new.conf", NULL, NULL, 0},
	{RULES, "globs", "delete", DIR "/conf/new.conf", NULL, NULL, 0},
	{RULES, "globs", "create", DIR "/conf/new.txt", NULL, NULL, EACCES},
	{RULES, "globs", "read", DIR "/conf/a.confx", NULL, NULL, EACCES},
	{RULES, "globs", "read", DIR "/conf/deep/b.conf", NULL, NULL, EACCES},
	{RULES, "globs", "read", DIR "/conf/fixed", NULL, NULL, 0},
	{RULES, "globs", "write", DIR "/conf/fixed", NULL, NULL, EACCES},
	{RULES, "globs", "read", DIR "/many/one/inside/file", NULL, NULL, 0},
	{RULES, "globs", "list", DIR "/many/one/inside", NULL, NULL, 0},
	{RULES, "globs", "list", DIR "/many/one", NULL, NULL, EACCES},
	{RULES, "globs", "read", DIR "/many/one/outside", NULL, NULL, EACCES},
	{RULES, "globs", "read", DIR "/many/x/short", NULL, NULL, 0},
	{RULES, "globs", "read", DIR "/many/one/short", NULL, NULL, EACCES},
	{RULES, "globs", "read", "/sys/class/net/lo/address", NULL, NULL, 0},
	{RULES, "globs", "read", "/sys/class/net/lo/mtu", NULL, NULL, EACCES},
	{RULES, "globs", "read", "/proc/1/comm", NULL, NULL, 0},
	{RULES, "globs", "read", "/proc/1/cmdline", NULL, NULL, EACCES},
	{RULES, "globs", "read", "/proc/1/task/1/comm", NULL, NULL, EACCES},
	/* proc and sysfs, by name. */
	{RULES, "plain", "rewrite", "/sys/class/net/dummy0/mtu", NULL, NULL, 0},
	{RULES, "plain", "read", "/sys/class/net/dummy0/address", NULL, NULL, EACCES},
	{RULES, "plain", "read", "/sys/class/net/lo/address", NULL, NULL, 0},
	{RULES, "plain", "read", "/sys/class/net/lo/queues/rx-0/rps_cpus", NULL, NULL, 0},
	{RULES, "plain", "write", "/sys/class/net/lo/mtu", NULL, NULL, EACCES},
	{RULES, "plain", "read", "/proc/sys/kernel/hostname", NULL, NULL, 0},
	{RULES, "plain", "rewrite", "/proc/sys/kernel/core_uses_pid", NULL, NULL, 0},
	{RULES, "plain", "write", "/proc/sys/kernel/hostname", NULL, NULL, EACCES},
	{RULES, "plain", "read", "/proc/sys/kernel/domainname", NULL, NULL, EACCES},
	{RULES, "plain", "read", "/proc/sys/vm/swappiness", NULL, NULL, 0},
	{RULES, "plain", "list", "/proc/sys/vm", NULL, NULL, 0},
	{RULES, "plain", "list", "/proc/sys", NULL, NULL, EACCES},
	{RULES, "plain", "read", "/proc/uptime", NULL, NULL, 0},
	{RULES, "plain", "read", "/proc/version", NULL, NULL, EACCES},
	/* Device nodes by kind and driver, and their ioctl commands. */
	{RULES, "devices", "size", "/dev/loop0", NULL, NULL, 0},
	{RULES, "devices", "sector", "/dev/loop0", NULL, NULL, EACCES},
	{RULES, "devices", "read", "/dev/loop-control", NULL, NULL, EACCES},
	{RULES, "devices", "read", "/dev/vda", NULL, NULL, EACCES},
	{RULES, "devices", "read", "/dev/zero", NULL, NULL, 0},
	{RULES, "devices", "read", "/dev/full", NULL, NULL, EACCES},
	{RULES, "devices", "read", "/dev/random", NULL, NULL, EACCES},
	/* Sockets. */
	{RULES, "talk", "connect", DIR "/sock/app", NULL, NULL, 0},
	{RULES, "talk", "connect", DIR "/sock/other", NULL, NULL, EACCES},
	{RULES, "talk", "connect", DIR "/sockets/any", NULL, NULL, 0},
	/* Locks. */
	{RULES, "locks", "lock", DIR "/lock/may", NULL, NULL, 0},
	{RULES, "locks", "lock", DIR "/lock/not", NULL, NULL, EACCES},
	{RULES, "locks", "read", DIR "/lock/not", NULL, NULL, 0},
	/* Programs, with what they need. */
	{RULES, "programs", "run", BIN "link-to-tool read " DIR "/program/input", NULL, NULL, 0},
	{RULES, "programs", "run", BIN "link-to-tool write " DIR "/program/input", NULL, NULL,
	 EACCES},
	{RULES, "programs", "run", BIN "link-to-tool read " DIR "/program/other", NULL, NULL,
	 EACCES},
	{RULES, "programs", "run", BIN "link-to-tool write " DIR "/program/output", NULL, NULL, 0},
	{RULES, "programs", "run", BIN "script", NULL, NULL, 0},
	{RULES, "programs", "run", BIN "not-named read /dev/null", NULL, NULL, NO_EXEC},
	{RULES, "programs", "write", BIN "tool", NULL, NULL, EROFS},
	/* Groups of rules. */
	{RULES, "groups", "read", DIR "/group/file", NULL, NULL, 0},
	{RULES, "groups", "read", DIR "/group/a.txt", NULL, NULL, 0},
	{RULES, "groups", "read", DIR "/group/a.bin", NULL, NULL, EACCES},
	{RULES, "groups", "read", "/etc/nsswitch.conf", NULL, NULL, 0},
	{RULES, "groups", "write", DIR "/group/own", NULL, NULL, 0},
	{RULES, "groups", "write", DIR "/group/file", NULL, NULL, EACCES},
	{RULES, "groups", "read", "/etc/motd", NULL, NULL, EACCES},
	/* A network namespace of its own. */
	{"trial-rules-own", "network", "rewrite", "/proc/sys/net/ipv4/ip_forward", NULL, NULL, 0},
	{"trial-rules-own", "network", "read", "/proc/sys/net/ipv4/ip_default_ttl", NULL, NULL,
	 EACCES},
	{"trial-rules-own", "network", "read", "/sys/class/net/lo/mtu", NULL, NULL, 0},
	{"trial-rules-own", "network", "read", "/sys/class/net/lo/address", NULL, NULL, EACCES},
	{"trial-rules-own", "network", "read", "/sys/class/net/dummy0/mtu", NULL, NULL, ENOENT},
	/* What files look like. */
	{"trial-guard", "guarded", "stat", DIR "/guard/seen", NULL, NULL, 0},
	{"trial-guard", "guarded", "stat", DIR "/guard/unseen", NULL, NULL, EACCES},
	{"trial-guard", "guarded", "stat", DIR "/guard", NULL, NULL, 0},
	{"trial-guard", "guarded", "stat", DIR "/guard/below/file", NULL, NULL, 0},
	{"trial-guard", "guarded", "listxattr", DIR "/guard/seen", NULL, NULL, 0},
	{"trial-guard", "guarded", "listxattr", DIR "/guard/unseen", NULL, NULL, EACCES},
	{"trial-guard", "guarded", "readlink", DIR "/guard/link", NULL, NULL, 0},
	{"trial-guard", "guarded", "readlink", DIR "/guard/other-link", NULL, NULL, EACCES},
	{"trial-guard", "guarded", "read", DIR "/guard/seen", NULL, NULL, 0},
	/* Without the key it is not. */
	{RULES, "locks", "stat", DIR "/lock/beside", NULL, NULL, 0},
};

/* The link that the rules name. The kernel makes one with its driver, which a test before may have
 * taken away. */
static void make_link(void)
{
	struct trial_program p;

	if (access("/sys/class/net/dummy0", F_OK) == 0)
		return;
	TRIAL_RUN(&p, 0, "/usr/sbin/ip", "link", "add", "dummy0", "type", "dummy");
	if (p.status != 0)
		trial_bail("make dummy0: %s", p.err);
	trial_program_clear(&p);
}

static void tree(void)
{
	static const char *const directories[] = {
		"",	      "/vm",   "/vm/" ID,   "/vm/" OTHER,	"/run",	   "/conf",
		"/conf/deep", "/many", "/many/one", "/many/one/inside", "/many/x", "/sock",
		"/sockets",   "/lock", "/program",  "/group",		"/guard",  "/guard/below",
	};
	static const char *const files[] = {
		"/vm/" ID "/state-a", "/run/netns-a",	       "/run/netns-ab",
		"/conf/a.conf",	      "/conf/a.confx",	       "/conf/deep/b.conf",
		"/conf/fixed",	      "/many/one/inside/file", "/many/one/outside",
		"/many/one/short",    "/many/x/short",	       "/lock/may",
		"/lock/not",	      "/lock/beside",	       "/program/input",
		"/program/other",     "/program/output",       "/group/own",
		"/group/file",	      "/group/a.txt",	       "/group/a.bin",
		"/guard/seen",	      "/guard/unseen",	       "/guard/below/file",
	};

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		cleanup_free char *path = NULL;

		if (asprintf(&path, DIR "%s", directories[i]) < 0)
			trial_bail("out of memory");
		trial_directory(path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *path = NULL;

		if (asprintf(&path, DIR "%s", files[i]) < 0)
			trial_bail("out of memory");
		trial_write(path, "text\n", 0644, 0);
	}
	if (symlink("seen", DIR "/guard/link") < 0 || symlink("seen", DIR "/guard/other-link") < 0)
		trial_bail("make links: %s", strerror(errno));
}

/* A socket that accepts nothing: its backlog is enough. */
static void listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 8) < 0)
		trial_bail("listen at %s: %s", path, strerror(errno));
}

/* A value that is no component of a path never reaches the function. */
static void check_refused_value(const char *id)
{
	const struct attempt a = {RULES, "machines", "read", DIR "/run/netns-a", NULL, id, 0};
	struct postern_failure *failure = NULL;
	int error = tried(&a, &failure);

	tap(error == -1 && failure &&
		    postern_failure_result(failure) == POSTERN_RESULT_BAD_ARGUMENT &&
		    strcmp(postern_failure_argument(failure), "id") == 0,
	    "machines: the value \"%s\" is a bad argument", id);
	postern_failure_free(failure);
}

static void check_status(void)
{
	struct trial_program p;

	TRIAL_RUN(&p, 0, POSTERN, "status");
	if (!tap(p.status == 0 && strstr(p.out, "no driver no-such-driver in /proc/devices"),
		 "status says that a rule is not in force because its driver is not there"))
		trial_program_show(&p);
	trial_program_clear(&p);
}

int main(void)
{
	pid_t posternd;

	make_link();
	tree();
	listen_at(DIR "/sock/app");
	listen_at(DIR "/sock/other");
	listen_at(DIR "/sockets/any");
	posternd = trial_posternd(CONTEXTS);
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		check(&attempts[i]);
	check_refused_value("a/b");
	check_refused_value("..");
	check_refused_value("");
	check_status();
	if (tap_failed)
		trial_log_show();
	tap(trial_end(posternd, SIGTERM, NULL) == 0, "posternd ends");
	return tap_done();
}
