/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs posternd for a test of attempts, calls it as alice, and follows its denials.
 *
 * For root in a guest. What cannot be set up ends the test with "Bail out!".
 */
#ifndef POSTERN_TESTS_ESCAPE_DRIVER_H
#define POSTERN_TESTS_ESCAPE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/admin.h"

#define ESCAPE_DIR "/usr/local/lib/postern-escape" /* attack.so, program, contexts/ */
#define AREA	   "/srv/area"			   /* in every context's root */
#define OUTSIDE	   "/srv/outside" /* only in the root of those with the whole tree */
#define SEEN_MAX   64

/* A call that did not end with a value. */
#define CALL_FAILED 3000

struct call_result {
	int value;	    /* of the attempt; CALL_FAILED */
	int result;	    /* enum postern_result */
	char message[256];  /* of the failure; empty: it did not fail */
	char operation[32]; /* of the failure's denial */
};

/* Makes the files, starts posternd, waits until it serves, begins to follow denials. */
void driver_start(void);

/* The same with the contexts of another directory. */
void driver_start_contexts(const char *contexts);

/* For another test with the same posternd: all files as they were, nothing followed so far. */
void driver_again(void);

/* Ends posternd and everything of its contexts; tells whether that worked. */
bool driver_stop(void);

/* posternd's process. */
pid_t driver_supervisor(void);

/* Makes anew the files that attempts may use up. Not the secrets. */
void driver_files(void);

/* Calls an entrypoint as alice (uid 1000). */
struct call_result driver_call(const char *context, const char *entrypoint, const char *name,
			       const char *path, const char *other);

/* Where a call goes; what is NULL is not there. */
struct place {
	const char *context, *entrypoint, *network;
	const char *argument, *value; /* beside those of the attempt */
};

/* name: NULL when the entrypoint takes no attempt. */
struct call_result driver_call_at(const struct place *at, const char *name, const char *path,
				  const char *other);

/* The same attempt in a child of this process, which is root and not confined. */
int driver_unconfined(const char *name, const char *path, const char *other);

/* Denials of a context since the last time. All of them: a marker was sent behind them. */
struct seen {
	size_t len;
	struct admin_record records[SEEN_MAX];
	size_t more; /* that had no room */
};
void driver_denials(const char *context, struct seen *ret);

/* The same, with the marker sent by another context, since all events come in one order. */
void driver_denials_by(const char *context, const char *marker, struct seen *ret);

/* Throws away what was followed so far. */
void driver_forget(const char *context);

/* The first denial of that operation, or NULL. */
const struct admin_record *seen_operation(const struct seen *s, uint32_t operation);

/* Are the secret and all that is said of it as they were made? If not, says what is not. */
bool driver_secret_kept(const char *directory);

/* By uname: what differs between kernels says so. */
bool driver_kernel_at_least(unsigned major, unsigned minor);

/* The processes of a context, from the admin socket: its helper, and the first worker of an
 * entrypoint; 0: there is none. */
pid_t driver_helper(const char *context);
pid_t driver_worker(const char *context, const char *entrypoint);

/* Opens a connection as alice by hand, up to OPENED. Returns its descriptor. */
int driver_connect(const char *context, const char *entrypoint);

/* Sends a CALL of an attempt on it; waits for its end. */
void driver_send_call(int connection, const char *name, const char *path, const char *other);
int driver_wait_call(int connection);

/* The same of an entrypoint that takes file, pipe, peer and memory besides: fds[i] is sent, in that
 * order, and -1 left out; `number` (-1: its place) is said to be the first one's. */
void driver_send_passed(int connection, const char *name, const int fds[4], int number);

/* The ERROR's message, or the descriptor that a RETURN came with in *ret_fd (-1: none). Returns the
 * result's code, 0 for a RETURN. */
int driver_wait_given(int connection, char *message, size_t size, int *ret_fd);

/* The word for an attempt's result. */
const char *driver_word(int value);

_Noreturn void driver_bail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
