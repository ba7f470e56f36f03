/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the kernel side share among themselves. */
#ifndef POSTERN_SUPERVISOR_ENFORCEMENT_PRIVATE_H
#define POSTERN_SUPERVISOR_ENFORCEMENT_PRIVATE_H

#include "policy/hooks.h"
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
	uint32_t ids[POSTERN_HOOKS_LEN]; /* of bpf_lsm_HOOK in the kernel's BTF */
	struct decision_bpf *decision;	 /* NULL before it is loaded */
	struct bpf_link **links;
	char *generation; /* directory of this generation's pins; NULL before they are made */
	int handler;	  /* libbpf's number of the one that gives it the ids; negative: none */
	const struct bpf_map *full; /* which had no room for the last entry; NULL: it had */
	struct ring_buffer *ring;
	enforcement_event_fn handle;
	void *userdata;
};

/* Sets an entry of a map. A map that is full is noted, for enforcement_set_error(). */
int enforcement_set(struct enforcement *e, const struct bpf_map *map, const void *key,
		    const void *value);

/* Asks the kernel for what the programs must know of it before they are loaded. Fails when it does
 * not tell. enforcement_decision.c. */
int enforcement_symbols(struct enforcement *e, struct error *err);

/*
 * Loads the program that walks and refuses, and puts it into the loaded programs of all hooks, each
 * pinned into e->generation. To be called before any of them is attached: until then they refuse
 * everything to the tasks of contexts.
 */
int enforcement_decide(struct enforcement *e, struct error *err);

/* Attaches the program of hooks[i], when the kernel has that hook and it is not attached yet. The
 * error names the hook, and who fills it. */
int enforcement_attach(struct enforcement *e, size_t i, struct error *err);

/* Is the program of hooks[i] one that policies with these flags need besides those that are always
 * attached? */
bool enforcement_asked_for(size_t i, uint32_t flags);

#endif
