/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text from the other side of a wire: is it UTF-8, where may it be cut, how may it be shown. */
#ifndef POSTERN_BASE_TEXT_H
#define POSTERN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the well-formed character at p, which has `left` bytes; 0 when there is none, or a NUL.
 */
size_t text_character(const unsigned char *p, size_t left);

/* Is it well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms) without a NUL?
 */
bool text_utf8(const char *s, size_t len);

/* The length, at most max, at which s can be cut without splitting a character. */
size_t text_cut(const char *s, size_t len, size_t max);

/*
 * Copies text so that it can be shown on a terminal and sent as a str: bytes that are not UTF-8 and
 * control characters (C0, DEL, C1: they could drive the reader's terminal) become '?', line breaks
 * and tabs a space; what does not fit is cut at a character. to: room for `size` bytes (at least
 * 1), always NUL-terminated. Returns the length.
 */
size_t text_clean(char *to, size_t size, const char *from, size_t len);

#endif
