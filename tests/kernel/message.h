/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink messages put together by hand, wrong ones too, and sent. */
#ifndef POSTERN_TESTS_KERNEL_MESSAGE_H
#define POSTERN_TESTS_KERNEL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#define MESSAGE_BYTES 65536

struct message {
	char data[MESSAGE_BYTES];
	size_t len;	/* of all */
	size_t current; /* where the last message begins */
};

/* Begins a message: its type, flags and own header. */
void message_begin(struct message *m, uint16_t type, uint16_t flags, const void *header,
		   size_t len);

/* Adds an attribute to the last message. */
void message_add(struct message *m, uint16_t type, const void *value, size_t len);
void message_add_text(struct message *m, uint16_t type, const char *text);
void message_add_number(struct message *m, uint16_t type, uint32_t number);

/* An attribute that holds others: returns where it began, which ends it. */
size_t message_nest(struct message *m, uint16_t type);
void message_nest_end(struct message *m, size_t began);

/* Adds bytes to the last message without a header of their own. */
void message_add_bytes(struct message *m, const void *bytes, size_t len);

/* Sends all, and waits for the answer to the first that asks for one. Returns 0, the errno of the
 * send, or MESSAGE_ANSWERED and the errno that the kernel answered. */
#define MESSAGE_ANSWERED 100
int message_send(int fd, const struct message *m);

#endif
