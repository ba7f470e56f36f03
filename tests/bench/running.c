/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* posternd's programs as the kernel counts them, by the hooks that they are at. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "tests/bench/bench.h"

#define PROGRAMS_MAX 256
#define PREFIX	     "postern_"
#define HOOK_PREFIX  "bpf_lsm_"

struct running {
	uint32_t id, attached; /* to this function of the kernel's types */
	uint64_t runs, ns;
};

static size_t count(struct running *all)
{
	size_t n = 0;

	for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
		cleanup_close int fd = bpf_prog_get_fd_by_id(id);
		struct bpf_prog_info info = {};
		uint32_t len = sizeof(info);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ||
		    strncmp(info.name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		if (n == PROGRAMS_MAX)
			bench_bail("too many programs");
		all[n++] = (struct running){info.id, info.attach_btf_id, info.run_cnt,
					    info.run_time_ns};
	}
	return n;
}

static const char *hook_name(const struct btf *kernel, uint32_t function)
{
	const struct btf_type *type = btf__type_by_id(kernel, function);
	const char *name = type ? btf__name_by_offset(kernel, type->name_off) : NULL;

	if (!name)
		return "?";
	return strncmp(name, HOOK_PREFIX, strlen(HOOK_PREFIX)) == 0 ? name + strlen(HOOK_PREFIX)
								    : name;
}

/* How often, for each of the calls, programs ran that ran for all of them: what others do meanwhile
 * comes less often. Counting has them run, too: `idle` is what it alone does. */
static unsigned write_runs(FILE *to, const struct running *idle, const struct running *before,
			   const struct running *after, size_t n, unsigned times, double *ret_sum)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	unsigned sum = 0;

	if (!kernel)
		bench_bail("cannot read the kernel's types");
	*ret_sum = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t runs = after[i].runs - before[i].runs - (before[i].runs - idle[i].runs);
		uint64_t ns = after[i].ns - before[i].ns - (before[i].ns - idle[i].ns);

		if (before[i].id != after[i].id || idle[i].id != after[i].id)
			bench_bail("programs came or went");
		if ((int64_t)runs < (int64_t)times)
			continue;
		(void)fprintf(to, "%s%s", sum > 0 ? " " : "", hook_name(kernel, after[i].attached));
		if (runs / times > 1)
			(void)fprintf(to, "*%llu", (unsigned long long)(runs / times));
		(void)fprintf(to, "(%llu)", (unsigned long long)(ns / runs));
		sum += (unsigned)(runs / times);
		*ret_sum += (double)ns / times;
	}
	btf__free(kernel);
	return sum;
}

unsigned programs_running(bench_op op, unsigned times, char **ret_names, double *ret_sum)
{
	static struct running idle[PROGRAMS_MAX], before[PROGRAMS_MAX], after[PROGRAMS_MAX];
	cleanup_close int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	size_t n, len = 0;
	FILE *to = open_memstream(ret_names, &len);
	double sum;
	unsigned runs;

	if (stats < 0 || !to)
		bench_bail("cannot count the runs of programs: %s", strerror(errno));
	op();
	(void)count(before);
	(void)count(idle);
	n = count(before);
	for (unsigned i = 0; i < times; i++)
		op();
	if (count(after) != n)
		bench_bail("programs came or went");
	runs = write_runs(to, idle, before, after, n, times, &sum);
	(void)fclose(to);
	if (ret_sum)
		*ret_sum = sum;
	return runs;
}
