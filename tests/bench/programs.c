/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Our programs as the kernel counts them: which ran, which are there, how long each is. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "supervisor/enforcement_private.h"
#include "tests/bench/bench.h"

#define PROGRAMS_MAX 256
#define GONE_SECONDS 60
#define PREFIX	     "postern_"

static struct bpf_prog_info info_of(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len) < 0)
		bench_bail("cannot ask about program %s: %s", bpf_program__name(program),
			   strerror(errno));
	return info;
}

unsigned programs_loaded(double *ret_first, double *ret_last)
{
	uint64_t first = UINT64_MAX, last = 0;
	unsigned loaded = 0;

	for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
		cleanup_close int fd = bpf_prog_get_fd_by_id(id);
		struct bpf_prog_info info = {};
		uint32_t len = sizeof(info);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ||
		    strncmp(info.name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		loaded++;
		first = MIN_OF(first, info.load_time);
		last = MAX_OF(last, info.load_time);
	}
	if (ret_first)
		*ret_first = (double)first / 1e9;
	if (ret_last)
		*ret_last = (double)last / 1e9;
	return loaded;
}

double programs_wait_gone(void)
{
	const struct timespec nap = {.tv_nsec = 2000000};
	double from = seconds_now();

	while (programs_loaded(NULL, NULL) > 0) {
		if (seconds_now() - from > GONE_SECONDS)
			bench_bail("programs are still loaded after %d s", GONE_SECONDS);
		(void)nanosleep(&nap, NULL);
	}
	return seconds_now() - from;
}

struct verified {
	const char *name;
	unsigned instructions;
	double loaded, seconds;
};

static int more_first(const void *a, const void *b)
{
	const struct verified *x = a, *y = b;

	return (x->instructions < y->instructions) - (x->instructions > y->instructions);
}

/* A program's time is that until the next one begins to load; the last one's is not known. */
static void time_programs(struct verified *all, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		all[i].seconds = NAN;
		for (size_t k = 0; k < len; k++) {
			double took = all[k].loaded - all[i].loaded;

			if (took > 0 && !(all[i].seconds <= took))
				all[i].seconds = took;
		}
	}
}

void programs_verified(void)
{
	struct verified all[PROGRAMS_MAX];
	struct bpf_program *program;
	size_t len = 0;
	double sum = 0;

	section("instructions that the verifier walked through, and the time it took");
	bpf_object__for_each_program(program, tagged_enforcement()->skeleton->obj)
	{
		struct bpf_prog_info info;

		if (bpf_program__fd(program) < 0 || len == PROGRAMS_MAX)
			continue;
		info = info_of(program);
		all[len].name = bpf_program__name(program) + strlen(PREFIX);
		all[len].instructions = info.verified_insns;
		all[len].loaded = (double)info.load_time / 1e9;
		sum += all[len++].instructions;
	}
	time_programs(all, len);
	qsort(all, len, sizeof(*all), more_first);
	row_value("all programs", sum, "insns", NO_GOAL);
	for (size_t i = 0; i < len; i++) {
		char took[32] = "the last one";

		if (!isnan(all[i].seconds))
			(void)snprintf(took, sizeof(took), "%.4f s", all[i].seconds);
		row_remarked(all[i].name, all[i].instructions, "insns", NO_GOAL, took);
	}
}
