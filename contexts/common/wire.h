/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A netlink socket of libnl for the time of one call: what goes wrong on it is told as errno and in
 * the kernel's own words. libnl turns both into numbers of its own, and some errors into the same.
 */
#ifndef POSTERN_CONTEXTS_COMMON_WIRE_H
#define POSTERN_CONTEXTS_COMMON_WIRE_H

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "postern-entrypoint.h"

struct wire {
	struct nl_sock *sock; /* NULL: closed */
	struct nl_cb *cb;
	int error;     /* of the last answer: negative errno */
	char why[128]; /* what the kernel said of it, behind ": "; "" when it said nothing */
	char on[128];  /* the object that the call is about, for its errors */
};

/*
 * Opens a socket of a protocol (NETLINK_ROUTE ...); "on" names the object that the call is about,
 * and is copied. Returns 0, or what the function returns, having reported it. Close with
 * wire_close(), also after an error.
 */
int wire_open(struct wire *w, struct postern_invocation *call, int protocol, const char *on);
void wire_close(struct wire *w);
#define cleanup_wire __attribute__((cleanup(wire_close)))

/* A request with its header, to which attributes can be put. Returns NULL when there is no memory.
 */
struct nl_msg *wire_message(int type, int flags, const void *header, size_t len);

/* Sends a message, which it frees (NULL: there was no memory for it), and waits for the answer.
 * Returns 0 or a negative errno. */
int wire_send(struct wire *w, struct nl_msg *message);

/*
 * Sends a request, which it frees, and gives every message of the answer to "take": one object, or
 * all of a dump. take: returns NL_OK. Returns 0 or a negative errno.
 */
int wire_ask(struct wire *w, struct nl_msg *message, nl_recvmsg_msg_cb_t take, void *arg);

/* The index of an interface, by its name. Returns 0 or a negative errno; ENODEV: there is none. */
int wire_index(struct wire *w, const char *name, int *ret_index);

/* Reports an error of the functions above, with the object and what the kernel said: "set the mtu
 * of tap0: mtu greater than device maximum". what: stands in front of the object. Returns r. */
int wire_result(struct postern_invocation *call, const struct wire *w, int r, const char *what);

/* A code of libnl, of either sign, as a negative errno. */
int wire_errno(int code);

#endif
