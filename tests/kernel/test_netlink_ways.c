/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ways to send a netlink message with nothing but the kernel programs before them: aio, io_uring
 * and sending without a copy, which the system call filter refuses to workers, and all others.
 * Each sends a message that is granted, and one that is not.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack_send.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/netlink_try.h"
#include "tests/tap.h"

struct sending {
	const struct message *message;
	const char *way;
};

/* What the kernel answers in the end, as message_send() does it. */
static int by_way(void *userdata)
{
	const struct sending *s = userdata;
	int fd = netlink_try_socket(NETLINK_ROUTE);
	_Alignas(struct nlmsghdr) char got[8192];
	const struct nlmsghdr *h = (const void *)got;
	const struct nlmsgerr *error = NLMSG_DATA(h);
	ssize_t n = attack_send(fd, s->message, s->way);

	if (n < 0)
		return errno;
	if (n != (ssize_t)s->message->len || recv(fd, got, sizeof(got), 0) < 0)
		return EIO;
	return h->nlmsg_type == NLMSG_ERROR ? -error->error : EIO;
}

static const struct message *mtu(const char *name, uint32_t value)
{
	const struct ifinfomsg header = {.ifi_index = (int)if_nametoindex(name)};
	struct message *m = fresh();

	message_begin(m, RTM_NEWLINK, ASKS, &header, sizeof(header));
	message_add_number(m, IFLA_MTU, value);
	return m;
}

/* may_be: a confined task can have a ring at all. */
static void try_way(const char *way, bool may_be)
{
	struct sending s = {.message = mtu("lo", 1500), .way = way};
	int r = hand_unconfined(by_way, &s);

	(void)tap(r == 0, "%s, unconfined: %s", way, r ? strerror(r) : "it worked");
	hand_forget();
	r = hand_confined(POLICY, by_way, &s);
	(void)tap(r == EPERM, "%s, what is not granted: %s", way, strerror(r));
	if (may_be)
		(void)tap(hand_event(POSTERN_OP_NETLINK) != NULL, "%s: there is an event", way);
	s.message = mtu("tap1", 1400);
	r = hand_confined(POLICY, by_way, &s);
	(void)tap(r == (may_be ? 0 : EPERM), "%s, what is granted: %s", way,
		  r ? strerror(r) : "it worked");
}

/* Netlink has no sending without a copy by io_uring, for nobody. */
static void no_way(const char *way)
{
	struct sending s = {.message = mtu("tap1", 1400), .way = way};
	int r = hand_unconfined(by_way, &s);

	(void)tap(r == EOPNOTSUPP, "%s, unconfined: %s", way, strerror(r));
	r = hand_confined(POLICY, by_way, &s);
	(void)tap(r == EOPNOTSUPP || r == EPERM, "%s, confined: %s", way, strerror(r));
}

static void make_tap(void)
{
	const struct ifinfomsg header = {};
	struct message *m = fresh();
	size_t info;

	message_begin(m, RTM_NEWLINK, MAKES, &header, sizeof(header));
	message_add_text(m, IFLA_IFNAME, "tap1");
	info = message_nest(m, IFLA_LINKINFO);
	message_add_text(m, IFLA_INFO_KIND, "dummy");
	message_nest_end(m, info);
	if (message_send(netlink_try_socket(NETLINK_ROUTE), m) != 0)
		hand_bail("make tap1");
}

void test_netlink_ways(void)
{
	static const char *const ways[] = {
		"send",	  "write",    "writev",	  "bytes",	     "sendmmsg",
		"splice", "vmsplice", "zerocopy", "zerocopy option", "aio"};
	static const char *const rings[] = {"uring send", "uring message", "uring write",
					    "uring async send", "uring async message"};

	/* Before 6.5 a ring cannot be mapped, from 6.13 on it cannot be made. */
	bool may_be;

	netlink_try_namespace();
	may_be = hand_kernel_at_least(6, 5) && !hand_kernel_at_least(6, 13);
	make_tap();
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		try_way(ways[i], true);
	for (size_t i = 0; i < ARRAY_SIZE(rings); i++)
		try_way(rings[i], may_be);
	no_way("uring zerocopy");
}
