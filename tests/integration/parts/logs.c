/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What functions log: to their callers, to the journal, and to a caller who reads nothing. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/protocol.h"
#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define MANY	   3000 /* lines: more than a socket holds */
#define NOBODY	   65534
#define LAST_LINES 40 /* together more than is read at once, and fewer than are logged */
#define LAST_BYTES 200
#define GONE_MS	   20000
#define ATTEMPTS   300
#define SAID_MAX   60 /* lines of that many attempts: they may last longer than one period */

struct heard {
	int64_t lines, lost;
	bool in_order;
	unsigned pause_ms; /* after the first line */
};

static void hear(void *userdata, const char *entrypoint, int level, const char *text)
{
	struct heard *h = userdata;
	static int64_t last;
	long long n;

	(void)entrypoint;
	if (h->lines++ == 0) {
		h->in_order = level == LOG_DEBUG;
		last = -1;
		trial_sleep(h->pause_ms);
	} else if (sscanf(text, "line %lld", &n) == 1) {
		h->in_order = h->in_order && n > last;
		last = n;
	} else if (level == LOG_WARNING) {
		h->lost = strtoll(text, NULL, 10);
		h->lines--;
	}
}

static void many(const char *context, unsigned pause_ms, const char *what)
{
	struct heard h = {.pause_ms = pause_ms};
	struct postern *p = postern_new(context);
	struct postern_args *args = postern_args_new();
	struct postern_failure *failure = NULL;
	struct postern_value *value = NULL;
	int64_t said = -1;
	int r;

	(void)postern_args_integer(args, "lines", MANY);
	postern_set_log(p, LOG_DEBUG, hear, &h);
	r = postern_call(p, "talk", args, 0, &value, &failure);
	if (r == 0)
		(void)postern_value_integer(value, &said);
	else
		printf("# %s\n", postern_failure_message(failure));
	tap(r == 0 && said == MANY && h.in_order && h.lines + h.lost == MANY + 3,
	    "%s: %s: of %d lines %lld came, in order, and %lld are said to be lost", context, what,
	    MANY + 3, (long long)h.lines, (long long)h.lost);
	tap(pause_ms == 0 || h.lost > 0, "%s: %s: the function did not wait", context, what);
	postern_failure_free(failure);
	postern_value_free(value);
	postern_args_free(args);
	postern_free(p);
}

static void journal(void)
{
	cleanup_free char *log = NULL;
	struct trial_program p;

	TRIAL_RUN(&p, 0, POSTERN, "call", "--log", "debug", "trial", "talk", "lines=0");
	if (!tap(strstr(p.err, "debug: talk: a line for debugging\n"
			       "info: talk: a line of information\n"
			       "error: talk: a line of an error\n"),
		 "postern call shows them, in order"))
		trial_program_show(&p);
	trial_program_clear(&p);
	trial_sleep(300);
	log = trial_read(TRIAL_LOG);
	tap(strstr(log, "trial: talk: a line of information") &&
		    strstr(log, "trial: talk: a line of an error") &&
		    !strstr(log, "a line for debugging"),
	    "the journal has those that the manifest lets through");
}

/* Who may not call makes no more of the log than some lines, as often as he tries. */
static void refused(void)
{
	static const char line[] = "uid 65534 is not among the callers of context trial";
	cleanup_free char *log = NULL;
	unsigned char record[1024];
	int lines = 0, status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
			_exit(1);
		for (int i = 0; i < ATTEMPTS; i++) {
			int fd = trial_open("trial", "nap");
			ssize_t n = trial_receive(fd, record, sizeof(record), 10000);

			if (n <= 0 || trial_code(record, (size_t)n) != POSTERN_NOT_PERMITTED)
				_exit(2);
			(void)close(fd);
		}
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	trial_sleep(300);
	log = trial_read(TRIAL_LOG);
	for (const char *at = log; (at = strstr(at, line)); at++)
		lines++;
	tap(status == 0 && lines > 0 && lines <= SAID_MAX,
	    "%d attempts of who is not among the callers are %d lines of the log", ATTEMPTS, lines);
}

/* What a helper said right before its end, which posternd has not read by then, tells why. */
static void last_words(pid_t posternd)
{
	static const char last[] = "trial-few: the last word";
	char path[64], line[LAST_BYTES + 1];
	cleanup_close int fd = -EBADF;
	cleanup_free char *log = NULL;
	struct trial_call c = {.context = "trial-few", .entrypoint = "nap", .name = "ms"};
	pid_t helper;
	bool written = true;

	trial_call(&c);
	helper = trial_helper("trial-few");
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/2", (int)helper);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (c.r != 0 || helper <= 0 || fd < 0)
		trial_bail("trial-few has no helper");
	memset(line, '.', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	(void)kill(posternd, SIGSTOP);
	for (int i = 0; i < LAST_LINES; i++)
		written &= write(fd, line, sizeof(line)) == (ssize_t)sizeof(line);
	/* Without its end, as of what dies while it writes. */
	written &= write(fd, "the last word", strlen("the last word")) > 0;
	(void)kill(helper, SIGKILL);
	trial_sleep(300);
	(void)kill(posternd, SIGCONT);
	for (uint64_t until = trial_ms() + GONE_MS; trial_helper("trial-few") == helper;
	     trial_sleep(50))
		if (trial_ms() > until)
			break;
	trial_sleep(300);
	log = trial_read(TRIAL_LOG);
	tap(written && strstr(log, last), "what a helper said before its end is in the log");
}

void part_logs(pid_t posternd)
{
	many("trial", 0, "read");
	many("trial", 2000, "not read in time");
	many("trial-call", 2000, "not read in time");
	journal();
	refused();
	last_words(posternd);
}
