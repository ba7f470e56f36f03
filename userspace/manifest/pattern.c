/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checks a regular expression before regcomp() sees it.
 *
 * glibc takes an unmatched ")" for an ordinary character, so that "a)|(b" would break out of the
 * anchors around it; it expands repetitions, so that "((a{255}){255}){255}" takes gigabytes; and
 * back-references make matching exponential.
 */
#include <regex.h>
#include <string.h>

#include "manifest/pattern.h"

#define DEPTH_MAX 16
/* Single characters after repetitions are written out. glibc's closures grow with its square. */
#define COST_MAX 1024

struct walk {
	const char *p;
	const char *wrong; /* the first thing found */
	const char *instead;
};

static unsigned long walk_alternatives(struct walk *w, unsigned depth);

static void wrong(struct walk *w, const char *what, const char *instead)
{
	if (!w->wrong) {
		w->wrong = what;
		w->instead = instead;
	}
	w->p += strlen(w->p);
}

/* Behind "[": up to and with the closing bracket; [:class:], [.x.] and [=x=] may hold a "]". */
static void walk_bracket(struct walk *w)
{
	if (*w->p == '^')
		w->p++;
	if (*w->p == ']')
		w->p++;
	while (*w->p && *w->p != ']') {
		int kind = w->p[0] == '[' ? w->p[1] : 0;

		w->p++;
		if (kind != ':' && kind != '.' && kind != '=')
			continue;
		for (w->p++; *w->p && !(w->p[0] == kind && w->p[1] == ']');)
			w->p++;
		if (*w->p)
			w->p += 2;
	}
	if (*w->p)
		w->p++;
	else
		wrong(w, "has a [ without ]", "close it, or write \\[ for the character");
}

static unsigned long walk_atom(struct walk *w, unsigned depth)
{
	char c = *w->p++;
	unsigned long cost;

	switch (c) {
	case '(':
		if (depth >= DEPTH_MAX) {
			wrong(w, "nests more than 16 groups", "write it with fewer");
			return 0;
		}
		cost = walk_alternatives(w, depth + 1);
		if (*w->p != ')')
			wrong(w, "has a ( without )", "close it, or write \\( for the character");
		else
			w->p++;
		return cost;
	case '[':
		walk_bracket(w);
		return 1;
	case '\\':
		if (*w->p >= '1' && *w->p <= '9')
			wrong(w, "has a back-reference", "write the group again");
		else if (*w->p)
			w->p++;
		return 1;
	default:
		return 1;
	}
}

/* Behind "{": the highest count of an interval. */
static unsigned long walk_interval(struct walk *w)
{
	unsigned long count[2] = {0, 0};
	unsigned i = 0;

	for (; *w->p && *w->p != '}'; w->p++) {
		if (*w->p == ',')
			i = 1;
		else if (*w->p >= '0' && *w->p <= '9' && count[i] <= COST_MAX)
			count[i] = count[i] * 10 + (unsigned long)(*w->p - '0');
	}
	if (*w->p)
		w->p++;
	return MAX_OF(count[0], count[1]) + 1;
}

static unsigned long walk_piece(struct walk *w, unsigned depth)
{
	unsigned long cost = walk_atom(w, depth);

	while (*w->p && strchr("*+?{", *w->p)) {
		bool interval = *w->p++ == '{';

		cost *= interval ? walk_interval(w) : 2;
		if (cost > COST_MAX)
			wrong(w, "repeats too much", "say lengths by min_length and max_length");
	}
	return cost;
}

static unsigned long walk_alternatives(struct walk *w, unsigned depth)
{
	unsigned long cost = 0;

	while (*w->p && !(depth > 0 && *w->p == ')')) {
		if (*w->p == ')') {
			wrong(w, "has a ) without (", "open it, or write \\) for the character");
			break;
		}
		if (*w->p == '|')
			w->p++;
		else
			cost += walk_piece(w, depth);
		if (cost > COST_MAX)
			wrong(w, "repeats too much", "say lengths by min_length and max_length");
	}
	return cost;
}

void take_pattern(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	struct walk w = {.p = v->text};
	cleanup_free char *anchored = NULL;
	char said[128];
	regex_t regex;
	int e;

	(void)s;
	(void)walk_alternatives(&w, 0);
	if (w.wrong) {
		problem(r, v->place,
			text_make("the pattern %s %s", QUOTE(v->text, v->len), w.wrong),
			text_make("%s", w.instead));
		return;
	}
	anchored = text_make("^(%s)$", v->text);
	if (!anchored) {
		r->no_memory = true;
		return;
	}
	e = regcomp(&regex, anchored, REG_EXTENDED | REG_NOSUB);
	if (e == 0) {
		regfree(&regex);
		text_store(r, field, v->text, v->len);
		return;
	}
	(void)regerror(e, &regex, said, sizeof(said));
	problem(r, v->place, text_make("the pattern %s is wrong: %s", QUOTE(v->text, v->len), said),
		text_make("write a POSIX extended regular expression, see regex(7)"));
}
