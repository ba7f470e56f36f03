/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* posternd: starts in an order in which nothing is served before it is known to be enforced. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/fault.h"
#include "base/units.h"
#include "policy/host.h"
#include "supervisor/admin.h"
#include "supervisor/adopt.h"
#include "supervisor/canary.h"
#include "supervisor/cgroup.h"
#include "supervisor/clock.h"
#include "supervisor/context.h"
#include "supervisor/deadlines.h"
#include "supervisor/denials.h"
#include "supervisor/failure.h"
#include "supervisor/idle.h"
#include "supervisor/kept.h"
#include "supervisor/load.h"
#include "supervisor/log.h"
#include "supervisor/network.h"
#include "supervisor/reload.h"
#include "supervisor/remade.h"
#include "supervisor/retire.h"
#include "supervisor/upgrade.h"

#define PINS_DIR    POSTERN_SOCKET_DIR "/bpf"
#define LOCK_FILE   POSTERN_SOCKET_DIR "/lock"
#define PLACE	    POSTERN_SOCKET_DIR "/cgroup"
#define LOCK_TRIES  20
#define LOCK_NAP_MS 50
#define FDS_MAX	    65536

/* Exit statuses, documented in posternd(8). */
enum {
	EXIT_USAGE = 2,
	EXIT_HOST = 20,	    /* the host lacks what enforcement needs */
	EXIT_MANIFEST = 21, /* a manifest is wrong, or not root's alone */
	EXIT_RUNNING = 22,  /* another posternd runs */
	EXIT_KERNEL =
		23, /* the kernel programs do not load or attach: a hook or option is missing */
	EXIT_CANARY = 24, /* what must be refused was not */
			  /* 25 is EXIT_ENFORCEMENT, of failure.h */
};

struct options {
	const char *contexts;
	uint64_t canary_interval_ns;
	bool let_go;
};

static void usage(FILE *to)
{
	(void)fputs(
		"usage: posternd [--contexts DIR] [--canary-interval DURATION]\n"
		"\n"
		"The supervisor of Postern. Runs in the foreground; see posternd(8).\n"
		"\n"
		"  --contexts DIR  folder of contexts (default " POSTERN_CONTEXT_DIR ")\n"
		"  --canary-interval DURATION  between two trials of the kernel's rules (1s "
		"to 1h; default 10s)\n"
		"  --let-go        after posternd died: let its service manager start the next\n"
		"                  one beside the contexts that run\n"
		"  --help          this text\n",
		to);
}

/* Enforcement that nobody looks after is not to be had by an option: there is no 0. */
static bool parse_interval(const char *text, uint64_t *ret)
{
	uint64_t ns;

	if (units_parse_duration(text, &ns) < 0 || ns < CANARY_INTERVAL_MIN_NS ||
	    ns > CANARY_INTERVAL_MAX_NS) {
		(void)fprintf(stderr,
			      "posternd: --canary-interval is from 1s to 1h, with its unit\n");
		return false;
	}
	*ret = ns;
	return true;
}

/* Returns -1 to go on, or the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"contexts", required_argument, NULL, 'c'},
		{"canary-interval", required_argument, NULL, 'i'},
		{"let-go", no_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'c') {
			o->contexts = optarg;
		} else if (c == 'i') {
			if (!parse_interval(optarg, &o->canary_interval_ns))
				return EXIT_USAGE;
		} else if (c == 'l') {
			o->let_go = true;
		} else if (c == 'h') {
			usage(stdout);
			return 0;
		} else {
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	usage(stderr);
	return EXIT_USAGE;
}

/* A posternd that was killed while it started a helper has a child that holds the lock for a moment
 * yet. */
static bool lock_within(int fd)
{
	const struct timespec nap = {.tv_nsec = LOCK_NAP_MS * 1000000L};

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		(void)nanosleep(&nap, NULL);
	}
	errno = EWOULDBLOCK;
	return false;
}

