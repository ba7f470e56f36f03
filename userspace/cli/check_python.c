/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Asks a Python interpreter what a module's functions are (check_python.py, which is part of this
 * program). The file is a stranger's as far as this is concerned: it is parsed, never imported, and
 * a parser that it brings down takes nothing with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "check_python.gen.h"
#include "cli/check_python.h"
#include "manifest/problems.h"

#define INTERPRETER "/usr/bin/python3"
#define NOBODY	    65534
#define SECONDS	    20
#define MEMORY	    ((rlim_t)1 << 30)
#define ANSWER_MAX  ((size_t)256 * 1024)
/* Isolated, without site-packages, writing no compiled code. */
#define OPTIONS "-ISB"

static const char script[] = CHECK_PYTHON;

/* "python3 -ISB -c SCRIPT NAME ARGUMENT... - NAME ..."; to be freed. */
static char **command_new(const struct manifest *m)
{
	size_t len = 4, at = 0;
	char **words;

	for (size_t i = 0; i < m->entrypoints_len; i++)
		len += m->entrypoints[i].arguments_len + 2;
	words = calloc(len + 1, sizeof(*words));
	if (!words)
		return NULL;
	words[at++] = (char *)(uintptr_t)INTERPRETER;
	words[at++] = (char *)(uintptr_t)OPTIONS;
	words[at++] = (char *)(uintptr_t) "-c";
	words[at++] = (char *)(uintptr_t)script;
	for (size_t i = 0; i < m->entrypoints_len; i++) {
		const struct manifest_entrypoint *e = &m->entrypoints[i];

		if (e->does != MANIFEST_DOES_CALL)
			continue;
		words[at++] = e->name;
		for (size_t k = 0; k < e->arguments_len; k++)
			words[at++] = e->arguments[k].name;
		words[at++] = (char *)(uintptr_t) "-";
	}
	return words;
}

static _Noreturn void interpreter_become(int file, int answer, char *const *command)
{
	const struct rlimit seconds = {SECONDS, SECONDS}, memory = {MEMORY, MEMORY};
	char *const environment[] = {NULL};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (dup2(file, STDIN_FILENO) < 0 || dup2(answer, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0 || setrlimit(RLIMIT_CPU, &seconds) < 0 ||
	    setrlimit(RLIMIT_AS, &memory) < 0)
		_exit(126);
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		_exit(126);
	(void)execve(INTERPRETER, command, environment);
	_exit(127);
}

/* All that it prints, NUL-terminated; NULL: too much, or no memory. */
static char *answer_read(int fd)
{
	cleanup_free char *text = malloc(ANSWER_MAX + 1);
	size_t len = 0;
	ssize_t n = 1;

	while (text && len < ANSWER_MAX && n > 0) {
		n = read(fd, text + len, ANSWER_MAX - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	if (!text || len == ANSWER_MAX)
		return NULL;
	text[len] = '\0';
	return steal_ptr(text);
}

static int ask(const struct manifest *m, int file, char **ret, struct error *err)
{
	cleanup_free char **command = command_new(m);
	cleanup_close int from = -EBADF, to = -EBADF;
	int ends[2], status = -1;
	pid_t pid;

	if (!command || pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, command ? errno : ENOMEM, "%s", m->module);
	from = ends[0];
	to = ends[1];
	pid = fork();
	if (pid == 0)
		interpreter_become(file, to, command);
	(void)close(steal_fd(&to));
	if (pid < 0)
		return error_set(err, errno, "start " INTERPRETER);
	*ret = answer_read(from);
	(void)close(steal_fd(&from));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (*ret && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	free(*ret);
	*ret = NULL;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		(void)error_say(err, -ENOEXEC, "%s: there is no " INTERPRETER " to read it with",
				m->module);
		return -ENOEXEC;
	}
	return error_say(err, -ENOEXEC, "%s: the interpreter could not read it", m->module);
}

/* A line: entrypoint, what, instead. */
static int line_take(const struct manifest *m, char *line, struct manifest_problems *problems)
{
	char *what = strchr(line, '\t'), *instead = what ? strchr(what + 1, '\t') : NULL;
	const struct manifest_entrypoint *e;
	struct quoted shown;

	if (!instead)
		return -ENOEXEC;
	*what++ = '\0';
	*instead++ = '\0';
	e = manifest_entrypoint(m, line);
	if (!e)
		return -ENOEXEC;
	return problems_add(
		problems, e->place,
		text_make("%s: %s", label_into(&shown, m->module, strlen(m->module)), what),
		strdup(instead));
}

static int answer_take(const struct manifest *m, char *answer, struct manifest_problems *problems,
		       struct error *err)
{
	size_t first = strcspn(answer, "\n"), before = problems->len;
	char *next = answer + first;
	char clean[256];

	if (first != strlen("read") || strncmp(answer, "read", first) != 0) {
		(void)text_clean(clean, sizeof(clean), answer, first);
		return error_say(err, -ENOEXEC, "%s: %s", m->module, clean);
	}
	while (*next && *++next) {
		char *line = next;
		bool last;
		int r;

		next += strcspn(next, "\n");
		last = *next == '\0';
		*next = '\0';
		r = line_take(m, line, problems);
		if (r < 0)
			return error_set(err, r, "%s", m->module);
		*next = last ? '\0' : '\n';
	}
	return problems->len > before ? -EBADMSG : 0;
}

int check_python(const struct manifest *m, struct manifest_problems *problems, struct error *err)
{
	cleanup_close int file = open(m->module, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_free char *answer = NULL;
	struct stat st;
	int r;

	if (file < 0 || fstat(file, &st) < 0)
		return error_set(err, errno, "%s", m->module);
	if (!S_ISREG(st.st_mode))
		return error_say(err, -EINVAL, "%s is not a regular file", m->module);
	r = ask(m, file, &answer, err);
	if (r < 0 || !answer)
		return r < 0 ? r : -ENOEXEC;
	return answer_take(m, answer, problems, err);
}
