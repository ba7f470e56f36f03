/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* posternd dies, is started again, and is upgraded, while calls run and a worker tries what no rule
 * names: no call is dropped, no attempt succeeds. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/protocol.h"
#include "tests/integration/common/leftovers.h"
#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define PINS	   "/run/postern/bpf"
#define SECRET	   TRIAL_DIR "/data/free"
#define LONG_MS	   12000 /* a call that runs on while posternd is away */
#define ENDED_MS   20000 /* within which what cannot be adopted is ended */
#define FOREVER_MS 600000
#define RANDOM_RUN 3
#define RANDOM_MS  7000
#define MANY	   1100 /* connections: more than 1024, so that posternd has no low descriptor free */

static const struct trial_call nap = {.context = "trial", .entrypoint = "nap", .name = "ms"};

/* A client with a connection that stays open. */
static struct postern *idle;
static pid_t idle_worker;

static void idle_answered(const char *what)
{
	tap(trial_nap(idle, 0) > 0 && trial_worker("trial", "nap", 0) == idle_worker,
	    "%s: an idle connection is served on by the same worker, pid %d", what, idle_worker);
}

static void answered(struct trial_call *c, const char *what)
{
	if (!tap(c->r == 0, "%s", what))
		trial_call_show(c);
}

static void new_call(const char *what)
{
	struct trial_call c = nap;

	trial_call(&c);
	answered(&c, what);
}

static bool status_says(const char *context, const char *text)
{
	struct trial_program p;
	bool says;

	TRIAL_RUN(&p, 0, POSTERN, "status", context);
	says = p.status == 0 && strstr(p.out, text);
	if (!says)
		trial_program_show(&p);
	trial_program_clear(&p);
	return says;
}

/* How many entries the maps of netlink rules have, together; 0: none is to be seen. */
static size_t netlink_entries(void)
{
	static const char *const maps[] = {"netlink_rules", "generic_families", "words", "numbers"};
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		len += leftovers_entries(maps[i]);
	return len;
}

/* Calls that run while posternd is not there. */
struct running {
	struct trial_call resident, each, late;
};

static void running_start(struct running *r)
{
	r->resident = nap;
	r->resident.entrypoint = "pair";
	r->resident.number = LONG_MS;
	r->each = nap;
	r->each.context = "trial-call";
	r->each.number = LONG_MS;
	/* Past the entrypoint's time of 1 s, which the client leaves to posternd. */
	r->late = nap;
	r->late.entrypoint = "quick";
	r->late.number = FOREVER_MS;
	r->late.timeout_ms = FOREVER_MS;
	trial_call_start(&r->resident);
	trial_call_start(&r->each);
	trial_wait_for_call("trial");
	trial_wait_for_call("trial-call");
	trial_call_start(&r->late);
	trial_sleep(400);
}

static void running_join(struct running *r, const char *what)
{
	trial_call_join(&r->late);
	if (!tap(r->late.result == POSTERN_RESULT_TIMED_OUT && strstr(r->late.message, "killed"),
		 "%s: a call past its deadline is ended, and its client told by posternd", what))
		trial_call_show(&r->late);
	trial_call_join(&r->resident);
	if (!tap(r->resident.r == 0, "%s: a call under way came to its end", what))
		trial_call_show(&r->resident);
	trial_call_join(&r->each);
	if (!tap(r->each.r == 0, "%s: so did one of isolation: call", what))
		trial_call_show(&r->each);
}

static void worker_dies(const char *what)
{
	struct trial_call c = nap;
	pid_t worker;

	c.entrypoint = "pair";
	c.number = LONG_MS;
	trial_call_start(&c);
	trial_sleep(500);
	worker = trial_worker("trial", "pair", 0);
	(void)kill(worker, SIGKILL);
	worker = trial_worker("trial", "pair", 1);
	if (worker > 0)
		(void)kill(worker, SIGKILL);
	trial_call_join(&c);
	if (!tap(c.result == POSTERN_RESULT_WORKER_DIED && c.signal == SIGKILL,
		 "%s: the death of an adopted worker is told", what))
		trial_call_show(&c);
}

