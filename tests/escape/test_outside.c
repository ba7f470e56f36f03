/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel says of helpers and workers, read from outside: it must be what their manifests
 * declare. */
#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "tests/escape/outside.h"
#include "tests/escape/rows.h"
#include "tests/escape/together.h"

#define BIT(c) (1ull << (c))

/* contexts/attack: capabilities */
#define DECLARED                                                                                   \
	(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) |     \
	 BIT(CAP_FSETID) | BIT(CAP_KILL) | BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETPCAP) |  \
	 BIT(CAP_SETFCAP) | BIT(CAP_LINUX_IMMUTABLE) | BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) |     \
	 BIT(CAP_IPC_OWNER) | BIT(CAP_IPC_LOCK) | BIT(CAP_MKNOD) | BIT(CAP_LEASE) |                \
	 BIT(CAP_AUDIT_WRITE) | BIT(CAP_SYSLOG))

struct expected {
	const char *context;
	const char *entrypoint; /* NULL: the helper */
	unsigned long long capabilities;
	unsigned uid;
	const char *uid_map; /* spaces squeezed */
	bool own_user, own_network;
	unsigned processes; /* RLIMIT_NPROC */
};

#define ROOT_AND_ALICE "0 0 1\n1000 1000 1\n"
#define ALICE_ALONE    "1000 1000 1\n"
#define EVERYBODY      "0 0 4294967295\n"

static const struct expected all[] = {
	{"attack", NULL, DECLARED, 0, ROOT_AND_ALICE, true, true, 64},
	{"attack", "attempt", DECLARED, 0, ROOT_AND_ALICE, true, true, 64},
	{"attack", "bare", 0, 0, ROOT_AND_ALICE, true, true, 64},
	{"attack", "each", DECLARED, 0, ROOT_AND_ALICE, true, true, 64},
	{"attack-host", NULL, DECLARED, 0, ROOT_AND_ALICE, true, true, 64},
	{"attack-host", "attempt", DECLARED, 0, ROOT_AND_ALICE, true, true, 64},
	{"attack-user", NULL, BIT(CAP_SETPCAP), 1000, ALICE_ALONE, true, true, 32},
	{"attack-user", "attempt", 0, 1000, ALICE_ALONE, true, true, 32},
	{"attack-user-host", NULL, DECLARED, 0, EVERYBODY, false, false, 64},
	{"attack-user-host", "attempt", DECLARED, 0, EVERYBODY, false, false, 64},
	{"attack-user-host", "bare", 0, 0, EVERYBODY, false, false, 64},
};

struct process {
	const struct expected *is;
	pid_t pid;
	char name[160];
};

/* The value behind "Key:" in a file of lines, up to the line's end. */
static void field(pid_t pid, const char *file, const char *key, char ret[256])
{
	const char *at = proc_content(pid, file);
	size_t len = strlen(key);

	ret[0] = '\0';
	for (; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
		if (strncmp(at, key, len) != 0)
			continue;
		at += len + strspn(at + len, ": \t");
		(void)snprintf(ret, 256, "%.*s", (int)strcspn(at, "\n"), at);
		return;
	}
}

static void link_of(pid_t pid, const char *name, char ret[256])
{
	char path[128];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	n = readlink(path, ret, 255);
	ret[n < 0 ? 0 : n] = '\0';
}

static void check_capabilities(const struct process *p)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		field(p->pid, "status", sets[i], text);
		(void)check(strtoull(text, NULL, 16) == p->is->capabilities && text[0],
			    "%s: %s is %s", p->name, sets[i], text);
	}
}

static void check_status(const struct process *p)
{
	char text[256], wanted[256];

	(void)snprintf(wanted, sizeof(wanted), "%u\t%u\t%u\t%u", p->is->uid, p->is->uid, p->is->uid,
		       p->is->uid);
	field(p->pid, "status", "Uid", text);
	(void)check(strcmp(text, wanted) == 0, "%s: user ids %s", p->name, text);
	field(p->pid, "status", "Gid", text);
	(void)check(strcmp(text, wanted) == 0, "%s: group ids %s", p->name, text);
	field(p->pid, "status", "Groups", text);
	(void)check(strspn(text, " ") == strlen(text), "%s: no further groups: \"%s\"", p->name,
		    text);
	field(p->pid, "status", "NoNewPrivs", text);
	(void)check(strcmp(text, "1") == 0, "%s: no_new_privs is %s", p->name, text);
	field(p->pid, "status", "Seccomp", text);
	(void)check(strcmp(text, "2") == 0, "%s: seccomp mode %s, a filter", p->name, text);
	field(p->pid, "status", "Threads", text);
	(void)check(strcmp(text, "1") == 0, "%s: %s thread", p->name, text);
	field(p->pid, "limits", "Max core file size", text);
	/* 1 is less than any core, and no pipe takes one either. */
	(void)check(strtoul(text, NULL, 10) <= 1 && (text[0] == '0' || text[0] == '1'),
		    "%s: no core files: %s", p->name, text);
	field(p->pid, "limits", "Max processes", text);
	(void)check(strtoul(text, NULL, 10) == p->is->processes, "%s: processes: %s", p->name,
		    text);
}

