/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Plays the supervisor towards postern-helper, without kernel policies: a plain memfd for record
 * pages, and no door. Every wait ends after DRIVER_SECONDS, with the helper's log.
 */
#ifndef POSTERN_TESTS_HELPER_DRIVER_H
#define POSTERN_TESTS_HELPER_DRIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "bpf/abi.h"
#include "lib/control.h"
#include "lib/reply.h"
#include "lib/wire.h"

#define DRIVER_SECONDS 20
#define DRIVER_PAGES   4
#define DRIVER_STARTS  64 /* in one test program */
/* Where the test puts helper and module: bind-mounted into a mount namespace of its own. */
#define DRIVER_MODULE POSTERN_LIBEXECDIR "/helper_module.so"
/* A file of a cgroupfs that is mounted below a directory which every context sees. */
#define DRIVER_CGROUP POSTERN_LIBEXECDIR "/cgroup/cgroup.procs"

/* A context under test. */
struct driver {
	pid_t pid; /* of the set-up child, then helper, in our pid namespace */
	int pidfd;
	int control;
	int pages_fd;
	int log; /* memfd of what it printed */
	volatile struct postern_page *pages;
	char *failure;		     /* text of a CONTROL_FAILED */
	struct sockaddr_un listener; /* where the helper waits for the next supervisor */
	socklen_t listener_len;
};

/* One worker and one client of it. */
struct driver_worker {
	int pidfd;
	int channel;
};

/* Once per test program: makes a mount namespace in which POSTERN_LIBEXECDIR holds the helper and
 * the module of build/ ($POSTERN_BUILD). Returns 0 or -1, having said why. */
int driver_prepare(void);
void driver_finish(void);

/* Starts a set-up child. manifest: YAML. */
void driver_start(struct driver *d, const char *manifest);
/* Helpers started from now on find a door, or none: a seccomp filter that answers as the kernel
 * program does. */
void driver_door(bool there);
/* How many processes there are in the helper's pid namespace. */
unsigned driver_processes(const struct driver *d);
/* Connects as the next supervisor does, after d->control was closed as by the death of the last. */
void driver_meet(struct driver *d);
/* Kills what is left, and frees. */
void driver_stop(struct driver *d);

/* Waits for a record from `fd` and checks its type. ret_fds: as many as expected. */
void driver_expect(struct driver *d, int fd, enum control_type type, struct control_record *ret,
		   int *ret_fds, size_t fds_len);
void driver_send(int fd, const struct control_record *record, int passed);
/* Waits for the helper's end; returns its wait status. */
int driver_wait(struct driver *d);
/* Waits for a pidfd's process to end. */
void driver_wait_end(int pidfd);

/* Writes the id maps: "0 0 1\n" and so on. */
void driver_map(struct driver *d, const char *uids, const char *gids);
/* Everything up to LOADED with an id map of 0. */
void driver_load(struct driver *d, const char *manifest);
/* SPAWN, START, READY. */
void driver_worker_start(struct driver *d, uint32_t entrypoint, uint32_t slot, uint32_t slots,
			 struct driver_worker *ret);
void driver_worker_close(struct driver_worker *w);
/* SERVE with one end of a new pair; returns the client's end, after its OPENED. */
int driver_connect(struct driver *d, struct driver_worker *w, uint64_t connection);

/* Sends a CALL of arguments that `put` wrote. */
void driver_call(int client, uint64_t call, const struct wire_writer *arguments);
/* Waits for a record; returns its header and payload. */
struct postern_header driver_answer(int client, struct postern_value **ret);

#endif
