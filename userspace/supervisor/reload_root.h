/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Can a running helper's root hold other rules? */
#ifndef POSTERN_SUPERVISOR_RELOAD_ROOT_H
#define POSTERN_SUPERVISOR_RELOAD_ROOT_H

#include "supervisor/supervisor.h"

/* The directories of one entrypoint's new rules, in their order: descriptors, or negative errnos.
 */
struct read_root {
	uint32_t entrypoint;
	int *fds;
	size_t len;
};

struct read_roots {
	struct read_root *items; /* one for each entrypoint */
	size_t len;
};

/*
 * Resolves all rules of a manifest in the root of the helper that runs. Returns NULL and the
 * directories, or why another helper is needed, in a few words. May wait for file systems.
 */
const char *roots_resolve(const struct context *c, const struct manifest *now,
			  struct read_roots *ret);
int roots_send(int socket, const struct read_root *root);
void roots_clear(struct read_roots *roots);

#endif
