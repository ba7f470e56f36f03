/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads all manifests of a folder and makes their contexts. */
#ifndef POSTERN_SUPERVISOR_LOAD_H
#define POSTERN_SUPERVISOR_LOAD_H

#include <dirent.h>

#include "supervisor/supervisor.h"

/* A folder's manifests, read and checked, before anything is made of them. */
struct loaded {
	struct manifest *manifest;
	int fd; /* sealed memfd of the bytes that were checked */
	struct file_identity file;
};

/* Reads one, a copy of `file` that a supervisor made for the next one: its module is not looked at.
 * file: what messages call it. */
int load_manifest_copy(const char *copy, const char *file, struct loaded *ret, struct error *err);

/* Frees and closes what a struct loaded has. */
void loaded_clear(struct loaded *l);

/*
 * Reads DIR/NAME/context.yaml for every folder in `directory`. All problems of all manifests are
 * printed to standard error. Returns 0, or a negative errno when any manifest is wrong or not
 * trusted, or there is none; nothing is left open then. ret: set on success only; each element's
 * contents are the caller's.
 */
int load_manifests(const char *directory, struct loaded **ret, size_t *ret_len, struct error *err);

/* Its steps, for reload_read.c. load_names(): as scandir(3). */
int load_names(const char *directory, struct dirent ***ret, struct error *err);
int load_nothing(const char *directory, struct error *err);
/* Fills ret->fd and ret->file; the fd is the caller's, also on failure. */
int load_bytes(const char *directory, const char *name, struct loaded *ret, struct error *err);
/* Fills loaded->manifest from loaded->fd; problems go to standard error. */
int load_checked(const char *directory, const char *name, struct loaded *loaded, struct error *err);
/* Whoever can write a module has what its context has. */
int load_module(const struct manifest *m, struct error *err);

/* Parses bytes that were checked; looks up no user or group, so that nothing is waited for. */
int load_again(const char *directory, const char *name, int fd, struct manifest **ret,
	       struct error *err);

/* All zero when there is no such file. */
void file_identify(const char *file, struct file_identity *ret);
bool file_same(const struct file_identity *a, const struct file_identity *b);

#endif
