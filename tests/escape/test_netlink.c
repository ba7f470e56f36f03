/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink behind every layer: ways to send, messages, and tools as attackers; kernel/test_netlink
 * and its neighbours try more with the kernel programs alone. */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"
#include "tests/escape/together.h"

#define CONTEXT "attack-netlink"
#define LSM	LAYER_LSM, EPERM, POSTERN_OP_NETLINK
#define FILTER	LAYER_SECCOMP, EPERM, 0
#define DENIED	"attribute:lo:4"
#define GRANTED "attribute:tap0:4"
#define ROW(d, a)                                                                                  \
	{                                                                                          \
		"netlink", LSM, {d, "send"}, {a, "send"}, "", NULL                                 \
	}
#define ROW_BY(attempt, d, a, way)                                                                 \
	{                                                                                          \
		attempt, LSM, {d, way}, {a, way}, "", NULL                                         \
	}
#define LEFT_OPEN "70"
#define BY(way)                                                                                    \
	{                                                                                          \
		"netlink", LSM, {DENIED, way}, {GRANTED, way}, "", NULL                            \
	}
#define BATCH(d, a)                                                                                \
	{                                                                                          \
		"netfilter", LSM, {d, ""}, {a, ""}, "", NULL                                       \
	}

/* clang-format off */
static const struct row rows[] = {
	ROW("new:eth9", "new:tap0"), ROW("new:tap%d", "up:tap0"), ROW("new:tap5:1", NULL), ROW("up:lo", NULL),
	/* Ways to send */
	BY("send"), BY("write"), BY("writev"), BY("bytes"), BY("splice"), BY("vmsplice"), BY("sendfile"), BY("zerocopy"),
	{"netlink", FILTER, {GRANTED, "sendmmsg"}, {}, NULL, NULL},
	{"netlink", FILTER, {GRANTED, "aio"}, {GRANTED, "send"}, NULL, NULL},
	{"netlink", FILTER, {GRANTED, "uring send"}, {GRANTED, "send"}, NULL, NULL},
	{"netlink", LAYER_LSM, EPERM, POSTERN_OP_SOCKET, {GRANTED, "send"}, {}, "", "bare"},
	/* Packed */
	ROW(GRANTED "+" DENIED, GRANTED "+" GRANTED), ROW(DENIED "+" GRANTED, NULL),
	ROW("control::1+" DENIED, "control::1+" GRANTED), ROW("control::2+" DENIED, NULL), ROW("control::3+" DENIED, NULL),
	ROW("control::4+" DENIED, NULL), ROW("get:tap0:0+" DENIED, NULL),
	/* Attributes: by number of include/uapi/linux/if_link.h: LINK, MASTER, NET_NS_PID, VF_PORTS, AF_SPEC, GROUP,
	 * NET_NS_FD, LINK_NETNSID, XDP, TARGET_NETNSID, NEW_IFINDEX, PROP_LIST, ALT_IFNAME */
	ROW("attribute:tap0:5", "attribute:tap0:13"), ROW("attribute:tap0:10", NULL), ROW("attribute:tap0:19", NULL),
	ROW("attribute:tap0:24", NULL), ROW("attribute:tap0:26", NULL), ROW("attribute:tap0:27", NULL),
	ROW("attribute:tap0:28", NULL), ROW("attribute:tap0:37", NULL), ROW("attribute:tap0:43", NULL),
	ROW("attribute:tap0:46", NULL), ROW("attribute:tap0:49", NULL), ROW("attribute:tap0:52", NULL),
	ROW("attribute:tap0:53", NULL), ROW("attribute:tap0:99", NULL),
	ROW("nested:tap0:27", NULL), ROW("nested:tap0:43", NULL), ROW("set:tap0:27", "set:tap0:4"), ROW("set:tap0:28", NULL),
	ROW("twice:tap0:0", NULL), ROW("twice:tap0:1", NULL),
	ROW("delete:lo:0", NULL), ROW("delete::27", NULL), ROW("delete:tap0:1", NULL),
	/* Families: inet 2, inet6 10, bridge 7, mpls 28, ipmr 128, none 200 */
	ROW("address:lo:2", "address:tap0:2"), ROW("address:tap0:7", NULL), ROW("address:tap0:200", NULL),
	ROW("neighbour:tap0:7", "neighbour:tap0:2"), ROW("neighbour:tap0:0", NULL),
	ROW("route:tap0:28", "route:tap0:2"), ROW("route:tap0:128", NULL), ROW("route:tap0:200", NULL),
	ROW("vlan:tap0:0", NULL), ROW("vlan:tap0:1", NULL),
	/* RTM_NEWQDISC, NEWTCLASS, NEWTFILTER, NEWACTION, NEWCHAIN */
	ROW("traffic:tap0:36", NULL), ROW("traffic:tap0:40", NULL), ROW("traffic:tap0:44", NULL),
	ROW("traffic:tap0:48", NULL), ROW("traffic:tap0:100", NULL),
	/* Batches */
	BATCH("(o)", "(n)"), BATCH("(nc)", "(nn)"), BATCH("(cn)", NULL), BATCH("(n)o", NULL), BATCH("(n(o)", NULL),
	BATCH("<o)", NULL), BATCH("o", NULL), BATCH("c", NULL),
	/* nlctrl: GETFAMILY, GETPOLICY; a number that no family has */
	{"generic", LSM, {"16", "10"}, {"16", "3"}, "", NULL}, {"generic", LSM, {"999", "1"}, {}, "", NULL},
};

