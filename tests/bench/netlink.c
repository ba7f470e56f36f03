/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink requests: of untagged tasks and of tagged ones, against no program loaded. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/kernel/message.h"
#include "tests/kernel/netlink_rules.h"

#define REQUEST_GOAL  1.03
#define BATCH_GOAL    1.10
#define UNTAGGED_GOAL 1.01
#define LINK	      "tap1"
#define OTHER	      "tap2"
#define RULES	      95 /* of a batch of 100 messages */
#define ASKS	      (NLM_F_REQUEST | NLM_F_ACK)

static int route_fd, filter_fd;
static struct message get_link, new_link, new_address, delete_address, batch;

static void run(int fd, const struct message *m)
{
	int r = message_send(fd, m);

	if (r)
		bench_bail("a netlink request: %d", r);
}

static void op_get_link(void)
{
	char answer[8192];

	run(route_fd, &get_link);
	if (recv(route_fd, answer, sizeof(answer), 0) < 0)
		bench_bail("the answer about a link: %s", strerror(errno));
}

static void op_address(void)
{
	run(route_fd, &new_address);
	run(route_fd, &delete_address);
}

/* A link is made, asked for its index, and taken away again. */
static void op_link(void)
{
	_Alignas(struct nlmsghdr) char answer[8192];
	struct ifinfomsg header = {};
	static struct message m;

	run(route_fd, &new_link);
	m.len = 0;
	message_begin(&m, RTM_GETLINK, NLM_F_REQUEST, &header, sizeof(header));
	message_add_text(&m, IFLA_IFNAME, OTHER);
	run(route_fd, &m);
	if (recv(route_fd, answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(header)))
		bench_bail("the answer about a link: %s", strerror(errno));
	memcpy(&header, NLMSG_DATA((struct nlmsghdr *)(void *)answer), sizeof(header));
	m.len = 0;
	message_begin(&m, RTM_DELLINK, ASKS, &header, sizeof(header));
	run(route_fd, &m);
}

