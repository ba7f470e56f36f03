/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The process of one call under isolation: call. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#include "helper/call_process.h"
#include "helper/restore.h"
#include "helper/seccomp.h"

/*
 * Through the door to its own page. Where no program of ours is attached the kernel says EINVAL:
 * then nothing holds this process, and it must not read a byte from the client.
 */
static bool door_pass(uint32_t slot)
{
	errno = 0;
	return prctl(POSTERN_DOOR, POSTERN_DOOR_SLOT, (unsigned long)slot, 0, 0) == -1 &&
	       errno == POSTERN_DOOR_DONE;
}

/* What it prints is its own call's. */
static int output_own(struct worker *w, const struct output *output)
{
	int r;

	if (!output->area)
		return 0;
	r = output_map(&w->output, output->fd);
	if (r < 0)
		return r;
	w->output.journal = OUTPUT_JOURNAL_FD;
	return output_install(&w->output);
}

/* Leaves the connection, the log, what is printed and /dev/null: the channel would let it speak as
 * the worker. */
static int inheritance_drop(struct worker *w, struct connection *c, uint32_t slot,
			    const struct output *output)
{
	unsigned first_free = output->area ? OUTPUT_NULL_FD : WORKER_CHANNEL + 1;
	sigset_t none;
	int r;

	if (dup3(c->fd, WORKER_CHANNEL, O_CLOEXEC) < 0)
		return -errno;
	r = output_own(w, output);
	if (r < 0)
		return r;
	if (close_range(first_free, ~0U, 0) < 0)
		return -errno;
	c->fd = WORKER_CHANNEL;
	for (uint32_t i = 0; i < w->pages_len; i++)
		if (i != slot)
			page_unmap(w->pages[i]);
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return -errno;
	return 0;
}

static enum call_exit outcome(int r)
{
	if (r > 0)
		return CALL_ANSWERED;
	if (r == 0)
		return CALL_NOTHING;
	if (r == -EBADMSG)
		return CALL_PROTOCOL;
	if (r == -EBADFD)
		return CALL_LOST;
	return r == -EAGAIN ? CALL_UNREAD : CALL_CLOSED;
}

_Noreturn void call_process_main(struct worker *w, struct connection *c, uint32_t slot,
				 const struct output *output, pid_t zygote)
{
	int r;

	restore_own();
	/* Without its zygote nobody would hold it to a deadline. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != zygote)
		_exit(EXIT_FAILURE);
	if (setpgid(0, 0) < 0 || seccomp_stay_in_group() < 0)
		_exit(EXIT_FAILURE);
	if (!door_pass(slot))
		_exit(CALL_NO_DOOR);
	if (inheritance_drop(w, c, slot, output) < 0)
		_exit(EXIT_FAILURE);
	w->server.target.page = w->pages[slot];
	w->server.target.bind = slot_bind;
	r = server_serve(&w->server, c);
	(void)fflush(stdout);
	(void)fflush(stderr);
	_exit(outcome(r));
}
