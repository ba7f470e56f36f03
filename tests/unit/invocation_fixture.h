/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An entrypoint with arguments of all kinds, and calls to it whose answers are taken apart. */
#ifndef POSTERN_TESTS_INVOCATION_FIXTURE_H
#define POSTERN_TESTS_INVOCATION_FIXTURE_H

#include "base/util.h"
#include "helper/invocation.h"
#include "lib/reply.h"
#include "lib/wire.h"

/* message, string; the others are optional: count, integer to 9; key, secret bytes; names, list of
 * interfaces; force, boolean; wait, duration. Gives a string. */
enum { MESSAGE, COUNT, KEY, NAMES, FORCE, WAIT, ARGUMENTS };

extern struct argument name_element;
extern struct manifest_entrypoint entrypoint;
extern const struct invocation_caller caller;
extern volatile struct postern_page page;
extern uint8_t record[POSTERN_RECORD_MAX], reply[POSTERN_RECORD_MAX];

struct answer {
	struct postern_header header;
	struct postern_value *tree;
	struct reply_error error; /* of an ERROR */
};

void answer_free(struct answer *a);
#define cleanup_answer cleanup(answer_free)

/* Runs the CALL in data for that target, and for one with `entrypoint` and `page`. */
struct answer run_target(const struct invocation_target *target, const void *data, size_t len);
struct answer run_record(postern_function function, const void *data, size_t len);
/* Begins a CALL with number 3 in `record`; the arguments follow. */
void call_start(struct wire_writer *w);
/* A CALL with these flags and nothing but the message "hello" in `record`. Returns its length. */
size_t call_hello(uint16_t flags);
/* Runs one without flags. */
struct answer run(postern_function function);

#define IS_ERROR(a, c)                                                                             \
	do {                                                                                       \
		assert_int_equal((a).header.type, POSTERN_ERROR);                                  \
		assert_int_equal((a).header.call, 3);                                              \
		assert_int_equal((a).error.code, c);                                               \
	} while (0)
#define SAID(text, part) assert_non_null(strstr(text, part))

#endif
