/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Netlink: every message of every send.
 *
 * Hook: netlink_send, which sees the kernel's own copy of what was sent, so that nobody changes it
 * behind our back; write, splice, sendmmsg and io_uring come by here too. Each message of it must
 * be granted by a rule of its type, or none of them is delivered. Their lengths are read as the
 * kernel reads them (net/netlink/af_netlink.c, netlink_rcv_skb), and where it would stop or skip,
 * this refuses.
 *
 * Not covered: to whom a message goes by its address, which the hook does not see (socket.bpf.c);
 * what the kernel answers; what a granted family does with data that no rule names.
 */
#include "bpf/lib/netlink.bpf.h"
#include "bpf/lib/refuse.bpf.h"

/* task -> the message that it sends */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct netlink_message);
} messages SEC(".maps");

#define MESSAGES_MAX 65536 /* of one send */
#define FILLING_MAX  512   /* bytes behind the last of them */

/* What is read of a message at once: its header, and what may be its own. */
#define HEADERS 48
_Static_assert(__builtin_offsetof(struct netlink_message, body) + 32 ==
		       __builtin_offsetof(struct netlink_message, header) + HEADERS,
	       "they lie next to each other");

/* Below NLMSG_MIN_TYPE are messages without meaning, which the receivers of these protocols skip.
 * Others have receivers that read whatever comes, or use such types for themselves. */
static __always_inline bool skips_control(__u16 protocol)
{
	const __u32 protocols = 1u << NETLINK_ROUTE | 1u << NETLINK_SOCK_DIAG | 1u << NETLINK_XFRM |
				1u << NETLINK_NETFILTER | 1u << NETLINK_GENERIC;

	return protocol < 32 && protocols >> protocol & 1;
}

/* Some families take either bit of NLM_F_DUMP for a dump, others both: what has one alone is
 * neither certainly a dump nor certainly none. */
static __always_inline bool dump_fits(const struct postern_netlink_rule *rule, __u16 flags)
{
	if (rule->flags & POSTERN_NETLINK_READS) {
		if (rule->flags & POSTERN_NETLINK_NO_DUMP)
			return !(flags & NLM_F_DUMP);
		return !(rule->flags & POSTERN_NETLINK_DUMP_ONLY) ||
		       (flags & NLM_F_DUMP) == NLM_F_DUMP;
	}
	return !(rule->flags & POSTERN_NETLINK_DELETES && flags & NLM_F_BULK);
}

/* An index of 0 in the header is a new interface, or names none. */
static __always_inline int header_index(struct netlink_message *m,
					const struct postern_netlink_rule *rule,
					const struct postern_netlink_check *check)
{
	__u32 at = check->at & 28, index = *(__u32 *)&m->body[at];

	if (!check->list)
		return 0;
	if (index)
		return netlink_interface(m, rule, check, index);
	/* Without NLM_F_EXCL a name may find an interface that is there, by another of its names as
	 * well. The name itself is another check's. */
	if (rule->flags & POSTERN_NETLINK_NEW_INTERFACE &&
	    (m->header.nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL)) == (NLM_F_CREATE | NLM_F_EXCL) &&
	    m->seen[0] >> IFLA_IFNAME & 1)
		return 0;
	/* What asks for nothing: programs see by the answer whether there is such a message
	 * (net/core/rtnetlink.c, __rtnl_newlink: ENODEV). */
	if (rule->flags & POSTERN_NETLINK_NEW_INTERFACE &&
	    !(m->header.nlmsg_flags & NLM_F_CREATE) && !m->seen[0] && !m->seen[1])
		return 0;
	m->refused.index = 0;
	return wrong(m, POSTERN_MESSAGE_INTERFACE);
}

static __always_inline int header_number(struct netlink_message *m,
					 const struct postern_netlink_check *check)
{
	if (m->seen[check->beside >> 6 & 1] >> (check->beside & 63) & 1 && check->beside)
		return 0;
	m->refused.attribute = check->beside;
	return netlink_number(m, m->body[check->at & 31], check->list);
}

