/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Conformance: what those rely on who come from oslo.privsep, and what they suffered there
 * (docs/privsep-parity.md). The parts share a posternd, whose start takes longer than most tests.
 */
#ifndef POSTERN_TESTS_CONFORMANCE_CONFORMANCE_H
#define POSTERN_TESTS_CONFORMANCE_CONFORMANCE_H

#include "tests/integration/common/trial.h"

#define CONFORM_CONTEXTS "/usr/local/lib/postern-tests/conformance-contexts"
#define CONFORM_DIR	 "/srv/conform"
#define CONFORM_TEXT_MAX 49152

/* Longer than anything here may take: what reaches it hangs. */
#define HANG_MS 40000

/* How a call ended. Cleared by answer_clear(). */
struct answer {
	int r;
	enum postern_result result;
	int error, signal;
	char message[512], argument[64];
	struct postern_value *value;
	int64_t number;	  /* of an integer */
	const char *text; /* of a string or of bytes; else "" */
	size_t length;	  /* of these, or of a list */
	uint64_t ms;
};

/* Calls, and waits at most timeout_ms (0: HANG_MS). args is consumed; NULL: none. (answer.c) */
void answer_get(struct answer *ret, struct postern *p, const char *entrypoint,
		struct postern_args *args, unsigned timeout_ms);
void answer_clear(struct answer *a);
void answer_show(const struct answer *a);
/* A test: the call succeeded. Clears it. */
void answer_good(struct answer *a, const char *what);
/* A test: it failed in that way, and long before it could be called a hang. Clears it. */
void answer_bad(struct answer *a, enum postern_result result, const char *message,
		const char *what);
/* One argument. Ends the test when memory is lacking. */
struct postern_args *with_integer(const char *name, int64_t value);
struct postern_args *with_string(const char *name, const char *value);

/* Threads that run the same function, each told its number. Returns how many of them said true. */
size_t in_threads(size_t len, bool (*function)(size_t i, void *data), void *data);

/* Has posternd's log that text, at last? (log.c) */
bool log_has(const char *text);
/* Waits until a file is there. (clients.c) */
bool conform_appears(const char *file);

/* The parts. (their own files) */
void part_first(struct postern *p);
void part_values(struct postern *p);
void part_raw_values(void);
void part_limits(struct postern *p);
void part_large(struct postern *p);
void part_load(struct postern *p);
void part_time(struct postern *p);
void part_state(struct postern *p);
void part_ends(struct postern *p);
void part_clients(struct postern *p);
void part_cancel(void);
void part_surroundings(struct postern *p);
void part_printed(struct postern *p);
void part_log(struct postern *p, pid_t posternd);
void part_printed_much(struct postern *p);
void part_cores(struct postern *p);
/* Reads a core from standard input, as the kernel's core_pattern has it. */
int cores_collect(void);

#endif
