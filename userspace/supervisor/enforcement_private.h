/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the kernel side share among themselves. */
#ifndef POSTERN_SUPERVISOR_ENFORCEMENT_PRIVATE_H
#define POSTERN_SUPERVISOR_ENFORCEMENT_PRIVATE_H

#include "postern.skel.h"
#include "supervisor/enforcement.h"

struct bpf_link;
struct ring_buffer;

struct enforcement {
	struct postern_bpf *skeleton;
	struct bpf_link **links; /* one for each of hooks[]; NULL where the kernel lacks the hook */
	struct bpf_link *identify;
	struct ring_buffer *ring;
	enforcement_event_fn handle;
	void *userdata;
};

#endif