/* Sockets that come from elsewhere; those of the module's constructor and of posternd's parent. */
static const struct row elsewhere[] = {
	ROW_BY("netlink by a child", DENIED, GRANTED, ""),
	{"constructor: netlink", LAYER_KERNEL, EPERM, 0, {"", ""}, {}, "", NULL},
	{"netlink by a descriptor", LAYER_KERNEL, EBADF, 0, {GRANTED, LEFT_OPEN}, {}, "", NULL},
};

#define NO POSTERN_OP_NETLINK

/* What tools may do, and not. */
static const struct tool {
	const char *entrypoint, *program, *arguments;
	bool works;
	uint32_t operation; /* of the event, when it does not; 0: none is asked for */
} tools[] = {
	{"tools", "ip", "link show", true, 0},
	{"tools", "ip", "link add tap6 type veth peer name tap7", true, 0},
	{"tools", "ip", "link set tap6 mtu 1400", true, 0},
	{"tools", "ip", "address add 10.4.0.1/24 dev tap8", true, 0},
	{"tools", "ip", "route add 10.3.0.0/16 dev tap8 table 100", true, 0},
	{"tools", "ip", "link delete tap6", true, 0},
	{"tools", "ip", "link add tap5 type bridge", false, NO},
	{"tools", "ip", "link set tap8 netns 1", false, NO},
	{"tools", "ip", "link set tap8 group 5", false, NO},
	{"tools", "ip", "link set lo mtu 1400", false, NO},
	{"tools", "ip", "link add eth7 type dummy", false, NO},
	{"tools", "ip", "link add tap5 type veth peer name eth7", false, NO},
	{"tools", "ip", "link delete lo", false, NO},
	{"tools", "ip", "link delete group 0", false, NO},
	{"tools", "ip", "address add 10.4.0.2/24 dev lo", false, NO},
	{"tools", "ip", "route add 10.2.0.0/16 dev tap8", false, NO},
	{"tools", "ip", "route show table 100", true, 0},
	{"tools", "ip", "rule add iif tap8 table 100", false, NO},
	{"tools", "ip", "neigh add 10.4.0.9 lladdr 02:00:00:00:00:09 dev tap8", false, NO},
	{"tools", "ip", "xfrm state flush", false, POSTERN_OP_SOCKET},
	{"tools", "ip", "tuntap add tap9 mode tap", false, 0},
	{"tools", "ip", "netns add red", false, 0},
	{"attempt", "ip", "address add 10.4.0.3/24 dev tap8", true, 0},
	{"attempt", "ip", "address add 10.4.0.4/24 dev lo", false, NO},
	{"attempt", "ip", "link set lo mtu 1400", false, NO},
	{"tools", "tc", "qdisc add dev tap8 root pfifo", true, 0},
	{"tools", "tc", "qdisc add dev lo root pfifo", false, NO},
	{"tools", "tc", "qdisc add dev tap8 clsact", false, NO},
	{"tools", "tc", "filter add dev tap8 parent 1: protocol ip u32 match u32 0 0", false, NO},
	{"tools", "nft", "list tables", true, 0},
	{"tools", "nft", "add table inet postern", true, 0},
	{"tools", "nft", "add chain inet postern in", true, 0},
	{"tools", "nft", "add table inet filter", false, NO},
	{"tools", "nft", "add table ip postern", false, NO},
	{"tools", "nft", "add rule inet postern in accept", false, NO},
	{"tools", "nft", "flush ruleset", false, NO},
	{"tools", "conntrack", "-L", true, 0},
	{"tools", "conntrack", "-F", false, NO},
	{"tools", "iptables-legacy", "-L", false, POSTERN_OP_SOCKET},
	{"tools", "ethtool", "-s tap8 speed 100", false, NO},
	{"tools", "ethtool", "-K tap8 tso off", false, NO},
};
/* clang-format on */

