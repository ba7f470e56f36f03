/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The list of findings: kept in order of place, bounded, printed as file:line:column. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "manifest/problems.h"

char *text_make(const char *format, ...)
{
	va_list args;
	char *text;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	return r < 0 ? NULL : text;
}

/* C0, DEL, and C1 in its UTF-8 form (C2 80..9F), which some terminals obey. */
static bool is_control(const unsigned char *p, size_t left)
{
	return *p < 0x20 || *p == 0x7f || (*p == 0xc2 && left > 1 && p[1] >= 0x80 && p[1] <= 0x9f);
}

static size_t utf8_length(unsigned char first)
{
	if (first >= 0xf0)
		return 4;
	if (first >= 0xe0)
		return 3;
	return first >= 0xc0 ? 2 : 1;
}

const char *quote_into(struct quoted *q, const char *text, size_t len)
{
	const size_t room = sizeof(q->text) - sizeof("...\"");
	const unsigned char *p = (const unsigned char *)text;
	size_t at = 0, i = 0;

	q->text[at++] = '"';
	while (i < len) {
		size_t take = MIN_OF(utf8_length(p[i]), len - i);

		if (is_control(p + i, len - i)) {
			if (at + 4 * take > room)
				break;
			for (size_t k = 0; k < take; k++)
				at += (size_t)snprintf(q->text + at, 5, "\\x%02x", p[i + k]);
		} else {
			if (at + take > room)
				break;
			memcpy(q->text + at, p + i, take);
			at += take;
		}
		i += take;
	}
	memcpy(q->text + at, i < len ? "...\"" : "\"", i < len ? 5 : 2);
	return q->text;
}

const char *label_into(struct quoted *q, const char *text, size_t len)
{
	size_t quoted_len = strlen(quote_into(q, text, len));

	memmove(q->text, q->text + 1, quoted_len - 2);
	q->text[quoted_len - 2] = '\0';
	return q->text;
}

/* What of a manifest stands in a message unquoted, such as a wrong name beside which something else
 * is wrong, must not reach a terminal either. */
static void controls_replace(char *text)
{
	unsigned char *p = (unsigned char *)text;
	size_t left = text ? strlen(text) : 0;

	for (size_t i = 0; i < left; i++)
		if (is_control(p + i, left - i))
			memset(p + i, '?', MIN_OF(utf8_length(p[i]), left - i));
}

static bool is_before(struct manifest_place a, struct manifest_place b)
{
	return a.line < b.line || (a.line == b.line && a.column < b.column);
}

static int problems_insert(struct manifest_problems *problems, struct manifest_problem p)
{
	size_t at = problems->len;
	struct manifest_problem *items;

	items = reallocarray(problems->items, problems->len + 1, sizeof(*items));
	if (!items) {
		free(p.what);
		free(p.instead);
		return -ENOMEM;
	}
	problems->items = items;
	while (at > 0 && is_before(p.place, items[at - 1].place))
		at--;
	memmove(items + at + 1, items + at, (problems->len - at) * sizeof(*items));
	items[at] = p;
	problems->len++;
	return 0;
}

int problems_add(struct manifest_problems *problems, struct manifest_place place, char *what,
		 char *instead)
{
	struct manifest_problem p = {.place = place, .what = what, .instead = instead};

	controls_replace(what);
	controls_replace(instead);
	if (what && problems->len < PROBLEMS_MAX - 1)
		return problems_insert(problems, p);
	free(what);
	free(instead);
	if (!what)
		return -ENOMEM;
	if (problems->len >= PROBLEMS_MAX)
		return 0;
	/* Behind every other: the reader meets it last. */
	p.place = problems->items[problems->len - 1].place;
	if (is_before(p.place, place))
		p.place = place;
	p.what = text_make("there are more problems than the %d shown", PROBLEMS_MAX - 1);
	p.instead = text_make("mend these first");
	if (!p.what) {
		free(p.instead);
		return -ENOMEM;
	}
	return problems_insert(problems, p);
}

void manifest_problems_print(const struct manifest_problems *problems, const char *file, FILE *to)
{
	for (size_t i = 0; i < problems->len; i++) {
		const struct manifest_problem *p = &problems->items[i];

		(void)fprintf(to, "%s:%u:%u: %s%s%s\n", file, p->place.line, p->place.column,
			      p->what, p->instead ? "; " : "", p->instead ? p->instead : "");
	}
}

void manifest_problems_clear(struct manifest_problems *problems)
{
	for (size_t i = 0; i < problems->len; i++) {
		free(problems->items[i].what);
		free(problems->items[i].instead);
	}
	free(problems->items);
	*problems = (struct manifest_problems){};
}
