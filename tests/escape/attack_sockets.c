/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets, and descriptors that travel over them. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/util.h"
#include "tests/escape/attack.h"

#define WAIT_MS 3000

/* path: family, other: type */
static int make(const char *path, const char *other)
{
	return attack_opened(socket(atoi(path), atoi(other) | SOCK_CLOEXEC, 0));
}

static socklen_t address_of(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	(void)snprintf(ret->sun_path, sizeof(ret->sun_path), "%s", path);
	if (path[0] != '@')
		return sizeof(*ret);
	ret->sun_path[0] = '\0'; /* abstract (unix(7)) */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
}

/* other: type */
static int connect_to(const char *path, const char *other)
{
	cleanup_close int fd = socket(AF_UNIX, atoi(other) | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t len = address_of(path, &address);

	if (fd < 0)
		return ATTEMPT_BROKEN;
	return attack_failed(connect(fd, (const struct sockaddr *)&address, len));
}

static int send_to(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t len = address_of(path, &address);

	if (fd < 0)
		return ATTEMPT_BROKEN;
	return attack_failed(sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, len));
}

/* Every socket answers the ioctls of network devices. */
static int network_ioctl(const char *path UNUSED, const char *other UNUSED)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_mtu = 65000};

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "lo");
	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(ioctl(fd, SIOCSIFMTU, &request));
}

union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

int attack_take(int socket)
{
	union control control = {};
	char data[4096];
	struct iovec iov = {data, sizeof(data)};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header;
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return message.msg_flags & MSG_CTRUNC ? -EACCES : -ENOMSG;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int attack_give(int socket, int fd)
{
	union control control = {};
	char byte = 'f';
	struct iovec iov = {&byte, 1};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return attack_failed(sendmsg(socket, &message, MSG_NOSIGNAL));
}

/*
 * The client's connection is among this worker's descriptors: takes a message from each socket that
 * has one, with the descriptor that came with it, and reads from that.
 */
static int receive_fd(const char *path UNUSED, const char *other UNUSED)
{
	int r = ATTEMPT_BROKEN;

	for (int waited = 0; r == ATTEMPT_BROKEN && waited < WAIT_MS; waited += 20) {
		for (int fd = 0; fd < 64; fd++) {
			struct pollfd p = {.fd = fd, .events = POLLIN};
			int type, got;
			socklen_t len = sizeof(type);

			if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
			    poll(&p, 1, 0) <= 0)
				continue;
			got = attack_take(fd);
			if (got >= 0)
				return attack_opened(got);
			r = -got;
		}
		(void)poll(NULL, 0, 20);
	}
	return r;
}

/* Opens without reading (path), which no hook sees, and gives the descriptor to whoever is at the
 * other end of a connection: to be opened there, where nothing is refused. */
static int send_fd(const char *path, const char *other UNUSED)
{
	cleanup_close int secret = open(path, O_PATH | O_CLOEXEC);
	int r = ATTEMPT_BROKEN;

	if (secret < 0)
		return errno;
	/* The first sockets are the supervisor's; a client's connection comes last. */
	for (int fd = 63; fd > 3; fd--) {
		int type;
		socklen_t len = sizeof(type);

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
			continue;
		r = attack_give(fd, secret);
		if (r == 0)
			return 0;
	}
	return r;
}

/* In the second message of one call, about which the hook of the first is not asked again. */
static int send_fd_second(const char *path, const char *other UNUSED)
{
	cleanup_close int secret = open(path, O_PATH | O_CLOEXEC);
	union control control = {};
	char byte = 'f';
	struct iovec iov = {&byte, 1};
	struct mmsghdr messages[2] = {
		{.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}},
		{.msg_hdr = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)}},
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&messages[1].msg_hdr);
	int pair[2], r;

	if (secret < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return ATTEMPT_BROKEN;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(secret));
	memcpy(CMSG_DATA(header), &secret, sizeof(secret));
	r = sendmmsg(pair[0], messages, 2, 0);
	r = r == 2 ? 0 : r < 0 ? errno : ATTEMPT_BROKEN;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return r;
}

/* Between two ends in one process: also what a child would get from its parent. */
static int pass_fd(const char *path, const char *other UNUSED)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int pair[2], r;

	if (fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return ATTEMPT_BROKEN;
	r = attack_give(pair[0], fd);
	if (r == 0)
		r = attack_take(pair[1]) < 0 ? EACCES : 0;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return r;
}

const struct attempt attack_sockets[] = {
	{"socket", make},
	{"connect", connect_to},
	{"sendto", send_to},
	{"network ioctl of a unix socket", network_ioctl},
	{"receive a descriptor", receive_fd},
	{"send a descriptor", send_fd},
	{"pass a descriptor to itself", pass_fd},
	{"sendmmsg a descriptor", send_fd_second},
	{},
};
