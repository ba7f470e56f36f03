/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The filters of system calls as they were made, run through here: each number against the lists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/util.h"
#include "filters.gen.h"
#include "filters/syscalls.h"

#define NUMBERS 2000

struct sock_program {
	const struct sock_filter *code;
	size_t len;
};

static const struct sock_program calls = {filter_of_calls, ARRAY_SIZE(filter_of_calls)},
				 arguments = {filter_of_arguments, ARRAY_SIZE(filter_of_arguments)},
				 arguments_sockets = {filter_of_arguments_sockets,
						      ARRAY_SIZE(filter_of_arguments_sockets)};

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	assert_true(offset % 4 == 0 && offset < sizeof(*data));
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static bool holds(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return (a & k) != 0;
	default:
		fail_msg("an unknown comparison: 0x%x", code);
	}
	return false;
}

/* What of the classic BPF the filters have. */
static uint32_t run(struct sock_program p, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t at = 0; at < p.len; at++) {
		const struct sock_filter *i = &p.code[at];

		if (i->code == (BPF_LD | BPF_W | BPF_ABS))
			a = load(data, i->k);
		else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= i->k;
		else if (i->code == (BPF_JMP | BPF_JA))
			at += i->k;
		else if (BPF_CLASS(i->code) == BPF_JMP)
			at += holds(i->code, a, i->k) ? i->jt : i->jf;
		else if (i->code == (BPF_RET | BPF_K))
			return i->k;
		else
			fail_msg("an unknown instruction: 0x%x", i->code);
	}
	fail_msg("the filter has no end");
	return 0;
}

static uint32_t answer(struct sock_program p, uint32_t number)
{
	const struct seccomp_data data = {.nr = (int)number, .arch = seccomp_arch_native()};

	return run(p, &data);
}

static uint32_t expected(int number)
{
	for (size_t i = 0; i < syscalls_allowed_len; i++)
		if (seccomp_syscall_resolve_name(syscalls_allowed[i]) == number)
			return SECCOMP_RET_ALLOW;
	for (size_t i = 0; i < syscalls_refused_len; i++)
		for (const char *const *n = syscalls_refused[i].names; *n; n++)
			if (seccomp_syscall_resolve_name(*n) == number)
				return SECCOMP_RET_ERRNO | EPERM;
	return SECCOMP_RET_ERRNO | ENOSYS;
}

static void test_every_number(void **state)
{
	(void)state;
	for (int number = 0; number < NUMBERS; number++)
		assert_int_equal(answer(calls, (uint32_t)number), expected(number));
	assert_int_equal(answer(calls, 0x3fffffff), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(answer(calls, SYS_getpid), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(calls, SYS_mount), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(answer(calls, SYS_clone3), SECCOMP_RET_ERRNO | ENOSYS);
}

static void test_other_architectures(void **state)
{
	struct seccomp_data data = {.nr = SYS_getpid, .arch = AUDIT_ARCH_PPC};

	(void)state;
	assert_int_equal(run(calls, &data), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(run(arguments, &data), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(run(arguments_sockets, &data), SECCOMP_RET_KILL_PROCESS);
#ifdef __x86_64__
	assert_int_equal(answer(calls, 0x40000000), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(calls, 0x40000000 | SYS_getpid), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(calls, 0xfffffffe), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(calls, 0xffffffff), SECCOMP_RET_ERRNO | ENOSYS);
#endif
}

static uint32_t argument_answer(struct sock_program p, const struct syscalls_argument *a,
				uint64_t value)
{
	struct seccomp_data data = {.nr = seccomp_syscall_resolve_name(a->name),
				    .arch = seccomp_arch_native()};

	data.args[a->argument] = value;
	return run(p, &data);
}

static void test_every_argument(void **state)
{
	(void)state;
	for (size_t i = 0; i < syscalls_arguments_len; i++) {
		const struct syscalls_argument *a = &syscalls_arguments[i];
		uint32_t refused = SECCOMP_RET_ERRNO | (uint32_t)a->error;

		assert_int_equal(argument_answer(arguments, a, a->value), refused);
		assert_int_equal(argument_answer(arguments, a, a->value | ~a->mask), refused);
		assert_int_equal(argument_answer(arguments_sockets, a, a->value), refused);
		assert_int_equal(argument_answer(arguments, a, 0), SECCOMP_RET_ALLOW);
	}
	assert_int_equal(argument_answer(arguments, &syscalls_network_ioctls, 0x8914),
			 SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(argument_answer(arguments_sockets, &syscalls_network_ioctls, 0x8914),
			 SECCOMP_RET_ALLOW);
	for (uint32_t number = 0; number < NUMBERS; number++)
		assert_int_equal(answer(arguments, number), SECCOMP_RET_ALLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_number),
		cmocka_unit_test(test_other_architectures),
		cmocka_unit_test(test_every_argument),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
