/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading an argument's type from the manifest. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_ARGUMENT_READ_H
#define POSTERN_MANIFEST_ARGUMENT_READ_H

#include "manifest/manifest.h"
#include "manifest/reader.h"

/* The tables that the schema is made from as well. */
extern const struct word argument_types[ARGUMENT_TYPES]; /* by enum argument_type */
extern const struct key argument_keys[];
extern const size_t argument_keys_len;

extern const struct shape argument_shape, result_shape, element_shape, result_element_shape,
	field_shape, result_field_shape, field_element_shape;

/* Reads the default from its node into the argument, whose type and bounds are known. */
void argument_default_read(struct reader *r, const yaml_node_t *node, struct argument *a);

/* Says so when the signature does not fit into an OPENED record. */
void signature_check(struct reader *r, const struct manifest_entrypoint *e);

/* argument_descriptor.c */
extern const struct shape argument_fd_kinds_shape, argument_fd_mode_shape;

/* Says so when the last of the arguments is a descriptor, and one too many. */
void argument_fds_check(struct reader *r, const struct scalar *name,
			const struct argument *arguments, size_t len);

/* Reads the short form (a type's word) or the long form (a mapping) into a struct argument (an
 * element: into a struct argument *, which is allocated). */
void argument_read(struct reader *r, const struct shape *s, const char *label,
		   const yaml_node_t *node, void *field);

/* Says why a key that the table has does not fit the type or role in `filter`. */
void argument_key_misfit(struct reader *r, const struct key *keys, size_t len, struct filter filter,
			 const char *what, const struct scalar *name);

#endif
