/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Netlink: messages, by every way to send them.
 *
 * path: messages with "+" between them, each "WORD:INTERFACE:NUMBER"; other: the way.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/escape/attack.h"
#include "tests/escape/attack_send.h"
#include "tests/kernel/message.h"

#define ASKS  (NLM_F_REQUEST | NLM_F_ACK)
#define MAKES (ASKS | NLM_F_CREATE | NLM_F_EXCL)

static void begin_link(struct message *m, uint16_t type, uint16_t flags, const char *name)
{
	const struct ifinfomsg header = {.ifi_index = (int)if_nametoindex(name)};

	message_begin(m, type, flags, &header, sizeof(header));
}

static void put_new(struct message *m, const char *name, int number)
{
	const struct ifinfomsg header = {};
	size_t info;

	message_begin(m, RTM_NEWLINK, MAKES, &header, sizeof(header));
	message_add_text(m, IFLA_IFNAME, name);
	info = message_nest(m, IFLA_LINKINFO);
	message_add_text(m, IFLA_INFO_KIND, number ? "ifb" : "dummy");
	message_nest_end(m, info);
}

/* One attribute with a number. */
static void put_attribute(struct message *m, const char *name, int number)
{
	begin_link(m, RTM_NEWLINK, ASKS, name);
	message_add_number(m, (uint16_t)number, number == IFLA_MTU ? 1400 : 1);
}

static void put_nested(struct message *m, const char *name, int number)
{
	put_attribute(m, name, number | NLA_F_NESTED);
}

/* Two names, of which one is granted. number: which comes last. */
static void put_twice(struct message *m, const char *name, int number)
{
	begin_link(m, RTM_NEWLINK, ASKS, name);
	message_add_text(m, IFLA_IFNAME, number ? "tap0" : "eth9");
	message_add_text(m, IFLA_IFNAME, number ? "eth9" : "tap0");
}

static void put_set(struct message *m, const char *name, int number)
{
	begin_link(m, RTM_SETLINK, ASKS, name);
	message_add_number(m, (uint16_t)number, 1400);
}

static void put_delete(struct message *m, const char *name, int number)
{
	begin_link(m, RTM_DELLINK, number == 1 ? ASKS | NLM_F_BULK : ASKS, name);
	if (number > 1)
		message_add_number(m, (uint16_t)number, 0);
}

/* number: the address family of the header */
static void put_address(struct message *m, const char *name, int number)
{
	const struct ifaddrmsg header = {.ifa_family = (uint8_t)number,
					 .ifa_prefixlen = 32,
					 .ifa_index = if_nametoindex(name)};
	static const unsigned char ip[4] = {10, 7, 0, 1};

	message_begin(m, RTM_NEWADDR, ASKS | NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header));
	message_add(m, IFA_LOCAL, ip, sizeof(ip));
}

static void put_neighbour(struct message *m, const char *name, int number)
{
	const struct ndmsg header = {.ndm_family = (uint8_t)number,
				     .ndm_ifindex = (int)if_nametoindex(name),
				     .ndm_state = NUD_PERMANENT,
				     .ndm_flags = number == AF_BRIDGE ? NTF_SELF : 0};
	static const unsigned char ip[4] = {10, 7, 0, 2}, hardware[6] = {2, 0, 0, 0, 0, 2};

	message_begin(m, RTM_NEWNEIGH, ASKS | NLM_F_CREATE | NLM_F_REPLACE, &header,
		      sizeof(header));
	message_add(m, NDA_DST, ip, sizeof(ip));
	message_add(m, NDA_LLADDR, hardware, sizeof(hardware));
}

static void put_route(struct message *m, const char *name, int number)
{
	const struct rtmsg header = {.rtm_family = (uint8_t)number,
				     .rtm_dst_len = 24,
				     .rtm_table = 100,
				     .rtm_protocol = RTPROT_STATIC,
				     .rtm_scope = RT_SCOPE_LINK,
				     .rtm_type = RTN_UNICAST};
	static const unsigned char to[4] = {10, 6, 0, 0};

	message_begin(m, RTM_NEWROUTE, ASKS | NLM_F_CREATE | NLM_F_REPLACE, &header,
		      sizeof(header));
	message_add(m, RTA_DST, to, sizeof(to));
	message_add_number(m, RTA_OIF, if_nametoindex(name));
}

