/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The process of one call under isolation: call. */
#ifndef POSTERN_HELPER_CALL_PROCESS_H
#define POSTERN_HELPER_CALL_PROCESS_H

#include "helper/worker.h"

/* How it exits. 0 and 1 are left out: a function that calls exit() has not answered. */
enum call_exit {
	CALL_ANSWERED = 100,
	CALL_NOTHING = 101,  /* there was no record after all */
	CALL_CLOSED = 102,   /* the client closed the connection */
	CALL_PROTOCOL = 103, /* it broke the protocol, and was told */
	CALL_UNREAD = 104,   /* it does not read its answers */
	CALL_NO_DOOR = 105,  /* the kernel did not move it to its own record page */
	CALL_LOST = 106,     /* the function closed the connection's descriptor */
};

/*
 * To be called in the zygote's child: gives up what belongs to the zygote and to other calls,
 * serves one record of `c`, and exits. slot: which of the worker's record pages is its own.
 * output: takes what it prints.
 * zygote: its parent, as that saw itself.
 */
_Noreturn void call_process_main(struct worker *w, struct connection *c, uint32_t slot,
				 const struct output *output, pid_t zygote);

#endif
