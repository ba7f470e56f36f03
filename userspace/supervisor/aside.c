/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Work that may wait, in a child. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "supervisor/aside.h"

struct aside {
	int pidfd;
	sd_event_source *source;
	void (*done)(void *userdata, int status);
	void *userdata;
};

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Above all not the lock, which the next supervisor is to get, and no listener: this process may
 * outlive its supervisor by as long as a dead file system holds it. */
static void keep_only(const int *keep, size_t len)
{
	int *fds = calloc(len + 1, sizeof(*fds));
	unsigned first = STDERR_FILENO + 1;

	if (!fds)
		_exit(ENOMEM);
	memcpy(fds, keep, len * sizeof(*fds));
	qsort(fds, len, sizeof(*fds), compare);
	for (size_t i = 0; i < len; i++) {
		if (fds[i] < (int)first)
			continue;
		if (fds[i] > (int)first)
			(void)close_range(first, (unsigned)fds[i] - 1, 0);
		first = (unsigned)fds[i] + 1;
	}
	(void)close_range(first, ~0U, 0);
	free(fds);
}

static int on_end(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct aside *a = userdata;
	siginfo_t info = {};
	int status;

	(void)source;
	(void)events;
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
		return 0;
	status = info.si_code == CLD_EXITED ? -info.si_status : -EINTR;
	sd_event_source_disable_unref(a->source);
	(void)close(a->pidfd);
	a->done(a->userdata, status);
	free(a);
	return 0;
}

int aside_run(struct supervisor *s, int (*work)(void *userdata), void *userdata, const int *keep,
	      size_t keep_len, void (*done)(void *userdata, int status), struct error *err)
{
	struct aside *a = calloc(1, sizeof(*a));
	pid_t supervisor = getpid(), pid;
	int r;

	if (!a)
		return error_set(err, ENOMEM, "work aside");
	*a = (struct aside){.pidfd = -EBADF, .done = done, .userdata = userdata};
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != supervisor)
			_exit(ESRCH);
		keep_only(keep, keep_len);
		_exit(-work(userdata));
	}
	if (pid < 0) {
		r = error_set(err, errno, "fork for work aside");
		free(a);
		return r;
	}
	a->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	r = a->pidfd < 0 ? -errno
			 : sd_event_add_io(s->loop, &a->source, a->pidfd, EPOLLIN, on_end, a);
	if (r >= 0)
		return 0;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	if (a->pidfd >= 0)
		(void)close(a->pidfd);
	free(a);
	return error_set(err, r, "watch work aside");
}
