/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filter that goes by a system call's number.
 *
 * Neighbours that are answered alike are one range, and a binary search finds the range: the kernel
 * translates a program at each start of a helper and runs it through for each call there is, and a
 * comparison for each call would be four times as many.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/util.h"
#include "filters/filters.h"
#include "filters/syscalls.h"

#define NUMBERS	 1024 /* more than any architecture's list has */
#define RANGES	 (NUMBERS + 2)
#define CODE_MAX (2 * RANGES)
#define JUMP_MAX 255
/* x32's calls: numbers with this bit. All ones is no call, but what a tracer writes to skip one. */
#define X32_BIT 0x40000000u
#define NO_CALL 0xffffffffu

struct range {
	uint32_t first, answer;
};

/* Built from its end, since jumps lead forward: what they lead to is there already. */
struct program {
	struct sock_filter reversed[CODE_MAX];
	size_t len;
	struct range ranges[RANGES];
	size_t ranges_len;
	uint32_t answers[RANGES];
	size_t places[RANGES]; /* of each answer's RET */
	size_t answers_len;
	int error;
};

static void emit(struct program *p, struct sock_filter code)
{
	if (p->len == CODE_MAX)
		p->error = -E2BIG;
	else
		p->reversed[p->len++] = code;
}

static int answer_set(uint32_t *answers, const char *name, uint32_t answer)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR || number >= NUMBERS)
		return -EINVAL;
	/* A name that this architecture does not have needs no rule. */
	if (number >= 0)
		answers[number] = answer;
	return 0;
}

static int answers_read(uint32_t *answers)
{
	int r = 0;

	for (size_t i = 0; i < NUMBERS; i++)
		answers[i] = SECCOMP_RET_ERRNO | ENOSYS;
	for (size_t i = 0; i < syscalls_allowed_len && r == 0; i++)
		r = answer_set(answers, syscalls_allowed[i], SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < syscalls_refused_len; i++)
		for (const char *const *n = syscalls_refused[i].names; *n && r == 0; n++)
			r = answer_set(answers, *n, SECCOMP_RET_ERRNO | EPERM);
	return r;
}

static void range_add(struct program *p, uint32_t first, uint32_t answer)
{
	if (p->ranges_len == 0 || p->ranges[p->ranges_len - 1].answer != answer)
		p->ranges[p->ranges_len++] = (struct range){first, answer};
}

static void ranges_make(struct program *p, const uint32_t *answers)
{
	for (uint32_t i = 0; i < NUMBERS; i++)
		range_add(p, i, answers[i]);
	if (seccomp_arch_native() == SCMP_ARCH_X86_64) {
		range_add(p, X32_BIT, SECCOMP_RET_KILL_PROCESS);
		range_add(p, NO_CALL, SECCOMP_RET_ERRNO | ENOSYS);
	}
}

static size_t answer_place(struct program *p, uint32_t answer)
{
	for (size_t i = 0; i < p->answers_len; i++)
		if (p->answers[i] == answer)
			return p->places[i];
	p->answers[p->answers_len] = answer;
	p->places[p->answers_len++] = p->len;
	emit(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
	return p->len - 1;
}

static uint8_t jump(struct program *p, size_t to)
{
	size_t over = p->len - to - 1;

	if (over > JUMP_MAX)
		p->error = -E2BIG;
	return (uint8_t)over;
}

/* Where the search among `len` ranges begins. */
static size_t search(struct program *p, const struct range *ranges, size_t len)
{
	size_t half = len / 2, below, above;

	if (len == 1)
		return answer_place(p, ranges[0].answer);
	above = search(p, ranges + half, len - half);
	below = search(p, ranges, half);
	emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ranges[half].first,
					     jump(p, above), jump(p, below)));
	return p->len - 1;
}

static void program_make(struct program *p)
{
	for (size_t i = 0; i < p->ranges_len; i++)
		(void)answer_place(p, p->ranges[i].answer);
	(void)search(p, p->ranges, p->ranges_len);
	emit(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					     offsetof(struct seccomp_data, nr)));
	emit(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	emit(p,
	     (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 1, 0));
	emit(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					     offsetof(struct seccomp_data, arch)));
}

int filter_calls(struct filter *ret)
{
	static struct program p;
	uint32_t answers[NUMBERS];
	int r = answers_read(answers);

	if (r < 0)
		return r;
	p = (struct program){};
	ranges_make(&p, answers);
	program_make(&p);
	if (p.error)
		return p.error;
	ret->code = calloc(p.len, sizeof(*ret->code));
	if (!ret->code)
		return -ENOMEM;
	for (size_t i = 0; i < p.len; i++)
		ret->code[i] = p.reversed[p.len - 1 - i];
	ret->len = p.len;
	return 0;
}
