/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls through the library, each with a handle of its own, in this thread or another. */
#include <string.h>

#include "tests/integration/common/trial.h"

#define BEGUN_MS 20000 /* within which a call begins */

static void keep(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text ? text : "");
}

static void take_failure(struct trial_call *c, struct postern_failure *f)
{
	c->result = postern_failure_result(f);
	c->signal = postern_failure_signal(f);
	c->error = postern_failure_errno(f);
	keep(c->message, sizeof(c->message), postern_failure_message(f));
	keep(c->hint, sizeof(c->hint), postern_failure_hint(f));
	keep(c->argument, sizeof(c->argument), postern_failure_argument(f));
	postern_failure_free(f);
}

void trial_call(struct trial_call *c)
{
	struct postern_args *args = postern_args_new();
	struct postern *p = postern_new_network(c->context, c->network);
	struct postern_failure *failure = NULL;
	struct postern_value *value = NULL;
	uint64_t from = trial_ms();
	const char *text;

	if (!args || !p)
		trial_bail("out of memory");
	/* What is wrong with an argument is told by the call. */
	if (c->name && c->text)
		(void)postern_args_string(args, c->name, c->text);
	else if (c->name)
		(void)postern_args_integer(args, c->name, c->number);
	c->r = postern_call(p, c->entrypoint, args, c->timeout_ms, &value, &failure);
	c->ended = trial_ms();
	c->ms = c->ended - from;
	c->result = POSTERN_RESULT_OK;
	if (c->r < 0)
		take_failure(c, failure);
	else if (postern_value_integer(value, &c->value) < 0 &&
		 postern_value_string(value, &text, &c->length) == 0)
		keep(c->value_text, sizeof(c->value_text), text);
	postern_value_free(value);
	postern_args_free(args);
	postern_free(p);
}

static void *call_thread(void *c)
{
	trial_call(c);
	return NULL;
}

void trial_call_start(struct trial_call *c)
{
	pthread_attr_t attr;
	int r;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, 128 * 1024);
	r = pthread_create(&c->thread, &attr, call_thread, c);
	(void)pthread_attr_destroy(&attr);
	if (r)
		trial_bail("start a thread: %s", strerror(r));
}

void trial_call_join(struct trial_call *c)
{
	(void)pthread_join(c->thread, NULL);
}

void trial_call_show(const struct trial_call *c)
{
	printf("#   %s.%s: result %d, errno %d, signal %d after %llu ms: %s (%s)\n", c->context,
	       c->entrypoint, (int)c->result, c->error, c->signal, (unsigned long long)c->ms,
	       c->message, c->hint);
}

/* Its worker says so. */
void trial_wait_for_call(const char *context)
{
	for (uint64_t until = trial_ms() + BEGUN_MS; trial_ms() < until; trial_sleep(100)) {
		struct trial_program p;
		bool runs;

		TRIAL_RUN(&p, 0, POSTERN, "status", context);
		runs = strstr(p.out, ", call ");
		trial_program_clear(&p);
		if (runs)
			return;
	}
	trial_bail("a call of %s does not begin", context);
}

int64_t trial_nap(struct postern *p, int64_t ms)
{
	struct postern_args *args = postern_args_new();
	struct postern_failure *failure = NULL;
	struct postern_value *value = NULL;
	int64_t pid = -1;

	(void)postern_args_integer(args, "ms", ms);
	if (postern_call(p, "nap", args, 0, &value, &failure) < 0)
		printf("# %s\n", postern_failure_message(failure));
	else
		(void)postern_value_integer(value, &pid);
	postern_failure_free(failure);
	postern_value_free(value);
	postern_args_free(args);
	return pid;
}
