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
struct passed;
struct postern_value;

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
	struct passed *passed; /* descriptors of the call at hand; NULL: there are none */
};

/*
 * Reads a CALL's header. Returns 0 and the header, or -EBADMSG when the record is too short, is no
 * CALL, has call number 0, or sets reserved fields: then the connection is to be closed after an
 * ERROR of PROTOCOL_ERROR.
 */
int invocation_header(const void *record, size_t len, struct postern_header *ret);

/* Where an answer is written: RETURN or ERROR, a header and its payload. One that does not fit into
 * `record` is in memory of its own, which invocation_reply_clear() gives back. */
struct invocation_reply {
	void *record; /* POSTERN_RECORD_MAX bytes */
	size_t most;  /* bytes that a payload may have */
	uint8_t *large;
	size_t large_size;
	size_t len; /* of the whole; 0: nothing was written yet */
};

static inline void *invocation_reply_data(const struct invocation_reply *reply)
{
	return reply->large ? reply->large : reply->record;
}

void invocation_reply_clear(struct invocation_reply *reply);

/*
 * Runs the call with this header and payload, and writes the answer.
 *
 * payload: overwritten; there is room for a byte behind it. values: WIRE_VALUES_MAX of them, for
 * the arguments. reply->len is always set, never 0: whatever goes wrong is told in the answer (a
 * bad argument by its name, a result that is too large, a function that failed). When the function
 * failed and the kernel refused something to this call meanwhile (page->denial.sequence moved), the
 * code is POSTERN_DENIED and the denial comes along.
 */
void invocation_serve(const struct invocation_target *target,
		      const struct invocation_caller *caller, const struct postern_header *header,
		      void *payload, size_t len, struct postern_value *values,
		      struct invocation_reply *reply);

/* The same for a CALL as header and payload in one piece, which stays as it is. */
void invocation_run_message(const struct invocation_target *target,
			    const struct invocation_caller *caller, const void *message, size_t len,
			    struct invocation_reply *reply);

/* The same with an answer of one record; for tests and tools. reply: room for POSTERN_RECORD_MAX
 * bytes. */
void invocation_run(const struct invocation_target *target, const struct invocation_caller *caller,
		    const void *record, size_t len, void *reply, size_t *ret_len);

/* The bytes that the payload of a CALL may have. */
size_t invocation_most(const struct manifest_entrypoint *e);

/* Writes the OPENED record of the entrypoint into `reply` (POSTERN_RECORD_MAX). Returns its length.
 */
size_t invocation_opened(const struct invocation_target *target, void *reply);

#endif
