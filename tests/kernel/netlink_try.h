/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink messages tried by a confined child, for tests of the kernel programs alone. */
#ifndef POSTERN_TESTS_KERNEL_NETLINK_TRY_H
#define POSTERN_TESTS_KERNEL_NETLINK_TRY_H

#include <stdbool.h>

#include "supervisor/enforcement.h"
#include "tests/kernel/message.h"

#define POLICY 7
#define ASKS   (NLM_F_REQUEST | NLM_F_ACK)
#define MAKES  (ASKS | NLM_F_CREATE | NLM_F_EXCL)

struct attempt {
	int fd;
	const struct message *message;
};

/* A network namespace of its own, the programs, a policy with the rules of netlink_rules.h, and its
 * sockets. */
struct enforcement *netlink_try_start(void);
/* A new network namespace, with the sockets of netlink_try_start() in it. */
void netlink_try_namespace(void);

/* Run by test_netlink.c, with the kernel programs that it has loaded: a start takes longer than
 * each. */
void test_netlink_families(void);
void test_netlink_ways(void);
void test_netlink_manifest(struct enforcement *e);

/* The policy's socket of a protocol; not NETLINK_NETFILTER's before netlink_try_open(). */
int netlink_try_socket(uint16_t protocol);
void netlink_try_open(uint16_t protocol);

/* Sends the message of a struct attempt: hand_function. */
int netlink_try(void *attempt);

/* An empty message; the same buffer each time. */
struct message *fresh(void);

/* What netlink_try() is to return in a confined child. */
bool tried(const struct message *m, uint16_t protocol, int expected, const char *what);

/* By NETLINK_ROUTE: it works; it is refused, and there is an event. */
void allowed(const struct message *m, const char *what);
void denied(const struct message *m, const char *what);

#endif
