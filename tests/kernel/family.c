/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers of generic netlink's families, asked for by hand. */
#include <linux/genetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kernel/family.h"

uint16_t message_family(const char *name, struct message *m)
{
	const struct genlmsghdr header = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};
	_Alignas(struct nlmsghdr) char answer[8192];
	const struct nlmsghdr *got = (const struct nlmsghdr *)(const void *)answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	ssize_t n = -1;

	m->len = m->current = 0;
	message_begin(m, GENL_ID_CTRL, NLM_F_REQUEST, &header, sizeof(header));
	message_add_text(m, CTRL_ATTR_FAMILY_NAME, name);
	if (fd >= 0 && send(fd, m->data, m->len, 0) > 0)
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
