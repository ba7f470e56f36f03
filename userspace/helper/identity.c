/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who a context's processes are. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "helper/capabilities.h"
#include "helper/identity.h"

#define MAP_BYTES_MAX 16384
#define MEMLOCK_BYTES (64 * 1024)
/* Neither a file nor a pipe: 1 is what the kernel gives a core's own reader, to tell it from others
 * (fs/coredump.c), and less than a core's first page. */
#define CORE_NONE 1
/* What a worker needs besides its connections and what its function opens. */
#define FILES_OF_OWN 16

int identity_capabilities(const struct manifest *m, uint64_t *ret, struct error *err)
{
	uint64_t all = UINT64_C(1) << CAP_SETPCAP;

	for (size_t i = 0; i < m->entrypoints_len; i++)
		all |= m->entrypoints[i].capabilities;
	if (all & UINT64_C(1) << CAP_SYS_ADMIN)
		return error_say(err, EPERM, "no context may hold CAP_SYS_ADMIN");
	*ret = all;
	return 0;
}

static bool id_is_listed(uint32_t id, const uint32_t *ids, size_t ids_len)
{
	for (size_t i = 0; i < ids_len; i++)
		if (ids[i] == id)
			return true;
	return false;
}

int identity_check_map(const char *text, const char *which, const uint32_t *ids, size_t ids_len,
		       struct error *err)
{
	uint64_t mapped = 0;

	while (*text) {
		unsigned long inside, outside, count;
		int used = 0;

		if (sscanf(text, " %lu %lu %lu%n", &inside, &outside, &count, &used) != 3 ||
		    used == 0)
			return error_say(err, EBADMSG, "%s cannot be read", which);
		text += used;
		text += strspn(text, " \n");
		/* The count is bounded before it is walked: an identity map has 2^32 - 1. */
		if (inside != outside || count > ids_len)
			return error_say(err, EPERM, "%s maps %lu ids from %lu to %lu", which,
					 count, inside, outside);
		for (unsigned long i = 0; i < count; i++)
			if (!id_is_listed((uint32_t)(inside + i), ids, ids_len))
				return error_say(err, EPERM,
						 "%s maps %lu, which the manifest does not name",
						 which, inside + i);
		mapped += count;
	}
	/* The kernel refuses overlapping extents, so the same number means the same ids. */
	if (mapped != ids_len)
		return error_say(err, EPERM, "%s maps %llu of the manifest's %zu ids", which,
				 (unsigned long long)mapped, ids_len);
	return 0;
}

static int map_verify(int proc_self, const char *which, const uint32_t *ids, size_t ids_len,
		      struct error *err)
{
	cleanup_close int fd = openat(proc_self, which, O_RDONLY | O_CLOEXEC);
	char text[MAP_BYTES_MAX];
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return error_set(err, errno, "open /proc/self/%s", which);
	while (n > 0 && len < sizeof(text) - 1) {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n < 0)
			return error_set(err, errno, "read /proc/self/%s", which);
		len += (size_t)n;
	}
	if (n != 0)
		return error_say(err, E2BIG, "%s is longer than any that was asked for", which);
	text[len] = '\0';
	return identity_check_map(text, which, ids, ids_len, err);
}

int identity_verify_maps(const struct manifest *m, int proc_self, struct error *err)
{
	int r;

	_Static_assert(sizeof(uid_t) == 4 && sizeof(gid_t) == 4, "ids are 32 bits");
	if (m->user_namespace == MANIFEST_USER_HOST)
		return 0;
	r = map_verify(proc_self, "uid_map", m->uids, m->uids_len, err);
	if (r == 0)
		r = map_verify(proc_self, "gid_map", m->gids, m->gids_len, err);
	return r;
}

/* A zygote has a file for what each of its calls prints. */
static rlim_t files_of_own(const struct manifest *m)
{
	rlim_t most = 0;

	for (size_t i = 0; i < m->entrypoints_len; i++)
		if (m->entrypoints[i].isolation == MANIFEST_ISOLATION_CALL)
			most = MAX_OF(most, m->entrypoints[i].workers);
	return FILES_OF_OWN + most;
}

