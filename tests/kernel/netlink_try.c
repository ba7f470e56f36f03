/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink messages by a confined child. */
#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/netlink_rules.h"
#include "tests/kernel/netlink_try.h"
#include "tests/tap.h"

static int sock[32];

void netlink_try_open(uint16_t protocol)
{
	uint64_t policy = POLICY;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		hand_bail("open a netlink socket of protocol %u: %s", protocol, strerror(errno));
	if (netlink_map_put("sockets", &fd, &policy) < 0)
		hand_bail("tag a socket");
	sock[protocol] = fd;
}

int netlink_try(void *userdata)
{
	const struct attempt *a = userdata;

	return message_send(a->fd, a->message);
}

bool tried(const struct message *m, uint16_t protocol, int expected, const char *what)
{
	struct attempt a = {.fd = sock[protocol], .message = m};
	int r = hand_confined(POLICY, netlink_try, &a);

	return tap(r == expected, "%s: %d, expected %d", what, r, expected);
}

void allowed(const struct message *m, const char *what)
{
	(void)tried(m, NETLINK_ROUTE, 0, what);
}

void denied(const struct message *m, const char *what)
{
	hand_forget();
	(void)tried(m, NETLINK_ROUTE, EPERM, what);
	(void)tap(hand_event(POSTERN_OP_NETLINK) != NULL, "%s: there is an event", what);
}

static struct message buffer;

struct message *fresh(void)
{
	buffer.len = buffer.current = 0;
	return &buffer;
}

int netlink_try_socket(uint16_t protocol)
{
	return sock[protocol];
}

static void enter_namespace(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		hand_bail("make a network namespace: %s", strerror(errno));
}

static void open_sockets(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sock); i++) {
		if (sock[i] > 0)
			(void)close(sock[i]);
		sock[i] = 0;
	}
	netlink_try_open(NETLINK_ROUTE);
	netlink_try_open(NETLINK_GENERIC);
}

struct enforcement *netlink_try_start(void)
{
	const struct hand_rule rules[] = {{.directory = "/", .rights = ALL_RIGHTS}, {}};
	struct enforcement *e;
	int r;

	enter_namespace();
	e = hand_start();
	hand_policy(POLICY, hand_capable, rules);
	r = netlink_rules_set(POLICY);
	if (r < 0)
		hand_bail("set the rules: %s", strerror(-r));
	open_sockets();
	return e;
}

void netlink_try_namespace(void)
{
	enter_namespace();
	open_sockets();
}
