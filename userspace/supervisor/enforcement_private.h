/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the kernel side share among themselves. */
#ifndef POSTERN_SUPERVISOR_ENFORCEMENT_PRIVATE_H
#define POSTERN_SUPERVISOR_ENFORCEMENT_PRIVATE_H

#include "postern.skel.h"
#include "supervisor/enforcement.h"

struct bpf_link;
struct bpf_program;
struct ring_buffer;

struct enforcement {
	struct postern_bpf *skeleton;
	const char *pins; /* the directory */
	bool reuses;	  /* the maps of an earlier supervisor */
	/* One for each of hooks[]. programs: NULL where the kernel lacks the hook; links: NULL
	 * while it is not attached. */
	struct bpf_program **programs;
	struct bpf_link **links;
	char *generation; /* directory of this generation's pins; NULL before they are made */
	struct bpf_link *identify;
	struct ring_buffer *ring;
	enforcement_event_fn handle;
	void *userdata;
};

/* Attaches the program of hooks[i], when the kernel has that hook and it is not attached yet. The
 * error names the hook, and who fills it. */
int enforcement_attach(struct enforcement *e, size_t i, struct error *err);

#endif