/* Held until the process ends. */
static int take_lock(struct error *err)
{
	char pid[16] = "";
	int fd;

	if (mkdir(POSTERN_SOCKET_DIR, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "make " POSTERN_SOCKET_DIR);
	fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_set(err, errno, "open " LOCK_FILE);
	if (!lock_within(fd)) {
		int r = errno == EWOULDBLOCK ? -EBUSY : -errno;

		if (r == -EBUSY && pread(fd, pid, sizeof(pid) - 1, 0) > 0)
			error_say(err, r, "another posternd runs: pid %s", pid);
		else
			(void)error_set(err, r, "lock " LOCK_FILE);
		(void)close(fd);
		return r;
	}
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, strlen(pid), 0) < 0)
		return error_set(err, errno, "write " LOCK_FILE);
	return 0;
}

/* A descriptor for each rule's directory, connection and worker. */
static void raise_limits(void)
{
	struct rlimit limit = {.rlim_cur = FDS_MAX, .rlim_max = FDS_MAX};

	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int prepare_signals(struct supervisor *s, struct error *err)
{
	sigset_t set;
	int r;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP); /* taken by reload.c */
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return error_set(err, errno, "block signals");
	r = sd_event_add_signal(s->loop, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(s->loop, NULL, SIGINT, NULL, NULL);
	return r < 0 ? error_set(err, r, "watch signals") : 0;
}

static int enforce(struct supervisor *s, struct error *err)
{
	uint64_t cgroup = 0;
	uint32_t level = 0;
	int r;

	r = cgroup_step_aside(err);
	if (r < 0)
		return r;
	r = enforcement_open(PINS_DIR, false, &s->enforcement, err);
	if (r == -ESTALE && cgroup_contexts_run(PLACE)) {
		error_hint(err, "contexts run whose policies are in it: stop them with the "
				"posternd that started them (`systemctl stop postern`), then "
				"start this one");
		return r;
	}
	if (r == -ESTALE) {
		error_clear(err);
		r = enforcement_open(PINS_DIR, true, &s->enforcement, err);
	}
	if (r == 0)
		r = cgroup_contexts(PLACE, enforcement_reuses(s->enforcement), &s->contexts_cgroup,
				    &cgroup, &level, err);
	fault_point(FAULT_CGROUP_READY);
	return r < 0 ? r : enforcement_load(s->enforcement, cgroup, level, err);
}

/* Whoever reads the log after an incident wants to know what else decided. */
static void log_foreign(const struct supervisor *s)
{
	cleanup_free char *text = NULL;
	int r = enforcement_foreign(s->enforcement, &text);

	if (r < 0)
		log_line(LOG_WARNING, "the LSM programs of others cannot be listed: %s",
			 strerror(-r));
	else if (text)
		log_line(LOG_NOTICE, "LSM programs of others are attached: %s", text);
}

static int make_contexts(struct supervisor *s, struct loaded *loaded, size_t len, struct error *err)
{
	int r = adopt_contexts(s, loaded, len, err);

	network_settle();
	fault_point(FAULT_CONTEXTS_MADE);
	for (size_t i = 0; i < s->contexts_len && r == 0; i++)
		if (!s->contexts[i]->network[0] && !s->contexts[i]->draining)
			r = context_listen(s->contexts[i], err);
	return r;
}

/* Returns the exit status, or a negative errno. */
static int serve(struct supervisor *s, struct error *err)
{
	struct admin *admin = NULL;
	int r;

	r = denials_start(s, err);
	if (r == 0)
		r = deadlines_start(s, err);
	if (r == 0)
		r = retire_start(s, err);
	if (r == 0)
		r = remade_start(s, err);
	if (r == 0)
		r = idle_start(s, err);
	if (r == 0)
		r = reload_start(s, err);
	if (r == 0)
		r = admin_start(s, &admin, err);
	if (r < 0)
		return r;
	failure_forget();
	(void)sd_notify(0, "READY=1\nSTATUS=Enforcing");
	log_line(LOG_INFO, "ready: %zu context%s", s->contexts_len,
		 s->contexts_len == 1 ? "" : "s");
	s->serves = true;
	fault_point(FAULT_SERVING);
	r = sd_event_loop(s->loop);
	/* A service manager would kill the next program when the time to stop is over. */
	if (!upgrade_decided(s))
		(void)sd_notify(0, "STOPPING=1");
	admin_free(admin);
	return r < 0 ? error_set(err, r, "run the event loop") : r;
}

/* Every worker ends before enforcement does. */
static void shut_down(struct supervisor *s)
{
	bool ended;

	fault_point(FAULT_STOPPING);
	ended = s->contexts_cgroup >= 0 && cgroup_end(s->contexts_cgroup) == 0;
	fault_point(FAULT_STOP_ENDED);
	canary_free(s->canary);
	for (size_t i = 0; i < s->contexts_len; i++) {
		if (s->contexts[i]->listener >= 0)
			context_unlisten(s->contexts[i]);
		if (ended)
			kept_forget(s->contexts[i]->cgroup_name);
		context_free(s->contexts[i]);
	}
	free(s->contexts);
	denials_free(s->denials);
	reload_free(s->reload);
	remade_free(s->remade);
	sd_event_source_disable_unref(s->settle_timer);
	sd_event_source_disable_unref(s->idle_timer);
	sd_event_source_disable_unref(s->deadline_timer);
	if (s->enforcement && ended)
		enforcement_drop(PINS_DIR);
	else if (s->enforcement)
		log_line(LOG_WARNING,
			 "processes of contexts are left; their confinement stays in force");
	fault_point(FAULT_STOP_DROPPED);
}

static int fail(int status, struct error *err)
{
	log_error(LOG_ERR, "cannot start", err);
	return status;
}

static int run(const struct options *o, struct supervisor *s, struct error *err)
{
	struct loaded *loaded = NULL;
	struct timespec now;
	size_t len = 0;
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	s->directory = o->contexts;
	s->started = (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
	if (host_require(NULL, err) < 0)
		return fail(EXIT_HOST, err);
	if (take_lock(err) < 0)
		return fail(err->code == -EBUSY ? EXIT_RUNNING : EXIT_FAILURE, err);
	fault_point(FAULT_LOCKED);
	raise_limits();
	s->last_connection = s->last_policy = s->first_policy = now_ns() / 1000;
	if (load_manifests(o->contexts, &loaded, &len, err) < 0)
		return fail(EXIT_MANIFEST, err);
	fault_point(FAULT_MANIFESTS_READ);
	if (sd_event_default(&s->loop) < 0 || prepare_signals(s, err) < 0)
		return fail(EXIT_FAILURE, err);
	if (enforce(s, err) < 0)
		return fail(EXIT_KERNEL, err);
	log_foreign(s);
	r = canary_start(s, o->canary_interval_ns, &s->canary, err);
	if (r < 0) {
		/* Stopped, or not enforced: contexts of before are to end. */
		s->serves = true;
		return r == -ECANCELED ? EXIT_SUCCESS : fail(EXIT_CANARY, err);
	}
	fault_point(FAULT_PROBED);
	r = make_contexts(s, loaded, len, err);
	if (r == 0)
		r = serve(s, err);
	if (r < 0)
		return fail(EXIT_FAILURE, err);
	free(loaded);
	return r;
}

static int let_go(struct error *err)
{
	if (cgroup_contexts_let_go(PLACE, err) == 0)
		return EXIT_SUCCESS;
	log_error(LOG_ERR, "cannot let go of the cgroup", err);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct options options = {.contexts = POSTERN_CONTEXT_DIR,
				  .canary_interval_ns = CANARY_INTERVAL_DEFAULT_NS};
	struct supervisor supervisor = {.contexts_cgroup = -EBADF};
	cleanup_error struct error err = {};
	int status;

	status = parse_options(argc, argv, &options);
	if (status >= 0)
		return status;
	if (options.let_go)
		return let_go(&err);
	(void)umask(022);
	supervisor.directory = options.contexts;
	if (upgrade_prepare(&supervisor, argv, &err) < 0)
		return fail(EXIT_FAILURE, &err);
	status = run(&options, &supervisor, &err);
	if (upgrade_decided(&supervisor)) {
		(void)upgrade_execute(&supervisor, &err);
		log_error(LOG_ERR, "cannot upgrade", &err);
		return EXIT_FAILURE;
	}
	if (supervisor.serves)
		shut_down(&supervisor);
	else if (supervisor.enforcement && !cgroup_contexts_run(PLACE))
		enforcement_drop(PINS_DIR);
	free(supervisor.upgrade);
	return status;
}
