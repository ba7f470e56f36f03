/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink messages by hand. */
#include <assert.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/kernel/message.h"

static struct nlmsghdr *last(struct message *m)
{
	return (struct nlmsghdr *)(void *)(m->data + m->current);
}

static void put(struct message *m, const void *bytes, size_t len)
{
	size_t padded = NLMSG_ALIGN(len);

	assert(padded <= sizeof(m->data) - m->len);
	memset(m->data + m->len, 0, padded);
	if (len > 0)
		memcpy(m->data + m->len, bytes, len);
	m->len += padded;
	last(m)->nlmsg_len = (uint32_t)(m->len - m->current);
}

void message_begin(struct message *m, uint16_t type, uint16_t flags, const void *header, size_t len)
{
	struct nlmsghdr begin = {.nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = 1};

	m->current = m->len;
	put(m, &begin, sizeof(begin));
	put(m, header, len);
}

void message_add(struct message *m, uint16_t type, const void *value, size_t len)
{
	struct nlattr attribute = {.nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + len)};

	put(m, &attribute, sizeof(attribute));
	put(m, value, len);
}

void message_add_text(struct message *m, uint16_t type, const char *text)
{
	message_add(m, type, text, strlen(text) + 1);
}

void message_add_number(struct message *m, uint16_t type, uint32_t number)
{
	message_add(m, type, &number, sizeof(number));
}

size_t message_nest(struct message *m, uint16_t type)
{
	size_t began = m->len;

	message_add(m, type, NULL, 0);
	return began;
}

void message_nest_end(struct message *m, size_t began)
{
	struct nlattr *attribute = (struct nlattr *)(void *)(m->data + began);

	attribute->nla_len = (uint16_t)(m->len - began);
}

void message_add_bytes(struct message *m, const void *bytes, size_t len)
{
	put(m, bytes, len);
}

int message_send(int fd, const struct message *m)
{
	_Alignas(struct nlmsghdr) char answer[8192];
	const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)m->data;
	const struct nlmsghdr *got = (const struct nlmsghdr *)(const void *)answer;
	const struct nlmsgerr *error = NLMSG_DATA(got);
	ssize_t n;

	if (send(fd, m->data, m->len, 0) < 0)
		return errno;
	if (m->len < sizeof(*header) || !(header->nlmsg_flags & (NLM_F_ACK | NLM_F_DUMP)))
		return 0;
	n = recv(fd, answer, sizeof(answer), 0);
	if (n < (ssize_t)sizeof(*got))
		return n < 0 ? errno : EIO;
	return got->nlmsg_type == NLMSG_ERROR && error->error ? MESSAGE_ANSWERED - error->error : 0;
}
