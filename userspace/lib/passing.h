/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of one size with descriptors, over SOCK_SEQPACKET (unix(7), SCM_RIGHTS). */
#ifndef POSTERN_LIB_PASSING_H
#define POSTERN_LIB_PASSING_H

#include <stddef.h>

/* Of one record; the kernel takes no more than 253 (SCM_MAX_FD). */
#define PASSING_FDS_MAX 64

/*
 * Sends `size` bytes with `fds_len` descriptors, which stay the caller's. Without descriptors it is
 * send(2), since workers may not call sendmsg(2) (helper/seccomp.h). flags: MSG_DONTWAIT or 0.
 * Returns 0 or a negative errno: -EPIPE when the other end is gone (never SIGPIPE), -EINVAL for too
 * many descriptors.
 */
int passing_send(int socket, const void *data, size_t size, const int *fds, size_t fds_len,
		 int flags);

/*
 * Receives one record of exactly `size` bytes with at most `fds_max` descriptors, O_CLOEXEC, owned
 * by the caller. A record of another size, or with more, is -EBADMSG, and its descriptors are
 * closed. data, fds, ret_fds_len: of use on success only. Returns 1, 0 at the end of the stream, or
 * a negative errno (-EAGAIN).
 */
int passing_receive(int socket, void *data, size_t size, int *fds, size_t fds_max,
		    size_t *ret_fds_len, int flags);

#endif
