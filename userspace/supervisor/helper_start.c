/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Starts a helper's set-up child, and watches the process, its control socket and its log. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fault.h"
#include "manifest/image.h"
#include "supervisor/cgroup.h"
#include "supervisor/clock.h"
#include "supervisor/context.h"
#include "supervisor/helper.h"
#include "supervisor/kept.h"
#include "supervisor/log.h"
#include "supervisor/network.h"

#define HELPER_PROGRAM	  POSTERN_LIBEXECDIR "/postern-helper"
#define SETUP_PROGRAM	  POSTERN_LIBEXECDIR "/postern-set-up"
#define START_TIMEOUT_US  20000000ull
#define CHILD_STACK_BYTES 65536
/* What a context's processes may write into the log. */
#define LOG_LINES     100
#define LOG_PERIOD_NS 10000000000ull
#define LOG_BYTES     (1024 * 1024)

struct start_fds {
	int control, manifest, pages, listener, log_read, program, log, null;
	int network; /* negative: none */
	int setup;   /* the program to execute */
};

/* In the child, whose memory is the supervisor's: nothing but system calls until execve. What is
 * blocked stays so until the set-up resets it. */
static int become_setup(void *argument)
{
	const struct start_fds *fds = argument;
	const struct {
		int from, to;
	} places[] = {
		{fds->null, STDIN_FILENO},
		{fds->log, STDOUT_FILENO},
		{fds->log, STDERR_FILENO},
		{fds->control, CONTROL_FD_SUPERVISOR},
		{fds->manifest, CONTROL_FD_MANIFEST},
		{fds->pages, CONTROL_FD_PAGES},
		{fds->listener, CONTROL_FD_LISTENER},
		{fds->log_read, CONTROL_FD_LOG},
		{fds->program, CONTROL_FD_HELPER},
		{fds->network, CONTROL_FD_NETWORK},
	};
	char name[] = "postern-set-up", stage[] = "set-up", empty[] = "";
	char *const argv[] = {name, stage, NULL}, *const envp[] = {NULL};
	int high[ARRAY_SIZE(places)], setup;

	/* Out of the way first: a source may lie on another's place. */
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		high[i] = fcntl(places[i].from, F_DUPFD_CLOEXEC, 64);
	setup = fcntl(fds->setup, F_DUPFD_CLOEXEC, 64);
	for (size_t i = 0; i < ARRAY_SIZE(places) - (fds->network < 0); i++)
		if (high[i] < 0 || dup2(high[i], places[i].to) < 0)
			_exit(127);
	(void)syscall(SYS_execveat, setup, empty, argv, envp, AT_EMPTY_PATH);
	_exit(127);
}

/*
 * Without a copy of the supervisor's memory, which would cost more than all namespaces together:
 * the child has a stack of its own, and the supervisor waits until it executed the helper or ended.
 * No handler of a signal may run in it meanwhile.
 */
static pid_t clone_setup(struct start_fds *fds, int *ret_pidfd)
{
	static char stack[CHILD_STACK_BYTES] __attribute__((aligned(64)));
	sigset_t all, before;
	pid_t pid;
	int r;

	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) < 0)
		return -errno;
	pid = clone(become_setup, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
			    CLONE_PIDFD | SIGCHLD,
		    fds, ret_pidfd);
	r = pid < 0 ? -errno : 0;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r < 0 ? r : pid;
}

/* A worker's word reaches the journal, so a loop in a worker must not fill it. */
void helper_log_look(struct context *c)
{
	unsigned left_out = rate_turn(&c->helper.log_rate, now_ns(), LOG_PERIOD_NS);

	if (left_out)
		log_line(LOG_NOTICE, "%s: %u more lines of its output were not logged",
			 c->manifest->name, left_out);
}

/* Lines that begin with a level, as sd-daemon(3) has it, keep it. Nothing that a worker says is an
 * emergency of the host, which would be written to all terminals. */
static void log_output(struct context *c)
{
	struct helper *h = &c->helper;
	const char *line = h->log_line;
	int level = LOG_INFO;

	if (line[0] == '<' && line[1] >= '0' && line[1] <= '7' && line[2] == '>') {
		level = MAX_OF(line[1] - '0', LOG_ERR);
		line += strlen("<7>");
	}
	helper_log_look(c);
	if (rate_allows(&h->log_rate, LOG_LINES))
		log_line(level, "%s: %s", c->manifest->name, line);
}