static pid_t restart(pid_t posternd, pid_t prowler)
{
	struct trial_call waits = nap;
	size_t rules = netlink_entries();
	struct running r;

	running_start(&r);
	(void)trial_end(posternd, SIGKILL, NULL);
	idle_answered("killed");
	tap(trial_open_in_cgroup(SECRET) == EPERM, "killed: the kernel's rules are in force");
	(void)trial_prowl_confined(prowler, "killed");
	waits.timeout_ms = 60000;
	trial_call_start(&waits);
	posternd = trial_posternd(TRIAL_CONTEXTS);
	new_call("restarted: a new connection is served at once");
	trial_call_join(&waits);
	answered(&waits, "restarted: a call that came while posternd was away was served");
	idle_answered("restarted");
	tap(trial_open_in_cgroup(SECRET) == EPERM, "restarted: the kernel's rules are in force");
	tap(status_says("trial", "(adopted)") && status_says("trial-prowl", "(adopted)"),
	    "restarted: the status says that contexts were adopted");
	tap(rules > 0 && netlink_entries() == rules,
	    "restarted: the kernel has the same %zu entries for netlink", rules);
	(void)trial_prowl_confined(prowler, "restarted");
	running_join(&r, "restarted");
	worker_dies("restarted");
	return posternd;
}

/* Which program decides on opens now. */
static uint32_t deciding_program(void)
{
	const struct dirent *entry;
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info), id = 0;
	DIR *dir = opendir(PINS);

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = NULL;
		cleanup_close int fd = -EBADF;

		if (strncmp(entry->d_name, "full-", strlen("full-")) != 0 ||
		    asprintf(&path, PINS "/%s/file_open", entry->d_name) < 0)
			continue;
		fd = bpf_obj_get(path);
		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && info.prog_id > id)
			id = info.prog_id;
	}
	if (dir)
		(void)closedir(dir);
	return id;
}

static void install(const char *program)
{
	struct trial_program p;

	TRIAL_RUN(&p, 0, "/bin/busybox", "cp", program, POSTERND ".new");
	if (p.status != 0 || rename(POSTERND ".new", POSTERND) < 0)
		trial_bail("install %s: %s", program, p.err);
	trial_program_clear(&p);
}

static void many_open(int fds[MANY])
{
	static uint8_t record[POSTERN_RECORD_MAX];
	const struct rlimit limit = {.rlim_cur = 2 * MANY, .rlim_max = 2 * MANY};
	size_t opened = 0;

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		trial_bail("setrlimit: %s", strerror(errno));
	for (size_t i = 0; i < MANY; i++)
		fds[i] = trial_open("trial", "nap");
	for (size_t i = 0; i < MANY; i++)
		opened += trial_receive(fds[i], record, sizeof(record), ENDED_MS) > 0 &&
			  record[0] == POSTERN_OPENED;
	tap(opened == MANY, "upgrade: %zu connections are open", opened);
}

