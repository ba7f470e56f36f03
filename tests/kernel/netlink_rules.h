/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink rules by hand, for tests of the kernel programs alone. */
#ifndef POSTERN_TESTS_KERNEL_NETLINK_RULES_H
#define POSTERN_TESTS_KERNEL_NETLINK_RULES_H

#include <stdint.h>

/* Grants a policy: links named tap* and ok0 of kind dummy and veth, with master br0; their
 * addresses and routes in the tables 100 and 1000 to 1999; reading of links, and of routes by dump;
 * one command each of the generic families nlctrl and ethtool; tables and chains in the nftables
 * table postern of the family inet. Returns 0 or a negative errno. */
int netlink_rules_set(uint64_t policy);

/* Sets an element of one of the pinned maps. Returns 0 or a negative errno. */
int netlink_map_put(const char *name, const void *key, const void *value);

#endif
