/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests to the kernel and its answers, with libnl's sockets and callbacks. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "contexts/common/wire.h"

static const struct {
	int code, error;
} errors[] = {
	{NLE_PERM, EPERM},
	{NLE_NOACCESS, EACCES},
	{NLE_EXIST, EEXIST},
	{NLE_NODEV, ENODEV},
	{NLE_OBJ_NOTFOUND, ENOENT},
	{NLE_NOADDR, EADDRNOTAVAIL},
	{NLE_OPNOTSUPP, EOPNOTSUPP},
	{NLE_AF_NOSUPPORT, EAFNOSUPPORT},
	{NLE_PROTO_MISMATCH, EPROTONOSUPPORT},
	{NLE_INVAL, EINVAL},
	{NLE_NOMEM, ENOMEM},
	{NLE_BUSY, EBUSY},
	{NLE_AGAIN, EAGAIN},
	{NLE_RANGE, ERANGE},
	{NLE_MSGSIZE, EMSGSIZE},
	{NLE_BAD_SOCK, EBADF},
};

int wire_errno(int code)
{
	code = code < 0 ? -code : code;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].code == code)
			return -errors[i].error;
	return code == 0 ? 0 : -EIO;
}

/* The text that the kernel adds to an error (NETLINK_EXT_ACK). The request is not repeated in the
 * answer, since NETLINK_CAP_ACK asks for that. */
static void take_text(struct wire *w, const struct nlmsghdr *header)
{
	const size_t ack = NLMSG_ALIGN(sizeof(struct nlmsgerr));
	const struct nlattr *text;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) || header->nlmsg_len < NLMSG_HDRLEN + ack)
		return;
	text = nla_find((const struct nlattr *)((const char *)nlmsg_data(header) + ack),
			(int)(header->nlmsg_len - NLMSG_HDRLEN - ack), NLMSGERR_ATTR_MSG);
	if (text)
		(void)snprintf(w->why, sizeof(w->why), ": %.*s", nla_len(text),
			       (const char *)nla_data(text));
}

static int take_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct wire *w = arg;

	(void)from;
	w->error = error->error;
	take_text(w, (const struct nlmsghdr *)((const char *)error - NLMSG_HDRLEN));
	return NL_STOP;
}

static int take_acknowledgement(struct nl_msg *message, void *arg)
{
	struct wire *w = arg;

	(void)message;
	w->error = 0;
	return NL_STOP;
}

/* A dump's last message says how it went (netlink(7), NLMSG_DONE). */
static int take_end(struct nl_msg *message, void *arg)
{
	const struct nlmsghdr *header = nlmsg_hdr(message);
	struct wire *w = arg;

	w->error = 0;
	if (nlmsg_datalen(header) >= (int)sizeof(w->error))
		memcpy(&w->error, nlmsg_data(header), sizeof(w->error));
	return NL_STOP;
}

static int prepare(struct wire *w, int protocol)
{
	const int yes = 1;
	int r;

	w->sock = nl_socket_alloc();
	w->cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!w->sock || !w->cb)
		return -ENOMEM;
	r = nl_connect(w->sock, protocol);
	if (r < 0)
		return wire_errno(r);
	if (setsockopt(nl_socket_get_fd(w->sock), SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof(yes)) <
		    0 ||
	    setsockopt(nl_socket_get_fd(w->sock), SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof(yes)) <
		    0)
		return -errno;
	(void)nl_cb_err(w->cb, NL_CB_CUSTOM, take_error, w);
	(void)nl_cb_set(w->cb, NL_CB_ACK, NL_CB_CUSTOM, take_acknowledgement, w);
	(void)nl_cb_set(w->cb, NL_CB_FINISH, NL_CB_CUSTOM, take_end, w);
	return 0;
}

int wire_open(struct wire *w, struct postern_invocation *call, int protocol, const char *on)
{
	int r;

	*w = (struct wire){};
	(void)snprintf(w->on, sizeof(w->on), "%s", on);
	r = prepare(w, protocol);
	return r < 0 ? postern_fail(call, r, "open a netlink socket for %s", on) : 0;
}

void wire_close(struct wire *w)
{
	nl_cb_put(w->cb);
	nl_socket_free(w->sock);
	w->cb = NULL;
	w->sock = NULL;
}

/* Until the answer's end was seen: an error or acknowledgement, or the end of a dump. */
static int exchange(struct wire *w, struct nl_msg *message)
{
	const int pending = 1;
	int r;

	w->why[0] = '\0';
	w->error = pending;
	r = nl_send_auto(w->sock, message);
	while (r >= 0 && w->error == pending)
		r = nl_recvmsgs(w->sock, w->cb);
	return w->error <= 0 ? w->error : wire_errno(r);
}

struct nl_msg *wire_message(int type, int flags, const void *header, size_t len)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, flags);

	/* libnl only reads what is appended. */
	if (message && nlmsg_append(message, (void *)(uintptr_t)header, len, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

int wire_send(struct wire *w, struct nl_msg *message)
{
	int r;

	if (!message)
		return -ENOMEM;
	r = exchange(w, message);
	nlmsg_free(message);
	return r;
}

int wire_ask(struct wire *w, struct nl_msg *message, nl_recvmsg_msg_cb_t take, void *arg)
{
	int r;

	if (!message)
		return -ENOMEM;
	(void)nl_cb_set(w->cb, NL_CB_VALID, NL_CB_CUSTOM, take, arg);
	r = exchange(w, message);
	(void)nl_cb_set(w->cb, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);
	nlmsg_free(message);
	return r;
}

static int take_index(struct nl_msg *message, void *arg)
{
	const struct ifinfomsg *link = nlmsg_data(nlmsg_hdr(message));
	int *index = arg;

	*index = link->ifi_index;
	return NL_OK;
}

int wire_index(struct wire *w, const char *name, int *ret_index)
{
	const struct ifinfomsg any = {.ifi_family = AF_UNSPEC};
	struct nl_msg *message = wire_message(RTM_GETLINK, 0, &any, sizeof(any));
	int index = 0, r;

	if (message && nla_put_string(message, IFLA_IFNAME, name) < 0) {
		nlmsg_free(message);
		return -ENOMEM;
	}
	r = wire_ask(w, message, take_index, &index);
	if (r == 0 && index == 0)
		r = -ENODEV;
	if (r < 0)
		return r;
	*ret_index = index;
	return 0;
}

int wire_result(struct postern_invocation *call, const struct wire *w, int r, const char *what)
{
	return r < 0 ? postern_fail(call, r, "%s %s%s", what, w->on, w->why) : 0;
}
