/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which directories a context's root must hold, and how each is mounted. Pure: touches no file.
 *
 * A plan is made twice with the same functions: first from the manifest's paths as they are
 * written, then, when root.c has resolved them on the host, from the places where they really lie.
 */
#ifndef POSTERN_HELPER_ROOT_PLAN_H
#define POSTERN_HELPER_ROOT_PLAN_H

#include "base/error.h"
#include "base/runtime_dirs.h"
#include "manifest/manifest.h"

#define ROOT_DIRECTORIES_MAX 4096

enum root_kind {
	ROOT_BIND, /* the host's directory, with all that is mounted below */
	ROOT_PROC, /* a proc of the context's own pid namespace */
	ROOT_SYS,  /* the host's sysfs, or one of the context's network namespace */
};

/* What a mount lets through. All else (nosuid always, and nodev, noexec, ro) is set on it. */
enum root_access {
	ROOT_WRITABLE = 1u << 0,
	ROOT_EXECUTABLE = 1u << 1,
	ROOT_DEVICES = 1u << 2,
};

struct root_directory {
	char *path;
	enum root_kind kind;
	unsigned access; /* enum root_access: of the mount */
	unsigned below;	 /* the part of it that rules ask for in everything below, too */
	bool top;     /* the path is an entry of "/" named by a rule, which may be no directory */
	bool creates; /* with `top`: the rule may make that entry */
	int fd;	      /* O_PATH of it on the host; -1 while it is not resolved; owned */
};

struct root_plan {
	struct root_directory *directories;
	size_t len;
	bool own_sysfs; /* the context's network namespace is not the host's: a sysfs of the host
			   would show it the host's interfaces */
};

/*
 * Gathers what a manifest asks for, not yet reduced. runtime: the runtime directories, bound
 * executable. ret: set on success only; clear with root_plan_clear(). Returns 0 or a negative
 * errno.
 */
int root_plan_from_manifest(const struct manifest *m, const struct runtime_dirs *runtime,
			    struct root_plan *ret, struct error *err);

/* Adds one directory, or joins it to the same one that is there. d->path is copied; d->fd is taken
 * over, also on failure. Returns 0, -E2BIG or -ENOMEM. */
int root_plan_add(struct root_plan *plan, const struct root_directory *d);

/*
 * Sorts parents before what lies below them, gives each directory what rules above it ask for, and
 * drops those that the nearest mount above shows already with at least the same access.
 */
void root_plan_reduce(struct root_plan *plan);

/* Does `path` lie below `directory`, or is it that directory? Compares at component borders:
 * /srv/ok does not hold /srv/ok2. */
bool root_plan_holds(const char *directory, const char *path);

/* The MOUNT_ATTR_* that a directory's mount gets. */
uint64_t root_plan_attributes(const struct root_directory *d);

void root_plan_clear(struct root_plan *plan);

#endif
