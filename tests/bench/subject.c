/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The untagged task that is measured: one process from before the programs are loaded to the end,
 * so that its memory and its descriptors are the same both times. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "tests/bench/bench.h"

enum wanted { ONCE, MEDIAN, BUSY, LEAST };

struct request {
	bench_op op; /* the subject is a fork of ours: its functions lie where ours do */
	unsigned depth;
	enum wanted wanted;
};

static int requests[2], answers[2];

_Noreturn static void serve(void)
{
	struct request r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(requests[0], &r, sizeof(r)) == sizeof(r)) {
		struct sample s = {};

		open_depth(r.depth);
		if (r.wanted == ONCE)
			r.op();
		else if (r.wanted == LEAST)
			s = measure_least(r.op);
		else
			s = r.wanted == BUSY ? measure_busy(r.op) : measure(r.op);
		if (write(answers[1], &s, sizeof(s)) != sizeof(s))
			break;
	}
	_exit(0);
}

void subject_start(void)
{
	if (pipe(requests) < 0 || pipe(answers) < 0)
		bench_bail("pipe: %s", strerror(errno));
	if (fork() == 0) {
		(void)close(requests[1]);
		(void)close(answers[0]);
		serve();
	}
	(void)close(requests[0]);
	(void)close(answers[1]);
}

static struct sample ask(bench_op op, unsigned depth, enum wanted wanted)
{
	struct request r = {.op = op, .depth = depth, .wanted = wanted};
	struct sample s;

	if (write(requests[1], &r, sizeof(r)) != sizeof(r) ||
	    read(answers[0], &s, sizeof(s)) != sizeof(s))
		bench_bail("the task that is measured has ended");
	return s;
}

void subject_do(bench_op op)
{
	(void)ask(op, 1, ONCE);
}

struct sample subject_measure(bench_op op)
{
	return ask(op, 1, MEDIAN);
}

struct sample subject_measure_busy(bench_op op)
{
	return ask(op, 1, BUSY);
}

struct sample subject_measure_least(bench_op op)
{
	return ask(op, 1, LEAST);
}

static bench_op fired;

static void fire(void)
{
	subject_do(fired);
}

unsigned subject_fires(bench_op op, char **ret_names)
{
	fired = op;
	return programs_running(fire, 1, ret_names, NULL);
}

struct sample subject_open(unsigned depth)
{
	return ask(op_open, depth, MEDIAN);
}
