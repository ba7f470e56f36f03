/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* posternd's life, and which processes its contexts have. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/admin.h"
#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define START_MS  60000
#define LOG_SHOWN 20000

const char *trial_cgroup = TRIAL_CGROUP;

bool trial_answers(pid_t posternd)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX,
					    .sun_path = POSTERN_ADMIN_SOCKET};
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct ucred listener;
	socklen_t len = sizeof(listener);

	/* A child of one that was killed may have its sockets for a moment longer. */
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &listener, &len) == 0 &&
	       listener.pid == posternd;
}

pid_t trial_spawn(const char *output, const char *const *argv)
{
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		trial_bail("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	fd = open(output, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	if (fd > STDERR_FILENO)
		(void)close(fd);
	(void)execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

void trial_log_show(void)
{
	cleanup_free char *text = trial_read(TRIAL_LOG);
	size_t len = strlen(text), from = len > LOG_SHOWN ? len - LOG_SHOWN : 0;
	char *save = NULL;

	for (char *line = strtok_r(text + from, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		/* Not those of functions that are made to write or try much. */
		if (!strstr(line, "aaaaaaaa") && !strstr(line, "denied: trial-prowl") &&
		    !strstr(line, "more denials were not logged"))
			printf("#   %.200s\n", line);
}

pid_t trial_posternd_spawn(const char *program, const char *contexts)
{
	const char *const argv[] = {program, "--contexts", contexts, NULL};

	return trial_spawn(TRIAL_LOG, argv);
}

pid_t trial_posternd(const char *contexts)
{
	uint64_t until = trial_ms() + START_MS, from = trial_ms();
	pid_t pid = trial_posternd_spawn(POSTERND, contexts);

	while (!trial_answers(pid)) {
		if (waitpid(pid, NULL, WNOHANG) == pid || trial_ms() > until) {
			trial_log_show();
			trial_bail("posternd does not start");
		}
		trial_sleep(50);
	}
	printf("# posternd answers after %llu ms\n", (unsigned long long)(trial_ms() - from));
	return pid;
}

int trial_end(pid_t posternd, int signal, uint64_t *ret_ms)
{
	uint64_t from = trial_ms();
	int status;

	if (kill(posternd, signal) < 0 || waitpid(posternd, &status, 0) != posternd)
		trial_bail("cannot end posternd: %s", strerror(errno));
	if (ret_ms)
		*ret_ms = trial_ms() - from;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int trial_done(pid_t posternd)
{
	tap(trial_end(posternd, SIGTERM, NULL) == 0, "SIGTERM ends posternd");
	if (tap_failed)
		trial_log_show();
	return tap_done();
}

static size_t pids_of(const char *cgroup, pid_t *ret, size_t len)
{
	cleanup_free char *file = NULL, *text = NULL;
	char *save = NULL;

	if (asprintf(&file, "%s/cgroup.procs", cgroup) < 0)
		trial_bail("out of memory");
	text = trial_read(file);
	for (char *line = strtok_r(text, "\n", &save); line && len < TRIAL_PIDS;
	     line = strtok_r(NULL, "\n", &save))
		ret[len++] = (pid_t)strtol(line, NULL, 10);
	return len;
}

/* NOLINTNEXTLINE(misc-no-recursion): cgroups of contexts are two levels deep */
static size_t pids_below(const char *cgroup, pid_t *ret, size_t len)
{
	const struct dirent *entry;
	DIR *dir = opendir(cgroup);

	if (!dir)
		return len;
	len = pids_of(cgroup, ret, len);
	while ((entry = readdir(dir))) {
		cleanup_free char *below = NULL;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (asprintf(&below, "%s/%s", cgroup, entry->d_name) < 0)
			trial_bail("out of memory");
		len = pids_below(below, ret, len);
	}
	(void)closedir(dir);
	return len;
}

size_t trial_pids(const char *context, pid_t *ret)
{
	cleanup_free char *cgroup = NULL;

	if (asprintf(&cgroup, "%s%s%s", trial_cgroup, context ? "/" : "", context ? context : "") <
	    0)
		trial_bail("out of memory");
	return pids_below(cgroup, ret, 0);
}

pid_t trial_helper(const char *context)
{
	cleanup_free char *cgroup = NULL;
	pid_t pids[TRIAL_PIDS];

	if (asprintf(&cgroup, "%s/%s/helper", trial_cgroup, context) < 0)
		trial_bail("out of memory");
	return pids_of(cgroup, pids, 0) == 1 ? pids[0] : 0;
}

pid_t trial_worker(const char *context, const char *entrypoint, size_t nth)
{
	pid_t pids[TRIAL_PIDS];
	size_t len = trial_pids(context, pids);

	for (size_t i = 0; i < len; i++) {
		cleanup_free char *file = NULL, *comm = NULL;

		if (asprintf(&file, "/proc/%d/comm", (int)pids[i]) < 0)
			trial_bail("out of memory");
		comm = trial_read(file);
		comm[strcspn(comm, "\n")] = '\0';
		if (strcmp(comm, entrypoint) == 0 && nth-- == 0)
			return pids[i];
	}
	return 0;
}

int trial_open_in_cgroup(const char *file)
{
	static const char *const outsiders = TRIAL_CGROUP "/outsiders";
	int fd, status;
	pid_t pid;

	/* One of its own: a cgroup with controllers holds no processes beside others. */
	if (mkdir(outsiders, 0755) < 0 && errno != EEXIST)
		trial_bail("mkdir %s: %s", outsiders, strerror(errno));
	pid = fork();
	if (pid == 0) {
		fd = open(TRIAL_CGROUP "/outsiders/cgroup.procs", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(255);
		fd = open(file, O_RDONLY | O_CLOEXEC);
		_exit(fd < 0 ? errno : 0);
	}
	if (waitpid(pid, &status, 0) != pid)
		status = -1;
	(void)rmdir(outsiders);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

bool trial_gone(const char *context, unsigned ms)
{
	uint64_t until = trial_ms() + ms;
	pid_t pids[TRIAL_PIDS];

	while (trial_pids(context, pids) > 0) {
		if (trial_ms() > until)
			return false;
		trial_sleep(20);
	}
	return true;
}
