/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ^C during a call. */
#ifndef POSTERN_CLI_INTERRUPT_H
#define POSTERN_CLI_INTERRUPT_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "lib/postern.h"

struct interrupt {
	struct postern *postern;
	pthread_t thread;
	sigset_t before;
	bool watched;
};

/* From here to interrupt_end() the first SIGINT cancels the handle's call, and says so; the second
 * has its usual effect. Without memory for that the first has it, too. */
void interrupt_begin(struct interrupt *i, struct postern *postern);
void interrupt_end(struct interrupt *i);

#endif
