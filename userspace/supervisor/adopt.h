/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Adoption: contexts that an earlier supervisor started, and that outlived it.
 *
 * In two halves. At the start, without waiting for anybody: who runs where, under which policy, by
 * which manifest, from the kernel and from files that only root can write; the rules are put into
 * force again under their old ids. Then, on the event loop, the helper says which workers it has;
 * each is held against the kernel's word. A context whose helper does not, in time, is ended.
 */
#ifndef POSTERN_SUPERVISOR_ADOPT_H
#define POSTERN_SUPERVISOR_ADOPT_H

#include "supervisor/load.h"
#include "supervisor/supervisor.h"

#define ADOPTION_OF_NONE SIZE_MAX

/* What is known of a context that runs, before it is asked. */
struct adoption {
	bool found;
	char cgroup[MANIFEST_NAME_MAX + 16]; /* its name below postern-contexts */
	char network[POSTERN_WIRE_NAME];     /* of an instance; "": it is none */
	bool draining;			     /* it only finishes its calls */
	/* Of the manifests on disk, whose it is; ADOPTION_OF_NONE. Of those that serve under their
	 * own name it is their place among all. */
	size_t manifest_index;
	uint32_t number;
	uint64_t start_policy;
	pid_t pid; /* of the helper */
	int pidfd, root;
	struct loaded manifest;	     /* by which it runs */
	struct file_identity module; /* that it loaded */
};

/* adopt_find.c: looks whether a context runs. Returns 1 with *ret filled, 0 when nothing of it
 * does, or a negative errno with the reason why what runs cannot be adopted. */
int adoption_find(struct supervisor *s, const struct manifest *disk, struct adoption *ret,
		  struct error *err);
/* The same for an instance of it (instance.h), in that cgroup. */
int adoption_find_instance(struct supervisor *s, const struct manifest *disk, const char *cgroup,
			   struct adoption *ret, struct error *err);
/* The same for one that finishes its calls, whether a manifest of its name is there or not. */
int adoption_find_draining(struct supervisor *s, const char *cgroup, struct adoption *ret,
			   struct error *err);
/* Is it the name of a cgroup of that context's? */
bool adoption_is_of(const char *cgroup, const char *name);
void adoption_clear(struct adoption *a);

/* Makes a context of every manifest: of those that run by adopting them, and kills what cannot be
 * adopted, or belongs to no manifest any more. Contents of `loaded` are taken over. */
int adopt_contexts(struct supervisor *s, struct loaded *loaded, size_t len, struct error *err);

/*
 * adopt_rules.c: puts the rules of an adopted context into force under the ids that they have.
 * start_policy: its helper's. What it got so far stays in the context, also on failure.
 */
int adopt_rules(struct context *c, uint64_t start_policy, struct error *err);
/* Takes out of the kernel's maps what belongs to no context, when all are made. */
int adopt_rules_sweep(struct supervisor *s);

/* Is the number, or the cgroup, that of a context that is still to be adopted? */
bool adoption_reserved(const struct supervisor *s, uint32_t number);
bool adoption_reserved_cgroup(const struct supervisor *s, const char *cgroup);

/*
 * The manifest on disk is not the one by which an adopted context runs. That one stays in force;
 * the other is taken over here.
 */
void adopt_changed(struct context *c, struct loaded *disk);

/* Records of a helper that is adopted, for the table in helper_control.c. */
int adopt_hello(struct context *c, const struct control_record *record, int *fds,
		struct error *err);
int adopt_worker(struct context *c, const struct control_record *record, int *fds,
		 struct error *err);
int adopt_done(struct context *c, const struct control_record *record, int *fds, struct error *err);

#endif
