/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs all parts in the one order that works: what is measured without programs, then with them,
 * then posternd. Each argument is the name of a part; without any, all run. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

static const struct part {
	const char *name;
	void (*before)(void);
	void (*after)(void);
} parts[] = {
	{"descriptors", descriptors_before, descriptors_after},
	{"hooks", hooks_before, hooks_after},
	{"open", open_before, open_after},
	{"netlink", netlink_before, netlink_after},
	{"flat", NULL, flat_after},
	{"verified", NULL, programs_verified},
	{"descriptors", NULL, guarded_after},
};

static bool wanted(const char *name, char **names)
{
	for (char **n = names; *n; n++)
		if (strcmp(*n, name) == 0)
			return true;
	return !*names;
}

/* In a process of its own, since programs go when it ends. */
static void run_parts(char **names)
{
	tagged_prepare();
	subject_start();
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].before && wanted(parts[i].name, names))
			parts[i].before();
	tagged_load();
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (wanted(parts[i].name, names))
			parts[i].after();
	tagged_drop();
}

static void calls(bool from_c, bool peers)
{
	pid_t pid;

	if (from_c)
		calls_bare();
	pid = daemon_start();
	if (from_c)
		calls_after();
	if (peers)
		peers_after();
	daemon_stop(pid);
	(void)programs_wait_gone();
}

int main(int argc UNUSED, char **argv)
{
	int status;
	pid_t pid;

	tree_make();
	pid = fork();
	if (pid == 0) {
		run_parts(argv + 1);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 1;
	section("end of all programs");
	row_value("last process ended, until the last program is gone", programs_wait_gone(), "s",
		  NO_GOAL);
	if (wanted("calls", argv + 1) || wanted("peers", argv + 1))
		calls(wanted("calls", argv + 1), wanted("peers", argv + 1));
	if (wanted("posternd", argv + 1))
		daemon_times();
	return 0;
}