static void put_up(struct message *m, const char *name, int number UNUSED)
{
	const struct ifinfomsg header = {
		.ifi_index = (int)if_nametoindex(name), .ifi_flags = IFF_UP, .ifi_change = IFF_UP};

	message_begin(m, RTM_NEWLINK, ASKS, &header, sizeof(header));
}

/* What a bridge's port is told, by SETLINK of another family. */
static void put_vlan(struct message *m, const char *name, int number)
{
	const struct ifinfomsg header = {.ifi_family = AF_BRIDGE,
					 .ifi_index = (int)if_nametoindex(name)};

	message_begin(m, number ? RTM_DELLINK : RTM_SETLINK, ASKS, &header, sizeof(header));
	message_add(m, IFLA_AF_SPEC, NULL, 0);
}

/* number: RTM_NEWQDISC, RTM_NEWTFILTER ... */
static void put_traffic(struct message *m, const char *name, int number)
{
	const struct tcmsg header = {.tcm_ifindex = (int)if_nametoindex(name),
				     .tcm_parent = TC_H_ROOT};

	message_begin(m, (uint16_t)number, MAKES, &header, sizeof(header));
	message_add_text(m, TCA_KIND, "pfifo");
}

static void put_control(struct message *m, const char *name UNUSED, int number)
{
	message_begin(m, (uint16_t)number, 0, NULL, 0);
}

static void put_silent(struct message *m, const char *name, int number)
{
	begin_link(m, RTM_GETLINK, (uint16_t)number, name);
}

static const struct word {
	const char *word;
	void (*put)(struct message *m, const char *name, int number);
} words[] = {
	{"new", put_new},	  {"attribute", put_attribute},
	{"nested", put_nested},	  {"twice", put_twice},
	{"set", put_set},	  {"delete", put_delete},
	{"address", put_address}, {"neighbour", put_neighbour},
	{"route", put_route},	  {"up", put_up},
	{"vlan", put_vlan},	  {"traffic", put_traffic},
	{"control", put_control}, {"get", put_silent},
};

/* Returns false when the text says no such thing. */
static bool messages_put(struct message *m, const char *text)
{
	char copy[1024], *rest = copy, *one;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	m->len = m->current = 0;
	while ((one = strsep(&rest, "+"))) {
		const char *word = strsep(&one, ":"), *name = strsep(&one, ":");
		size_t i = 0;

		while (i < ARRAY_SIZE(words) && strcmp(words[i].word, word) != 0)
			i++;
		if (i == ARRAY_SIZE(words))
			return false;
		words[i].put(m, name ? name : "", one ? atoi(one) : 0);
	}
	return true;
}

/* The answer to the first message that asks for one. */
static int answer(int fd)
{
	_Alignas(struct nlmsghdr) char got[8192];
	const struct nlmsghdr *h = (const void *)got;
	const struct nlmsgerr *error = NLMSG_DATA(h);
	ssize_t n = recv(fd, got, sizeof(got), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN ? 0 : errno;
	return h->nlmsg_type == NLMSG_ERROR ? -error->error : 0;
}

static int netlink(const char *path, const char *other)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	static struct message m;

	if (fd < 0)
		return errno;
	if (!messages_put(&m, path))
		return ATTEMPT_BROKEN;
	return attack_send(fd, &m, other) < 0 ? errno : answer(fd);
}

/* other: the number of a descriptor that may be there. */
static int by_descriptor(const char *path, const char *other)
{
	static struct message m;

	if (!messages_put(&m, path))
		return ATTEMPT_BROKEN;
	return attack_send(atoi(other), &m, "send") < 0 ? errno : answer(atoi(other));
}

