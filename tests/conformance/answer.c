/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls with a handle that is kept, and how they ended. */
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

static void take_failure(struct answer *a, const struct postern_failure *f)
{
	const char *argument = postern_failure_argument(f);

	a->result = postern_failure_result(f);
	a->error = postern_failure_errno(f);
	a->signal = postern_failure_signal(f);
	(void)snprintf(a->message, sizeof(a->message), "%s", postern_failure_message(f));
	(void)snprintf(a->argument, sizeof(a->argument), "%s", argument ? argument : "");
}

static void take_value(struct answer *a)
{
	enum postern_kind kind = postern_value_kind(a->value);
	const void *data;

	(void)postern_value_integer(a->value, &a->number);
	(void)postern_value_string(a->value, &a->text, &a->length);
	if (kind == POSTERN_KIND_LIST)
		a->length = postern_value_list_len(a->value);
	if (kind == POSTERN_KIND_BYTES) {
		(void)postern_value_bytes(a->value, &data, &a->length);
		a->text = data;
	}
}

void answer_get(struct answer *ret, struct postern *p, const char *entrypoint,
		struct postern_args *args, unsigned timeout_ms)
{
	struct postern_failure *failure = NULL;
	uint64_t from = trial_ms();

	*ret = (struct answer){.text = ""};
	ret->r = postern_call(p, entrypoint, args, timeout_ms ? timeout_ms : HANG_MS, &ret->value,
			      &failure);
	ret->ms = trial_ms() - from;
	if (ret->r < 0)
		take_failure(ret, failure);
	else
		take_value(ret);
	postern_failure_free(failure);
	postern_args_free(args);
}

void answer_clear(struct answer *a)
{
	postern_value_free(a->value);
	*a = (struct answer){.text = ""};
}

void answer_show(const struct answer *a)
{
	printf("#   result %d, errno %d, signal %d after %llu ms: %s\n", (int)a->result, a->error,
	       a->signal, (unsigned long long)a->ms, a->message);
}

void answer_good(struct answer *a, const char *what)
{
	if (!tap(a->r == 0, "%s", what))
		answer_show(a);
	answer_clear(a);
}

void answer_bad(struct answer *a, enum postern_result result, const char *message, const char *what)
{
	if (!tap(a->r < 0 && a->result == result && strstr(a->message, message) &&
			 a->ms < HANG_MS / 2,
		 "%s: %s", what, a->r == 0 ? "answered" : a->message))
		answer_show(a);
	answer_clear(a);
}

struct postern_args *with_integer(const char *name, int64_t value)
{
	struct postern_args *args = postern_args_new();

	if (!args || postern_args_integer(args, name, value) < 0)
		trial_bail("out of memory");
	return args;
}

struct postern_args *with_string(const char *name, const char *value)
{
	struct postern_args *args = postern_args_new();

	if (!args || postern_args_string(args, name, value) < 0)
		trial_bail("out of memory");
	return args;
}

struct one {
	pthread_t thread;
	size_t i;
	bool (*function)(size_t i, void *data);
	void *data;
	bool good;
};

static void *thread_main(void *data)
{
	struct one *t = data;

	t->good = t->function(t->i, t->data);
	return NULL;
}

size_t in_threads(size_t len, bool (*function)(size_t i, void *data), void *data)
{
	struct one *all = calloc(len, sizeof(*all));
	size_t good = 0;

	if (!all)
		trial_bail("out of memory");
	for (size_t i = 0; i < len; i++) {
		all[i] = (struct one){.i = i, .function = function, .data = data};
		if (pthread_create(&all[i].thread, NULL, thread_main, &all[i]))
			trial_bail("cannot start a thread");
	}
	for (size_t i = 0; i < len; i++) {
		(void)pthread_join(all[i].thread, NULL);
		good += all[i].good;
	}
	free(all);
	return good;
}
