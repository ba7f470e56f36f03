/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The canary's rounds, on the event loop: nothing here waits for a child. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "supervisor/canary.h"
#include "supervisor/cgroup.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/denials.h"
#include "supervisor/failure.h"
#include "supervisor/helper.h"
#include "supervisor/log.h"

/* No context can have this name. */
#define CGROUP_NAME "+canary"
#define FTRACE	    "/proc/sys/kernel/ftrace_enabled"
/* A round that is not over after three intervals, within these bounds, is stuck. Ticks are counted,
 * and not the time, so that a posternd that was itself stopped does not take its own pause for its
 * children's. */
#define TICK_US		1000000ull
#define STUCK_INTERVALS 3
#define STUCK_TICKS_MIN 10
#define STUCK_TICKS_MAX 30
/* Before everything that clients can keep busy; and what a child has said before the time that it
 * took. */
#define PRIORITY SD_EVENT_PRIORITY_IMPORTANT

struct child {
	struct canary *canary;
	enum canary_kind kind;
	pid_t pid;
	int pidfd, result;
	sd_event_source *source;
};

struct canary {
	struct supervisor *supervisor;
	struct ruleset *nothing; /* the tagged child's policy */
	struct canary_fds fds;	 /* directory and program; cgroup while children start */
	uint64_t interval_us, passed;
	sd_event_source *timer; /* ticks during a round, and waits for the next */
	unsigned ticks;
	struct child children[CANARY_KINDS];
	struct error error; /* why the round failed */
};

static void child_close(struct child *child)
{
	sd_event_source_disable_unref(child->source);
	if (child->pidfd >= 0)
		(void)close(child->pidfd);
	if (child->result >= 0)
		(void)close(child->result);
	*child = (struct child){
		.canary = child->canary, .kind = child->kind, .pidfd = -EBADF, .result = -EBADF};
}

static void say_ftrace(struct error *err)
{
	cleanup_close int fd = open(FTRACE, O_RDONLY | O_CLOEXEC);
	char value = '1';

	if (fd >= 0 && read(fd, &value, 1) == 1 && value == '0')
		error_hint(err, FTRACE " is 0, which before kernel 7.0 switches all BPF LSM "
				       "programs off: set it to 1, and find out what set it");
	else
		error_hint(err, "the programs are loaded but do not decide as they must; `postern "
				"doctor` looks for what switches them off");
}

static void round_failed(struct canary *c)
{
	say_ftrace(&c->error);
	(void)sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	for (size_t i = 0; i < CANARY_KINDS; i++) {
		if (c->children[i].pid)
			(void)kill(c->children[i].pid, SIGKILL);
		child_close(&c->children[i]);
	}
	if (c->passed)
		fail_enforcement(c->supervisor, &c->error);
}

static void round_passed(struct canary *c)
{
	c->passed = now_ns();
	/* What the log owes is paid now and then, and this is. */
	if (c->supervisor->denials)
		denials_look(c->supervisor->denials);
	for (size_t i = 0; i < c->supervisor->contexts_len; i++) {
		helper_log_look(c->supervisor->contexts[i]);
		connections_log_look(c->supervisor->contexts[i]);
	}
	(void)sd_event_source_set_time(c->timer, c->passed / 1000 + c->interval_us);
}

/* The status is taken, so that no zombie is left, and what the child wrote. */
static int child_result(struct child *child, struct error *err)
{
	struct canary_report report;
	siginfo_t info = {};

	if (waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOHANG) < 0)
		return error_set(err, errno, "wait for a canary's end");
	if (info.si_code != CLD_EXITED || info.si_status != 0)
		return error_say(err, -ECHILD, "%s could not try anything: %s",
				 canary_who(child->kind),
				 info.si_code == CLD_EXITED ? strerror(info.si_status)
							    : sigdescr_np(info.si_status));
	if (read(child->result, &report, sizeof(report)) != (ssize_t)sizeof(report))
		return error_say(err, -EIO, "a canary ended without a report");
	return canary_judge(child->kind, &report, err);
}

