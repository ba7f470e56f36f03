/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Taking text, names, words, booleans and numbers. Paths are in paths.c. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/nearest.h"
#include "base/units.h"
#include "manifest/values.h"

void take_text(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	(void)s;
	text_store(r, field, v->text, v->len);
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void name_check(struct reader *r, const struct scalar *v, const char *kind, bool dashes,
		size_t most)
{
	bool good = v->len > 0 && is_lower(v->text[0]);

	for (size_t i = 0; good && i < v->len; i++)
		good = is_lower(v->text[i]) || is_digit(v->text[i]) || v->text[i] == '_' ||
		       (dashes && v->text[i] == '-');
	if (!good)
		problem(r, v->place,
			text_make("%s is no name for %s", QUOTE(v->text, v->len), kind),
			text_make("use lower-case letters, digits%s, and a letter first",
				  dashes ? ", _ and -" : " and _"));
	else if (v->len > most)
		problem(r, v->place,
			text_make("the name %s has %zu characters", QUOTE(v->text, v->len), v->len),
			text_make("at most %zu are allowed", most));
}

void take_name(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	(void)s;
	name_check(r, v, "a context", true, MANIFEST_NAME_MAX);
	text_store(r, field, v->text, v->len);
}

const struct word *word_find(const struct shape *s, const char *text)
{
	for (size_t i = 0; i < s->words_len; i++)
		if (strcmp(s->words[i].word, text) == 0)
			return &s->words[i];
	return NULL;
}

static bool word_fits(const struct shape *s, const struct word *word)
{
	return !word->refused && !(word->not_for & s->role);
}

/* "a, b, c". */
static char *words_listed(const struct shape *s)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	const char *between = "";

	if (!to)
		return NULL;
	for (size_t i = 0; i < s->words_len; i++) {
		if (!word_fits(s, &s->words[i]))
			continue;
		(void)fprintf(to, "%s%s", between, s->words[i].word);
		between = ", ";
	}
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}

void word_problem(struct reader *r, const struct shape *s, const struct scalar *v)
{
	struct nearest n = {.text = v->text, .len = v->len};
	cleanup_free char *listed = words_listed(s);

	for (size_t i = 0; i < s->words_len; i++)
		if (word_fits(s, &s->words[i]))
			nearest_offer(&n, s->words[i].word);
	problem(r, v->place, text_make("%s is not %s", QUOTE(v->text, v->len), s->wants),
		n.best ? text_make("did you mean \"%s\"?", n.best)
		       : text_make("write one of: %s%s", listed ? listed : s->example,
				   s->pattern ? ", or an absolute path" : ""));
}

void take_word(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	const struct word *word = word_find(s, v->text);

	if (!word) {
		word_problem(r, s, v);
		return;
	}
	if (word->refused) {
		problem(r, v->place, text_make("\"%s\" is %s", word->word, word->refused),
			text_make("for example %s", s->example));
		return;
	}
	/* The fields are enums, which gcc and clang store as unsigned int. */
	memcpy(field, &word->value, sizeof(word->value));
}

_Static_assert(sizeof(enum manifest_isolation) == sizeof(unsigned) &&
		       sizeof(enum manifest_mode) == sizeof(unsigned) &&
		       sizeof(enum manifest_log) == sizeof(unsigned) &&
		       sizeof(enum manifest_user_namespace) == sizeof(unsigned) &&
		       sizeof(enum argument_exists) == sizeof(unsigned) &&
		       sizeof(enum argument_family) == sizeof(unsigned),
	       "take_word() stores enums as unsigned");

/* YAML 1.1 parsers take yes, on, y for booleans too; what a reader may see differently is refused.
 */
void take_boolean(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	bool *flag = field;

	if (v->plain && strcmp(v->text, "true") == 0)
		*flag = true;
	else if (v->plain && strcmp(v->text, "false") == 0)
		*flag = false;
	else
		problem(r, v->place,
			text_make("\"%s\" wants %s, got %s", v->label, s->wants,
				  QUOTE(v->text, v->len)),
			text_make("write true or false, without quotes"));
}

static void range_problem(struct reader *r, const struct shape *s, const struct scalar *v)
{
	char low[UNITS_TEXT_MAX], high[UNITS_TEXT_MAX];

	if (s->take == take_size) {
		units_format_size(low, (uint64_t)s->minimum);
		units_format_size(high, (uint64_t)s->maximum);
	} else if (s->take == take_duration) {
		units_format_duration(low, (uint64_t)s->minimum);
		units_format_duration(high, (uint64_t)s->maximum);
	} else {
		(void)snprintf(low, sizeof(low), "%" PRId64, s->minimum);
		(void)snprintf(high, sizeof(high), "%" PRId64, s->maximum);
	}
	problem(r, v->place, text_make("%s is out of range", QUOTE(v->text, v->len)),
		text_make("\"%s\" is %s to %s", v->label, low, high));
}

static void number_problem(struct reader *r, const struct shape *s, const struct scalar *v)
{
	const char *digits = v->text + (v->text[0] == '-' ? 1 : 0);
	bool zero = digits[0] == '0' && strspn(digits, "0123456789") == strlen(digits);

	problem(r, v->place,
		text_make("\"%s\" wants %s, got %s", v->label, s->wants, QUOTE(v->text, v->len)),
		zero && digits[1] ? text_make("write it without leading zeros")
		: !v->plain	  ? text_make("write it without quotes")
				  : text_make("for example %s", s->example));
}

static bool number_take(struct reader *r, const struct shape *s, const struct scalar *v,
			int64_t *ret)
{
	int64_t value = 0;
	int e = v->plain ? units_parse_signed(v->text, &value) : -EINVAL;

	if (e == -EINVAL)
		number_problem(r, s, v);
	else if (e < 0 || value < s->minimum || value > s->maximum)
		range_problem(r, s, v);
	else
		*ret = value;
	return e == 0;
}

void take_i64(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	(void)number_take(r, s, v, field);
}

void take_u64(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	int64_t value = 0; /* every shape that uses this has a minimum of 0 or more */

	if (number_take(r, s, v, &value))
		*(uint64_t *)field = (uint64_t)value;
}

void take_unsigned(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	int64_t value = 0;

	if (number_take(r, s, v, &value))
		*(unsigned *)field = (unsigned)value;
}

void take_length(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	int64_t value = 0;

	if (number_take(r, s, v, &value))
		*(size_t *)field = (size_t)value;
}

static void unit_take(struct reader *r, const struct shape *s, const struct scalar *v, int e,
		      uint64_t value, void *field)
{
	if (e == -EINVAL)
		problem(r, v->place,
			text_make("\"%s\" wants %s, got %s", v->label, s->wants,
				  QUOTE(v->text, v->len)),
			text_make("for example %s; units are %s", s->example,
				  s->take == take_size ? "B, KiB, MiB, GiB, TiB"
						       : "ns, us, ms, s, min, h"));
	else if (e < 0 || value < (uint64_t)s->minimum || value > (uint64_t)s->maximum)
		range_problem(r, s, v);
	else
		memcpy(field, &value, sizeof(value));
}

void take_size(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	uint64_t value = 0;
	int e = units_parse_size(v->text, &value);

	unit_take(r, s, v, e, value, field);
}

void take_duration(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	uint64_t value = 0;
	int e = units_parse_duration(v->text, &value);

	unit_take(r, s, v, e, value, field);
}
