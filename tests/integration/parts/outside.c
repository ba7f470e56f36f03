/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Helpers and workers as the host sees them, held against what their manifests declare. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/integration/common/networks.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define NETNS NETWORKS_PINS "trial"
#define ALL   "0 0 4294967295\n"

/* Of /proc/PID/mountinfo: root, mount point, options, propagation, file system, and no more. */
#define LIBRARIES                                                                                  \
	"/usr/lib /usr/lib ro,nosuid,nodev,relatime - tmpfs\n"                                     \
	"/usr/lib64 /usr/lib64 ro,nosuid,nodev,relatime - tmpfs\n"
#define OWN_PROGRAM                                                                                \
	"/usr/local/lib/postern /usr/local/lib/postern ro,nosuid,nodev,relatime - tmpfs\n"
#define ROOT  "/ / ro,nosuid,nodev,noexec,relatime - tmpfs\n"
#define FIXED "/srv/trial/fixed /srv/trial/fixed ro,nosuid,nodev,noexec,relatime - tmpfs\n"

struct limit {
	const char *name, *value;
};

static const struct declared {
	const char *context, *entrypoint;
	unsigned uid;
	bool own_user;
	const char *network; /* the file of its namespace; NULL: own */
	const char *uid_map, *gid_map, *mounts;
	const char *helper_capabilities, *worker_capabilities;
	struct limit limits[5];
} declared[] = {
	{
		.context = "trial-seen",
		.entrypoint = "nap",
		.uid = 1,
		.own_user = true,
		.uid_map = "1 1 1\n4711 4711 1\n",
		.gid_map = "1 1 1\n4 4 1\n",
		.mounts = ROOT
		"/ /dev rw,nosuid,noexec,relatime - devtmpfs\n"
		"/ /dev/pts rw,nosuid,noexec,relatime - devpts\n"
		"/ /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs\n"
		"/ /proc ro,nosuid,nodev,noexec,relatime - proc\n" LIBRARIES
		"/srv/trial/data /srv/trial/data rw,nosuid,nodev,noexec,relatime - tmpfs\n" FIXED
		"/srv/trial/programs /srv/trial/programs ro,nosuid,nodev,relatime - tmpfs\n"
		"/srv/trial/single /srv/trial/single ro,nosuid,nodev,noexec,relatime - "
		"tmpfs\n" OWN_PROGRAM "/ /sys ro,nosuid,nodev,noexec,relatime - sysfs\n",
		.helper_capabilities = "0000000000001501",
		.worker_capabilities = "0000000000000001",
		.limits = {{"file size", "1048576"},
			   {"processes", "20"},
			   {"open files", "146"},
			   {"locked memory", "65536"},
			   {"address space", "268435456"}},
	},
	{
		.context = "trial-host",
		.entrypoint = "nap",
		.uid = 1,
		.network = "/proc/1/ns/net",
		.uid_map = ALL,
		.gid_map = ALL,
		.mounts = ROOT LIBRARIES FIXED OWN_PROGRAM,
		.helper_capabilities = "0000000000001100",
		.worker_capabilities = "0000000000001000",
		.limits = {{"file size", "1073741824"},
			   {"processes", "64"},
			   {"open files", "784"},
			   {"locked memory", "65536"},
			   {"address space", "1073741824"}},
	},
	{
		.context = "trial-path",
		.entrypoint = "nap",
		.own_user = true,
		.network = NETNS,
		.uid_map = "0 0 1\n",
		.gid_map = "0 0 1\n",
		.mounts = ROOT LIBRARIES OWN_PROGRAM,
		.helper_capabilities = "0000000000000100",
		.worker_capabilities = "0000000000000000",
		.limits = {{"file size", "1073741824"},
			   {"processes", "64"},
			   {"open files", "784"},
			   {"locked memory", "65536"},
			   {"address space", "1073741824"}},
	},
};

static char *of(pid_t pid, const char *file)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "/proc/%d/%s", (int)pid, file) < 0)
		trial_bail("out of memory");
	return trial_read(path);
}

/* A file's words, one blank between them: columns are padded differently. */
static char *squeezed(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool blank = *from == ' ' || *from == '\t';

		if (blank && (to == text || to[-1] == ' ' || to[-1] == '\n'))
			continue;
		*to++ = blank ? ' ' : *from;
	}
	*to = '\0';
	return text;
}

