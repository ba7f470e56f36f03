/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading the key `netlink`, by the tables of base/netlink.h. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_NETLINK_READ_H
#define POSTERN_MANIFEST_NETLINK_READ_H

#include "manifest/json.h"
#include "manifest/reader.h"

extern const struct shape netlink_shape; /* FORM_NETLINK; struct manifest_entrypoint */

/* Reads the key's value. */
void netlink_read(struct reader *r, const struct shape *s, const char *label,
		  const yaml_node_t *node, void *field);

/* The keys that narrow a message. */
extern const struct key narrowing_keys[];
extern const size_t narrowing_keys_len;

/* Looks at a message once all of it was read: is each narrowing one that it can have? */
void message_done(struct reader *r, const struct manifest_message *message);

/* Writes the schema of the key's value, and the definition that it refers to. */
void netlink_schema_write(struct json *j);
void netlink_definition_write(struct json *j);

void netlink_clear(struct manifest_netlink *netlink);

#endif
