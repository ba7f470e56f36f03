/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptors that come with a call, and the one that goes back with its result.
 *
 * The kernel's programs let no kind in that the signature has nowhere (bpf/socket.bpf.c); which
 * argument takes which is looked at here.
 */
#ifndef POSTERN_HELPER_PASSED_H
#define POSTERN_HELPER_PASSED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/wire.h"
#include "manifest/manifest.h"

#define PASSED_MESSAGE_MAX 256

/* Those of one call, and what they are of. */
struct passed {
	int fds[ARGUMENT_FDS_MAX];
	dev_t devices[ARGUMENT_FDS_MAX];
	ino_t inodes[ARGUMENT_FDS_MAX];
	size_t len;
	bool cut; /* more were sent: there was no room, or the kernel kept them back */
	bool has_result;
	int result; /* owned */
};

/* Takes the result's descriptor, in place of one that was there; and closes it, if there is one. */
void passed_give(struct passed *p, int fd);
void passed_drop_result(struct passed *p);

/*
 * recv(2) with MSG_DONTWAIT | MSG_TRUNC and room for `most` descriptors, which are closed on exec;
 * without any, those that come are dropped by the kernel and never enter this process. Returns as
 * recv(), negative errno on failure; ret is set whatever it returns.
 */
ssize_t passed_receive(int socket, void *to, size_t size, size_t most, struct passed *ret);

/*
 * Puts descriptors in the place of the numbers by which the arguments name them. values: one for
 * each argument of e, or -EINVAL is returned. Returns 0, or -EINVAL with a message; *ret_at: the
 * argument that it is about, e->arguments_len: none.
 */
int passed_assign(const struct passed *p, const struct manifest_entrypoint *e,
		  struct postern_value *values, size_t *ret_at, char message[PASSED_MESSAGE_MAX]);

/* Is the descriptor what the argument or result declares? Returns 0, or -EINVAL with a message:
 * what was expected, and what came. */
int passed_check(const struct argument *a, int fd, char message[PASSED_MESSAGE_MAX]);

/*
 * Closes the descriptors of a call, its result's too, and all others of this process that are of
 * the same files, pipes and sockets: what a function kept would be one caller's in another's call.
 * Not what it mapped, and not what its children have: isolation: call ends these too.
 */
void passed_close(struct passed *p);

/* Sends a record with the result's descriptor. Returns 0 or a negative errno. */
int passed_send(int socket, const void *record, size_t len, const struct passed *p);

#endif
