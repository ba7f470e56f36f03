/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads all manifests of a folder and makes their contexts. */
#ifndef POSTERN_SUPERVISOR_LOAD_H
#define POSTERN_SUPERVISOR_LOAD_H

#include "supervisor/supervisor.h"

/* A folder's manifests, read and checked, before anything is made of them. */
struct loaded {
	struct manifest *manifest;
	int fd; /* sealed memfd of the bytes that were checked */
};

/*
 * Reads DIR/NAME/context.yaml for every folder in `directory`. All problems of all manifests are
 * printed to standard error. Returns 0, or a negative errno when any manifest is wrong or not
 * trusted, or there is none; nothing is left open then. ret: set on success only; each element's
 * contents are the caller's.
 */
int load_manifests(const char *directory, struct loaded **ret, size_t *ret_len, struct error *err);

#endif