static void equal(const char *who, const char *what, const char *is, const char *wanted)
{
	if (tap(strcmp(is, wanted) == 0, "%s: %s", who, what))
		return;
	printf("# is:\n%s# wanted:\n%s", is, wanted);
}

static bool has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void status(const char *who, pid_t pid, unsigned uid, const char *capabilities)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
	cleanup_free char *text = squeezed(of(pid, "status"));
	char line[64];
	bool same = true;

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		(void)snprintf(line, sizeof(line), "%s: %s", sets[i], capabilities);
		same = same && has_line(text, line);
	}
	if (!tap(same, "%s: all five capability sets are %s", who, capabilities))
		printf("# %s\n", text);
	tap(has_line(text, "NoNewPrivs: 1") && has_line(text, "Seccomp: 2"),
	    "%s: no_new_privs and a system call filter", who);
	(void)snprintf(line, sizeof(line), "Uid: %u %u %u %u", uid, uid, uid, uid);
	same = has_line(text, line);
	(void)snprintf(line, sizeof(line), "Gid: %u %u %u %u", uid, uid, uid, uid);
	tap(same && has_line(text, line) && has_line(text, "Groups: "),
	    "%s: user and group %u alone", who, uid);
	tap(strstr(text, "\nNSsid: ") && strstr(strstr(text, "\nNSsid: "), " 1\n"),
	    "%s: in the helper's own session", who);
}

static bool same_namespace(pid_t pid, const char *name, const char *other)
{
	cleanup_free char *path = NULL;
	struct stat is, init;

	if (asprintf(&path, "/proc/%d/ns/%s", (int)pid, name) < 0 || stat(path, &is) < 0 ||
	    stat(other, &init) < 0)
		trial_bail("cannot look at namespace %s: %s", name, strerror(errno));
	return is.st_dev == init.st_dev && is.st_ino == init.st_ino;
}

static void namespaces(const char *who, pid_t pid, const struct declared *d)
{
	bool own = !same_namespace(pid, "mnt", "/proc/1/ns/mnt") &&
		   !same_namespace(pid, "pid", "/proc/1/ns/pid") &&
		   !same_namespace(pid, "ipc", "/proc/1/ns/ipc");

	tap(own, "%s: mount, pid and ipc namespaces of its own", who);
	tap(same_namespace(pid, "user", "/proc/1/ns/user") != d->own_user, "%s: %s user namespace",
	    who, d->own_user ? "its own" : "the host's");
	if (d->network)
		tap(same_namespace(pid, "net", d->network), "%s: the network namespace %s", who,
		    d->network);
	else
		tap(!same_namespace(pid, "net", "/proc/1/ns/net"), "%s: its own network namespace",
		    who);
}

/* The five fields of a line of mountinfo that a manifest decides. */
static void mount_line(FILE *to, char *line)
{
	char *save = NULL, *words[7] = {}, *type = strstr(line, " - ");
	size_t n = 0;

	if (!type)
		return;
	*type = '\0';
	type += 3;
	for (char *w = strtok_r(line, " ", &save); w && n < ARRAY_SIZE(words);
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	/* id, parent, device, root, mount point, options, and where it propagates to */
	if (n < 6)
		return;
	(void)fprintf(to, "%s %s %s%s%s - %.*s\n", words[3], words[4], words[5],
		      words[6] ? " " : "", words[6] ? words[6] : "", (int)strcspn(type, " "), type);
}

static void mounts(const char *who, pid_t pid, const char *wanted)
{
	cleanup_free char *text = of(pid, "mountinfo"), *is = NULL;
	char *save = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&is, &len);

	if (!to)
		trial_bail("out of memory");
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		mount_line(to, line);
	(void)fclose(to);
	equal(who, "the table of mounts is what its rules ask for", is, wanted);
}

/* What each descriptor is, up to the number that tells it from others of its kind. */
static void descriptors(const char *who, pid_t pid, const char *wanted)
{
	char is[512] = "", path[64], target[128];
	size_t used = 0;

	for (int fd = 0; fd < 1024; fd++) {
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n <= 0 || used >= sizeof(is))
			continue;
		target[n] = '\0';
		if (strncmp(target, "pipe:", 5) == 0 || strncmp(target, "socket:", 7) == 0)
			target[strcspn(target, ":")] = '\0';
		used += (size_t)snprintf(is + used, sizeof(is) - used, "%d %s\n", fd, target);
	}
	equal(who, "no descriptor but those that it needs", is, wanted);
}

