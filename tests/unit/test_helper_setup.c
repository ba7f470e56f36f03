/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A helper's start on this host, seen from outside and from inside: namespaces, root, ids,
 * capabilities, and what it refuses. No kernel policy holds here, so what is tested is what those
 * do by themselves. Needs root; $POSTERN_BUILD names the build directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/unit/helper_context.h"

static void namespace_differs(pid_t pid, const char *name, bool differs)
{
	char theirs[64], ours[64];
	struct stat a, b;

	(void)snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", (int)pid, name);
	(void)snprintf(ours, sizeof(ours), "/proc/self/ns/%s", name);
	assert_int_equal(stat(theirs, &a), 0);
	assert_int_equal(stat(ours, &b), 0);
	assert_int_equal(a.st_ino != b.st_ino, differs);
}

/* CAP_CHOWN, CAP_DAC_OVERRIDE (1) and CAP_SETPCAP (8). */
static void test_confined(void **state)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
	const struct control_record go = {.type = CONTROL_GO};
	struct stat st, etc, host;
	struct driver d;
	int root;

	(void)state;
	driver_start(&d, PLAIN);
	driver_map(&d, "0 0 1\n", "0 0 1\n");
	driver_expect(&d, d.control, CONTROL_CONFINED, NULL, &root, 1);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		context_status_is(d.pid, sets[i], "0000000000000103");
	context_status_is(d.pid, "NoNewPrivs", "1");
	context_status_is(d.pid, "Seccomp", "2");
	context_status_is(d.pid, "Seccomp_filters", "2");
	context_status_is(d.pid, "Uid", "0\t0\t0\t0");
	context_status_is(d.pid, "Groups", " ");
	namespace_differs(d.pid, "mnt", true);
	namespace_differs(d.pid, "pid", true);
	namespace_differs(d.pid, "ipc", true);
	namespace_differs(d.pid, "user", true);
	namespace_differs(d.pid, "net", true);

	/* The root that came along holds /etc, and not /home. */
	assert_int_equal(fstatat(root, "etc", &etc, 0), 0);
	assert_int_equal(stat("/etc", &host), 0);
	assert_int_equal(etc.st_ino, host.st_ino);
	assert_int_equal(fstatat(root, "home", &st, 0), -1);
	assert_int_equal(fstatat(root, "proc", &st, 0), -1);
	(void)close(root);
	driver_send(d.control, &go, -1);
	driver_expect(&d, d.control, CONTROL_LOADED, NULL, NULL, 0);
	/* The same after execve. */
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		context_status_is(d.pid, sets[i], "0000000000000103");
	context_status_is(d.pid, "Seccomp", "2");
	driver_stop(&d);
}

static void test_capabilities_of_worker(void **state)
{
	struct driver_worker w;
	struct driver d;
	char path[64], line[256];
	FILE *f;
	int pid = 0;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, ECHO_, 0, 1, &w);
	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", w.pidfd);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		(void)sscanf(line, "Pid: %d", &pid);
	(void)fclose(f);
	assert_true(pid > 0);
	context_status_is(pid, "CapEff", "0000000000000001");
	context_status_is(pid, "CapBnd", "0000000000000001");
	context_status_is(pid, "CapAmb", "0000000000000001");
	context_status_is(pid, "CapInh", "0000000000000001");
	context_status_is(pid, "CapPrm", "0000000000000001");
	context_status_is(pid, "Name", "echo");
	driver_worker_close(&w);
	driver_stop(&d);
}

static void test_root(void **state)
{
	struct driver_worker w;
	struct driver d;
	int client;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, LOOK, 0, 1, &w);
	client = driver_connect(&d, &w, 1);
	/* A sibling of a declared file is there: that is the kernel programs' to refuse. */
	assert_int_equal(context_look(client, "/etc/passwd", false), 0);
	assert_int_equal(context_look(client, "/etc/passwd", true), EROFS);
	assert_int_equal(context_look(client, "/usr/lib", false), 0);
	assert_int_equal(context_look(client, "/lib", false), 0);
	assert_int_equal(context_look(client, "/root", false), ENOENT);
	assert_int_equal(context_look(client, "/proc/self/status", false), ENOENT);
	assert_int_equal(context_look(client, "/sys", false), ENOENT);
	assert_int_equal(context_look(client, "/dev/null", true), ENOENT);
	assert_int_equal(context_look(client, "/var/tmp", false), 0);
	assert_int_equal(context_look(client, "/", false), 0);
	assert_int_equal(context_look(client, DRIVER_MODULE, false), 0);
	assert_int_equal(context_look(client, DRIVER_CGROUP, false), ENOENT);
	(void)close(client);
	driver_worker_close(&w);
	driver_stop(&d);
}