static void upgrade(pid_t posternd, pid_t prowler)
{
	int many[MANY];
	struct trial_call waits = nap;
	uint32_t before = deciding_program();
	struct trial_program p;
	struct running r;

	TRIAL_RUN(&p, ALICE, POSTERN, "upgrade");
	tap(p.status == 1 && strstr(p.err, "only root"), "upgrade: nobody but root may");
	trial_program_clear(&p);
	install(FAULTY);
	many_open(many);
	running_start(&r);
	trial_call_start(&waits);
	TRIAL_RUN(&p, 0, POSTERN, "upgrade");
	if (!tap(p.status == 0 && strstr(p.out, "adopted"), "upgrade: done after %llu ms: %s",
		 (unsigned long long)p.ms, p.out))
		trial_program_show(&p);
	trial_program_clear(&p);
	new_call("upgraded: a new connection is served at once");
	trial_call_join(&waits);
	answered(&waits, "upgraded: a call that came meanwhile was served");
	tap(waitpid(posternd, NULL, WNOHANG) == 0, "upgraded: posternd is the same process");
	tap(before && deciding_program() > before, "upgraded: other kernel programs decide");
	idle_answered("upgraded");
	tap(trial_open_in_cgroup(SECRET) == EPERM, "upgraded: the kernel's rules are in force");
	(void)trial_prowl_confined(prowler, "upgraded");
	running_join(&r, "upgraded");
	worker_dies("upgraded");
	TRIAL_RUN(&p, 0, POSTERN, "upgrade");
	tap(p.status == 0, "upgraded: and again, after %llu ms", (unsigned long long)p.ms);
	trial_program_clear(&p);
	idle_answered("upgraded again");
	for (size_t i = 0; i < MANY; i++)
		(void)close(many[i]);
}

static pid_t stopped_helper(pid_t posternd, struct trial_call *prowl, pid_t prowler)
{
	pid_t helper = trial_helper("trial-prowl");
	bool gone;

	tap(helper > 0 && kill(helper, SIGSTOP) == 0, "stopped: a helper does not run");
	(void)trial_prowl_confined(prowler, "stopped");
	(void)trial_end(posternd, SIGKILL, NULL);
	posternd = trial_posternd(TRIAL_CONTEXTS);
	new_call("stopped: other contexts are served at once");
	idle_answered("stopped");
	gone = false;
	for (uint64_t until = trial_ms() + ENDED_MS; !gone && trial_ms() < until; trial_sleep(50))
		gone = kill(prowler, 0) < 0 && kill(helper, 0) < 0;
	tap(gone, "stopped: the context that cannot be adopted is ended");
	trial_call_join(prowl);
	tap(prowl->result == POSTERN_RESULT_NOT_AVAILABLE, "stopped: its client hears of it");
	return posternd;
}

static pid_t random_instants(pid_t posternd, pid_t prowler)
{
	(void)trial_end(posternd, SIGKILL, NULL);
	for (int i = 0; i < RANDOM_RUN; i++) {
		uint32_t ms;
		pid_t pid;

		if (getrandom(&ms, sizeof(ms), 0) != sizeof(ms))
			trial_bail("getrandom: %s", strerror(errno));
		ms %= RANDOM_MS;
		pid = trial_posternd_spawn(POSTERND, TRIAL_CONTEXTS);
		trial_sleep(ms);
		(void)trial_end(pid, SIGKILL, NULL);
		printf("# killed %u ms after its start\n", ms);
		(void)trial_prowl_confined(prowler, "killed at random");
		idle_answered("killed at random");
	}
	posternd = trial_posternd(TRIAL_CONTEXTS);
	new_call("killed at random: the next one serves");
	idle_answered("killed at random, started again");
	(void)trial_prowl_confined(prowler, "killed at random, started again");
	return posternd;
}

int main(void)
{
	struct trial_call prowl;
	pid_t posternd, prowler;
	uint64_t ms;
	int status;

	trial_tree();
	posternd = trial_posternd(TRIAL_CONTEXTS);
	idle = postern_new("trial");
	tap(trial_nap(idle, 0) > 0, "a call works");
	idle_worker = trial_worker("trial", "nap", 0);
	prowler = trial_prowl_start(&prowl);
	posternd = restart(posternd, prowler);
	upgrade(posternd, prowler);
	posternd = stopped_helper(posternd, &prowl, prowler);
	prowler = trial_prowl_start(&prowl);
	posternd = random_instants(posternd, prowler);
	status = trial_end(posternd, SIGTERM, &ms);
	trial_call_join(&prowl);
	tap(status == 0 && ms <= 5000, "SIGTERM: posternd ends with status %d after %llu ms",
	    status, (unsigned long long)ms);
	tap(trial_gone(NULL, 0), "SIGTERM: no process of a context is left");
	postern_free(idle);
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
