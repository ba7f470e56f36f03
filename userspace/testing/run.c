/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern-testing: one call, by a worker's own code, in the thread that makes it. */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/passed.h"
#include "lib/client.h"
#include "testing/in_process.h"

/* Values that paths hold: there is no kernel side that would have to know them. */
static int bind_nothing(unsigned slot UNUSED, const char *value UNUSED, size_t len UNUSED)
{
	return 0;
}

static int turn_take(struct testing_entrypoint *e, uint64_t deadline)
{
	const struct timespec until = {
		(time_t)(deadline / NS_PER_SECOND),
		(long)(deadline % NS_PER_SECOND),
	};

	return -pthread_mutex_clocklock(&e->turn, CLOCK_MONOTONIC, &until);
}

/* The end that the test gave, for this call. */
static size_t answer_end(const struct testing_entrypoint *e, uint64_t call, void *reply)
{
	struct postern_header h;

	memcpy(&h, e->end, sizeof(h));
	h.call = htole64(call);
	memcpy(reply, e->end, e->end_len);
	memcpy(reply, &h, sizeof(h));
	return e->end_len;
}

static size_t answer_without_function(const struct testing_entrypoint *e, uint64_t call,
				      void *reply)
{
	char message[REPLY_MESSAGE_MAX];

	(void)snprintf(message, sizeof(message), "%s has no function in this process",
		       e->manifest->name);
	return reply_error(reply, call, POSTERN_NOT_AVAILABLE, message,
			   "give it one by postern_testing_fake()", 0, 0);
}

/* As posternd tells a worker's end at its deadline. */
static size_t answer_late(const struct testing_entrypoint *e, uint64_t call, void *reply)
{
	char message[REPLY_MESSAGE_MAX];

	(void)snprintf(message, sizeof(message),
		       "%s did not end within its time; a worker would have been killed",
		       e->manifest->name);
	return reply_error(reply, call, POSTERN_TIMED_OUT, message, NULL, 0, 0);
}

/* The entrypoint's timeout or the client's, whichever is shorter. */
static uint64_t limit(const struct testing_entrypoint *e, const struct postern_header *h)
{
	return h->deadline ? MIN_OF(h->deadline, e->manifest->timeout_ns) : e->manifest->timeout_ns;
}

int testing_run(const struct postern_testing *t, struct testing_entrypoint *e, const void *record,
		size_t len, uint64_t deadline, struct passed *passed,
		int (*log)(const void *userdata, const void *record, size_t len, bool last),
		const void *log_userdata, struct invocation_reply *reply)
{
	const struct invocation_target target = {
		.context = t->manifest->name,
		.entrypoint = e->manifest,
		.function = e->fake ? e->fake : e->function,
		.checks = e->checks,
		.log_level = -1, /* a test has no journal */
		.log = log,
		.log_userdata = log_userdata,
		.bind = bind_nothing,
		.passed = passed,
	};
	struct postern_header h;
	pid_t pid = getpid();
	uint64_t began;
	int r;

	r = invocation_header(record, len, &h);
	if (r < 0)
		return r;
	r = turn_take(e, deadline);
	if (r < 0)
		return r;
	e->calls++;
	began = client_now();
	if (e->end)
		reply->len = answer_end(e, h.call, reply->record);
	else if (!target.function)
		reply->len = answer_without_function(e, h.call, reply->record);
	else
		invocation_run_message(&target, &t->caller, record, len, reply);
	/* A function that forked and returned in the child too: as in a worker, its parent answers.
	 */
	if (getpid() != pid)
		_exit(EXIT_SUCCESS);
	if (client_now() - began > limit(e, &h)) {
		passed_drop_result(passed);
		invocation_reply_clear(reply);
		reply->len = answer_late(e, h.call, reply->record);
	}
	(void)pthread_mutex_unlock(&e->turn);
	return 0;
}
