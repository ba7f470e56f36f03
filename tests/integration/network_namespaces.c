/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network namespaces that manifests name: made, entered, told apart, and removed, with both kinds
 * of user namespace; and what is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/integration/common/networks.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

/* Is the network namespace owned by the user namespace of this process? */
static bool owned_by_host(const char *network)
{
	char path[128];
	struct stat owner, own;
	int fd, user;

	networks_path(network, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	user = ioctl(fd, NS_GET_USERNS);
	if (user < 0 || fstat(user, &owner) < 0 || stat("/proc/self/ns/user", &own) < 0)
		trial_bail("who owns %s: %s", network, strerror(errno));
	(void)close(user);
	(void)close(fd);
	return owner.st_ino == own.st_ino;
}

/* -- names */

static void names(void)
{
	networks_refused("net-host", "links", NULL, POSTERN_RESULT_BAD_ARGUMENT, 0, "no name");
	networks_refused("net-host", "links", "qrouter-x", POSTERN_RESULT_BAD_ARGUMENT, 0,
			 "no UUID");
	networks_refused("net-host", "links", "red-a", POSTERN_RESULT_BAD_ARGUMENT, 0,
			 "another context's form");
	networks_refused("net-host", "add", "qrouter-", POSTERN_RESULT_BAD_ARGUMENT, 0, "no value");
	networks_refused("net-own", "add", "red-waytoolong", POSTERN_RESULT_BAD_ARGUMENT, 0,
			 "a value that the pattern refuses");
	networks_refused("net-own", "add", "red-../x", POSTERN_RESULT_BAD_ARGUMENT, EINVAL,
			 "a path (by the client's library)");
	networks_refused("net-one", "links", "lone", POSTERN_RESULT_BAD_ARGUMENT, 0,
			 "a name where there is one only");
	networks_refused("net-own", "links", "red-none", POSTERN_RESULT_NOT_AVAILABLE, 0,
			 "nobody made it");
	tap(!networks_exists("red-none"), "a name that was refused leaves no file");
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
			       trial_refusal(fd, NETWORKS_GONE_MS) == POSTERN_RESULT_PROTOCOL_ERROR;
		(void)close(fd);
	}
	tap(refused_len == ARRAY_SIZE(bad), "%d of %zu names that are none are protocol errors",
	    refused_len, ARRAY_SIZE(bad));
}

static void strangers(void)
{
	struct trial_program p;

	TRIAL_RUN(&p, ALICE, POSTERN, "call", "--network", "red-alice", "net-own", "add");
	if (!tap(p.status == 13 && !networks_exists("red-alice"),
		 "one who is not listed makes none"))
		trial_program_show(&p);
	trial_program_clear(&p);
	TRIAL_RUN(&p, 0, POSTERN, "call", "--network", "red-root", "net-own", "add");
	if (!tap(p.status == 0 && networks_exists("red-root"),
		 "one who is listed does, by postern call"))
		trial_program_show(&p);
	trial_program_clear(&p);
	TRIAL_RUN(&p, ALICE, POSTERN, "call", "--network", "red-root", "net-own", "remove");
	tap(p.status == 13 && networks_exists("red-root"), "one who is not listed removes none");
	trial_program_clear(&p);
	TRIAL_RUN(&p, 0, POSTERN, "call", "--network", "red-root", "net-own", "remove");
	if (!tap(p.status == 0 && !networks_exists("red-root"), "one who is listed does"))
		trial_program_show(&p);
	trial_program_clear(&p);
}

/* What the host sees of the helper of an instance. own: namespaces.user. */
static void inside(const char *network, bool own)
{
	pid_t helper = networks_helper(network);
	cleanup_free char *status = NULL;
	struct stat owner, user, net, pinned;
	char path[128], file[64];
	int fd, owner_fd;

	networks_path(network, path);
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
	networks_allowed("net-own", "add", "red-a");
	networks_allowed("net-own", "add", "red-b");
	networks_refused("net-own", "add", "red-a", POSTERN_RESULT_FAILED, EEXIST, "twice");
	tap(!owned_by_host("red-a"), "red-a is owned by a user namespace of its own");
	networks_mark("red-a", "lo-a");
	networks_mark("red-b", "lo-b");
	networks_sees("net-own", "red-a", "lo-a ", "one");
	networks_sees("net-own", "red-b", "lo-b ", "the other");
	tap(networks_status_says("in network namespace red-a") &&
		    networks_status_says("in network namespace red-b"),
	    "status shows both instances");
	networks_allowed("net-own", "add", "red-c");
	networks_mark("red-c", "lo-c");
	networks_sees("net-own", "red-c", "lo-c ", "one more than there may be");
	tap(networks_status_silent("in network namespace red-a"),
	    "the one that was idle for longest made room");
	networks_sees("net-own", "red-a", "lo-a ",
		      "its namespace outlived its helper, which is another");
	tap(networks_status_silent("in network namespace red-"), "all end when they are idle");
	networks_sees("net-own", "red-b", "lo-b ", "and come back");
	inside("red-b", true);
}

