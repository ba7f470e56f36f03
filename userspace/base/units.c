/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Strict reading and exact writing of numbers, sizes and durations. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "base/util.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* Both tables are in rising order, so that a formatter finds the largest unit from the end. */
static const struct unit sizes[] = {
	{"B", 1},
	{"KiB", UINT64_C(1) << 10},
	{"MiB", UINT64_C(1) << 20},
	{"GiB", UINT64_C(1) << 30},
	{"TiB", UINT64_C(1) << 40},
};

static const struct unit durations[] = {
	{"ns", 1},
	{"us", UINT64_C(1000)},
	{"ms", UINT64_C(1000000)},
	{"s", UINT64_C(1000000000)},
	{"min", UINT64_C(60000000000)},
	{"h", UINT64_C(3600000000000)},
};

/* Reads digits up to the first other byte; *ret_rest points there. All digits are looked at even
 * after an overflow, so that "99999999999999999999x" is told from a number that is too large. */
static int digits_parse(const char *text, uint64_t *ret, const char **ret_rest)
{
	bool overflow = false;
	uint64_t value = 0;
	const char *p;

	for (p = text; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			overflow = true;
	if (p == text || (text[0] == '0' && p - text > 1))
		return -EINVAL;
	*ret_rest = p;
	*ret = value;
	return overflow ? -ERANGE : 0;
}

int units_parse_unsigned(const char *text, uint64_t *ret)
{
	const char *rest = text;
	uint64_t value = 0;
	int r = digits_parse(text, &value, &rest);

	if (r == -EINVAL || *rest)
		return -EINVAL;
	if (r == 0)
		*ret = value;
	return r;
}

int units_parse_signed(const char *text, int64_t *ret)
{
	bool negative = text[0] == '-';
	uint64_t magnitude = 0;
	int r = units_parse_unsigned(text + (negative ? 1 : 0), &magnitude);

	if (r < 0)
		return r;
	if (!negative) {
		if (magnitude > INT64_MAX)
			return -ERANGE;
		*ret = (int64_t)magnitude;
		return 0;
	}
	if (magnitude == 0) /* "-0": a second spelling of a value that has one already */
		return -EINVAL;
	if (magnitude > (uint64_t)INT64_MAX + 1)
		return -ERANGE;
	*ret = -(int64_t)(magnitude - 1) - 1;
	return 0;
}

static int units_parse(const char *text, const struct unit *units, size_t len, bool bare,
		       uint64_t *ret)
{
	const char *rest = text;
	uint64_t value = 0, product;
	int r = digits_parse(text, &value, &rest);

	if (r == -EINVAL)
		return r;
	if (!*rest && bare) {
		if (r == 0)
			*ret = value;
		return r;
	}
	if (*rest == ' ')
		rest++;
	for (size_t i = 0; i < len; i++) {
		if (strcmp(rest, units[i].name) != 0)
			continue;
		if (r < 0 || __builtin_mul_overflow(value, units[i].factor, &product))
			return -ERANGE;
		*ret = product;
		return 0;
	}
	return -EINVAL;
}

int units_parse_size(const char *text, uint64_t *ret_bytes)
{
	return units_parse(text, sizes, ARRAY_SIZE(sizes), true, ret_bytes);
}

int units_parse_duration(const char *text, uint64_t *ret_ns)
{
	return units_parse(text, durations, ARRAY_SIZE(durations), false, ret_ns);
}

static const struct unit *unit_of(const struct unit *units, size_t len, uint64_t value)
{
	for (size_t i = len; i-- > 1;)
		if (value && value % units[i].factor == 0)
			return &units[i];
	return &units[0];
}

const char *units_format_size(char buffer[UNITS_TEXT_MAX], uint64_t bytes)
{
	const struct unit *unit = unit_of(sizes, ARRAY_SIZE(sizes), bytes);

	if (unit->factor == 1)
		(void)snprintf(buffer, UNITS_TEXT_MAX, "%" PRIu64, bytes);
	else
		(void)snprintf(buffer, UNITS_TEXT_MAX, "%" PRIu64 " %s", bytes / unit->factor,
			       unit->name);
	return buffer;
}

const char *units_format_duration(char buffer[UNITS_TEXT_MAX], uint64_t ns)
{
	const struct unit *unit = unit_of(durations, ARRAY_SIZE(durations), ns);

	if (ns == 0)
		(void)snprintf(buffer, UNITS_TEXT_MAX, "0s");
	else
		(void)snprintf(buffer, UNITS_TEXT_MAX, "%" PRIu64 "%s", ns / unit->factor,
			       unit->name);
	return buffer;
}