static int on_end(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct child *child = userdata;
	struct canary *c = child->canary;
	int r;

	(void)source;
	(void)fd;
	(void)events;
	r = child_result(child, &c->error);
	child_close(child);
	if (r < 0) {
		round_failed(c);
		return 0;
	}
	for (size_t i = 0; i < CANARY_KINDS; i++)
		if (c->children[i].pid)
			return 0;
	round_passed(c);
	return 0;
}

/* Returns 0 or a negative errno. One that is to be in the cgroup moves itself: for the mover that
 * can wait for RCU. */
static int child_try(enum canary_kind kind, struct canary_fds fds)
{
	struct canary_report report;
	char byte;
	int r;

	r = canary_child_prepare(&fds);
	if (r == 0 && kind == CANARY_UNTAGGED)
		r = cgroup_enter(fds.cgroup, 0);
	errno = ENODATA;
	if (r == 0 && read(fds.gate, &byte, 1) != 1)
		r = -errno;
	if (r < 0)
		return r;
	canary_try(kind, &report);
	return write(fds.result, &report, sizeof(report)) == (ssize_t)sizeof(report) ? 0 : -errno;
}

/* gate, result: both ends of two pipes. Returns 0 or a negative errno; the caller closes. */
static int child_fork(struct child *child, const int gate[2], const int result[2])
{
	const struct canary *c = child->canary;
	struct postern_tag tag = {.policy = c->nothing->id, .slot = POSTERN_NO_SLOT};
	pid_t pid = fork();
	int r = 0;

	if (pid == 0) {
		(void)close(gate[1]);
		(void)close(result[0]);
		r = child_try(child->kind, (struct canary_fds){.directory = c->fds.directory,
							       .program = c->fds.program,
							       .cgroup = c->fds.cgroup,
							       .gate = gate[0],
							       .result = result[1]});
		_exit(-r);
	}
	if (pid < 0)
		return -errno;
	child->pid = pid;
	child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (child->pidfd < 0)
		r = -errno;
	else if (child->kind == CANARY_TAGGED)
		r = enforcement_tag(c->supervisor->enforcement, child->pidfd, &tag);
	if (r == 0 && write(gate[1], "g", 1) != 1)
		r = -errno;
	if (r < 0)
		return r;
	r = sd_event_add_io(c->supervisor->loop, &child->source, child->pidfd, EPOLLIN, on_end,
			    child);
	if (r >= 0)
		r = sd_event_source_set_priority(child->source, PRIORITY);
	return r;
}

static int child_start(struct child *child, struct error *err)
{
	int gate[2] = {-EBADF, -EBADF}, result[2] = {-EBADF, -EBADF}, r;

	if (pipe2(gate, O_CLOEXEC) < 0 || pipe2(result, O_CLOEXEC | O_NONBLOCK) < 0) {
		r = -errno;
	} else {
		r = child_fork(child, gate, result);
		child->result = steal_fd(&result[0]);
	}
	for (size_t i = 0; i < 2; i++) {
		if (gate[i] >= 0)
			(void)close(gate[i]);
		if (result[i] >= 0)
			(void)close(result[i]);
	}
	return r < 0 ? error_set(err, r, "start a canary") : 0;
}

/* The cgroup is made anew when somebody has swept it away. */
static int children_start(struct canary *c)
{
	cleanup_close int cgroup =
		cgroup_make(c->supervisor->contexts_cgroup, CGROUP_NAME, &c->error);
	int r = cgroup < 0 ? cgroup : 0;

	c->fds.cgroup = cgroup;
	for (size_t i = 0; i < CANARY_KINDS && r == 0; i++)
		r = child_start(&c->children[i], &c->error);
	c->fds.cgroup = -EBADF;
	return r;
}

static void round_start(struct canary *c)
{
	int r;

	c->ticks = 0;
	r = enforcement_check(c->supervisor->enforcement, &c->error);
	if (r == 0)
		r = children_start(c);
	if (r < 0) {
		round_failed(c);
		return;
	}
	(void)sd_event_source_set_time(c->timer, now_ns() / 1000 + TICK_US);
}

