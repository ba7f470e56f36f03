/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What modules call in place of libc's close() and its kin: the same, and it is noticed when a
 * standard descriptor is meant, which is put back before the next call (restore.h). To ask the
 * kernel after each call would be a system call for each; what goes past these (freopen(3), a bare
 * system call) is noticed when the function forks or prints.
 *
 * Of the helper's program alone: the tests' programs have libc's.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/restore.h"

int close(int fd)
{
	restore_standard(fd, fd);
	return (int)syscall(SYS_close, fd);
}

int dup2(int from, int to)
{
	restore_standard(to, to);
	return (int)syscall(SYS_dup2, from, to);
}

int dup3(int from, int to, int flags)
{
	restore_standard(to, to);
	return (int)syscall(SYS_dup3, from, to, flags);
}

int close_range(unsigned first, unsigned last, int flags)
{
	restore_standard((int)first, (int)last);
	return (int)syscall(SYS_close_range, first, last, flags);
}

void closefrom(int first)
{
	(void)close_range(first < 0 ? 0 : (unsigned)first, ~0U, 0);
}
