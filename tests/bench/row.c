/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows of the table, as lines of fields with tabs between them: kind, what, value, unit, spread,
 * ratio, goal, whether it is met, remark. */
#include "tests/bench/bench.h"

static const char *verdict(double is, double goal)
{
	if (isnan(goal))
		return "-";
	return is <= goal ? "met" : "NOT MET";
}

static void field(double value, const char *format)
{
	printf("\t");
	if (isnan(value))
		printf("-");
	else if (*format == 'r')
		printf("%.4f", value);
	else
		printf("%.6g", value);
}

void section(const char *title)
{
	printf("section\t%s\n", title);
	(void)fflush(stdout);
}

void row_ratio(const char *what, struct sample value, const struct sample *base, double goal)
{
	double ratio = base ? value.instructions / base->instructions : NAN;

	printf("row\t%s\t%.1f\tinstr\t%.4f", what, value.instructions, value.spread);
	field(ratio, "r");
	field(goal, "g");
	printf("\t%s\t\n", verdict(ratio, goal));
	(void)fflush(stdout);
}

void row_remarked(const char *what, double value, const char *unit, double goal, const char *remark)
{
	printf("row\t%s\t%.6g\t%s\t-\t-", what, value, unit);
	field(goal, "g");
	printf("\t%s\t%s\n", verdict(value, goal), remark);
	(void)fflush(stdout);
}

void row_value(const char *what, double value, const char *unit, double goal)
{
	row_remarked(what, value, unit, goal, "");
}

void row_missing(const char *what, const char *why)
{
	printf("row\t%s\t-\t-\t-\t-\t-\tMISSING\t%s\n", what, why);
	(void)fflush(stdout);
}