/* It takes away what it made. */
static void op_batch(void)
{
	char answer[65536];

	if (send(filter_fd, batch.data, batch.len, 0) < 0)
		bench_bail("a batch: %s", strerror(errno));
	while (recv(filter_fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
		;
}

static void link_message(struct message *m, const char *name)
{
	const struct ifinfomsg header = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	size_t info;

	message_begin(m, RTM_NEWLINK, ASKS | NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header));
	message_add_text(m, IFLA_IFNAME, name);
	info = message_nest(m, IFLA_LINKINFO);
	message_add_text(m, IFLA_INFO_KIND, "dummy");
	message_nest_end(m, info);
}

static void make_link(void)
{
	static struct message m;

	m.len = 0;
	link_message(&m, LINK);
	run(route_fd, &m);
}

static void address(struct message *m, uint16_t type, uint16_t flags)
{
	const struct ifaddrmsg header = {
		.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = if_nametoindex(LINK)};
	static const char local[4] = {192, 0, 2, 1};

	message_begin(m, type, ASKS | flags, &header, sizeof(header));
	message_add(m, IFA_LOCAL, local, sizeof(local));
}

static void add_be32(struct message *m, uint16_t type, uint32_t number)
{
	message_add_number(m, type, __builtin_bswap32(number));
}

/* One expression of a rule: its name, and what the callback puts into it. */
struct expression {
	size_t element, data;
};

static struct expression expression_begin(struct message *m, const char *name)
{
	struct expression e = {.element = message_nest(m, NLA_F_NESTED | NFTA_LIST_ELEM)};

	message_add_text(m, NFTA_EXPR_NAME, name);
	e.data = message_nest(m, NLA_F_NESTED | NFTA_EXPR_DATA);
	return e;
}

static void expression_end(struct message *m, struct expression e)
{
	message_nest_end(m, e.data);
	message_nest_end(m, e.element);
}

static void add_cmp(struct message *m, const void *value, size_t len)
{
	struct expression e = expression_begin(m, "cmp");
	size_t data;

	add_be32(m, NFTA_CMP_SREG, NFT_REG_1);
	add_be32(m, NFTA_CMP_OP, NFT_CMP_EQ);
	data = message_nest(m, NLA_F_NESTED | NFTA_CMP_DATA);
	message_add(m, NFTA_DATA_VALUE, value, len);
	message_nest_end(m, data);
	expression_end(m, e);
}

static void add_accept(struct message *m)
{
	struct expression e = expression_begin(m, "immediate");
	size_t data, verdict;

	add_be32(m, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = message_nest(m, NLA_F_NESTED | NFTA_IMMEDIATE_DATA);
	verdict = message_nest(m, NLA_F_NESTED | NFTA_DATA_VERDICT);
	add_be32(m, NFTA_VERDICT_CODE, 1);
	message_nest_end(m, verdict);
	message_nest_end(m, data);
	expression_end(m, e);
}

/* `meta l4proto tcp tcp dport PORT accept` */
static void add_rule(struct message *m, uint16_t port)
{
	const uint16_t wire = __builtin_bswap16(port);
	const uint8_t tcp = IPPROTO_TCP;
	size_t all = message_nest(m, NLA_F_NESTED | NFTA_RULE_EXPRESSIONS);
	struct expression e = expression_begin(m, "meta");

	add_be32(m, NFTA_META_DREG, NFT_REG_1);
	add_be32(m, NFTA_META_KEY, NFT_META_L4PROTO);
	expression_end(m, e);
	add_cmp(m, &tcp, sizeof(tcp));
	e = expression_begin(m, "payload");
	add_be32(m, NFTA_PAYLOAD_DREG, NFT_REG_1);
	add_be32(m, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
	add_be32(m, NFTA_PAYLOAD_OFFSET, 2);
	add_be32(m, NFTA_PAYLOAD_LEN, sizeof(wire));
	expression_end(m, e);
	add_cmp(m, &wire, sizeof(wire));
	add_accept(m);
	message_nest_end(m, all);
}

/* A table with a chain and its rules, made and taken away again. */
static void make_batch(void)
{
	const struct nfgenmsg begin = {.res_id = __builtin_bswap16(NFNL_SUBSYS_NFTABLES)};
	const struct nfgenmsg inet = {.nfgen_family = NFPROTO_INET};
	const uint16_t nft = NFNL_SUBSYS_NFTABLES << 8, create = NLM_F_REQUEST | NLM_F_CREATE;

	message_begin(&batch, NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, &begin, sizeof(begin));
	message_begin(&batch, nft | NFT_MSG_NEWTABLE, create, &inet, sizeof(inet));
	message_add_text(&batch, NFTA_TABLE_NAME, "postern");
	message_begin(&batch, nft | NFT_MSG_NEWCHAIN, create, &inet, sizeof(inet));
	message_add_text(&batch, NFTA_CHAIN_TABLE, "postern");
	message_add_text(&batch, NFTA_CHAIN_NAME, "chain");
	for (uint16_t i = 0; i < RULES; i++) {
		message_begin(&batch, nft | NFT_MSG_NEWRULE, create | NLM_F_APPEND, &inet,
			      sizeof(inet));
		message_add_text(&batch, NFTA_RULE_TABLE, "postern");
		message_add_text(&batch, NFTA_RULE_CHAIN, "chain");
		add_rule(&batch, 1024 + i);
	}
	message_begin(&batch, nft | NFT_MSG_DELTABLE, NLM_F_REQUEST, &inet, sizeof(inet));
	message_add_text(&batch, NFTA_TABLE_NAME, "postern");
	message_begin(&batch, NFNL_MSG_BATCH_END, NLM_F_REQUEST, &begin, sizeof(begin));
}

static void make_requests(void)
{
	struct ifinfomsg header = {};

	if (!if_nametoindex(LINK))
		make_link();
	header.ifi_index = (int)if_nametoindex(LINK);
	message_begin(&get_link, RTM_GETLINK, NLM_F_REQUEST, &header, sizeof(header));
	link_message(&new_link, OTHER);
	address(&new_address, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	address(&delete_address, RTM_DELADDR, 0);
	make_batch();
}

static struct request {
	const char *what;
	bench_op op;
	double goal;
	struct sample none,
		child; /* untagged; a child as the tagged one, before anything is loaded */
} requests[] = {
	{"RTM_NEWLINK, RTM_GETLINK and RTM_DELLINK", op_link, REQUEST_GOAL, {}, {}},
	{"RTM_NEWADDR and RTM_DELADDR", op_address, REQUEST_GOAL, {}, {}},
	{"RTM_GETLINK of one link", op_get_link, REQUEST_GOAL, {}, {}},
	{"nftables batch of 100 messages", op_batch, BATCH_GOAL, {}, {}},
};

static void prepare(void)
{
	if (system("modprobe nf_tables") != 0)
		bench_bail("cannot load nf_tables");
	route_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	filter_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (route_fd < 0 || filter_fd < 0)
		bench_bail("netlink socket: %s", strerror(errno));
	make_requests();
}

void netlink_before(void)
{
	struct child c = {.place = PLACE_NAMESPACE, .busy = true};

	prepare(); /* for the children, which have these sockets */
	subject_do(prepare);
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		c.op = requests[i].op;
		requests[i].none = subject_measure_busy(requests[i].op);
		requests[i].child = measure_child(&c);
	}
}

static void tag(void *userdata, pid_t child)
{
	uint64_t policy = BENCH_POLICY;
	int r;

	tagged_outside(userdata, child);
	r = netlink_rules_set(policy);
	if (r == 0)
		r = netlink_map_put("sockets", &route_fd, &policy);
	if (r == 0)
		r = netlink_map_put("sockets", &filter_fd, &policy);
	if (r < 0)
		bench_bail("cannot set the rules of netlink: %s", strerror(-r));
}

void netlink_after(void)
{
	struct rule rule = {.directory = "/d1"};
	struct child c = {
		.place = PLACE_NAMESPACE, .outside = tag, .userdata = &rule, .busy = true};
	char what[64];

	section("netlink requests");
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		const struct request *r = &requests[i];
		cleanup_free char *fired = NULL;
		unsigned runs = subject_fires(r->op, &fired);

		(void)snprintf(what, sizeof(what), "%s, untagged", r->what);
		row_ratio(what, subject_measure_busy(r->op), &r->none, UNTAGGED_GOAL);
		c.op = r->op;
		row_ratio(r->what, measure_child(&c), &r->child, r->goal);
		row_remarked("  runs of programs", runs, "", NO_GOAL, fired);
	}
}
