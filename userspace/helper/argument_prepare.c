/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Preparing an entrypoint's checks: its patterns are compiled once, at a worker's start. */
#include <errno.h>
#include <stdlib.h>

#include "base/util.h"
#include "helper/argument_check.h"
#include "helper/argument_prepared.h"

/* NOLINTNEXTLINE(misc-no-recursion): as deep as manifests are */
static void prepared_clear(struct prepared *p)
{
	if (p->pattern) {
		regfree(p->pattern);
		free(p->pattern);
	}
	if (p->element) {
		prepared_clear(p->element);
		free(p->element);
	}
	for (size_t i = 0; p->fields && i < p->argument->fields_len; i++)
		prepared_clear(&p->fields[i]);
	free(p->fields);
	*p = (struct prepared){};
}

/* "^(" pattern ")$", as the manifest promises. That the match covers the whole text is looked at
 * too, so that no pattern can break out of the parentheses. */
static int prepare_pattern(struct prepared *p, struct error *err)
{
	cleanup_free char *anchored = NULL;
	regex_t *regex;
	char said[128];
	int r;

	if (asprintf(&anchored, "^(%s)$", p->argument->pattern) < 0) {
		anchored = NULL;
		return error_set(err, -ENOMEM, "pattern");
	}
	regex = calloc(1, sizeof(*regex));
	if (!regex)
		return error_set(err, -ENOMEM, "pattern");
	r = regcomp(regex, anchored, REG_EXTENDED);
	if (r == 0) {
		p->pattern = regex;
		return 0;
	}
	(void)regerror(r, regex, said, sizeof(said));
	free(regex);
	return error_say(err, r == REG_ESPACE ? -ENOMEM : -EINVAL, "pattern %s: %s",
			 p->argument->pattern, said);
}

static int prepare(struct prepared *p, const struct argument *a, struct error *err);

/* NOLINTNEXTLINE(misc-no-recursion): fields are no records */
static int prepare_record(struct prepared *p, struct error *err)
{
	const struct argument *a = p->argument;
	int r = 0;

	p->fields = calloc(a->fields_len + 1, sizeof(*p->fields));
	if (!p->fields)
		return error_set(err, -ENOMEM, "record");
	for (size_t i = 0; i < a->fields_len && r == 0; i++) {
		if (argument_record(&a->fields[i]))
			r = error_say(err, -EINVAL, "a record holds no records");
		else
			r = prepare(&p->fields[i], &a->fields[i], err);
		if (r < 0)
			(void)error_prefix(err, "field %s", a->fields[i].name);
	}
	return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): elements are no lists */
static int prepare(struct prepared *p, const struct argument *a, struct error *err)
{
	p->argument = a;
	p->kind = argument_kind(a->type);
	if (a->type == ARGUMENT_STRING && a->pattern)
		return prepare_pattern(p, err);
	if (a->type == ARGUMENT_RECORD)
		return prepare_record(p, err);
	if (a->type != ARGUMENT_LIST)
		return 0;
	if (!a->element || a->element->type == ARGUMENT_LIST)
		return error_say(err, -EINVAL, "a list needs an element that is no list");
	p->element = calloc(1, sizeof(*p->element));
	if (!p->element)
		return error_set(err, -ENOMEM, "list");
	return prepare(p->element, a->element, err);
}

int argument_checks_new(const struct manifest_entrypoint *e, struct argument_checks **ret,
			struct error *err)
{
	struct argument_checks *c;
	int r;

	c = calloc(1, sizeof(*c) + e->arguments_len * sizeof(c->arguments[0]));
	if (!c)
		return error_set(err, -ENOMEM, "%s", e->name);
	c->len = e->arguments_len;
	r = prepare(&c->result, &e->result, err);
	if (r < 0)
		(void)error_prefix(err, "result of %s", e->name);
	c->descriptors = argument_fds(e->arguments, e->arguments_len) > 0;
	for (size_t i = 0; i < e->arguments_len && r == 0; i++) {
		c->records |= argument_record(&e->arguments[i]) != NULL;
		r = prepare(&c->arguments[i], &e->arguments[i], err);
		if (r < 0)
			(void)error_prefix(err, "argument %s of %s", e->arguments[i].name, e->name);
	}
	if (r < 0) {
		argument_checks_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void argument_checks_free(struct argument_checks *c)
{
	if (!c)
		return;
	prepared_clear(&c->result);
	for (size_t i = 0; i < c->len; i++)
		prepared_clear(&c->arguments[i]);
	free(c);
}
