/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to send a netlink message. */
#ifndef POSTERN_TESTS_ESCAPE_ATTACK_SEND_H
#define POSTERN_TESTS_ESCAPE_ATTACK_SEND_H

#include <sys/types.h>

#include "tests/kernel/message.h"

/* way: send, write, writev, bytes, sendmmsg, splice, vmsplice, sendfile, zerocopy, "zerocopy
 * option", aio, and by io_uring "uring send", "uring message", "uring write", "uring zerocopy",
 * each also with "async" behind it. Returns what was sent, or -1 with errno set. */
ssize_t attack_send(int fd, const struct message *m, const char *way);

#endif
