/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The lists of a policy's netlink rules: names, numbers, generic families. Internal to
 * userspace/policy. */
#ifndef POSTERN_POLICY_NETLINK_LISTS_H
#define POSTERN_POLICY_NETLINK_LISTS_H

#include "policy/netlink.h"

/* Each gives the number of a list or family, which is added unless it is there. Returns 0, -ENOMEM,
 * or -EINVAL when the manifest's reader let something through that cannot be. */
int netlink_words(struct policy_netlink *netlink, const struct manifest_entrypoint *e,
		  const struct manifest_words *words, uint16_t *ret);
int netlink_numbers(struct policy_netlink *netlink, const struct manifest_words *tables,
		    uint16_t *ret);
/* A list of one number. */
int netlink_only(struct policy_netlink *netlink, uint32_t number, uint16_t *ret);
int netlink_family(struct policy_netlink *netlink, const char *name, uint16_t *ret);

#endif