static void run_tool(const struct tool *t)
{
	static struct seen seen;
	struct call_result r;
	char program[64];
	bool fine;

	(void)snprintf(program, sizeof(program), "/usr/sbin/%s", t->program);
	r = driver_call(CONTEXT, t->entrypoint, "tool", program, t->arguments);
	driver_denials(CONTEXT, &seen);
	/* 126: it did not start. */
	fine = r.value < 126 && t->works == (r.value == 0) &&
	       (!t->operation || seen_operation(&seen, t->operation));
	(void)check(fine, "[%s] %s: %s %s: %s, status %d", CONTEXT, t->entrypoint, t->program,
		    t->arguments, t->works ? "works" : "does not work", r.value);
	for (size_t i = 0; i < seen.len && i < 4; i++)
		printf("# event: %u %s\n# %s\n", seen.records[i].operation, seen.records[i].path,
		       seen.records[i].text);
}

/* A client that works together with the worker gives it a socket that may do anything. */
static void run_receive(int theirs)
{
	int connection = driver_connect(CONTEXT, "attempt"), r;
	static struct seen seen;

	driver_forget(CONTEXT);
	driver_send_call(connection, "receive a descriptor", "", "");
	(void)usleep(
		200000); /* the worker waits for it; what came before would be read as a call */
	r = attack_give(connection, theirs);
	if (r != 0)
		driver_bail("send a descriptor: %s", strerror(r));
	r = driver_wait_call(connection);
	driver_denials(CONTEXT, &seen);
	(void)check(r == EACCES && seen_operation(&seen, POSTERN_OP_RECEIVE) != NULL,
		    "[%s] receive a netlink socket: %s", CONTEXT, driver_word(r));
	(void)close(connection);
}

static int theirs = -1;

void test_netlink_before(void)
{
	theirs = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (system("modprobe -a dummy veth nf_tables nf_conntrack_netlink sch_ingress cls_u32") !=
	    0)
		driver_bail("cannot load what the messages are about");
	if (theirs < 0 || dup2(theirs, atoi(LEFT_OPEN)) < 0)
		driver_bail("a socket that is left open: %s", strerror(errno));
}

void test_netlink(void)
{
	driver_forget(CONTEXT);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		row_run(&rows[i], CONTEXT, AREA);
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		row_run(&elsewhere[i], CONTEXT, AREA);
	run_receive(theirs);
	(void)check(driver_call(CONTEXT, "attempt", "netlink", "new:tap8", "send").value == 0 &&
			    driver_call(CONTEXT, "attempt", "netlink", "up:tap8", "send").value ==
				    0,
		    "[%s] an interface for the tools", CONTEXT);
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
		run_tool(&tools[i]);
}