/* What stands in the header, once the attributes are known. */
__noinline int netlink_header(struct netlink_message *m, const struct postern_netlink_rule *rule)
{
	if (!m || !rule)
		return 1;
	/* The event is not to blame the last of them for an index of the header's. */
	m->refused.attribute = 0;
	for (int i = 0; i < POSTERN_NETLINK_CHECKS; i++) {
		const struct postern_netlink_check *check = &rule->checks[i];
		int r = 0;

		if (check->kind == POSTERN_CHECK_NONE)
			break;
		if (check->kind == POSTERN_CHECK_INDEX_HEADER)
			r = header_index(m, rule, check);
		else if (check->kind == POSTERN_CHECK_NUMBER_HEADER)
			r = header_number(m, check);
		if (r)
			return 1;
	}
	return 0;
}

static __always_inline int header_family(struct netlink_message *m,
					 const struct postern_netlink_rule *rule, __u32 len)
{
	__u8 family = m->body[0];

	if (rule->families == ~0ull)
		return 0;
	if (!len)
		return wrong(m, POSTERN_MESSAGE_MALFORMED);
	m->refused.command = family;
	if (family < 64 && rule->families >> family & 1)
		return 0;
	return wrong(m, POSTERN_MESSAGE_FAMILY);
}

static __always_inline struct postern_netlink_rule *rule_find(struct netlink_message *m)
{
	struct postern_netlink_key key = {
		.policy = m->policy,
		.protocol = m->refused.protocol,
		.type = m->header.nlmsg_type,
	};

	if (key.protocol == NETLINK_GENERIC) {
		int number = netlink_generic(m);

		if (!number)
			return NULL;
		key.family = number;
		key.type = m->body[0];
	}
	return bpf_map_lookup_elem(&netlink_rules, &key);
}

/* One message, whose headers were read. */
static __always_inline int check_message(struct netlink_message *m)
{
	struct postern_netlink_rule *rule;
	__u32 len;

	m->refused.type = m->header.nlmsg_type;
	if (m->header.nlmsg_type < NLMSG_MIN_TYPE && skips_control(m->refused.protocol))
		return 0;
	m->refused.fault = POSTERN_MESSAGE_NOT_GRANTED;
	rule = rule_find(m);
	if (!rule)
		return 1;
	len = m->end - m->at - NLMSG_HEADER;
	if (!dump_fits(rule, m->header.nlmsg_flags))
		return wrong(m, POSTERN_MESSAGE_DUMP);
	if (header_family(m, rule, len))
		return 1;
	if (len < rule->header) {
		/* Old programs ask for a dump with the address family alone. */
		if (rule->flags & POSTERN_NETLINK_READS && m->header.nlmsg_flags & NLM_F_DUMP &&
		    rule->checks[0].kind == POSTERN_CHECK_NONE && !rule->required[0] &&
		    !rule->required[1])
			return 0;
		return wrong(m, POSTERN_MESSAGE_MALFORMED);
	}
	m->next = m->at + NLMSG_HEADER + rule->header;
	if (!(rule->flags & POSTERN_NETLINK_ANY_ATTRIBUTE) && netlink_attributes(m, rule))
		return 1;
	return netlink_header(m, rule);
}

struct send {
	struct netlink_message *message;
	__u32 refused;
};

/* Copies the headers of the message at m->at. Returns its length; 0: they do not fit. */
static __always_inline __u32 headers_read(struct netlink_message *m, __u32 left)
{
	__u64 *to = (__u64 *)&m->header;
	__u8 *bytes;
	__u32 len;

	if (left < NLMSG_HEADER)
		return 0;
	bytes = look(m, m->at, left < HEADERS ? left : HEADERS);
	if (!bytes)
		return 0;
	/* What lies behind the last message is not looked at. */
	for (int i = 0; i < HEADERS / 8; i++)
		to[i] = ((__u64 *)bytes)[i];
	len = m->header.nlmsg_len;
	return len < NLMSG_HEADER || len > left ? 0 : len;
}

static long filling_step(__u32 i, struct send *send)
{
	struct netlink_message *m = send->message;
	__u32 left = m->len - m->at, size = left < 8 ? left : 8;
	__u8 *bytes;

	if (!left || m->at > m->len)
		return 1;
	send->refused = 1;
	bytes = look(m, m->at, size);
	if (!bytes)
		return 1;
	for (__u32 j = 0; j < 8; j++)
		if (j < size && bytes[j])
			return 1;
	send->refused = 0;
	m->at += size;
	return 0;
}

