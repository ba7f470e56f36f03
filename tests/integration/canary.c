/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Enforcement that is switched off, unpinned or unmounted while posternd runs; and the LSM programs
 * of others beside ours.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "lib/admin.h"
#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define FOREIGN	  "/usr/local/lib/postern-tests/foreign.bpf.o"
#define FTRACE	  "/proc/sys/kernel/ftrace_enabled"
#define PINS	  "/run/postern/bpf"
#define LINKS_MAX 64
#define ROOM_LEFT 8 /* for posternd, the one before it, and one program behind them */
#define NOTICED_MS                                                                                 \
	30000 /* an interval or ten seconds, a slow machine, and what posternd takes to end */
#define EMPTY_MS	 60000
#define STATUS_DENIED	 14 /* postern(1) */
#define EXIT_KERNEL	 23
#define EXIT_ENFORCEMENT 25

#define RING_CALLS 1000 /* the ring has room for some 700 denials */

static struct bpf_link *foreign[LINKS_MAX];
static pid_t posternd_pid;
static size_t foreign_len;

static bool lsm_programs_loaded(void)
{
	for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
		cleanup_close int fd = bpf_prog_get_fd_by_id(id);
		struct bpf_prog_info info = {};
		uint32_t len = sizeof(info);

		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0 &&
		    info.type == BPF_PROG_TYPE_LSM)
			return true;
	}
	return false;
}

/* What a posternd before this test left pinned would take a place on each hook. The kernel lets go
 * of it after a while. */
static void hooks_empty(void)
{
	uint64_t until = trial_ms() + EMPTY_MS;

	if (umount2(PINS, MNT_DETACH) < 0 && errno != EINVAL && errno != ENOENT)
		trial_bail("unmount " PINS ": %s", strerror(errno));
	while (lsm_programs_loaded()) {
		if (trial_ms() > until)
			trial_bail("programs of an earlier posternd are still there");
		trial_sleep(100);
	}
}

/* An object for each: one program can be on a hook only once. Returns 0 or a negative errno. */
static int attach_foreign(void)
{
	struct bpf_object *object = bpf_object__open_file(FOREIGN, NULL);
	struct bpf_link *link;

	if (!object || bpf_object__load(object) < 0)
		trial_bail("load " FOREIGN ": %s", strerror(errno));
	link = bpf_program__attach_lsm(bpf_object__next_program(object, NULL));
	if (!link) {
		int r = -errno;

		bpf_object__close(object);
		return r;
	}
	foreign[foreign_len++] = link;
	return 0;
}

/* There is no way to have it not look. */
static void interval_is_bounded(void)
{
	static const char *const wrong[] = {"0s", "0", "10", "999ms", "2h", ""};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct trial_program p;

		TRIAL_RUN(&p, 0, POSTERND, "--canary-interval", wrong[i]);
		if (!tap(p.status == 2 && strstr(p.err, "from 1s to 1h"),
			 "posternd refuses --canary-interval \"%s\"", wrong[i]))
			trial_program_show(&p);
		trial_program_clear(&p);
	}
}

/* Starts posternd and waits until it serves or ends. Returns its pid, or 0 and its exit status. */
static pid_t start(int *ret_status)
{
	static const char *const argv[] = {
		POSTERND, "--contexts", TRIAL_CONTEXTS, "--canary-interval", "1s", NULL};
	pid_t pid;
	int status;

	(void)unlink(TRIAL_LOG);
	pid = trial_spawn(TRIAL_LOG, argv);
	for (uint64_t until = trial_ms() + 60000; trial_ms() < until; trial_sleep(50)) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
			return 0;
		}
		if (trial_answers(pid))
			return pid;
	}
	trial_bail("posternd neither serves nor ends");
}

static pid_t start_well(void)
{
	int status = 0;
	pid_t pid = start(&status);

	if (pid == 0) {
		trial_log_show();
		trial_bail("posternd does not start: status %d", status);
	}
	return pid;
}

static bool said(const char *file, const char *text)
{
	cleanup_free char *content = trial_read(file);

	return strstr(content, text) != NULL;
}

static void decides(const char *when)
{
	struct trial_call good = {.context = "trial", .entrypoint = "nap", .name = "ms"};
	struct trial_program bad;

	trial_call(&good);
	if (!tap(good.r == 0, "%s: a call is served", when))
		trial_call_show(&good);
	TRIAL_RUN(&bad, 0, POSTERN, "call", "trial", "touch",
		  "file=" TRIAL_DIR "/data-beside/secret", "how=read");
	if (!tap(bad.status == STATUS_DENIED, "%s: what no rule grants is denied", when))
		trial_program_show(&bad);
	trial_program_clear(&bad);
}

