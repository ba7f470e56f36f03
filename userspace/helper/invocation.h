/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One call inside a worker: arguments decoded and checked, the function run, the answer encoded.
 *
 * Knows nothing of sockets and processes, so that it can be tested and fuzzed as it is.
 */
#ifndef POSTERN_HELPER_INVOCATION_H
#define POSTERN_HELPER_INVOCATION_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/abi.h"
#include "helper/slots.h"
#include "lib/postern-entrypoint.h"
#include "lib/protocol.h"
#include "manifest/manifest.h"

struct argument_checks;
struct output;

struct invocation_caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	const uint32_t *groups;
	size_t groups_len;
};

/* What a worker needs to answer calls; all of it outlives the worker's calls. */
struct invocation_target {
	const char *context;
	const struct manifest_entrypoint *entrypoint;
	postern_function function;
	volatile struct postern_page
		*page; /* the kernel's last denial is read from here; NULL in tests */
	/* argument_checks_new() of the entrypoint, made once at the worker's start; NULL: made
	 * anew for each call, which is slow when there are patterns. */
	const struct argument_checks *checks;
	int log_level; /* the least important that the journal gets */
	/* Sends a LOG record to the client, or says that it has no room (negative errno); there is
	 * always some for the last one of a call. NULL: nobody hears it. */
	int (*log)(const void *userdata, const void *record, size_t len, bool last);
	const void *log_userdata;
	struct output *output; /* what the function prints; NULL: that is nobody's business here */
	bool (*forked)(void);  /* is this a child that the function forked? With output */
	/* Binds arguments that paths hold; NULL: calls of an entrypoint that has such paths fail.
	 */
	slot_bind_fn bind;
};

/*
 * Reads a CALL's header. Returns 0 and the header, or -EBADMSG when the record is too short, is no
 * CALL, has call number 0, or sets reserved fields: then the connection is to be closed after an
 * ERROR of PROTOCOL_ERROR.
 */
int invocation_header(const void *record, size_t len, struct postern_header *ret);

/*
 * Runs the call that is in `record` (a whole CALL record) and writes the answer, RETURN or ERROR,
 * into `reply`.
 *
 * reply: room for POSTERN_RECORD_MAX bytes. ret_len: length of the answer, always set, never 0:
 * whatever goes wrong is told in the answer (a bad argument by its name, a result that is too
 * large, a function that failed). When the function failed and the kernel refused something to this
 * call meanwhile (page->denial.sequence moved), the code is POSTERN_DENIED and the denial comes
 * along.
 */
void invocation_run(const struct invocation_target *target, const struct invocation_caller *caller,
		    const void *record, size_t len, void *reply, size_t *ret_len);

/* Writes the OPENED record of the entrypoint into `reply` (POSTERN_RECORD_MAX). Returns its length.
 */
size_t invocation_opened(const struct invocation_target *target, void *reply);

#endif
