/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a policy says of sockets, and how a refusal tells of one. */
#ifndef POSTERN_BPF_NETWORK_H
#define POSTERN_BPF_NETWORK_H

#include "bpf/lib/refuse.bpf.h"

static __always_inline struct postern_socket_rule *socket_rule(const struct subject *s, __u16 kind,
							       __u16 family, __u32 number)
{
	struct postern_socket_key key = {
		.policy = s->tag->policy, .kind = kind, .family = family, .number = number};

	return bpf_map_lookup_elem(&socket_rules, &key);
}

/* Refuses what a rule of the policy could have granted. */
static __always_inline int network_refused(struct subject *s, struct postern_message *message,
					   struct site site, int verdict)
{
	struct object o = {.reason = POSTERN_REASON_NO_RULE, .message = (__u64)message};

	return refused(s, &o, site, verdict);
}

#endif