/* The last of them does not fit, and then neither does posternd. */
static void hook_full(void)
{
	int r = 0, status = 0;
	size_t most;
	pid_t pid;
	char text[64];

	while (foreign_len < LINKS_MAX && r == 0)
		r = attach_foreign();
	most = foreign_len;
	tap(r == -E2BIG, "a hook takes %zu programs, then: %s", most, strerror(-r));
	pid = start(&status);
	tap(pid == 0 && status == EXIT_KERNEL, "posternd does not start where a hook is full: %d",
	    status);
	(void)snprintf(text, sizeof(text), "%zu are attached to it (foreign_guard ×%zu)", most,
		       most);
	if (!tap(said(TRIAL_LOG, "the LSM hook file_open, which guards") && said(TRIAL_LOG, text),
		 "it names the hook, and who fills it"))
		trial_log_show();
	while (foreign_len > most - ROOM_LEFT)
		(void)bpf_link__destroy(foreign[--foreign_len]);
}

static pid_t beside_others(void)
{
	pid_t posternd = start_well();

	if (!tap(said(TRIAL_LOG, "LSM programs of others are attached: file_open: foreign_guard"),
		 "the programs of others are in the log"))
		trial_log_show();
	decides("programs of others in front");
	tap(attach_foreign() == 0, "one more is attached, behind ours");
	decides("programs of others in front and behind");
	return posternd;
}

static size_t count(const char *file, const char *text)
{
	cleanup_free char *content = trial_read(file);
	size_t n = 0;

	for (const char *at = content; (at = strstr(at, text)); at += strlen(text))
		n++;
	return n;
}

static bool comes(const char *text, unsigned ms)
{
	for (uint64_t until = trial_ms() + ms; trial_ms() < until; trial_sleep(100))
		if (said(TRIAL_LOG, text))
			return true;
	return false;
}

/* A worker fills neither the log nor, with what it is denied, the ring to any purpose. */
static void log_is_bounded(void)
{
	struct trial_call prowl = {
		.context = "trial-prowl", .entrypoint = "prowl", .timeout_ms = 2500};
	struct trial_call shout = {
		.context = "trial", .entrypoint = "misbehave", .name = "how", .text = "shout"};
	size_t denials, lines;

	trial_call(&prowl);
	trial_call(&shout);
	denials = count(TRIAL_LOG, "denied: trial-prowl.prowl: open");
	/* posternd reads them when it comes to it. */
	(void)comes("trial: aaaa", 30000);
	lines = count(TRIAL_LOG, "trial: aaaa");
	tap(denials > 0 && denials <= 40, "of many denials %zu are in the log", denials);
	tap(lines > 0 && lines <= 200, "of a worker's many lines %zu are in the log", lines);
	if (!tap(comes("trial-prowl.prowl: ", 30000) &&
			 comes(" more denials were not logged; `postern log`", 30000),
		 "how many denials were left out is said"))
		trial_log_show();
	tap(comes("trial: ", 30000) && comes(" more lines of its output were not logged", 30000),
	    "and how many lines");
}

/* Calls need no posternd, so a stopped one does not empty the ring. */
static size_t denied_calls(size_t calls)
{
	struct postern_args *args = postern_args_new();
	struct postern *p = postern_new("trial");
	size_t denied = 0;

	if (!args || !p || postern_args_string(args, "file", TRIAL_DIR "/data-beside/secret") < 0 ||
	    postern_args_string(args, "how", "read") < 0)
		trial_bail("out of memory");
	for (size_t i = 0; i < calls; i++) {
		struct postern_failure *failure = NULL;

		if (postern_call(p, "touch", args, 0, NULL, &failure) < 0 &&
		    postern_failure_result(failure) == POSTERN_RESULT_DENIED)
			denied++;
		postern_failure_free(failure);
		if (i == 0)
			(void)kill(posternd_pid, SIGSTOP);
	}
	(void)kill(posternd_pid, SIGCONT);
	postern_args_free(args);
	postern_free(p);
	return denied;
}

static void ring_is_full(void)
{
	size_t denied = denied_calls(RING_CALLS);
	struct trial_program p;

	tap(denied == RING_CALLS, "with nobody to empty the ring %zu of %d calls are denied",
	    denied, RING_CALLS);
	if (!tap(comes(" denials found no room in the ring", 15000), "the log counts those lost"))
		trial_log_show();
	TRIAL_RUN(&p, 0, POSTERN, "status");
	if (!tap(p.status == 0 && strstr(p.out, " events lost"), "and so does postern status"))
		trial_program_show(&p);
	trial_program_clear(&p);
}

