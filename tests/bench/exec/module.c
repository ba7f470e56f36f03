/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The module of the bench's contexts. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "postern-entrypoint.h"

#define TIMES 100

static int take(struct postern_invocation *call)
{
	(void)call;
	return 0;
}

static void step_nothing(void)
{
}

static void step_getppid(void)
{
	(void)getppid();
}

static void step_chdir(void)
{
	if (chdir("/") < 0)
		_exit(1);
}

static void step_getcwd(void)
{
	char path[2];

	(void)syscall(SYS_getcwd, path, sizeof(path));
}

static void step_umask(void)
{
	(void)umask(022);
}

static void step_mask(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static const struct step {
	const char *name;
	void (*run)(void);
} steps_known[] = {
	{"nothing", step_nothing}, {"getppid", step_getppid}, {"chdir", step_chdir},
	{"getcwd", step_getcwd},   {"umask", step_umask},     {"sigprocmask", step_mask},
};

/* "name instructions, ...": in a guest that counts them the time stamp counter is their number. */
static int steps(struct postern_invocation *call)
{
	char text[256];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(steps_known) / sizeof(steps_known[0]); i++) {
		uint64_t from = __rdtsc();

		for (int n = 0; n < TIMES; n++)
			steps_known[i].run();
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %llu", i ? ", " : "",
					steps_known[i].name,
					(unsigned long long)(__rdtsc() - from) / TIMES);
	}
	return postern_return_string(call, text);
}

POSTERN_MODULE({"take", take}, {"take_two", take}, {"take_apart", take}, {"steps", steps},
	       {"take_0", take}, {"take_1", take}, {"take_2", take}, {"take_3", take},
	       {"take_4", take}, {"take_5", take}, {"take_6", take}, {"take_7", take},
	       {"take_8", take}, {"take_9", take}, {"take_10", take}, {"take_11", take},
	       {"take_12", take}, {"take_13", take}, {"take_14", take}, {"take_15", take});
