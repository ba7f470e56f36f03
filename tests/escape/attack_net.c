/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets of the internet and of netlink: where they are bound, connected and sent to.
 *
 * path: an address and a port, "127.0.0.1:7001" or "[::1]:7001"; of netlink, a number. other: the
 * socket and how it is addressed, a letter each:
 *   4, 6, n   family: inet, inet6, netlink (route)
 *   s, d, p   type: stream, datagram, ping
 *   u         the address says no family
 *   g         of netlink: the number stands for multicast groups
 * An address at which nobody answers counts as reached.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "tests/escape/attack.h"

union address {
	struct sockaddr any;
	struct sockaddr_in inet;
	struct sockaddr_in6 inet6;
	struct sockaddr_nl netlink;
	struct sockaddr_storage room;
};

static int made(const char *how)
{
	int type = strchr(how, 's') ? SOCK_STREAM : SOCK_DGRAM;

	if (how[0] == 'n')
		return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	return socket(how[0] == '6' ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC,
		      strchr(how, 'p') ? IPPROTO_ICMP : 0);
}

/* Returns its length, 0 when it is none. */
static socklen_t address_of(const char *text, const char *how, union address *ret)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	uint16_t port;

	*ret = (union address){};
	if (how[0] == 'n') {
		ret->netlink.nl_family = strchr(how, 'u') ? AF_UNSPEC : AF_NETLINK;
		if (strchr(how, 'g'))
			ret->netlink.nl_groups = (uint32_t)strtoul(text, NULL, 0);
		else
			ret->netlink.nl_pid = (uint32_t)strtoul(text, NULL, 0);
		return sizeof(ret->netlink);
	}
	if (!colon || (size_t)(colon - text) >= sizeof(host))
		return 0;
	port = htons((uint16_t)atoi(colon + 1));
	if (text[0] == '[')
		(void)snprintf(host, sizeof(host), "%.*s", (int)(colon - text) - 2, text + 1);
	else
		(void)snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	if (text[0] == '[') {
		ret->inet6.sin6_family = strchr(how, 'u') ? AF_UNSPEC : AF_INET6;
		ret->inet6.sin6_port = port;
		return inet_pton(AF_INET6, host, &ret->inet6.sin6_addr) == 1 ? sizeof(ret->inet6)
									     : 0;
	}
	ret->inet.sin_family = strchr(how, 'u') ? AF_UNSPEC : AF_INET;
	ret->inet.sin_port = port;
	return inet_pton(AF_INET, host, &ret->inet.sin_addr) == 1 ? sizeof(ret->inet) : 0;
}

/* What the network says of it is no refusal. */
static int reached(long r)
{
	if (r >= 0 || errno == ECONNREFUSED || errno == ENETUNREACH || errno == EADDRNOTAVAIL ||
	    errno == EINPROGRESS || errno == EHOSTUNREACH)
		return 0;
	return errno;
}

static int try_connect(const char *path, const char *other)
{
	cleanup_close int fd = made(other);
	union address a;
	socklen_t len = address_of(path, other, &a);

	return fd < 0 || !len ? ATTEMPT_BROKEN : reached(connect(fd, &a.any, len));
}

static int try_bind(const char *path, const char *other)
{
	cleanup_close int fd = made(other);
	union address a;
	socklen_t len = address_of(path, other, &a);

	return fd < 0 || !len ? ATTEMPT_BROKEN : reached(bind(fd, &a.any, len));
}

/* other: f: as the first data of a stream (MSG_FASTOPEN) */
static int try_sendto(const char *path, const char *other)
{
	int flags = MSG_NOSIGNAL | (strchr(other, 'f') ? MSG_FASTOPEN : 0);
	cleanup_close int fd = made(other);
	union address a;
	socklen_t len = address_of(path, other, &a);

	return fd < 0 || !len ? ATTEMPT_BROKEN : reached(sendto(fd, "x", 1, flags, &a.any, len));
}

static struct msghdr message_to(union address *a, socklen_t len, struct iovec *iov)
{
	iov->iov_base = (char *)"x";
	iov->iov_len = 1;
	return (struct msghdr){
		.msg_name = len ? a : NULL, .msg_namelen = len, .msg_iov = iov, .msg_iovlen = 1};
}

static int try_sendmsg(const char *path, const char *other)
{
	cleanup_close int fd = made(other);
	union address a;
	socklen_t len = address_of(path, other, &a);
	struct iovec iov;
	struct msghdr message = message_to(&a, len, &iov);

	return fd < 0 || !len ? ATTEMPT_BROKEN : reached(sendmsg(fd, &message, MSG_NOSIGNAL));
}

