/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages by hand, from within a worker. */
#include <errno.h>
#include <linux/rtnetlink.h>
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

void seized_links(struct message *m)
{
	const struct rtgenmsg header = {};

	message_begin(m, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &header, sizeof(header));
}
