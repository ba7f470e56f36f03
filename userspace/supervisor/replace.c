/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A context takes another's place. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/context.h"
#include "supervisor/helper.h"
#include "supervisor/instance.h"
#include "supervisor/load.h"
#include "supervisor/log.h"
#include "supervisor/remade.h"
#include "supervisor/replace.h"
#include "supervisor/retire.h"

/* Of one name, with those that still end after their calls: each has a helper, and pages. */
#define GENERATIONS_MAX 8

struct replacement {
	struct context *old; /* NULL: there is none */
	replace_done_fn done;
	void *userdata;
};

/* From here on it is a context like the others. */
static void finish(struct context *c, const char *failure)
{
	struct replacement *r = c->replacement;
	char name[MANIFEST_NAME_MAX + 1], why[256];

	(void)snprintf(name, sizeof(name), "%s", c->manifest->name);
	(void)snprintf(why, sizeof(why), "%s", failure ? failure : "");
	c->replacement = NULL;
	c->pending = false;
	if (failure) {
		if (r->old)
			(void)snprintf(r->old->note, sizeof(r->old->note),
				       "what runs is older than what is on disk: %.200s", why);
		context_drain(c);
	}
	r->done(r->userdata, name, failure ? why : NULL);
	free(r);
}

void replace_failed(struct context *c, const char *why)
{
	finish(c, why);
}

/* The order in which contexts are listed stays. */
static void exchange(struct supervisor *s, const struct context *a, const struct context *b)
{
	struct context **x = NULL, **y = NULL, *kept;

	for (size_t i = 0; i < s->contexts_len; i++) {
		if (s->contexts[i] == a)
			x = &s->contexts[i];
		if (s->contexts[i] == b)
			y = &s->contexts[i];
	}
	if (!x || !y)
		return;
	kept = *x;
	*x = *y;
	*y = kept;
}

static void keep_counts(const struct context *old, struct context *c)
{
	const struct manifest *from = old->manifest, *to = c->manifest;

	c->starts += old->starts;
	for (size_t i = 0; i < to->entrypoints_len; i++) {
		const struct manifest_entrypoint *e =
			manifest_entrypoint(from, to->entrypoints[i].name);

		if (e)
			c->denied[i] = old->denied[e - from->entrypoints];
	}
}

/* The one moment: before it, all calls go to `old`; after it, none does. */
static void take_over(struct context *old, struct context *c)
{
	c->listener = old->listener;
	c->listener_made = old->listener_made;
	c->listener_source = old->listener_source;
	(void)sd_event_source_set_userdata(c->listener_source, c);
	old->listener = -EBADF;
	old->listener_source = NULL;
	old->successor = c;
	keep_counts(old, c);
	exchange(c->supervisor, old, c);
	remade_forget(old);
	context_drain(old);
}

void replace_loaded(struct context *c)
{
	struct context *old = c->replacement->old;

	take_over(old, c);
	finish(c, NULL);
	/* What they began they finish; the next ones are by the new manifest. */
	instances_drain(c->supervisor, c->manifest->name);
}

static void begin(struct context *c)
{
	struct context *old = c->replacement->old;
	cleanup_error struct error err = {};

	if (!old) {
		finish(c, context_listen(c, &err) < 0 ? error_text(&err) : NULL);
	} else if (old->helper.state == HELPER_STOPPED) {
		/* It starts with the next call, as it would have. */
		replace_loaded(c);
		context_serve(c);
	} else {
		c->starts++;
		file_identify(c->manifest->module, &c->module);
		if (helper_start(c, &err) == 0)
			return;
		helper_close(&c->helper);
		finish(c, error_text(&err));
	}
}

static void published(void *userdata, int status)
{
	struct context *c = userdata;
	cleanup_error struct error err = {};

	if (status == 0) {
		begin(c);
	} else {
		(void)error_set(&err, status, "publish its record pages");
		finish(c, error_text(&err));
	}
}

static int check_generations(const struct supervisor *s, const struct manifest *m,
			     struct error *err)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->contexts_len; i++)
		n += !s->contexts[i]->network[0] &&
		     strcmp(s->contexts[i]->manifest->name, m->name) == 0;
	if (n < GENERATIONS_MAX)
		return 0;
	return error_say(err, -EBUSY,
			 "calls under way hold %u earlier helpers of it; try again when they have "
			 "ended",
			 n - 1);
}

int replace_start(struct supervisor *s, struct context *old, struct manifest *m, int manifest_fd,
		  const struct file_identity *file, replace_done_fn done, void *userdata,
		  struct error *err)
{
	struct replacement *replacement = calloc(1, sizeof(*replacement));
	struct context *c = NULL;
	int r;

	r = replacement ? check_generations(s, m, err) : error_set(err, ENOMEM, "set it up");
	if (!replacement || r < 0) {
		manifest_free(m);
		(void)close(manifest_fd);
		free(replacement);
		return r;
	}
	r = context_new(s, m, manifest_fd, &c, err);
	if (r == 0 && context_append(c) < 0) {
		context_free(c);
		r = error_set(err, ENOMEM, "set it up");
	}
	if (r < 0) {
		free(replacement);
		return r;
	}
	*replacement = (struct replacement){.old = old, .done = done, .userdata = userdata};
	c->replacement = replacement;
	c->pending = true;
	c->file = *file;
	r = context_publish(c, published, err);
	if (r < 0) {
		s->contexts_len--;
		free(replacement);
		context_free(c);
	}
	return r;
}
