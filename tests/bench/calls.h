/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls: what the raw side and libpostern's side of the comparison share. */
#ifndef POSTERN_TESTS_BENCH_CALLS_H
#define POSTERN_TESTS_BENCH_CALLS_H

#include "lib/protocol.h"
#include "tests/bench/bench.h"

#define SMALL_BYTES 64
/* As much as one record takes by libpostern, in two arguments, since one has at most 48 KiB: nine
 * bytes stay free for the array's head, and each value has one of three. */
#define LARGE_BYTES  (POSTERN_RECORD_MAX - sizeof(struct postern_header) - 9 - 6)
#define FIRST_BYTES  (48 * 1024)
#define MIB_BYTES    (1024 * 1024)
#define REPLY_BYTES  (sizeof(struct postern_header) + 1) /* nil */
#define SMALL_RECORD (sizeof(struct postern_header) + 1 + 2 + SMALL_BYTES + 1)
#define LARGE_RECORD (sizeof(struct postern_header) + 1 + 6 + LARGE_BYTES)

/* -- the raw side (raw.c): records of a call's and an answer's size over a socket pair */

enum raw_server {
	RAW_BLOCKS, /* recv() and send() */
	RAW_EPOLL,  /* epoll_wait() before, as a worker that has many connections */
	RAW_WORKER, /* as RAW_EPOLL, with a helper's filters; and its client waits with a limit */
	RAW_LARGE,  /* as RAW_EPOLL, and answers when a record comes that is not full */
	RAW_FORKS,  /* a process for each record, which answers it and ends */
};

void raw_start(enum raw_server how);
/* Lets a client's socket give up waiting, as libpostern does it. */
void raw_limit(int fd);
/* The socket; -1 while there is no server. */
int raw_client(void);
/* The server's process id. */
pid_t raw_server(void);
/* As deep among the cgroups as a worker of the context bench, which runs, with the same controllers
 * and accounts (calls.c). */
void place_as_worker(pid_t server);
void raw_stop(void);
void op_raw_small(void);
void op_raw_large(void);
/* 1 MiB in records as a call's are, and one answer; to a RAW_LARGE. */
void op_raw_mib(void);

/* -- many clients (crowd.c): instructions of the machine for one call of one of them */

#define CROWD	      8
#define CROWD_SERVERS 2

/* how: RAW_EPOLL or RAW_WORKER. place: NULL, or what is done with each server. */
struct sample crowd_raw(enum raw_server how, void (*place)(pid_t server));
/* op: a call, in a process of its own with a handle of its own. */
struct sample crowd_calls(bench_op op);
/* The same, with a poll() before the send and one before the recv(), as a client has them that
 * looks for the end of an idle connection, and at a deadline. */
void op_raw_polled(void);
/* The first of these polls by itself. */
void op_polls(void);

/* -- the bare start (bare.c) */

/* This process gets the filters of a helper. */
bool bare_filters(void);

#define BENCH_FOLDER "/usr/local/lib/postern-bench"

/* A process in new mount, pid, ipc, user and network namespaces, on a root of its own, executes a
 * small program, which answers. */
void op_bare_namespaces(void);
/* The same, and the program executes itself once more, loads a module and has a child answer: what
 * a start takes that keeps a module's code out of the process which sets up. */
void op_bare_worker(void);
/* The same namespaces and binds by bubblewrap. */
void op_bwrap(void);
/* Reaps those that ended. */
void bare_reap(void);
/* fork, exec of the small program, its answer, and its end. */
void op_fork_exec(void);
/* The small program, which has answered and ends when ret_fd, the caller's, is closed. Returns its
 * number. */
pid_t bare_staying(int *ret_fd);

/* -- the machine's work (machine.c) */

/* Calls op some times, with `before` and some seconds of sleep before each. What all tasks of the
 * machine ran meanwhile, without the time in which nobody ran: the median. ret_waited: that time,
 * seconds. */
struct sample measure_machine(bench_op before, bench_op op, double *ret_waited);

#endif