/* To a socket that is connected where it may be, then by the second message to `path`. */
static int try_sendmmsg(const char *path, const char *other)
{
	cleanup_close int fd = made(other);
	struct mmsghdr messages[2] = {};
	union address granted, a;
	struct iovec iov;
	socklen_t len = address_of("127.0.0.1:7001", other, &granted);
	int r;

	messages[0].msg_hdr = message_to(&granted, len, &iov);
	messages[1].msg_hdr = message_to(&a, address_of(path, other, &a), &iov);
	if (fd < 0)
		return ATTEMPT_BROKEN;
	r = sendmmsg(fd, messages, 2, MSG_NOSIGNAL);
	/* It tells of the second's failure only when it is asked once more. */
	if (r == 1)
		r = sendmmsg(fd, messages + 1, 1, MSG_NOSIGNAL);
	return reached(r);
}

/* A source route, on which the message goes to another address first. */
static int try_route(const char *path, const char *other)
{
	static const unsigned char route[] = {0x83, 7, 4, 127, 0, 0, 2, 0};
	union {
		char room[CMSG_SPACE(sizeof(route))];
		struct cmsghdr header;
	} control = {};
	cleanup_close int fd = made(other);
	union address a;
	socklen_t len = address_of(path, other, &a);
	struct iovec iov;
	struct msghdr message = message_to(&a, len, &iov);

	control.header.cmsg_level = IPPROTO_IP;
	control.header.cmsg_type = IP_RETOPTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(route));
	memcpy(CMSG_DATA(&control.header), route, sizeof(route));
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	return fd < 0 || !len ? ATTEMPT_BROKEN : reached(sendmsg(fd, &message, MSG_NOSIGNAL));
}

/* Without a bind. */
static int try_listen(const char *path UNUSED, const char *other)
{
	cleanup_close int fd = made(other);

	return fd < 0 ? ATTEMPT_BROKEN : reached(listen(fd, 1));
}

/* Bound where it may be (path), then listening, connected to, and accepted. */
static int try_serve(const char *path, const char *other)
{
	cleanup_close int fd = made(other), client = made(other), accepted = -EBADF;
	union address a;
	socklen_t len = address_of(path, other, &a);

	if (fd < 0 || client < 0 || !len)
		return ATTEMPT_BROKEN;
	if (bind(fd, &a.any, len) < 0 || listen(fd, 1) < 0 || getsockname(fd, &a.any, &len) < 0 ||
	    connect(client, &a.any, len) < 0)
		return errno;
	accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	return accepted < 0 || send(client, "x", 1, MSG_NOSIGNAL) != 1 ? errno : 0;
}

/* Connected where it may be, then disconnected by an address without a family. */
static int try_disconnect(const char *path, const char *other)
{
	cleanup_close int fd = made(other);
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	union address a;
	socklen_t len = address_of(path, other, &a);

	if (fd < 0 || !len || connect(fd, &a.any, len) < 0)
		return ATTEMPT_BROKEN;
	return attack_failed(connect(fd, &none, sizeof(none)));
}

/* path: FAMILY:TYPE:PROTOCOL in numbers. That this kernel does not have it is no refusal. */
static int try_make(const char *path, const char *other UNUSED)
{
	int family = 0, type = 0, protocol = 0, fd;

	if (sscanf(path, "%d:%d:%d", &family, &type, &protocol) != 3)
		return ATTEMPT_BROKEN;
	fd = socket(family, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT
			       ? 0
			       : errno;
	(void)close(fd);
	return 0;
}

/* path: LEVEL:OPTION. What the option itself says of its value is no refusal. */
static int try_option(const char *path, const char *other)
{
	cleanup_close int fd = strcmp(other, "unix") == 0
				       ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)
				       : made(other);
	int level = 0, option = 0, value = 1;

	if (fd < 0 || sscanf(path, "%d:%d", &level, &option) != 2)
		return ATTEMPT_BROKEN;
	if (setsockopt(fd, level, option, &value, sizeof(value)) == 0)
		return 0;
	return errno == EPERM || errno == EACCES ? errno : 0;
}

const struct attempt attack_net[] = {
	{"net make", try_make},		{"net connect", try_connect},
	{"net bind", try_bind},		{"net listen", try_listen},
	{"net serve", try_serve},	{"net disconnect", try_disconnect},
	{"net sendto", try_sendto},	{"net sendmsg", try_sendmsg},
	{"net sendmmsg", try_sendmmsg}, {"net source route", try_route},
	{"net option", try_option},	{},
};
