/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink beside links and routes against the kernel programs alone: generic families, nftables'
 * batches, and sockets that are not the entrypoint's. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/kernel/family.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/netlink_rules.h"
#include "tests/kernel/netlink_try.h"
#include "tests/tap.h"

static void generic(const char *family, uint8_t command, int expected, const char *what)
{
	const struct genlmsghdr header = {.cmd = command, .version = 1};
	uint16_t number = message_family(family, fresh());
	struct message *m = fresh();

	if (!number)
		hand_bail("the kernel has no family %s", family);
	message_begin(m, number, NLM_F_REQUEST, &header, sizeof(header));
	(void)tried(m, NETLINK_GENERIC, expected, what);
}

static void test_generic(void)
{
	const struct genlmsghdr header = {.cmd = 1, .version = 1};
	struct message *m;

	generic("nlctrl", CTRL_CMD_GETFAMILY, 0, "a granted command of a family");
	generic("nlctrl", CTRL_CMD_GETPOLICY, EPERM, "another command of it");
	generic("ethtool", 1, 0, "a family that is known by its name alone");
	generic("ethtool", 5, EPERM, "another command of that");
	generic("TASKSTATS", 1, EPERM, "another family");
	m = fresh();
	message_begin(m, 1000, NLM_F_REQUEST, &header, sizeof(header));
	(void)tried(m, NETLINK_GENERIC, EPERM, "a number that no family has");
	m = fresh();
	message_begin(m, 65535, NLM_F_REQUEST, &header, sizeof(header));
	(void)tried(m, NETLINK_GENERIC, EPERM, "a number beyond all");
}

static void filter_begin(struct message *m, uint16_t type, uint16_t flags, uint8_t family,
			 uint16_t resource)
{
	const struct nfgenmsg header = {.nfgen_family = family,
					.res_id = __builtin_bswap16(resource)};

	message_begin(m, type, NLM_F_REQUEST | flags, &header, sizeof(header));
}

#define FILTER(type) (NFNL_SUBSYS_NFTABLES << 8 | (type))

static void add_table(struct message *m, const char *name, uint8_t family)
{
	filter_begin(m, FILTER(NFT_MSG_NEWTABLE), NLM_F_ACK | NLM_F_CREATE, family, 0);
	if (name)
		message_add_text(m, NFTA_TABLE_NAME, name);
}

static void filtered(struct message *m, int expected, const char *what)
{
	filter_begin(m, NFNL_MSG_BATCH_END, 0, 0, NFNL_SUBSYS_NFTABLES);
	(void)tried(m, NETLINK_NETFILTER, expected, what);
}

static struct message *batch(void)
{
	struct message *m = fresh();

	filter_begin(m, NFNL_MSG_BATCH_BEGIN, 0, 0, NFNL_SUBSYS_NFTABLES);
	return m;
}

static void test_batches(void)
{
	struct message *m = batch();

	add_table(m, "postern", NFPROTO_INET);
	filtered(m, 0, "a batch that makes a granted table");
	m = batch();
	add_table(m, "other", NFPROTO_INET);
	filtered(m, EPERM, "another table");
	m = batch();
	add_table(m, "postern", NFPROTO_IPV4);
	filtered(m, EPERM, "another family");
	m = batch();
	add_table(m, "postern", NFPROTO_INET);
	add_table(m, "other", NFPROTO_INET);
	filtered(m, EPERM, "a batch whose second message is not granted");
	m = batch();
	add_table(m, NULL, NFPROTO_INET);
	filtered(m, EPERM, "a message without a table, which means all");
	m = batch();
	filter_begin(m, FILTER(NFT_MSG_DELTABLE), 0, NFPROTO_INET, 0);
	message_add_text(m, NFTA_TABLE_NAME, "postern");
	message_add_number(m, NFTA_TABLE_FLAGS + 20, 1);
	filtered(m, EPERM, "an attribute that is not granted");
	m = batch();
	filter_begin(m, NFNL_SUBSYS_CTNETLINK << 8, 0, 0, 0);
	filtered(m, EPERM, "a message of another subsystem");
	m = batch();
	filter_begin(m, NFNL_MSG_BATCH_END, 0, 0, NFNL_SUBSYS_NFTABLES);
	add_table(m, "other", NFPROTO_INET);
	filtered(m, EPERM, "one behind the end");
}

static int send_elsewhere(void *userdata)
{
	const struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = 1};
	const struct attempt *a = userdata;

	if (sendto(a->fd, a->message->data, a->message->len, 0, (const void *)&to, sizeof(to)) < 0)
		return errno;
	return 0;
}

static void test_sockets(void)
{
	const struct ifinfomsg header = {.ifi_index = 1};
	struct message *m = fresh();
	struct attempt a = {.message = m, .fd = netlink_try_socket(NETLINK_ROUTE)};
	uint64_t other = POLICY + 1;

	message_begin(m, RTM_GETLINK, ASKS, &header, sizeof(header));
	(void)tap(hand_confined(POLICY, send_elsewhere, &a) == EPERM, "a message to a group");
	allowed(m, "a message by the entrypoint's own socket");
	a.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	(void)tap(hand_confined(POLICY, netlink_try, &a) == EPERM,
		  "by a socket that nobody tagged");
	(void)netlink_map_put("sockets", &a.fd, &other);
	(void)tap(hand_confined(POLICY, netlink_try, &a) == EPERM, "by another entrypoint's");
	(void)close(a.fd);
	if (unshare(CLONE_NEWNET) < 0)
		hand_bail("leave the network namespace: %s", strerror(errno));
	denied(m, "by one of another network namespace");
}

void test_netlink_families(void)
{
	netlink_try_namespace();
	if (system("modprobe nf_tables") != 0)
		hand_bail("cannot load nf_tables");
	netlink_try_open(NETLINK_NETFILTER);
	test_generic();
	test_batches();
	test_sockets();
}
