/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* UTF-8 checks, cutting and cleaning of text. */
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"

/* RFC 3629, section 4: the second byte's range carries the rules against
 * overlong forms, surrogates and numbers beyond U+10FFFF. */
size_t text_character(const unsigned char *p, size_t left)
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

/* Bytes at the beginning that are ASCII without NUL, by eights. Of eight bytes of which none has
 * its first bit set, one that is zero borrows it. */
static size_t plain(const unsigned char *p, size_t len)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
	size_t i = 0;

	for (; len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t eight;

		memcpy(&eight, p + i, sizeof(eight));
		if ((eight | (eight - ones)) & tops)
			break;
	}
	return i;
}

bool text_utf8(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	for (size_t i = 0; i < len;) {
		size_t n;

		i += plain(p + i, len - i);
		if (i == len)
			return true;
		n = text_character(p + i, len - i);
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