static void test_whole_tree(void **state)
{
	struct driver_worker w;
	struct driver d;
	int client;

	(void)state;
	driver_load(&d, HEAD CAPABILITIES ENTRYPOINTS("{/: [read, list], /dev/null: [write]}"));
	driver_worker_start(&d, LOOK, 0, 1, &w);
	client = driver_connect(&d, &w, 1);
	assert_int_equal(context_look(client, "/etc/shadow", false), 0);
	assert_int_equal(context_look(client, "/etc/shadow", true), EROFS);
	/* The context's own processes: the helper is 1, and nothing of the host is seen. */
	assert_int_equal(context_look(client, "/proc/1/status", false), 0);
	assert_int_equal(context_look(client, "/proc/sys/kernel/core_pattern", true), EROFS);
	assert_int_equal(context_look(client, "/sys/class/net/lo/mtu", false), 0);
	/* cgroupfs is in no context's root, wherever the host has it. */
	assert_int_equal(access(DRIVER_CGROUP, R_OK), 0);
	assert_int_equal(context_look(client, DRIVER_CGROUP, false), ENOENT);
	assert_int_equal(context_look(client, "/dev/null", true), 0);
	(void)close(client);
	driver_worker_close(&w);
	driver_stop(&d);
}

static void sysfs_is_own(const char *manifest, bool user_own, bool own)
{
	struct stat theirs, ours;
	struct driver d;
	int root;

	driver_start(&d, manifest);
	if (user_own)
		driver_map(&d, "0 0 1\n", "0 0 1\n");
	driver_expect(&d, d.control, CONTROL_CONFINED, NULL, &root, 1);
	assert_int_equal(fstatat(root, "sys", &theirs, 0), 0);
	assert_int_equal(stat("/sys", &ours), 0);
	assert_int_equal(theirs.st_dev != ours.st_dev, own);
	assert_int_equal(fstatat(root, "sys/class/net/lo", &theirs, 0), 0);
	(void)close(root);
	driver_stop(&d);
}

static void test_proc_and_sys(void **state)
{
	struct driver_worker w;
	struct driver d;
	int client;

	(void)state;
	driver_load(&d, PROC_AND_SYS);
	driver_worker_start(&d, LOOK, 0, 1, &w);
	client = driver_connect(&d, &w, 1);
	assert_int_equal(context_look(client, "/proc/meminfo", false), 0);
	assert_int_equal(context_look(client, "/proc/self/status", false), 0);
	assert_int_equal(context_look(client, "/sys/class/net/lo/mtu", false), 0);
	assert_int_equal(context_look(client, "/nowhere", false), ENOENT);
	(void)close(client);
	driver_worker_close(&w);
	driver_stop(&d);
	/* A sysfs shows the network namespace of who mounted it: the context's, not the host's. */
	sysfs_is_own(PROC_AND_SYS, true, true);
	sysfs_is_own(SYS_OF_HOST, false, false);
}

static void expect_failure(const char *manifest, const char *uids, const char *text)
{
	const struct control_record go = {.type = CONTROL_GO};
	struct control_record record;
	struct driver d;
	int root;

	driver_start(&d, manifest);
	if (uids)
		driver_map(&d, uids, "0 0 1\n");
	if (strstr(text, "module")) {
		driver_expect(&d, d.control, CONTROL_CONFINED, NULL, &root, 1);
		(void)close(root);
		driver_send(d.control, &go, -1);
	}
	driver_expect(&d, d.control, CONTROL_FAILED, &record, NULL, 0);
	assert_true(record.status < 0);
	if (!strstr(record.text, text))
		fail_msg("\"%s\" does not say \"%s\"", record.text, text);
	assert_int_equal(driver_wait(&d), 1 << 8);
	driver_stop(&d);
}