static unsigned stuck_ticks(const struct canary *c)
{
	uint64_t ticks = STUCK_INTERVALS * c->interval_us / TICK_US;

	return (unsigned)MAX_OF(MIN_OF(ticks, (uint64_t)STUCK_TICKS_MAX),
				(uint64_t)STUCK_TICKS_MIN);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct canary *c = userdata;
	bool busy = false;

	(void)usec;
	for (size_t i = 0; i < CANARY_KINDS; i++)
		busy = busy || c->children[i].pid;
	if (!busy) {
		round_start(c);
		return 0;
	}
	if (++c->ticks >= stuck_ticks(c)) {
		error_say(&c->error, -ETIMEDOUT, "a canary did not end within %u s", c->ticks);
		round_failed(c);
		return 0;
	}
	return sd_event_source_set_time(source, now_ns() / 1000 + TICK_US);
}

static int make_policy(struct canary *c, struct error *err)
{
	struct policy *nothing = calloc(1, sizeof(*nothing));
	cleanup_close int root = open("/", O_PATH | O_CLOEXEC);
	struct postern_policy value = {.context = ~0u, .entrypoint = ~0u};

	if (!nothing || root < 0) {
		policy_free(nothing);
		return error_set(err, ENOMEM, "prepare the canary");
	}
	return ruleset_install(c->supervisor->enforcement, nothing, ++c->supervisor->last_policy,
			       root, NULL, value, &c->nothing, err);
}

static int prepare(struct canary *c, struct error *err)
{
	sd_event *loop = c->supervisor->loop;
	int r;

	/* An earlier posternd's, which may have been left frozen. */
	(void)cgroup_remove(c->supervisor->contexts_cgroup, CGROUP_NAME);
	r = canary_prepare(&c->fds, err);
	if (r == 0)
		r = make_policy(c, err);
	if (r < 0)
		return r;
	r = sd_event_add_time(loop, &c->timer, CLOCK_MONOTONIC, 0, TICK_US / 10, on_timer, c);
	if (r >= 0)
		r = sd_event_source_set_priority(c->timer, PRIORITY + 1);
	if (r >= 0)
		r = sd_event_source_set_enabled(c->timer, SD_EVENT_ON);
	return r < 0 ? error_set(err, r, "make the canary's timer") : 0;
}

static int first_round(struct canary *c, struct error *err)
{
	while (!c->passed && !c->error.code) {
		if (sd_event_run(c->supervisor->loop, UINT64_MAX) < 0)
			return -ECANCELED;
	}
	if (!c->error.code)
		return 0;
	error_say(err, -EPERM, "the canary failed: %s", error_text(&c->error));
	if (c->error.hint)
		error_hint(err, "%s", c->error.hint);
	return -EPERM;
}

int canary_start(struct supervisor *s, uint64_t interval_ns, struct canary **ret, struct error *err)
{
	struct canary *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return error_set(err, ENOMEM, "prepare the canary");
	*c = (struct canary){.supervisor = s,
			     .interval_us = interval_ns / 1000,
			     .fds = {.directory = -EBADF, .program = -EBADF, .cgroup = -EBADF}};
	for (size_t i = 0; i < CANARY_KINDS; i++)
		c->children[i] = (struct child){.canary = c,
						.kind = (enum canary_kind)i,
						.pidfd = -EBADF,
						.result = -EBADF};
	r = prepare(c, err);
	if (r == 0)
		r = first_round(c, err);
	if (r < 0) {
		canary_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void canary_free(struct canary *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CANARY_KINDS; i++) {
		if (c->children[i].pid)
			(void)kill(c->children[i].pid, SIGKILL);
		child_close(&c->children[i]);
	}
	sd_event_source_disable_unref(c->timer);
	ruleset_remove(c->supervisor->enforcement, c->nothing);
	for (size_t i = 0; i < 2; i++) {
		const int fds[] = {c->fds.directory, c->fds.program};

		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
	error_clear(&c->error);
	free(c);
}

uint64_t canary_passed(const struct canary *c, uint64_t *ret_interval_ns)
{
	*ret_interval_ns = c->interval_us * 1000;
	return c->passed;
}