/* A child sends by the socket that it has from this process. */
static int by_child(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	char number[16];

	if (fd < 0)
		return errno;
	(void)snprintf(number, sizeof(number), "%d", fd);
	return attack_in_child(by_descriptor, path, number);
}

static void filter_begin(struct message *m, uint16_t type, uint16_t flags, uint8_t family,
			 uint16_t resource)
{
	const struct nfgenmsg header = {.nfgen_family = family, .res_id = resource};

	message_begin(m, type, NLM_F_REQUEST | flags, &header, sizeof(header));
}

/* path: letters: (, ) begin and end of a batch, < begin with its subsystem in the host's order, n a
 * granted table, o another, c a message of conntrack. */
static int netfilter(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	static struct message m;

	if (fd < 0)
		return errno;
	m.len = m.current = 0;
	for (; *path; path++) {
		uint16_t network = NFNL_SUBSYS_NFTABLES << 8;

		if (*path == '(' || *path == '<')
			filter_begin(&m, NFNL_MSG_BATCH_BEGIN, 0, 0,
				     *path == '(' ? network : NFNL_SUBSYS_NFTABLES);
		else if (*path == ')')
			filter_begin(&m, NFNL_MSG_BATCH_END, 0, 0, network);
		else if (*path == 'c')
			filter_begin(&m, NFNL_SUBSYS_CTNETLINK << 8 | 2, NLM_F_ACK, 0, 0);
		else
			filter_begin(&m, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE,
				     NLM_F_ACK | NLM_F_CREATE, NFPROTO_INET, 0);
		if (*path == 'n' || *path == 'o')
			message_add_text(&m, NFTA_TABLE_NAME, *path == 'n' ? "postern" : "other");
	}
	return send(fd, m.data, m.len, 0) < 0 ? errno : answer(fd);
}

/* path: a generic family's number, other: the command */
static int generic(const char *path, const char *other)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	const char header[4] = {(char)atoi(other), 1};
	static struct message m;

	if (fd < 0)
		return errno;
	m.len = m.current = 0;
	message_begin(&m, (uint16_t)atoi(path), NLM_F_REQUEST, header, sizeof(header));
	return send(fd, m.data, m.len, 0) < 0 ? errno : 0;
}

/* Begins a program; output: where it prints; negative: where this process does. */
static pid_t begin_tool(const char *path, const char *other, int output)
{
	char copy[1024], *rest = copy, *arguments[32] = {(char *)path};
	size_t len = 1;
	pid_t pid;

	(void)snprintf(copy, sizeof(copy), "%s", other);
	while (len + 1 < ARRAY_SIZE(arguments) && (arguments[len] = strsep(&rest, " ")))
		len++;
	pid = fork();
	if (pid == 0) {
		/* iptables stops where it cannot lock, long before it tries anything. */
		char lock[] = "XTABLES_LOCKFILE=/srv/area/ok/lock";
		char *const environment[] = {lock, NULL};

		if (output < 0 || dup2(output, STDOUT_FILENO) >= 0)
			(void)execve(path, arguments, environment);
		_exit(126);
	}
	return pid;
}

/* path: a program, other: its arguments. Its exit status; 255 and above are another's. */
static int tool(const char *path, const char *other)
{
	return attack_wait(begin_tool(path, other, -1));
}

/* The same; ENODATA when it ends well and has printed nothing. */
static int tool_prints(const char *path, const char *other)
{
	char data[4096];
	bool printed = false;
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ATTEMPT_BROKEN;
	pid = begin_tool(path, other, ends[1]);
	(void)close(ends[1]);
	while (read(ends[0], data, sizeof(data)) > 0)
		printed = true;
	(void)close(ends[0]);
	r = attack_wait(pid);
	return r == 0 && !printed ? ENODATA : r;
}

const struct attempt attack_netlink[] = {
	{"netlink", netlink},
	{"netlink by a descriptor", by_descriptor},
	{"netlink by a child", by_child},
	{"netfilter", netfilter},
	{"generic", generic},
	{"tool", tool},
	{"tool that prints", tool_prints},
	{},
};
