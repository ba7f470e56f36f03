/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Host checks: where this process runs, and as whom. */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>

#include "policy/host_look.h"

#define STATUS "/proc/self/status"

/* Without these posternd cannot load and tag, map ids, confine or kill. What a context's own
 * capabilities need beyond them, its start tells. */
static const struct {
	unsigned number;
	const char *name;
} needed[] = {
	{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, {CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"},
	{CAP_SETUID, "CAP_SETUID"},	  {CAP_SETGID, "CAP_SETGID"},
	{CAP_SETPCAP, "CAP_SETPCAP"},	  {CAP_KILL, "CAP_KILL"},
};

static const char *status_field(const char *status, const char *name)
{
	const char *p = strstr(status, name);

	return p ? p + strlen(name) : NULL;
}

void host_look_privilege(struct host *host, struct host_finding *f)
{
	const char *uid, *effective;
	char status[8192], lacking[256] = "";
	uint64_t set;
	size_t used = 0;
	int r = host_read(host, STATUS, status, sizeof(status));

	if (r < 0) {
		host_unreadable(f, STATUS, r);
		return;
	}
	uid = status_field(status, "\nUid:\t");
	effective = status_field(status, "\nCapEff:\t");
	if (!uid || !effective) {
		host_found(f, HOST_UNKNOWN, STATUS " lacks Uid or CapEff");
		return;
	}
	uid += strcspn(uid, "\t\n"); /* real, then effective */
	if (strtoull(uid, NULL, 10) != 0) {
		host_found(f, HOST_UNKNOWN, "this is user %llu: what only root sees stays unknown",
			   strtoull(uid, NULL, 10));
		return;
	}
	set = strtoull(effective, NULL, 16);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!(set & (UINT64_C(1) << needed[i].number)))
			used += (size_t)snprintf(lacking + used, sizeof(lacking) - used, "%s%s",
						 used ? ", " : "", needed[i].name);
	if (used > 0)
		host_found(f, HOST_LACKING, "this is root without %s", lacking);
	else
		host_found(f, HOST_OK, "this is root");
}

/* include/linux/proc_ns.h: the initial namespaces have fixed numbers. */
static const struct {
	const char *file, *name;
	unsigned number;
} initial[] = {
	{"/proc/self/ns/user", "user", 0xEFFFFFFDu},
	{"/proc/self/ns/pid", "pid", 0xEFFFFFFCu},
	{"/proc/self/ns/cgroup", "cgroup", 0xEFFFFFFBu},
};

void host_look_namespaces(struct host *host, struct host_finding *f)
{
	char wanted[64], is[64], foreign[64] = "";
	bool unreadable = false;
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(initial); i++) {
		int r = host_link(host, initial[i].file, is, sizeof(is));

		if (r < 0) {
			host_unreadable(f, initial[i].file, r);
			unreadable = true;
			continue;
		}
		(void)snprintf(wanted, sizeof(wanted), "%s:[%u]", initial[i].name,
			       initial[i].number);
		if (strcmp(is, wanted) != 0)
			used += (size_t)snprintf(foreign + used, sizeof(foreign) - used, "%s%s",
						 used ? ", " : "", initial[i].name);
	}
	if (used > 0)
		host_found(f, HOST_LACKING, "this process is not in the initial namespace%s: %s",
			   strchr(foreign, ',') ? "s" : "", foreign);
	else if (!unreadable)
		host_found(f, HOST_OK, "this process is in all three");
}

void host_look_cgroup(struct host *host, struct host_finding *f)
{
	char type[64], unified[64];
	int r = host_mount_type(host, "/sys/fs/cgroup", type, sizeof(type));

	if (r == -ENODATA) {
		host_found(f, HOST_LACKING, "nothing is mounted at /sys/fs/cgroup");
		host_remedy(f, "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
		return;
	}
	if (r < 0) {
		host_unreadable(f, "/proc/self/mountinfo", r);
		return;
	}
	if (strcmp(type, "cgroup2") == 0) {
		host_found(f, HOST_OK, "it is");
		return;
	}
	if (host_mount_type(host, "/sys/fs/cgroup/unified", unified, sizeof(unified)) == 0 &&
	    strcmp(unified, "cgroup2") == 0)
		host_found(f, HOST_LACKING,
			   "the hybrid layout is mounted: version 2 is at /sys/fs/cgroup/unified, "
			   "version 1 holds the controllers");
	else
		host_found(f, HOST_LACKING,
			   "the file system at /sys/fs/cgroup is %s: version 1 only", type);
}
