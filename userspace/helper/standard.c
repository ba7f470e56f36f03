/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What modules call in place of libc's functions: the same, and it is noticed when they change what
 * is put back before the next call (restore.h): a standard descriptor, the working directory, the
 * umask, the signal mask. To ask the kernel after each call, or to set them all, would be a system
 * call for each. Of descriptors, what goes past these (freopen(3), a bare system call) is noticed
 * when the function forks or prints.
 *
 * Of the helper's program alone: the tests' programs have libc's.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
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

int chdir(const char *path)
{
	restore_directory();
	return (int)syscall(SYS_chdir, path);
}

int fchdir(int fd)
{
	restore_directory();
	return (int)syscall(SYS_fchdir, fd);
}

mode_t umask(mode_t mask)
{
	restore_umask();
	return (mode_t)syscall(SYS_umask, mask);
}

/* The kernel's set of signals. libc keeps two for itself, which nobody is to block. */
#define SIGNAL_BIT(n) (UINT64_C(1) << ((n)-1))
#define LIBCS_SIGNALS (SIGNAL_BIT(32) | SIGNAL_BIT(33))

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	uint64_t signals = 0;

	if (set) {
		memcpy(&signals, set, sizeof(signals));
		signals &= ~LIBCS_SIGNALS;
		restore_signals();
	}
	return (int)syscall(SYS_rt_sigprocmask, how, set ? &signals : NULL, old, sizeof(signals));
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	int before = errno, r;

	r = sigprocmask(how, set, old) < 0 ? errno : 0;
	errno = before;
	return r;
}
