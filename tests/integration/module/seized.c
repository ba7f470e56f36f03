/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages by hand, from within a worker. */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/module/seized.h"

static struct message message;

static int attempt_send(const struct seized_attempt *a)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, a->protocol), r;

	if (fd < 0)
		return errno;
	message.len = message.current = 0;
	a->make(&message);
	r = message_send(fd, &message);
	(void)close(fd);
	return r;
}

int seized_try(struct postern_invocation *call, const struct seized_attempt *attempts, size_t len)
{
	char text[900] = "";
	size_t used = 0;

	for (size_t i = 0; i < len && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %s=%d",
					 attempts[i].name, attempt_send(&attempts[i]));
	return postern_fail(call, EPROTO, "tried:%s;", text);
}

uint16_t seized_family(const char *name)
{
	const struct genlmsghdr header = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};
	_Alignas(struct nlmsghdr) char answer[8192];
	const struct nlmsghdr *got = (const struct nlmsghdr *)(const void *)answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	ssize_t n = -1;

	message.len = message.current = 0;
	message_begin(&message, GENL_ID_CTRL, NLM_F_REQUEST, &header, sizeof(header));
	message_add_text(&message, CTRL_ATTR_FAMILY_NAME, name);
	if (fd >= 0 && send(fd, message.data, message.len, 0) > 0)
		n = recv(fd, answer, sizeof(answer), 0);
	if (fd >= 0)
		(void)close(fd);
	if (n > 0 && got->nlmsg_type == NLMSG_ERROR)
		return 0;
	for (size_t at = NLMSG_HDRLEN + GENL_HDRLEN; n > 0 && at + 8 <= (size_t)n;) {
		const struct nlattr *attribute = (const void *)(answer + at);

		if (attribute->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(const uint16_t *)(const void *)(attribute + 1);
		at += NLA_ALIGN(attribute->nla_len);
	}
	return 0;
}
