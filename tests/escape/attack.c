/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds attempts by name, and what they share. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/util.h"
#include "tests/escape/attack.h"

static const struct attempt *const tables[] = {
	attack_opens,  attack_races,	 attack_programs, attack_changes,
	attack_links,  attack_processes, attack_memory,	  attack_mounts,
	attack_kernel, attack_sockets,	 attack_append,	  attack_others,
	attack_net,    attack_ioctl,	 attack_netlink,  attack_descriptors,
};

int attack_run(const char *name, const char *path, const char *other)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct attempt *a = tables[i]; a->name; a++)
			if (strcmp(a->name, name) == 0)
				return a->try(path, other);
	return ATTEMPT_UNKNOWN;
}

int attack_wait(pid_t pid)
{
	int status;

	if (pid < 0)
		return errno;
	if (waitpid(pid, &status, 0) != pid)
		return ATTEMPT_BROKEN;
	return WIFSIGNALED(status) ? ATTEMPT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

int attack_failed(long r)
{
	return r < 0 ? errno : 0;
}

int attack_opened(int fd)
{
	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

int attack_in_child(attempt_function try, const char *path, const char *other)
{
	int result[2], status, r = ATTEMPT_BROKEN;
	pid_t pid;

	if (pipe2(result, O_CLOEXEC) < 0)
		return ATTEMPT_BROKEN;
	pid = fork();
	if (pid == 0) {
		r = try(path, other);
		_exit(write(result[1], &r, sizeof(r)) == (ssize_t)sizeof(r) ? 0 : 1);
	}
	(void)close(result[1]);
	if (pid < 0)
		r = errno;
	else if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
		r = ATTEMPT_SIGNAL + WTERMSIG(status);
	else if (read(result[0], &r, sizeof(r)) != (ssize_t)sizeof(r))
		r = ATTEMPT_BROKEN;
	(void)close(result[0]);
	return r;
}

const char *attack_split(const char *path, char directory[4096])
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(directory, 4096, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return slash + 1;
}
