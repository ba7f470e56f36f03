/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A manifest while it is being read: what the tables fill before the parts are held against each
 * other. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_DRAFT_H
#define POSTERN_MANIFEST_DRAFT_H

#include "manifest/reader.h"

/* Users or groups in the order written. uid_t and gid_t are both 32 bits wide. */
struct ids {
	uint32_t *ids;
	struct manifest_place *places;
	size_t len;
	bool wrong; /* one of them was no id: what depends on the list is not judged */
};

#define CAPABILITIES_MAX 64

struct capabilities {
	uint64_t set;
	bool wrong;
	struct manifest_place places[CAPABILITIES_MAX];
};

struct entrypoint_draft {
	struct manifest_entrypoint entrypoint;
	struct capabilities capabilities;
	struct manifest_place capabilities_place; /* of the key; line 0 when it is not there */
	struct manifest_place isolation_place;	  /* likewise */
};

struct draft {
	struct manifest manifest; /* without ids, callers and entrypoints until draft_finish() */
	struct ids user, group;	  /* one at most */
	struct ids users, groups;
	struct ids caller_users, caller_groups;
	struct capabilities capabilities;
	struct manifest_place network_place; /* of the name of network namespaces */
	struct manifest_place ends_place;    /* of the key; line 0 when it is not there */
	struct entrypoint_draft *entrypoints;
	size_t entrypoints_len;
};

extern const struct key context_keys[];
extern const size_t context_keys_len;

/* The whole manifest as a shape, for the schema. */
extern const struct shape context_shape;

/* Holds the parts against each other and fills in what follows from them; root: the manifest's
 * mapping. Problems go to the reader. */
void draft_finish(struct reader *r, struct draft *d, const yaml_node_t *root);

/* Finds the arguments that an entrypoint's paths hold, and what follows from that. */
void slots_finish(struct reader *r, struct entrypoint_draft *e);

/* Holds the name of network namespaces against its argument, and the entrypoints that make and
 * remove them against what they cannot have. */
void network_finish(struct reader *r, struct draft *d);

/* The mapping below namespaces.network. */
#define NETWORK_KEYS 5
extern const struct key network_keys[NETWORK_KEYS];
extern const struct shape idle_shape;

/* Moves the manifest out. Call it when nothing was wrong. NULL without memory. */
struct manifest *draft_take(struct draft *d);

void draft_clear(struct draft *d);

/* Frees what the manifest holds, not the struct itself. */
void manifest_clear(struct manifest *m);
void entrypoint_clear(struct manifest_entrypoint *e);

/* Takers: struct ids. */
void take_user(struct reader *r, const struct shape *s, const struct scalar *v, void *field);
void take_group(struct reader *r, const struct shape *s, const struct scalar *v, void *field);

/* struct capabilities. */
void take_capability(struct reader *r, const struct shape *s, const struct scalar *v, void *field);

/* Capability names for the schema: the name of a number in upper case into buffer, NULL when the
 * number is none or no worker may hold it. */
#define CAPABILITY_TEXT_MAX 48
const char *capability_allowed_name(unsigned number, char buffer[CAPABILITY_TEXT_MAX]);

#endif
