/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What nothing is attached to: reading and writing of open descriptors, and stat, until a context
 * guards metadata. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bench/bench.h"

/* 1.00, as it is written. */
#define FREE_GOAL    1.005
#define GUARDED_GOAL 1.08 /* of an untagged task */

static int file, null;
static char data[4096];

static void op_read_byte(void)
{
	if (pread(file, data, 1, 0) != 1)
		bench_bail("pread: %s", strerror(errno));
}

static void op_read_page(void)
{
	if (pread(file, data, sizeof(data), 0) != sizeof(data))
		bench_bail("pread: %s", strerror(errno));
}

static void op_write_byte(void)
{
	if (write(null, data, 1) != 1)
		bench_bail("write: %s", strerror(errno));
}

static void op_write_page(void)
{
	if (pwrite(file, data, sizeof(data), 0) != sizeof(data))
		bench_bail("pwrite: %s", strerror(errno));
}

static void op_stat(void)
{
	struct stat st;

	if (stat(tree_file(5), &st) < 0)
		bench_bail("stat: %s", strerror(errno));
}

static void op_fstat(void)
{
	struct stat st;

	if (fstat(file, &st) < 0)
		bench_bail("fstat: %s", strerror(errno));
}

static const struct {
	const char *what;
	bench_op op;
} rows[] = {
	{"pread of 1 byte", op_read_byte},
	{"pread of 4096 bytes", op_read_page},
	{"write of 1 byte to /dev/null", op_write_byte},
	{"pwrite of 4096 bytes", op_write_page},
	{"stat at depth 5", op_stat},
	{"fstat", op_fstat},
};

static struct sample none[ARRAY_SIZE(rows)];

static void prepare(void)
{
	file = open("/d1/d2/d3/d4/page", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (file < 0 || null < 0)
		bench_bail("open: %s", strerror(errno));
	op_write_page();
}

void descriptors_before(void)
{
	prepare(); /* for the tagged children */
	subject_do(prepare);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		none[i] = subject_measure(rows[i].op);
}

void descriptors_after(void)
{
	struct rule rule = {.directory = "/d1"};
	struct child c = {.place = PLACE_NAMESPACE, .outside = tagged_outside, .userdata = &rule};
	char what[64];

	section("what no program is attached to");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		row_ratio(rows[i].what, subject_measure(rows[i].op), &none[i], FREE_GOAL);
		c.op = rows[i].op;
		(void)snprintf(what, sizeof(what), "%s, tagged", rows[i].what);
		row_ratio(what, measure_child(&c), &none[i], FREE_GOAL);
	}
}

/* Last of all parts: from here on programs are attached there. */
void guarded_after(void)
{
	struct rule rule = {.directory = "/d1"};
	struct child c = {.place = PLACE_NAMESPACE, .outside = tagged_outside, .userdata = &rule};
	char what[64];

	tagged_guard();
	section("stat when a context guards metadata");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].op != op_stat && rows[i].op != op_fstat)
			continue;
		row_ratio(rows[i].what, subject_measure(rows[i].op), &none[i],
			  rows[i].op == op_stat ? GUARDED_GOAL : NO_GOAL);
		c.op = rows[i].op;
		(void)snprintf(what, sizeof(what), "%s, tagged, of a context that does not",
			       rows[i].what);
		row_ratio(what, measure_child(&c), &none[i], NO_GOAL);
	}
}
