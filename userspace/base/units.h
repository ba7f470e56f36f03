/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers, sizes and durations as people write them, read strictly: the whole text or nothing, no
 * sign where none is wanted, no leading zero (0777 could be meant as octal), overflow refused.
 */
#ifndef POSTERN_BASE_UNITS_H
#define POSTERN_BASE_UNITS_H

#include <stdint.h>

#define UNITS_TEXT_MAX 32 /* the longest text that a formatter below writes, with its NUL */

/* What the parsers take, as an extended regular expression; for schemas and messages. */
#define UNITS_SIZE_PATTERN     "^(0|[1-9][0-9]*)( ?(B|KiB|MiB|GiB|TiB))?$"
#define UNITS_DURATION_PATTERN "^(0|[1-9][0-9]*) ?(ns|us|ms|s|min|h)$"

/*
 * Decimal numbers: "0", "42", and "-7" for the signed one. Results: 0; -EINVAL when the text is no
 * such number; -ERANGE when it does not fit the type. *ret is set on success only, as below.
 */
int units_parse_unsigned(const char *text, uint64_t *ret);
int units_parse_signed(const char *text, int64_t *ret);

/* Bytes: "4096", "10 KiB", "1MiB" (IEC units up to TiB, at most one space). Results as above. */
int units_parse_size(const char *text, uint64_t *ret_bytes);

/* Nanoseconds: "500ms", "5s", "2 min", "1h"; a unit is needed, "0s" included. Results as above. */
int units_parse_duration(const char *text, uint64_t *ret_ns);

/* The shortest exact text that the parsers read back as the same value ("10 KiB", "1500ms").
 * Return buffer. */
const char *units_format_size(char buffer[UNITS_TEXT_MAX], uint64_t bytes);
const char *units_format_duration(char buffer[UNITS_TEXT_MAX], uint64_t ns);

#endif
