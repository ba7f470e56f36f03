/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the guest's integration tests share: posternd's life, its contexts' processes, programs that
 * are run, calls in threads, and clients without the library. */
#ifndef POSTERN_TESTS_INTEGRATION_COMMON_TRIAL_H
#define POSTERN_TESTS_INTEGRATION_COMMON_TRIAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"
#include "lib/postern.h"

#define TRIAL_CONTEXTS "/usr/local/lib/postern-tests/contexts"
#define TRIAL_CGROUP   "/sys/fs/cgroup/postern-contexts"
#define TRIAL_LOG      "/run/posternd.log"
#define TRIAL_DIR      "/srv/trial"
#define FAULTY	       "/usr/local/lib/postern-tests/posternd-faults"
#define POSTERND       "/usr/local/sbin/posternd"
#define POSTERN	       "/usr/local/bin/postern"

#define TRIAL_PIDS 256
#define ALICE	   1000
#define BOB	   1001

/* -- time and files (files.c) */

uint64_t trial_ms(void); /* CLOCK_MONOTONIC */
void trial_sleep(unsigned ms);
/* A failure here ends the test ("Bail out!"). */
void trial_write(const char *file, const char *content, mode_t mode, uid_t owner);
void trial_directory(const char *directory);
/* The whole file, NUL-terminated, to be freed; "" when it cannot be read. */
char *trial_read(const char *file);
/* What the contexts' rules name, below TRIAL_DIR. */
void trial_tree(void);
_Noreturn void trial_bail(const char *format, ...) PRINTF_LIKE(1, 2);

/* -- posternd (daemon.c) */

/* Starts it, its messages appended to TRIAL_LOG, and waits until it answers; ends the test if it
 * does not. */
pid_t trial_posternd(const char *contexts);
/* The same for another program, without waiting. */
pid_t trial_posternd_spawn(const char *program, const char *contexts);
/* Does this one listen? */
bool trial_answers(pid_t posternd);
/* The end of what posternd said, for a failed test. */
void trial_log_show(void);
/* Sends a signal and waits for its end. Returns its exit status, or 128 and the signal. */
int trial_end(pid_t posternd, int signal, uint64_t *ret_ms);

/* The end of a test program: SIGTERM has to end posternd (one test). Shows its log when a test
 * failed. Returns what main() returns. */
int trial_done(pid_t posternd);

/* Where all contexts are; a test whose posternd runs in another cgroup than the root says where. */
extern const char *trial_cgroup;
/* All processes of a context, or with NULL of all contexts. */
size_t trial_pids(const char *context, pid_t *ret);
pid_t trial_helper(const char *context); /* 0: none */
/* The nth worker of an entrypoint, by its process's name; 0: none. */
pid_t trial_worker(const char *context, const char *entrypoint, size_t nth);
/* What a task without a tag gets to see where only contexts live. Returns the errno of an open. */
int trial_open_in_cgroup(const char *file);
/* Waits until no process of a context (NULL: any) is left. */
bool trial_gone(const char *context, unsigned ms);

/* -- programs (program.c) */

struct trial_program {
	int status; /* exit status, or 128 and the signal */
	uint64_t ms;
	char *out, *err;
};

/* Runs a program as a user, with its first group only, and waits. argv ends with NULL. Free the
 * result with trial_program_clear(). */
void trial_run(struct trial_program *p, uid_t uid, const char *const *argv);
#define TRIAL_RUN(p, uid, ...) trial_run((p), (uid), (const char *const[]){__VA_ARGS__, NULL})
void trial_program_clear(struct trial_program *p);
/* Says what a program printed, for a failed test. */
void trial_program_show(const struct trial_program *p);
/* Starts a program with stdout and stderr going to a file. */
pid_t trial_spawn(const char *output, const char *const *argv);

/* -- calls (call.c) */

struct trial_call {
	const char *context, *entrypoint;
	const char *network; /* namespace that it names; NULL: none */
	const char *name;    /* of the one argument; NULL: none */
	const char *text;    /* its value; NULL: number */
	int64_t number;
	unsigned timeout_ms;
	/* how it ended */
	pthread_t thread;
	int r;
	enum postern_result result;
	int signal, error;
	int64_t value;	      /* an integer result */
	size_t length;	      /* of a text result */
	char value_text[128]; /* its beginning */
	char message[512], hint[512], argument[64];
	uint64_t ms, ended; /* how long it took, and when it ended (trial_ms()) */
};

void trial_call(struct trial_call *c);
void trial_call_start(struct trial_call *c);
void trial_call_join(struct trial_call *c);
/* Waits until a call of that context runs. */
void trial_wait_for_call(const char *context);
void trial_call_show(const struct trial_call *c);

/* Entrypoint nap of the handle's context. Returns the worker's pid, or -1 when the call failed,
 * which is shown. */
int64_t trial_nap(struct postern *p, int64_t ms);

/* -- clients without the library (wire_client.c) */

int trial_connect(const char *context);
/* Connects and sends a good OPEN. */
int trial_open(const char *context, const char *entrypoint);
bool trial_send(int fd, const void *data, size_t len);
/* Sends a record with a descriptor beside it. */
bool trial_send_fd(int fd, const void *data, size_t len, int passed);
/* One record, at most ms later. Returns its length, 0 at the end, or -1 (errno: ETIMEDOUT). */
ssize_t trial_receive(int fd, void *buf, size_t size, unsigned ms);
/* Has a record, or the end, come? */
bool trial_receivable(int fd);
/* The code of an ERROR record; 0 when it is another one, -1 when it is none. */
int trial_code(const void *data, size_t len);
/* Receives until the end of the connection. Returns the code of the ERROR that came, 0 when the
 * connection ended without one, or -1 when it did not end in time. */
int trial_refusal(int fd, unsigned ms);

/* -- a worker that never stops trying what no rule names (prowl.c) */

/* Starts it, and waits until it has tried a few times. Returns its pid. */
pid_t trial_prowl_start(struct trial_call *prowl);
/* It is the same process, has tried more since the last look, and every attempt was denied. */
bool trial_prowl_confined(pid_t worker, const char *what);

#endif