static void check_namespace(const struct process *p, const char *name, bool own)
{
	char path[32], is[256], host[256];

	(void)snprintf(path, sizeof(path), "ns/%s", name);
	link_of(p->pid, path, is);
	link_of(1, path, host);
	(void)check(is[0] && (strcmp(is, host) != 0) == own, "%s: %s namespace is %s: %s", p->name,
		    name, own ? "its own" : "the host's", is);
}

/* Numbers with one space between them. */
static void squeeze(const char *text, char *to, size_t size)
{
	unsigned long a, b, c;
	size_t used = 0;
	int len;

	to[0] = '\0';
	for (; sscanf(text, " %lu %lu %lu%n", &a, &b, &c, &len) == 3; text += len)
		used += (size_t)snprintf(to + used, size - used, "%lu %lu %lu\n", a, b, c);
}

static void check_maps(const struct process *p)
{
	static const char *const files[] = {"uid_map", "gid_map"};
	char is[256];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		squeeze(proc_content(p->pid, files[i]), is, sizeof(is));
		(void)check(strcmp(is, p->is->uid_map) == 0, "%s: %s holds what is declared",
			    p->name, files[i]);
	}
}

static void check_namespaces(const struct process *p)
{
	check_namespace(p, "mnt", true);
	check_namespace(p, "pid", true);
	check_namespace(p, "ipc", true);
	check_namespace(p, "user", p->is->own_user);
	check_namespace(p, "net", p->is->own_network);
	check_maps(p);
}

/* Kinds of descriptors, by what /proc says of them. */
static bool fd_is_known(const char *target, bool helper)
{
	static const char *const both[] = {"/dev/null", "pipe:", "socket:"};
	static const char *const worker[] = {"anon_inode:[eventpoll]", "anon_inode:[signalfd]",
					     "/memfd:postern-output"};
	static const char *const helpers[] = {"/memfd:", "anon_inode:bpf-map",
					      "anon_inode:[signalfd]"};
	const char *const *more = helper ? helpers : worker;
	size_t len = helper ? ARRAY_SIZE(helpers) : ARRAY_SIZE(worker);

	/* Its own root, where each call begins, by O_PATH. */
	if (!helper && strcmp(target, "/") == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(both); i++)
		if (strncmp(target, both[i], strlen(both[i])) == 0)
			return true;
	for (size_t i = 0; i < len; i++)
		if (strncmp(target, more[i], strlen(more[i])) == 0)
			return true;
	return false;
}

/* A helper keeps, for the next posternd, a socket of each worker. */
#define HELPER_FDS_MAX 16
/* A worker has a file for what is printed, three times, and with isolation: call one more for each
 * call; and its root. */
#define WORKER_FDS_MAX 13

static void check_descriptors(const struct process *p)
{
	char path[64], target[256], unknown[256] = "";
	const struct dirent *entry;
	unsigned len = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)p->pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		char name[32];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "fd/%.20s", entry->d_name);
		link_of(p->pid, name, target);
		len++;
		if (!fd_is_known(target, !p->is->entrypoint))
			(void)snprintf(unknown, sizeof(unknown), "%s", target);
	}
	if (dir)
		(void)closedir(dir);
	(void)check(len >= 4 && len <= (p->is->entrypoint ? WORKER_FDS_MAX : HELPER_FDS_MAX) &&
			    !unknown[0],
		    "%s: %u descriptors: null, log, sockets, and what it waits with%s%s", p->name,
		    len, unknown[0] ? "; but also " : "", unknown);
}

static void check_place(const struct process *p)
{
	char text[256];
	const char *cgroup = proc_content(p->pid, "cgroup");

	(void)check(strstr(cgroup, "/postern-contexts/") != NULL, "%s: cgroup %.*s", p->name,
		    (int)strcspn(cgroup, "\n"), cgroup);
	link_of(p->pid, "cwd", text);
	(void)check(strcmp(text, "/") == 0, "%s: works in %s of its own root", p->name, text);
}

static bool find(const struct expected *e, struct process *ret)
{
	/* A call sees to it that there is one. */
	struct call_result r = driver_call(e->context, e->entrypoint ? e->entrypoint : "attempt",
					   "process number", "", "");

	ret->is = e;
	ret->pid = e->entrypoint ? driver_worker(e->context, e->entrypoint)
				 : driver_helper(e->context);
	(void)snprintf(ret->name, sizeof(ret->name), "%s.%s", e->context,
		       e->entrypoint ? e->entrypoint : "helper");
	return check(r.value > 0 && r.value < CALL_FAILED && ret->pid > 0, "%s: process %d %s",
		     ret->name, (int)ret->pid, r.message);
}

void test_outside(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct process p;

		if (!find(&all[i], &p))
			continue;
		check_capabilities(&p);
		check_status(&p);
		check_namespaces(&p);
		check_descriptors(&p);
		check_place(&p);
	}
	check_declared_mounts();
	check_stripped("attack-host");
	check_stripped("attack-user-host");
}
