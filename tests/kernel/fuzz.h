/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random netlink messages, the namespaces that they work in, and what these hold.
 *
 * All is counted from a seed: message n of seed s has the same bytes each time, whatever the ones
 * before it did, but for two numbers of struct fuzz_places.
 */
#ifndef POSTERN_TESTS_KERNEL_FUZZ_H
#define POSTERN_TESTS_KERNEL_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define FUZZ_BYTES    4096 /* of one send */
#define FUZZ_BATCH    100
#define FUZZ_OBJECTS  512
#define FUZZ_EXTERNAL 9 /* the descriptor of the other namespace in whoever sends */

/* Interfaces of the population, by their numbers. */
enum {
	FUZZ_LO = 1,
	FUZZ_TAP0 = 110,
	FUZZ_TAP1,
	FUZZ_OK0,
	FUZZ_PXY,
	FUZZ_BR0 = 120,
	FUZZ_BR1,
	FUZZ_ETH8,
	FUZZ_ETH7,
	FUZZ_DMZ,
};

/* What messages can name of the other namespace. */
struct fuzz_places {
	uint32_t pid;
	uint32_t fd;
};

struct fuzz_message {
	uint16_t protocol; /* NETLINK_ROUTE, NETLINK_NETFILTER */
	size_t len;
	char data[FUZZ_BYTES];
};

/* fuzz_generate.c */
struct fuzz_random {
	uint64_t state;
	uint32_t tame; /* percent of choices that are granted ones */
};
uint32_t fuzz_below(struct fuzz_random *r, uint32_t limit);
bool fuzz_chance(struct fuzz_random *r, uint32_t percent);
bool fuzz_tame(struct fuzz_random *r);

/* An attribute before it is put into a message. */
#define FUZZ_PART_BYTES 640
struct fuzz_part {
	uint16_t type;
	size_t len;
	char data[FUZZ_PART_BYTES];
};
#define FUZZ_PARTS 16
struct fuzz_draft {
	uint16_t type, flags;
	size_t header_len;
	char header[32];
	size_t len;
	struct fuzz_part parts[FUZZ_PARTS];
};
void fuzz_part(struct fuzz_draft *d, uint16_t type, const void *value, size_t len);
void fuzz_part_number(struct fuzz_draft *d, uint16_t type, uint32_t number);
void fuzz_part_text(struct fuzz_draft *d, uint16_t type, const char *text);

/* Appends an attribute to bytes that will be another's value. Returns the new length. */
size_t fuzz_nest(char *to, size_t at, size_t size, uint16_t type, const void *value, size_t len);

/* One message of each: fuzz_route.c, fuzz_attributes.c, fuzz_filter.c. */
void fuzz_route(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d);
void fuzz_attribute(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d);
void fuzz_link_kind(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d);
const char *fuzz_name(struct fuzz_random *r);
uint32_t fuzz_index(struct fuzz_random *r);
void fuzz_filter(struct fuzz_random *r, struct fuzz_draft *d);

/* A send: one message or more. */
void fuzz_generate(uint64_t seed, uint64_t number, const struct fuzz_places *p,
		   struct fuzz_message *ret);

/* A send in words and as hex, each line with "# ". */
void fuzz_print(const struct fuzz_message *m);

/* fuzz_world.c: a network namespace with its population, and an empty one that messages name. */
struct fuzz_world {
	int net;			 /* of the population */
	int route, filter;		 /* unconfined sockets in it */
	int sender_route, sender_filter; /* those that messages are sent by */
	int other, other_route;		 /* the other namespace */
	pid_t keeper;			 /* a process in there */
};
void fuzz_world_make(struct fuzz_world *ret);
void fuzz_world_free(struct fuzz_world *w);

/* What is granted is there again, as at the beginning: messages delete, rename and move it. */
void fuzz_world_restock(struct fuzz_world *w);

/* fuzz_state.c: all that is not granted. */
struct fuzz_object {
	uint64_t hash;
	char text[96];
};
struct fuzz_state {
	size_t len;
	struct fuzz_object objects[FUZZ_OBJECTS];
};
void fuzz_state_take(struct fuzz_world *w, struct fuzz_state *ret);

/* Tells how many objects are in one alone; out: where to name them, each line with "# "; or NULL.
 */
size_t fuzz_state_differ(const struct fuzz_state *before, const struct fuzz_state *after,
			 FILE *out);

/* What the manifest of the fuzzer grants, for the state's sake. */
bool fuzz_granted_name(const char *name);
extern const char fuzz_manifest[];

#endif
