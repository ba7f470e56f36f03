/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The names of socket families, types, protocols, options and ioctls, with their numbers from the
 * kernel's headers. What is not here cannot be granted. */
#ifndef POSTERN_BASE_SOCKET_NAMES_H
#define POSTERN_BASE_SOCKET_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKET_TYPE(type) (1u << (type))

/* A family that a manifest can name. */
struct socket_family {
	const char *name;
	uint16_t family;
	uint32_t types; /* SOCKET_TYPE() of those that it has */
};
extern const struct socket_family socket_families[];
extern const size_t socket_families_len;

/* One name, and the number that it stands for. */
struct socket_name {
	const char *name;
	uint32_t number;
	uint16_t level; /* options: SOL_* or IPPROTO_*; protocols: the family; else 0 */
	bool interface; /* ioctls: the only thing that it names is an interface, in its first 16
			   bytes */
};

/* Each ends with an entry without a name. */
extern const struct socket_name socket_types[];
extern const struct socket_name socket_protocols[];
extern const struct socket_name socket_options[];
extern const struct socket_name socket_ioctls[];

/* The entry of that name, or NULL. level: of protocols, the family; UINT16_MAX: any. */
const struct socket_name *socket_name_find(const struct socket_name *names, uint16_t level,
					   const char *name);

/* The name of a number, or NULL. */
const char *socket_name_of(const struct socket_name *names, uint16_t level, uint32_t number);

/* The name of a family, or NULL; of those too that no manifest can name. */
const char *socket_family_name(uint32_t family);

#endif