/* iproute2 sends the room that it had for more attributes along with its requests. A header of
 * zeros ends what these receivers read (net/netlink/af_netlink.c, netlink_rcv_skb), and nothing but
 * zeros may follow. Then m->at is at the end of all. */
static __always_inline bool is_filling(struct netlink_message *m, __u32 left)
{
	struct send send = {.message = m};

	if (!m->at || left < NLMSG_HEADER || left > FILLING_MAX || m->header.nlmsg_len ||
	    !skips_control(m->refused.protocol))
		return false;
	bpf_loop(FILLING_MAX / 8, filling_step, &send, 0);
	return !send.refused;
}

static long message_step(__u32 i, struct send *send)
{
	struct netlink_message *m = send->message;
	__u32 at = m->at, left = m->len - at, len;

	if (at >= m->len)
		return 1;
	send->refused = 1;
	m->refused.fault = POSTERN_MESSAGE_MALFORMED;
	len = headers_read(m, left);
	if (!len) {
		send->refused = !is_filling(m, left);
		return 1;
	}
	m->end = at + len;
	if (check_message(m))
		return 1;
	send->refused = 0;
	m->at = ALIGNED(len) < left ? at + ALIGNED(len) : m->len;
	return 0;
}

/* Every message of the send. m: where it lies. */
static __always_inline int check_all(struct netlink_message *m)
{
	struct send send = {.message = m};

	m->at = 0;
	bpf_loop(MESSAGES_MAX, message_step, &send, 0);
	if (!send.refused && m->at < m->len)
		return wrong(m, POSTERN_MESSAGE_TOO_MANY);
	return send.refused;
}

/* A socket that this entrypoint made, in the network namespace in which the task is. */
static __always_inline bool is_own(struct subject *s, struct sock *sk)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 *policy = bpf_sk_storage_get(&sockets, sk, NULL, 0);

	return policy && *policy == s->tag->policy &&
	       sk->__sk_common.skc_net.net == task->nsproxy->net_ns;
}

static __always_inline int look_at(struct netlink_message *m, struct subject *s, struct sock *sk,
				   struct sk_buff *skb)
{
	struct netlink_skb_parms *parms = (struct netlink_skb_parms *)skb->cb;

	m->policy = s->tag->policy;
	m->net = (__u64)sk->__sk_common.skc_net.net;
	m->data = (__u64)skb->data;
	m->len = skb->len;
	m->window_len = 0;
	__builtin_memset(&m->refused, 0, sizeof(m->refused));
	m->refused.protocol = sk->sk_protocol;
	if (!is_own(s, sk))
		return wrong(m, POSTERN_MESSAGE_SOCKET);
	if (BPF_CORE_READ(parms, dst_group))
		return wrong(m, POSTERN_MESSAGE_DESTINATION);
	/* netlink_sendmsg() never makes such a one. */
	if (skb->data_len)
		return wrong(m, POSTERN_MESSAGE_MALFORMED);
	return check_all(m);
}

/* Apart from the program, which has no room on the stack for an object beside what its calls take.
 * m: NULL when there is no memory for one, or no policy. */
static __noinline int refuse_message(struct postern_tag *tag, struct postern_policy *policy,
				     struct netlink_message *m)
{
	struct object o = {.reason = POSTERN_REASON_BROKEN};
	struct subject s = {.tag = tag, .policy = policy};

	if (m) {
		o.reason = POSTERN_REASON_NO_RULE;
		o.message = (__u64)&m->refused;
		o.missing = (__u32)m->refused.protocol << 16 | m->refused.type;
	}
	return refused(&s, &o, SITE(netlink_send, NETLINK), -EPERM);
}

SEC("lsm/netlink_send")
int BPF_PROG(postern_netlink_send, struct sock *sk, struct sk_buff *skb)
{
	struct netlink_message *m = NULL;
	struct subject s;
	enum standing standing = current_subject(&s);

	if (standing == FOREIGN)
		return 0;
	if (standing == CONFINED)
		m = bpf_task_storage_get(&messages, bpf_get_current_task_btf(), NULL,
					 BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (m && !look_at(m, &s, sk, skb))
		return 0;
	return refuse_message(s.tag, s.policy, m);
}