static void log_bytes(struct context *c, const char *data, size_t len)
{
	struct helper *h = &c->helper;

	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n' && h->log_len < sizeof(h->log_line) - 1) {
			h->log_line[h->log_len++] = data[i];
			if (!data[i])
				h->log_line[h->log_len - 1] = ' ';
			if (h->log_len < sizeof(h->log_line) - 1)
				continue;
		}
		h->log_line[h->log_len] = '\0';
		if (h->log_len)
			log_output(c);
		h->log_len = 0;
	}
}

static int on_log(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct context *c = userdata;
	char data[2048];
	ssize_t n = read(fd, data, sizeof(data));

	(void)events;
	if (n > 0)
		log_bytes(c, data, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int on_control(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	cleanup_error struct error err = {};
	struct context *c = userdata;
	int r;

	(void)fd;
	(void)events;
	if (c->helper.state == HELPER_ENDING) {
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
		return 0;
	}
	r = helper_control(c, &err);
	if (r < 0 && r != -EAGAIN)
		context_end_helper(c, error_text(&err));
	return 0;
}

static int on_exit_of_helper(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct context *c = userdata;
	siginfo_t info = {};
	char why[64];

	(void)source;
	(void)fd;
	(void)events;
	/* What it said before it died is the better reason. */
	while (c->helper.state != HELPER_ENDING) {
		cleanup_error struct error err = {};

		if (helper_control(c, &err) < 0) {
			if (err.code != -EAGAIN && err.code != -EPIPE)
				(void)snprintf(c->failure, sizeof(c->failure), "%s",
					       error_text(&err));
			break;
		}
	}
	if (waitid(P_PIDFD, (id_t)c->helper.pidfd, &info, WEXITED | WNOHANG) < 0) {
		/* An adopted one is nobody's child here: its end is all that can be seen. */
		if (errno == ECHILD)
			context_helper_gone(c, "it is no longer there");
		return 0;
	}
	if (info.si_pid == 0)
		return 0;
	if (info.si_code == CLD_EXITED)
		(void)snprintf(why, sizeof(why), "exit status %d", info.si_status);
	else
		(void)snprintf(why, sizeof(why), "signal %d (%s)", info.si_status,
			       sigabbrev_np(info.si_status));
	context_helper_gone(c, why);
	return 0;
}

static int on_start_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct context *c = userdata;

	(void)source;
	(void)usec;
	if (c->helper.state < HELPER_RUNNING)
		context_end_helper(c, "it was not ready within 20 s");
	return 0;
}

/* A file of its own: the flags of the helper's are the helper's to change. */
static int own_end(int fd)
{
	char path[64];
	int own;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return own < 0 ? -errno : own;
}

int helper_own_log(int fd)
{
	char path[64], target[16] = "";

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/* Not fstat(), which would ask the file system of whatever this is. */
	if (readlink(path, target, sizeof(target) - 1) < 0)
		return -errno;
	if (strncmp(target, "pipe:", strlen("pipe:")) != 0)
		return -ENOSTR;
	return own_end(fd);
}

void helper_log_rest(struct context *c)
{
	struct helper *h = &c->helper;
	char data[2048];
	ssize_t n;

	/* As much as the pipe holds: who else has its other end may go on writing. */
	for (size_t len = 0; h->log >= 0 && len < LOG_BYTES; len += (size_t)n) {
		n = read(h->log, data, sizeof(data));
		if (n <= 0)
			break;
		log_bytes(c, data, (size_t)n);
	}
	log_bytes(c, "\n", 1);
}

int helper_watch_log(struct context *c, struct error *err)
{
	struct helper *h = &c->helper;
	int r = sd_event_add_io(c->supervisor->loop, &h->log_source, h->log, EPOLLIN, on_log, c);

	return r < 0 ? error_set(err, r, "watch the log of context %s", c->manifest->name) : 0;
}

int helper_watch(struct context *c, uint64_t timeout_us, sd_event_time_handler_t on_timeout,
		 struct error *err)
{
	struct helper *h = &c->helper;
	sd_event *loop = c->supervisor->loop;
	int r;

	r = sd_event_add_io(loop, &h->control_source, h->control, EPOLLIN, on_control, c);
	if (r >= 0)
		r = sd_event_add_io(loop, &h->pidfd_source, h->pidfd, EPOLLIN, on_exit_of_helper,
				    c);
	if (r >= 0)
		r = sd_event_add_time_relative(loop, &h->timer, CLOCK_MONOTONIC, timeout_us, 0,
					       on_timeout, c);
	return r < 0 ? error_set(err, r, "watch the helper of context %s", c->manifest->name) : 0;
}

/* What was opened for the start; the manifest and the pages are the context's. */
static void start_fds_close(const struct start_fds *fds)
{
	const int own[] = {fds->control, fds->listener, fds->log_read, fds->program,
			   fds->log,	 fds->null,	fds->network,  fds->setup};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (own[i] >= 0)
			(void)close(own[i]);
}

static int programs_open(struct start_fds *fds, struct error *err)
{
	fds->program = open(HELPER_PROGRAM, O_PATH | O_CLOEXEC);
	if (fds->program < 0)
		return error_set(err, errno, "open the helper's program %s", HELPER_PROGRAM);
	fds->setup = open(SETUP_PROGRAM, O_PATH | O_CLOEXEC);
	if (fds->setup < 0)
		return error_set(err, errno, "open the helper's program %s", SETUP_PROGRAM);
	fds->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return fds->null < 0 ? error_set(err, errno, "open /dev/null") : 0;
}

static int channels_make(struct context *c, struct start_fds *fds, struct error *err)
{
	int control[2], log[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
		return error_set(err, errno, "make the helper's control channel");
	c->helper.control = control[0];
	fds->control = control[1];
	if (pipe2(log, O_CLOEXEC) < 0)
		return error_set(err, errno, "make the helper's log");
	fds->log_read = log[0];
	fds->log = log[1];
	c->helper.log = own_end(log[0]);
	if (c->helper.log < 0)
		return error_set(err, c->helper.log, "open the helper's log");
	/* Both ends: a worker neither waits for a log that nobody reads, nor dies of it. What finds
	 * no room is lost, hence much room. */
	(void)fcntl(log[0], F_SETFL, O_NONBLOCK);
	(void)fcntl(log[1], F_SETFL, O_NONBLOCK);
	(void)fcntl(log[1], F_SETPIPE_SZ, LOG_BYTES);
	return 0;
}

/* fds: to be closed, also on failure. */
static int prepare(struct context *c, struct start_fds *fds, struct error *err)
{
	int r = programs_open(fds, err);

	if (r == 0 && c->network[0]) {
		fds->network = network_open(c->manifest, c->network, &c->network_identity, err);
		r = fds->network < 0 ? fds->network : 0;
	}
	if (r == 0 && c->image_fd < 0)
		r = manifest_image_seal(c->manifest, &c->image_fd, err);
	if (r == 0)
		r = kept_save(c, err);
	if (r == 0)
		r = kept_listener_make(c, &fds->listener, err);
	if (r < 0)
		return r;
	fault_point(FAULT_HELPER_SAVED);
	r = channels_make(c, fds, err);
	fds->manifest = c->image_fd;
	fds->pages = c->pages_fd;
	return r < 0 ? error_prefix(err, "start the helper of context %s", c->manifest->name) : 0;
}

int helper_start(struct context *c, struct error *err)
{
	struct start_fds fds = {-EBADF, -EBADF, -EBADF, -EBADF, -EBADF,
				-EBADF, -EBADF, -EBADF, -EBADF, -EBADF};
	struct helper *h = &c->helper;
	int r = prepare(c, &fds, err);

	if (r == 0) {
		h->pid = clone_setup(&fds, &h->pidfd);
		if (h->pid < 0)
			r = error_set(err, h->pid, "start the helper of context %s",
				      c->manifest->name);
	}
	start_fds_close(&fds);
	if (r < 0)
		return r;
	fault_point(FAULT_HELPER_CLONED);
	h->state = HELPER_CONFINING;
	c->failure[0] = '\0';
	r = helper_watch(c, START_TIMEOUT_US, on_start_timeout, err);
	if (r == 0)
		r = helper_watch_log(c, err);
	if (r < 0) {
		helper_kill(h);
		(void)waitid(P_PIDFD, (id_t)h->pidfd, NULL, WEXITED);
	}
	return r;
}

void helper_kill(const struct helper *h)
{
	/* By pidfd: the number of an adopted one is another's as soon as it is dead. */
	(void)syscall(SYS_pidfd_send_signal, h->pidfd, SIGKILL, NULL, 0);
}

void helper_close(struct helper *h)
{
	/* The bound is the context's, and not each helper's. */
	const struct rate log_rate = h->log_rate;
	const int fds[] = {h->pidfd, h->control, h->log, h->root};

	sd_event_source_disable_unref(h->pidfd_source);
	sd_event_source_disable_unref(h->control_source);
	sd_event_source_disable_unref(h->log_source);
	sd_event_source_disable_unref(h->timer);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	*h = (struct helper){.pidfd = -EBADF,
			     .control = -EBADF,
			     .log = -EBADF,
			     .root = -EBADF,
			     .log_rate = log_rate};
}