struct limit {
	int resource;
	const char *name;
	rlim_t value;
};

static int limits_apply(const struct manifest *m, bool set, struct error *err)
{
	const struct limit limits[] = {
		/* A core file would be written with the context's rights, wherever it is; and of 0
		 * a program that cores are piped to takes no notice (fs/coredump.c). */
		{RLIMIT_CORE, "RLIMIT_CORE", CORE_NONE},
		{RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", MEMLOCK_BYTES},
		{RLIMIT_NOFILE, "RLIMIT_NOFILE",
		 m->limits.open_files + m->limits.connections + files_of_own(m)},
		{RLIMIT_NPROC, "RLIMIT_NPROC", m->limits.processes},
		{RLIMIT_AS, "RLIMIT_AS", m->limits.memory},
		{RLIMIT_FSIZE, "RLIMIT_FSIZE", m->limits.file_size},
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct rlimit l = {.rlim_cur = limits[i].value, .rlim_max = limits[i].value};

		if (set && setrlimit((__rlimit_resource_t)limits[i].resource, &l) < 0)
			return error_set(err, errno, "set %s to %llu", limits[i].name,
					 (unsigned long long)limits[i].value);
		if (getrlimit((__rlimit_resource_t)limits[i].resource, &l) < 0)
			return error_set(err, errno, "read %s", limits[i].name);
		if (l.rlim_cur != limits[i].value || l.rlim_max != limits[i].value)
			return error_say(err, EPERM, "%s is %llu and should be %llu",
					 limits[i].name, (unsigned long long)l.rlim_cur,
					 (unsigned long long)limits[i].value);
	}
	return 0;
}

int identity_may_be_dumped(struct error *err)
{
	const struct rlimit no_file = {};

	if (setrlimit(RLIMIT_CORE, &no_file) < 0)
		return error_set(err, errno, "set RLIMIT_CORE");
	return 0;
}

int identity_not_dumpable(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, errno, "make the process not dumpable");
	return 0;
}

static int ids_assume(const struct manifest *m, struct error *err)
{
	if (setgroups(0, NULL) < 0)
		return error_set(err, errno, "drop all groups");
	if (setresgid(m->group, m->group, m->group) < 0)
		return error_set(err, errno, "become group %u", m->group);
	if (setresuid(m->user, m->user, m->user) < 0)
		return error_set(err, errno, "become user %u", m->user);
	return 0;
}

/* Limits come before the capability that could exceed them goes. */
int identity_assume(const struct manifest *m, struct error *err)
{
	uint64_t capabilities = 0;
	int r;

	r = identity_capabilities(m, &capabilities, err);
	if (r < 0)
		return r;
	r = limits_apply(m, true, err);
	if (r < 0)
		return r;
	r = capabilities_begin(err);
	if (r < 0)
		return r;
	r = ids_assume(m, err);
	if (r < 0)
		return r;
	r = capabilities_set(CAPABILITIES_ANY, capabilities, err);
	if (r < 0)
		return r;
	r = capabilities_lock(err);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "set no_new_privs");
	return identity_not_dumpable(err);
}

static int ids_verify(const struct manifest *m, struct error *err)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
		return error_set(err, errno, "read the ids");
	for (int i = 0; i < 3; i++)
		if (uid[i] != m->user || gid[i] != m->group)
			return error_say(err, EPERM, "the ids are %u:%u and should be %u:%u",
					 uid[i], gid[i], m->user, m->group);
	if (getgroups(0, NULL) != 0)
		return error_say(err, EPERM, "groups are left");
	return 0;
}

int identity_verify(const struct manifest *m, uint64_t capabilities, struct error *err)
{
	int r;

	r = ids_verify(m, err);
	if (r < 0)
		return r;
	r = capabilities_verify(capabilities, err);
	if (r < 0)
		return r;
	r = capabilities_verify_locked(err);
	if (r < 0)
		return r;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return error_say(err, EPERM, "no_new_privs is not set");
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return error_say(err, EPERM, "the process is dumpable");
	return limits_apply(m, false, err);
}
