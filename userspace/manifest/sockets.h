/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading what an entrypoint may do with sockets. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_SOCKETS_H
#define POSTERN_MANIFEST_SOCKETS_H

#include "manifest/reader.h"

/* The keys sockets, socket_ioctls, socket_options and kernel_modules: each fills a struct
 * manifest_sockets. */
extern const struct shape sockets_shape, socket_ioctls_shape, socket_options_shape,
	kernel_modules_shape;

/* A list of addresses of one family: fills a struct manifest_addresses. */
extern const struct shape inet_addresses_shape, inet6_addresses_shape;

struct socket_name;

/* Says that a name is in none of a table's rows, with the nearest one. level: of the rows that
 * count; UINT16_MAX: all. kind: "protocol of these sockets". */
void socket_name_unknown(struct reader *r, const struct scalar *v, const struct socket_name *names,
			 uint16_t level, const char *kind);

/* Holds the keys against each other. */
void sockets_finish(struct reader *r, const struct manifest_sockets *s);

void sockets_clear(struct manifest_sockets *s);

/* The name of an interface or module: may hold * and ?, or an argument's name in braces. */
#define SHORT_NAME_PATTERN "^[!-.0-9;-~]+$"

#endif