/* Of others: not entered with a user namespace of one's own, and never removed. */
static void foreign(void)
{
	networks_make("red-f");
	networks_refused("net-own", "links", "red-f", POSTERN_RESULT_NOT_AVAILABLE, 0,
			 "somebody else's");
	networks_refused("net-own", "remove", "red-f", POSTERN_RESULT_FAILED, EPERM,
			 "somebody else's");
	tap(networks_exists("red-f"), "and stays");
	networks_make(ROUTER_B);
	networks_mark(ROUTER_B, "-lo-f");
	networks_sees("net-host", ROUTER_B, "lo-f ", "made by root, with user: host");
	networks_refused("net-host", "remove", ROUTER_B, POSTERN_RESULT_FAILED, EPERM,
			 "made by root");
	tap(networks_exists(ROUTER_B), "and stays");
	trial_write(NETWORKS_PINS "red-file", "", 0444, 0);
	networks_refused("net-own", "links", "red-file", POSTERN_RESULT_NOT_AVAILABLE, 0, "a file");
	networks_refused("net-own", "add", "red-file", POSTERN_RESULT_FAILED, EEXIST, "a file");
	if (symlink(NETWORKS_PINS "red-b", NETWORKS_PINS "red-link") < 0)
		trial_bail("symlink: %s", strerror(errno));
	networks_refused("net-own", "links", "red-link", POSTERN_RESULT_NOT_AVAILABLE, 0, "a link");
	networks_refused("net-own", "remove", "red-link", POSTERN_RESULT_FAILED, ELOOP, "a link");
	(void)unlink(NETWORKS_PINS "red-link");
	if (symlink("/etc/nothing", NETWORKS_PINS "red-link") < 0)
		trial_bail("symlink: %s", strerror(errno));
	networks_refused("net-own", "add", "red-link", POSTERN_RESULT_FAILED, EEXIST,
			 "a link to nothing");
	tap(access("/etc/nothing", F_OK) < 0, "and nothing is made behind it");
}

/* -- namespaces of the host's */

static void host(void)
{
	networks_sees("net-host", ROUTER_A, "lo ", "made by its first use");
	tap(owned_by_host(ROUTER_A), "it is the host's");
	networks_sees("net-one", NULL, "lo ", "a context with one name");
	tap(networks_exists("lone") && !owned_by_host("lone"), "it was made by its first use");
	networks_refused("net-host", "add", ROUTER_A, POSTERN_RESULT_FAILED, EEXIST, "it is there");
	networks_allowed("net-host", "remove", ROUTER_A);
	tap(!networks_exists(ROUTER_A), "removed");
	networks_allowed("net-host", "add", ROUTER_A);
	networks_mark(ROUTER_A, "lo-h");
	networks_sees("net-host", ROUTER_A, "lo-h ", "made again");
	inside(ROUTER_A, false);
}

/* Somebody else's `ip netns del`. */
static void removed_by_others(void)
{
	char path[128];

	networks_path(ROUTER_A, path);
	if (umount2(path, MNT_DETACH) < 0 || unlink(path) < 0)
		trial_bail("remove %s: %s", path, strerror(errno));
	networks_sees("net-host", ROUTER_A, "lo ", "removed by others, it is made anew");
	networks_mark(ROUTER_A, "lo-n");
}

int main(void)
{
	pid_t posternd;

	trial_tree();
	posternd = trial_posternd(NETWORKS_CONTEXTS);
	names();
	raw_names();
	strangers();
	own();
	part_networks_in_use();
	foreign();
	host();
	removed_by_others();
	part_networks_survive(&posternd);
	part_networks_reload(&posternd);
	tap(trial_end(posternd, SIGTERM, NULL) == 0 && trial_gone(NULL, 0),
	    "SIGTERM ends posternd and all instances");
	tap(networks_exists(ROUTER_A) && networks_exists("red-c"), "the namespaces stay");
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