/* Waits for posternd's end, and says whether it went as it must. */
static void notices(pid_t posternd, const char *what, const char *reason)
{
	uint64_t from = trial_ms(), until = from + NOTICED_MS;
	struct trial_program p;
	bool ended = false, refused = false;
	int status = 0;

	for (; !ended && trial_ms() < until; trial_sleep(100)) {
		struct trial_call c = {.context = "trial", .entrypoint = "nap", .name = "ms"};

		ended = waitpid(posternd, &status, WNOHANG) == posternd;
		if (ended || refused || access(ADMIN_FAILURE_FILE, F_OK) < 0)
			continue;
		trial_call(&c);
		refused = strstr(c.message, "enforcement has failed") != NULL;
	}
	if (!ended) {
		tap(false, "%s: posternd did not notice it", what);
		trial_log_show();
		(void)trial_end(posternd, SIGTERM, NULL);
		return;
	}
	tap(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_ENFORCEMENT,
	    "%s: posternd ends with status %d after %llu ms", what,
	    WIFEXITED(status) ? WEXITSTATUS(status) : -1, (unsigned long long)(trial_ms() - from));
	tap(refused, "%s: a call that comes meanwhile is refused with the reason", what);
	tap(trial_gone(NULL, 0), "%s: no process of a context is left", what);
	if (!tap(said(TRIAL_LOG, "enforcement has failed") && said(TRIAL_LOG, reason),
		 "%s: the log says why: \"%s\"", what, reason))
		trial_log_show();
	TRIAL_RUN(&p, 0, POSTERN, "status");
	if (!tap(p.status != 0 && strstr(p.err, "enforcement"),
		 "%s: so does postern status afterwards", what))
		trial_program_show(&p);
	trial_program_clear(&p);
}

static int set_ftrace(const char *value)
{
	cleanup_close int fd = open(FTRACE, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, value, 1) != 1 ? errno : 0;
}

/* A call that runs when enforcement goes does not go on. */
static void running_ended(struct trial_call *running, const char *what)
{
	trial_call_join(running);
	if (!tap(running->result == POSTERN_RESULT_WORKER_DIED, "%s: a call under way was ended",
		 what))
		trial_call_show(running);
}

static void running_start(struct trial_call *running)
{
	*running = (struct trial_call){
		.context = "trial", .entrypoint = "pair", .name = "ms", .number = 40000};
	trial_call_start(running);
	trial_sleep(500);
}

static void ftrace_off(pid_t *posternd, struct trial_call *running)
{
	int r = set_ftrace("0");

	if (r == EOPNOTSUPP || r == EBUSY) {
		tap(true, "ftrace_enabled=0: this kernel refuses it: %s", strerror(r));
		trial_sleep(2500);
		decides("after ftrace_enabled=0 was refused");
		return;
	}
	tap(r == 0, "ftrace_enabled=0 can be set: %s", strerror(r));
	notices(*posternd, "ftrace_enabled=0", FTRACE " is 0");
	running_ended(running, "ftrace_enabled=0");
	tap(set_ftrace("1") == 0, "ftrace_enabled=1 can be set");
	*posternd = start_well();
	tap(access(ADMIN_FAILURE_FILE, F_OK) < 0, "the next posternd forgets the failure");
	decides("the next posternd");
	running_start(running);
}

/* The path of a pin of the running posternd. */
static void a_pin(const char *hook, char *to, size_t size)
{
	const struct dirent *entry;
	DIR *dir = opendir(PINS);

	to[0] = '\0';
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "full-", strlen("full-")) != 0)
			continue;
		(void)snprintf(to, size, PINS "/%s/%s", entry->d_name, hook);
		if (access(to, F_OK) == 0)
			break;
	}
	if (dir)
		(void)closedir(dir);
}

static void pin_removed(pid_t *posternd, struct trial_call *running)
{
	char pin[512];

	a_pin("path_mkdir", pin, sizeof(pin));
	tap(unlink(pin) == 0, "root removes the pin %s", pin);
	notices(*posternd, "a pin removed", "the pin of hook path_mkdir");
	running_ended(running, "a pin removed");
	*posternd = start_well();
}

/* Frozen, the child that places itself there does not end. */
static void canary_stuck(pid_t *posternd)
{
	static const char freeze[] = TRIAL_CGROUP "/+canary/cgroup.freeze";
	bool frozen = false;

	/* Each round makes it anew. */
	for (uint64_t until = trial_ms() + 30000; !frozen && trial_ms() < until;) {
		cleanup_close int fd = open(freeze, O_WRONLY | O_CLOEXEC);

		frozen = fd >= 0 && write(fd, "1", 1) == 1;
	}
	tap(frozen, "root freezes the canary's cgroup");
	notices(*posternd, "a canary that is stuck", "a canary did not end within 10 s");
	*posternd = start_well();
}

static void bpffs_unmounted(pid_t posternd)
{
	tap(umount2(PINS, MNT_DETACH) == 0, "root unmounts " PINS);
	notices(posternd, "the bpffs unmounted", "the pin of hook");
}

int main(void)
{
	struct trial_call running;
	pid_t posternd;

	trial_tree();
	interval_is_bounded();
	hooks_empty();
	hook_full();
	posternd = beside_others();
	posternd_pid = posternd;
	log_is_bounded();
	ring_is_full();
	running_start(&running);
	ftrace_off(&posternd, &running);
	pin_removed(&posternd, &running);
	canary_stuck(&posternd);
	bpffs_unmounted(posternd);
	return tap_done();
}
