/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Orders to reload, one after the other, and their answers. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/clock.h"
#include "supervisor/log.h"
#include "supervisor/reload_private.h"

static void order_free(struct reload_order *o)
{
	free(o->names);
	free(o);
}

static void answer(const struct reload_order *o, const struct admin_record *record)
{
	if (o->answer)
		o->answer(o->userdata, record);
}

bool reload_wants(const struct reload *r, const char *context)
{
	const struct reload_order *o = r->orders;

	for (size_t at = 0; at < o->names_len; at += strlen(&o->names[at]) + 1)
		if (strcmp(&o->names[at], context) == 0)
			return true;
	return o->names_len == 0;
}

uint64_t reload_us(const struct reload *r)
{
	return (now_ns() - r->orders->ordered) / 1000;
}

void reload_tell(struct reload *r, const char *context, bool failed, const char *format, ...)
{
	struct admin_record record = {
		.type = ADMIN_RELOADED,
		.state = failed ? ADMIN_FAILED : ADMIN_RUNNING,
		.count = reload_us(r),
	};
	va_list args;

	(void)snprintf(record.context, sizeof(record.context), "%s", context);
	va_start(args, format);
	(void)vsnprintf(record.text, sizeof(record.text), format, args);
	va_end(args);
	r->failed |= failed;
	log_line(failed ? LOG_ERR : LOG_INFO, "context %s: %s", context, record.text);
	answer(r->orders, &record);
}

void reload_problem(struct reload *r, const char *line)
{
	struct admin_record record = {.type = ADMIN_PROBLEM};

	(void)snprintf(record.path, sizeof(record.path), "%s", line);
	log_line(LOG_ERR, "reload: %s", line);
	answer(r->orders, &record);
}

bool reload_busy(const struct supervisor *s)
{
	if (s->reload && s->reload->running)
		return true;
	for (size_t i = 0; i < s->contexts_len; i++)
		if (s->contexts[i]->pending)
			return true;
	return false;
}

void reload_next(struct supervisor *s)
{
	cleanup_error struct error err = {};
	struct reload *r = s->reload;

	if (!r || !r->orders || reload_busy(s))
		return;
	r->running = true;
	r->failed = false;
	if (reload_read_start(r, &err) == 0)
		return;
	reload_problem(r, error_text(&err));
	r->failed = true;
	(void)snprintf(r->failure, sizeof(r->failure), "%s", error_text(&err));
	reload_end(r);
}

void reload_end(struct reload *r)
{
	struct reload_order *o = r->orders;
	const struct admin_record end = {.type = ADMIN_END,
					 .state = r->failed ? ADMIN_FAILED : ADMIN_RUNNING};

	reload_read_stop(r);
	r->orders = o->next;
	r->running = false;
	answer(o, &end);
	order_free(o);
	reload_next(r->supervisor);
}

int reload_order(struct supervisor *s, const char *names, size_t names_len, reload_answer_fn fn,
		 void *userdata)
{
	struct reload_order *o = calloc(1, sizeof(*o)), **at = &s->reload->orders;

	if (!o)
		return -ENOMEM;
	*o = (struct reload_order){.answer = fn, .userdata = userdata, .ordered = now_ns()};
	o->names = malloc(names_len + 1);
	if (!o->names) {
		free(o);
		return -ENOMEM;
	}
	memcpy(o->names, names_len ? names : "", names_len);
	o->names_len = names_len;
	while (*at)
		at = &(*at)->next;
	*at = o;
	reload_next(s);
	return 0;
}

void reload_forget(struct supervisor *s, const void *userdata)
{
	for (struct reload_order *o = s->reload ? s->reload->orders : NULL; o; o = o->next)
		if (o->userdata == userdata)
			o->answer = NULL;
}

const char *reload_failure(const struct supervisor *s)
{
	return s->reload && s->reload->failure[0] ? s->reload->failure : NULL;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct supervisor *s = userdata;

	(void)source;
	(void)info;
	log_line(LOG_INFO, "SIGHUP: reading all manifests anew");
	if (reload_order(s, NULL, 0, NULL, NULL) < 0)
		log_line(LOG_ERR, "no memory to reload");
	return 0;
}

int reload_start(struct supervisor *s, struct error *err)
{
	struct reload *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return error_set(err, ENOMEM, "prepare to reload");
	*r = (struct reload){.supervisor = s, .socket = -EBADF};
	s->reload = r;
	e = sd_event_add_signal(s->loop, &r->hangup, SIGHUP, on_hangup, s);
	return e < 0 ? error_set(err, e, "watch SIGHUP") : 0;
}

void reload_free(struct reload *r)
{
	if (!r)
		return;
	reload_read_stop(r);
	sd_event_source_disable_unref(r->hangup);
	while (r->orders) {
		struct reload_order *next = r->orders->next;

		order_free(r->orders);
		r->orders = next;
	}
	free(r);
}
