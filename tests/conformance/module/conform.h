/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of the module that the tests of conformance call. */
#ifndef POSTERN_TESTS_CONFORMANCE_MODULE_CONFORM_H
#define POSTERN_TESTS_CONFORMANCE_MODULE_CONFORM_H

#include "postern-entrypoint.h"

/* (conform.c) */
void conform_sleep(int64_t ms);

/* Each type there and back, and results of any size (values.c). */
int echo_text(struct postern_invocation *call);
int echo_data(struct postern_invocation *call);
int echo_descriptor(struct postern_invocation *call);
int echo_number(struct postern_invocation *call);
int echo_flag(struct postern_invocation *call);
int echo_words(struct postern_invocation *call);
int echo_routes(struct postern_invocation *call);
int large_record(struct postern_invocation *call);
int read_mark(struct postern_invocation *call);
int sum(struct postern_invocation *call);
int give(struct postern_invocation *call);
int give_words(struct postern_invocation *call);

/* What a function changes of its process, or does to it (ends.c). */
int state(struct postern_invocation *call);
int end(struct postern_invocation *call);

/* What a function prints before it ends in one way or another, and what a crash leaves (speak.c).
 */
int speak(struct postern_invocation *call);
int crash(struct postern_invocation *call);

/* What a function, and a program that it executes, find (surroundings.c). */
int surroundings(struct postern_invocation *call);
int program(struct postern_invocation *call);

#endif
