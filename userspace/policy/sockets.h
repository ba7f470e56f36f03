/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an entrypoint may do with sockets, as entries of the kernel's maps.
 *
 * Pure. The entries hold 0 where the policy's id stands: whoever writes them puts it in.
 */
#ifndef POSTERN_POLICY_SOCKETS_H
#define POSTERN_POLICY_SOCKETS_H

#include "bpf/abi.h"
#include "manifest/manifest.h"
#include "policy/netlink.h"

struct policy_socket_entry {
	struct postern_socket_key key;
	struct postern_socket_rule rule;
};

struct policy_sockets {
	struct policy_socket_entry *entries; /* owned */
	size_t len;
	struct postern_addresses connect, bind; /* empty: none */
	struct postern_words *names;		/* owned; list i is POSTERN_LIST_SOCKETS + i */
	size_t names_len;
	bool any; /* sockets besides unix ones can be made */
};

/* Compiles e->sockets and what is said of netlink's. ret: clear with policy_sockets_clear(), also
 * on failure. Returns 0 or -ENOMEM. */
int policy_sockets_compile(const struct manifest_entrypoint *e,
			   const struct policy_netlink *netlink, struct policy_sockets *ret);

void policy_sockets_clear(struct policy_sockets *s);

/* Calls `see` for each thing that an entrypoint may do with sockets: the manifest's key, what it
 * says, and its line. Returns 0 or -ENOMEM. */
typedef void (*policy_describe_fn)(void *userdata, const char *key, const char *text,
				   unsigned line);
int policy_sockets_describe(const struct manifest_entrypoint *e, policy_describe_fn see,
			    void *userdata);

/* What was refused, in words, from the message of a denial of a socket: "inet raw icmp",
 * "192.0.2.1:443", "SO_MARK", "SIOCSIFFLAGS of eth0", "net-pf-16-proto-12". Returns to, "" when
 * the message tells of none. */
const char *policy_socket_text(enum postern_operation operation,
			       const struct postern_message *message, char *to, size_t size);

/* The key of the manifest that could grant it, as "sockets"; NULL when it is none of sockets. */
const char *policy_socket_key(enum postern_operation operation);

#endif
