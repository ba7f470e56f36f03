/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The system call filters of a context's processes. */
#ifndef POSTERN_HELPER_SECCOMP_H
#define POSTERN_HELPER_SECCOMP_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Loads the filters of filters/syscalls.h into this process, for good; children inherit them.
 * no_new_privs must be set. Other architectures' system calls (32-bit, x32) kill the process: the
 * numbers mean other calls there. socket_ioctls: leave the ioctls of network devices to the kernel
 * programs. Returns 0 or a negative errno.
 */
int seccomp_apply(bool socket_ioctls, struct error *err);

/* Is a filter in force, and how many? Returns the mode of prctl(PR_GET_SECCOMP), or a negative
 * errno. */
int seccomp_verify(struct error *err);

/*
 * One small filter more, for a process of isolation: call: it and what it forks can leave neither
 * its session nor its process group, so that killing the group ends all of the call.
 */
int seccomp_stay_in_group(void);

/*
 * One small filter more, for workers: without sendmsg and sendmmsg no descriptor leaves them. No
 * hook sees an open with O_PATH; its descriptor, sent to the caller, would be a way for her past
 * the directories above that file, and one that is open for writing would outlive the call.
 *
 * sendmsg: leave that one to the hook socket_sendmsg, which refuses descriptors: for entrypoints
 * with sockets of other families, which libraries use with it, and for those whose result is a
 * descriptor, of which the hook lets no other kind out. The hook sees the first message of
 * a sendmmsg alone.
 */
int seccomp_keep_descriptors(bool sendmsg);

#endif
