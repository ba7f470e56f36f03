/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that a test runs as some user, with what they print. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/integration/common/trial.h"

static int scratch(void)
{
	char name[] = "/tmp/program-XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);

	if (fd < 0)
		trial_bail("make a file below /tmp: %s", strerror(errno));
	(void)unlink(name);
	return fd;
}

static char *content(int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)len + 1);

	if (!text || pread(fd, text, (size_t)len, 0) != len)
		trial_bail("read what a program printed");
	(void)close(fd);
	return text;
}

void trial_run(struct trial_program *p, uid_t uid, const char *const *argv)
{
	int out = scratch(), err = scratch(), status;
	uint64_t from = trial_ms();
	pid_t pid = fork();

	if (pid < 0)
		trial_bail("fork: %s", strerror(errno));
	if (pid == 0) {
		if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
			_exit(126);
		if (uid && (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
			    setresuid(uid, uid, uid) < 0))
			_exit(126);
		(void)execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		trial_bail("wait for %s: %s", argv[0], strerror(errno));
	p->ms = trial_ms() - from;
	p->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	p->out = content(out);
	p->err = content(err);
}

void trial_program_clear(struct trial_program *p)
{
	free(p->out);
	free(p->err);
	*p = (struct trial_program){};
}

static void show(const char *what, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		printf("#   %s: %.*s\n", what, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

void trial_program_show(const struct trial_program *p)
{
	printf("#   exit status %d after %llu ms\n", p->status, (unsigned long long)p->ms);
	show("stdout", p->out);
	show("stderr", p->err);
}
