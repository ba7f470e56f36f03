/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* UTF-8 checks, cutting and cleaning of text, and the nearest of some words. */
#include <stdint.h>
#include <string.h>

#include "base/util.h"
#include "lib/text.h"

#define NEAREST_WORD_MAX 63 /* longer words are not compared */

/* Length of the well-formed character at p, or 0. The second byte's range carries the rules against
 * overlong forms, surrogates and numbers beyond U+10FFFF. */
static size_t text_character(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return p[0] ? 1 : 0;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (left < len)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool text_utf8(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	for (size_t i = 0; i < len;) {
		size_t n = text_character(p + i, len - i);

		if (!n)
			return false;
		i += n;
	}
	return true;
}

size_t text_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static bool text_control(const unsigned char *p, size_t n)
{
	return p[0] < 0x20 || p[0] == 0x7f || (n == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

size_t text_clean(char *to, size_t size, const char *from, size_t len)
{
	const unsigned char *p = (const unsigned char *)from;
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		size_t n = text_character(p + i, len - i);
		bool keep = n > 0 && !text_control(p + i, n);

		if (used + (keep ? n : 1) >= size)
			break;
		if (keep)
			memcpy(to + used, p + i, n);
		else
			to[used] = p[i] == '\n' || p[i] == '\t' || p[i] == '\r' ? ' ' : '?';
		used += keep ? n : 1;
		i += n ? n : 1;
	}
	to[used] = '\0';
	return used;
}

/* Levenshtein's distance; both at most NEAREST_WORD_MAX long. */
static size_t text_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[NEAREST_WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = MIN_OF(change, MIN_OF(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

const char *text_nearest(const char *word, const char *const *words, size_t len)
{
	size_t word_len = strlen(word);
	size_t best = word_len / 3 + 2; /* worse than this is another word */
	const char *nearest = NULL;

	if (word_len > NEAREST_WORD_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		size_t other_len = strlen(words[i]), distance;

		if (other_len > NEAREST_WORD_MAX)
			continue;
		distance = text_distance(word, word_len, words[i], other_len);
		if (distance < best && distance < MAX_OF(word_len, other_len)) {
			best = distance;
			nearest = words[i];
		}
	}
	return nearest;
}
