/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ^C during a call. A thread waits for it, since a signal's handler may not cancel. */
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/say.h"

static void only_interrupt(sigset_t *ret)
{
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGINT);
}

static void *wait_for(void *userdata)
{
	const struct interrupt *i = userdata;
	sigset_t set;
	int signal;

	only_interrupt(&set);
	if (sigwait(&set, &signal) != 0)
		return NULL;
	/* The library's lock is not to be left behind. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	(void)fputs("postern: cancelling the call; ^C again does not wait for its end\n", stderr);
	postern_cancel(i->postern);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	for (;;)
		(void)pause();
	return NULL;
}

void interrupt_begin(struct interrupt *i, struct postern *postern)
{
	sigset_t set;

	*i = (struct interrupt){.postern = postern};
	only_interrupt(&set);
	if (pthread_sigmask(SIG_BLOCK, &set, &i->before) != 0)
		return;
	i->watched = pthread_create(&i->thread, NULL, wait_for, i) == 0;
	if (!i->watched)
		(void)pthread_sigmask(SIG_SETMASK, &i->before, NULL);
}

void interrupt_end(struct interrupt *i)
{
	if (!i->watched)
		return;
	(void)pthread_cancel(i->thread);
	(void)pthread_join(i->thread, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &i->before, NULL);
}
