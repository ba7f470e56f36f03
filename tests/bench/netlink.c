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
#define BATCH	      98 /* messages between begin and end */
#define ASKS	      (NLM_F_REQUEST | NLM_F_ACK)

static int route_fd, filter_fd;
static struct message get_link, new_address, delete_address, batch;

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

/* It takes away what it made. */
static void op_batch(void)
{
	char answer[65536];

	if (send(filter_fd, batch.data, batch.len, 0) < 0)
		bench_bail("a batch: %s", strerror(errno));
	while (recv(filter_fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
		;
}

static void make_link(void)
{
	const struct ifinfomsg header = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	static struct message m;
	size_t info;

	m.len = 0;
	message_begin(&m, RTM_NEWLINK, ASKS | NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header));
	message_add_text(&m, IFLA_IFNAME, LINK);
	info = message_nest(&m, IFLA_LINKINFO);
	message_add_text(&m, IFLA_INFO_KIND, "dummy");
	message_nest_end(&m, info);
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

static void make_batch(void)
{
	const struct nfgenmsg begin = {.res_id = __builtin_bswap16(NFNL_SUBSYS_NFTABLES)};
	const struct nfgenmsg inet = {.nfgen_family = NFPROTO_INET};
	const uint16_t nft = NFNL_SUBSYS_NFTABLES << 8;

	message_begin(&batch, NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, &begin, sizeof(begin));
	for (unsigned i = 0; i < BATCH; i++) {
		uint16_t type = i == 0	? NFT_MSG_NEWTABLE
				: i % 2 ? NFT_MSG_NEWCHAIN
					: NFT_MSG_DELCHAIN;

		message_begin(&batch, nft | type, NLM_F_REQUEST | (i % 2 || !i ? NLM_F_CREATE : 0),
			      &inet, sizeof(inet));
		message_add_text(&batch, NFTA_TABLE_NAME, "postern");
		if (i > 0)
			message_add_text(&batch, NFTA_CHAIN_NAME, "chain");
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
	address(&new_address, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	address(&delete_address, RTM_DELADDR, 0);
	make_batch();
}

static struct request {
	const char *what;
	bench_op op;
	double goal;
	struct sample none;
} requests[] = {
	{"RTM_NEWADDR and RTM_DELADDR", op_address, REQUEST_GOAL, {}},
	{"RTM_GETLINK of one link", op_get_link, REQUEST_GOAL, {}},
	{"nftables batch of 100 messages", op_batch, BATCH_GOAL, {}},
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
	prepare(); /* for the tagged children, which have these sockets */
	subject_do(prepare);
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		requests[i].none = subject_measure_busy(requests[i].op);
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

		(void)snprintf(what, sizeof(what), "%s, untagged", r->what);
		row_ratio(what, subject_measure_busy(r->op), &r->none, UNTAGGED_GOAL);
		c.op = r->op;
		row_ratio(r->what, measure_child(&c), &r->none, r->goal);
	}
}