static void limits(const char *who, pid_t pid, const struct declared *d)
{
	cleanup_free char *text = squeezed(of(pid, "limits"));
	bool same = true;
	char line[96];

	for (size_t i = 0; i < ARRAY_SIZE(d->limits); i++) {
		(void)snprintf(line, sizeof(line), "\nMax %s %s %s ", d->limits[i].name,
			       d->limits[i].value, d->limits[i].value);
		same = same && strstr(text, line);
	}
	if (!tap(same, "%s: the limits that are declared", who))
		printf("# %s\n", text);
}

/* 1 is less than any file and, unlike 0, no pipe either. These workers have no secret. */
static void core_limit(const char *who, pid_t pid, bool worker)
{
	cleanup_free char *text = squeezed(of(pid, "limits"));

	tap(strstr(text, worker ? "\nMax core file size 0 0 " : "\nMax core file size 1 1 ") !=
		    NULL,
	    "%s: no core files", who);
}

static void process(const char *who, pid_t pid, const struct declared *d, bool worker)
{
	cleanup_free char *uid_map = squeezed(of(pid, "uid_map"));
	cleanup_free char *gid_map = squeezed(of(pid, "gid_map"));
	cleanup_free char *environment = of(pid, "environ"), *cgroup = of(pid, "cgroup");
	char wanted[128], path[64];
	struct stat st;

	status(who, pid, d->uid, worker ? d->worker_capabilities : d->helper_capabilities);
	namespaces(who, pid, d);
	equal(who, "exactly the declared users", uid_map, d->uid_map);
	equal(who, "exactly the declared groups", gid_map, d->gid_map);
	mounts(who, pid, d->mounts);
	descriptors(who, pid,
		    worker ? "0 /dev/null\n1 /memfd:postern-output (deleted)\n"
			     "2 /memfd:postern-output (deleted)\n3 socket\n4 pipe\n"
			     "5 /memfd:postern-output (deleted)\n6 /dev/null\n7 "
			     "anon_inode:[eventpoll]\n8 /\n"
			   : "0 /dev/null\n1 pipe\n2 pipe\n3 socket\n"
			     "4 /memfd:postern-manifest (deleted)\n5 anon_inode:bpf-map\n"
			     "6 socket\n7 pipe\n8 anon_inode:[signalfd]\n9 socket\n");
	limits(who, pid, d);
	core_limit(who, pid, worker);
	(void)snprintf(wanted, sizeof(wanted), "0::/postern-contexts/%s/%s", d->context,
		       worker ? "worker-" : "helper\n");
	tap(strncmp(cgroup, wanted, strlen(wanted)) == 0, "%s: its cgroup", who);
	tap(!environment[0], "%s: an empty environment", who);
	/* proc(5): what is not dumpable belongs to root. */
	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	tap(stat(path, &st) == 0 && st.st_uid == 0, "%s: not dumpable", who);
}

static void context(const struct declared *d)
{
	struct trial_call c = {.context = d->context, .entrypoint = d->entrypoint, .name = "ms"};
	pid_t helper, worker;
	char who[64];

	trial_call(&c);
	if (!tap(c.r == 0, "%s: a call works", d->context))
		trial_call_show(&c);
	trial_sleep(200);
	helper = trial_helper(d->context);
	worker = trial_worker(d->context, d->entrypoint, 0);
	if (!tap(helper > 0 && worker > 0, "%s: helper %d, worker %d", d->context, helper, worker))
		return;
	(void)snprintf(who, sizeof(who), "%s's helper", d->context);
	process(who, helper, d, false);
	(void)snprintf(who, sizeof(who), "%s's worker", d->context);
	process(who, worker, d, true);
}

/* Workers of one context, each with the capabilities of its entrypoint. */
static void capabilities(void)
{
	struct trial_call quick = {.context = "trial-seen", .entrypoint = "quick", .name = "ms"};
	struct trial_call echo = {
		.context = "trial-seen", .entrypoint = "echo", .name = "text", .text = "x"};

	trial_call(&quick);
	trial_call(&echo);
	status("trial-seen's quick, which has none", trial_worker("trial-seen", "quick", 0), 1,
	       "0000000000000000");
	status("trial-seen's echo, which has the context's", trial_worker("trial-seen", "echo", 0),
	       1, "0000000000001401");
}

void part_outside_before(void)
{
	networks_make("trial");
}

void part_outside(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(declared); i++)
		context(&declared[i]);
	capabilities();
}
