/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls that their clients take back. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define LONG_MS	   30000 /* of a function that nobody may have to wait for */
#define AT_ONCE_MS 15000

/* A call in a thread, with a handle of its own. */
struct taken {
	struct postern *p;
	const char *entrypoint, *name;
	int64_t ms;
	pthread_t thread;
	struct answer answer;
};

static struct postern_args *mark_args(const char *name, int64_t ms)
{
	struct postern_args *args = with_integer("ms", ms);

	if (postern_args_string(args, "name", name) < 0)
		trial_bail("out of memory");
	return args;
}

static void *run(void *data)
{
	struct taken *t = data;

	answer_get(&t->answer, t->p, t->entrypoint, mark_args(t->name, t->ms), 0);
	return NULL;
}

static void begin(struct taken *t, const char *entrypoint, const char *name, int64_t ms)
{
	*t = (struct taken){
		.p = postern_new("conform"), .entrypoint = entrypoint, .name = name, .ms = ms};
	if (!t->p || pthread_create(&t->thread, NULL, run, t) != 0)
		trial_bail("out of memory");
}

static void end(struct taken *t)
{
	(void)pthread_join(t->thread, NULL);
	postern_free(t->p);
}

static bool is_cancelled(const struct taken *t)
{
	const struct answer *a = &t->answer;

	return a->r == -ECANCELED && a->result == POSTERN_RESULT_CANCELLED &&
	       a->error == ECANCELED && a->ms < AT_ONCE_MS;
}

static bool marked(const char *name, const char *end)
{
	char file[96];

	(void)snprintf(file, sizeof(file), CONFORM_DIR "/%s%s", name, end);
	return access(file, F_OK) == 0;
}

static bool begins(const char *name)
{
	char file[96];

	(void)snprintf(file, sizeof(file), CONFORM_DIR "/%s", name);
	return conform_appears(file);
}

static bool is_gone(pid_t pid)
{
	for (uint64_t until = trial_ms() + AT_ONCE_MS; trial_ms() < until; trial_sleep(20))
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return true;
	return false;
}

/* Of the process that runs the call: a zygote's first one is itself. */
static void running(const char *entrypoint, size_t nth, const char *name)
{
	struct taken t;
	struct answer a;
	char what[96];
	pid_t pid;

	begin(&t, entrypoint, name, LONG_MS);
	tap(begins(name), "cancel: %s runs", entrypoint);
	pid = trial_worker("conform", entrypoint, nth);
	postern_cancel(t.p);
	(void)pthread_join(t.thread, NULL);
	if (!tap(is_cancelled(&t), "cancel: %s, the caller is told so", entrypoint))
		answer_show(&t.answer);
	answer_clear(&t.answer);
	tap(pid > 0 && is_gone(pid) && !marked(name, "-"), "cancel: %s, the function is gone",
	    entrypoint);
	answer_get(&a, t.p, entrypoint, mark_args("after", 0), 0);
	(void)snprintf(what, sizeof(what), "cancel: %s, the handle's next call is answered",
		       entrypoint);
	answer_good(&a, what);
	postern_free(t.p);
}

/* Two of one worker: the first runs, the second waits behind it. */
static void queue(struct taken *first, struct taken *second, int64_t ms, const char *const *names)
{
	begin(first, "mark", names[0], ms);
	if (!begins(names[0]))
		tap(false, "cancel: a call runs");
	begin(second, "mark", names[1], 0);
	trial_sleep(300);
}

static void others(void)
{
	static const char *const names[] = {"first", "second"}, *const more[] = {"third", "fourth"};
	struct taken first, second;
	pid_t worker;

	queue(&first, &second, LONG_MS, names);
	postern_cancel(first.p);
	end(&first);
	end(&second);
	if (!tap(is_cancelled(&first) && second.answer.r == 0 && marked("second", "-"),
		 "cancel: a call that waited behind it is answered"))
		answer_show(&second.answer);
	queue(&first, &second, 2000, more);
	worker = trial_worker("conform", "mark", 0);
	postern_cancel(second.p);
	end(&second);
	tap(is_cancelled(&second) && !marked("third", "-"),
	    "cancel: one that waits is told at once, before the call that it waits for has ended");
	end(&first);
	if (!tap(first.answer.r == 0 && trial_worker("conform", "mark", 0) == worker,
		 "cancel: which comes to its end, and so does its worker not"))
		answer_show(&first.answer);
	tap(!marked("fourth", ""), "cancel: nothing is run of one that waited");
}

struct late {
	struct postern *p;
	int64_t number;
	struct answer answer;
};

static void *run_late(void *data)
{
	struct late *l = data;
	struct postern_args *args = with_integer("number", -l->number);

	(void)postern_args_integer(args, "ms", 200);
	answer_get(&l->answer, l->p, "echo_number", args, 0);
	return NULL;
}

/* Cancelled before, during and after the call's 200 ms, of which posternd looks at it every 100: an
 * answer is the call's own, or none. */
static void late_results(void)
{
	struct postern *p = postern_new("conform");
	bool good = p, own = true;
	int cancelled = 0;

	for (int64_t i = 1; good && i <= 40; i++) {
		struct late l = {.p = p, .number = i};
		struct answer a;
		pthread_t thread;

		good = pthread_create(&thread, NULL, run_late, &l) == 0;
		trial_sleep((unsigned)i * 6);
		postern_cancel(p);
		(void)pthread_join(thread, NULL);
		cancelled += l.answer.result == POSTERN_RESULT_CANCELLED;
		good = good && (l.answer.result == POSTERN_RESULT_CANCELLED ||
				(l.answer.r == 0 && l.answer.number == -i));
		if (!good)
			answer_show(&l.answer);
		answer_get(&a, p, "echo_number", with_integer("number", i), 0);
		own = own && a.r == 0 && a.number == i;
		if (a.r < 0)
			answer_show(&a);
		answer_clear(&a);
	}
	tap(good && cancelled > 0, "cancel: at any moment it is cancelled or answered, never more");
	tap(own, "cancel: each call after it gets its own result");
	postern_free(p);
}

/* By the command: the first ^C. */
static void command(void)
{
	const char *const argv[] = {POSTERN,	"call",		"conform", "mark",
				    "ms=30000", "name=command", NULL};
	cleanup_free char *said = NULL;
	pid_t pid = trial_spawn("/run/command.out", argv);
	int status = 0;

	tap(begins("command"), "cancel: postern call runs");
	(void)kill(pid, SIGINT);
	(void)waitpid(pid, &status, 0);
	said = trial_read("/run/command.out");
	if (!tap(WIFEXITED(status) && WEXITSTATUS(status) == 20 &&
			 strstr(said, "cancelling the call") && !marked("command", "-"),
		 "cancel: ^C ends the function, and is said"))
		printf("# status %d: %s\n", status, said);
}

void part_cancel(void)
{
	running("mark", 0, "resident");
	running("mark_each", 1, "each");
	others();
	late_results();
	command();
}