static void test_refuses_to_start(void **state)
{
	(void)state;
	/* One id more than declared, and the identity map. */
	expect_failure(PLAIN, "0 0 2\n", "uid_map");
	expect_failure(PLAIN, "0 0 4294967295\n", "uid_map");
	expect_failure("context: [", NULL, "read the manifest");
	expect_failure("context: test\nmodule: " POSTERN_LIBEXECDIR
		       "/none.so\nuser: 0\ngroup: 0\nids: {users: [0], groups: [0]}\n"
		       "callers: {users: [1]}\nentrypoints: {echo: {}}\n",
		       "0 0 1\n", "module");
	expect_failure(HEAD "entrypoints: {lacking: {}}\n", "0 0 1\n", "module");
	expect_failure(HEAD "namespaces: {network: /run/netns/no-such}\nentrypoints: {echo: {}}\n",
		       NULL, "/run/netns/no-such");
	/* None was given. */
	expect_failure(HEAD "namespaces: {network: {name: lone}}\nentrypoints: {echo: {}}\n", NULL,
		       "network namespace");
}

static void test_host_namespaces(void **state)
{
	const struct control_record go = {.type = CONTROL_GO};
	struct driver d;
	int root;

	(void)state;
	driver_start(&d, HOST HOST_NAMESPACES CAPABILITIES ENTRYPOINTS("{/etc/motd: [read]}"));
	driver_expect(&d, d.control, CONTROL_CONFINED, NULL, &root, 1);
	(void)close(root);
	namespace_differs(d.pid, "user", false);
	namespace_differs(d.pid, "net", false);
	namespace_differs(d.pid, "mnt", true);
	context_status_is(d.pid, "CapEff", "0000000000000103");
	context_status_is(d.pid, "CapBnd", "0000000000000103");
	driver_send(d.control, &go, -1);
	driver_expect(&d, d.control, CONTROL_LOADED, NULL, NULL, 0);
	driver_stop(&d);
}

/* A confined helper outlives its supervisor; the end of pid 1 is the end of all its workers. */
static void test_supervisor_gone(void **state)
{
	struct driver_worker w;
	struct driver d;
	int log;

	(void)state;
	driver_load(&d, PLAIN);
	driver_worker_start(&d, ECHO_, 0, 1, &w);
	assert_int_equal(shutdown(d.control, SHUT_RDWR), 0);
	(void)close(d.control);
	driver_meet(&d);
	driver_expect(&d, d.control, CONTROL_HELLO, NULL, &log, 1);
	(void)close(log);
	assert_int_equal(kill(d.pid, SIGKILL), 0);
	assert_int_equal(driver_wait(&d), SIGKILL);
	driver_wait_end(w.pidfd);
	(void)close(w.pidfd);
	(void)close(w.channel);
	driver_stop(&d);
}

/* Set-up waits for the supervisor three times; it must not outlive it at any. */
static void test_supervisor_gone_before(void **state)
{
	struct driver d;
	int root;

	(void)state;
	driver_start(&d, PLAIN);
	driver_expect(&d, d.control, CONTROL_MAP_IDS, NULL, NULL, 0);
	assert_int_equal(shutdown(d.control, SHUT_RDWR), 0);
	assert_int_equal(driver_wait(&d), 1 << 8);
	driver_stop(&d);

	driver_start(&d, PLAIN);
	driver_map(&d, "0 0 1\n", "0 0 1\n");
	driver_expect(&d, d.control, CONTROL_CONFINED, NULL, &root, 1);
	(void)close(root);
	assert_int_equal(shutdown(d.control, SHUT_RDWR), 0);
	assert_int_equal(driver_wait(&d), 1 << 8);
	driver_stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confined),
		cmocka_unit_test(test_capabilities_of_worker),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_whole_tree),
		cmocka_unit_test(test_proc_and_sys),
		cmocka_unit_test(test_refuses_to_start),
		cmocka_unit_test(test_host_namespaces),
		cmocka_unit_test(test_supervisor_gone),
		cmocka_unit_test(test_supervisor_gone_before),
	};
	int failed;

	if (driver_prepare() < 0)
		return EXIT_FAILURE;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	driver_finish();
	return failed;
}
