/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The installed unit under systemd as the first process: posternd dies, and is started again beside
 * helpers and workers that live on; and what the other verbs of systemctl do. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define SYSTEMCTL "/bin/systemctl"
#define DROP_IN	  "/run/systemd/system/postern.service.d"
#define CGROUP	  "/sys/fs/cgroup/system.slice/postern.service"
#define CONTEXTS  "/etc/postern/contexts"
#define SECRET	  "file=" TRIAL_DIR "/data-beside/secret"
#define LONG_MS	  6000 /* a call that runs on while posternd is away */
#define WAIT_MS	  60000
enum { CALL_DENIED = 14, WRONG_MANIFEST = 21 };

/* Contexts whose processes are to be the same before and after. */
static const char *const contexts[] = {"trial", "trial-prowl"};
struct processes {
	pid_t pids[ARRAY_SIZE(contexts)][TRIAL_PIDS];
	size_t len[ARRAY_SIZE(contexts)];
};

static void processes(struct processes *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++)
		p->len[i] = trial_pids(contexts[i], p->pids[i]);
}

static bool among(pid_t pid, const pid_t *pids, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* How many of those that were there are there yet. */
static size_t left(const struct processes *was)
{
	struct processes now;
	size_t n = 0;

	processes(&now);
	for (size_t c = 0; c < ARRAY_SIZE(contexts); c++)
		for (size_t i = 0; i < was->len[c]; i++)
			n += among(was->pids[c][i], now.pids[c], now.len[c]);
	return n;
}

static void live_on(const struct processes *was, const char *what)
{
	size_t all = was->len[0] + was->len[1], n = left(was);

	tap(was->len[0] > 1 && was->len[1] > 1 && n == all,
	    "%s: %zu of %zu helpers and workers live on", what, n, all);
}

/* -- systemctl */

static int systemctl(const char *verb, const char *unit)
{
	struct trial_program p;
	int status;

	TRIAL_RUN(&p, 0, SYSTEMCTL, verb, unit);
	printf("# systemctl %s: status %d after %llu ms %s\n", verb, p.status,
	       (unsigned long long)p.ms, p.err);
	status = p.status;
	trial_program_clear(&p);
	return status;
}

static bool property_is(const char *name, const char *value)
{
	struct trial_program p;
	bool is;

	TRIAL_RUN(&p, 0, SYSTEMCTL, "show", "--value", "--property", name, "postern");
	p.out[strcspn(p.out, "\n")] = '\0';
	is = strcmp(p.out, value) == 0;
	if (!is)
		printf("# %s is %s %s\n", name, p.out, p.err);
	trial_program_clear(&p);
	return is;
}

static pid_t main_pid(void)
{
	struct trial_program p;
	pid_t pid;

	TRIAL_RUN(&p, 0, SYSTEMCTL, "show", "--value", "--property", "MainPID", "postern");
	pid = (pid_t)strtol(p.out, NULL, 10);
	trial_program_clear(&p);
	return pid;
}

static bool active(void)
{
	return property_is("ActiveState", "active");
}

static bool wait_for_state(const char *state)
{
	for (uint64_t until = trial_ms() + WAIT_MS; trial_ms() < until; trial_sleep(300))
		if (property_is("ActiveState", state))
			return true;
	return false;
}

/* -- calls */

static void call_ends(int status, const char *what, const char *entrypoint, const char *a,
		      const char *b)
{
	struct trial_program p;

	TRIAL_RUN(&p, ALICE, POSTERN, "call", "--timeout", "60s", "trial", entrypoint, a, b);
	if (!tap(p.status == status, "%s", what))
		trial_program_show(&p);
	trial_program_clear(&p);
}

static void serves(const char *what)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "%s: alice's call works", what);
	call_ends(0, text, "nap", "ms=0", NULL);
	(void)snprintf(text, sizeof(text), "%s: what no rule names is denied", what);
	call_ends(CALL_DENIED, text, "touch", SECRET, "how=read");
}

static void adopted(const char *what)
{
	struct trial_program p;

	TRIAL_RUN(&p, 0, POSTERN, "status", "trial");
	if (!tap(p.status == 0 && strstr(p.out, "(adopted)"), "%s: contexts were adopted", what))
		trial_program_show(&p);
	trial_program_clear(&p);
}

/* -- what is tried */

static void boot(void)
{
	cleanup_free char *init = NULL;
	uint64_t until = trial_ms() + WAIT_MS;

	while (systemctl("is-active", "multi-user.target") != 0) {
		if (trial_ms() > until)
			trial_bail("systemd does not come up");
		trial_sleep(200);
	}
	init = trial_read("/proc/1/comm");
	init[strcspn(init, "\n")] = '\0';
	tap(strcmp(init, "systemd") == 0, "the first process is systemd: %s", init);
	trial_tree();
	/* There is no journal; and on a fast machine these are more starts than systemd allows. */
	trial_directory("/run/systemd/system");
	trial_directory(DROP_IN);
	trial_write(DROP_IN "/test.conf",
		    "[Unit]\nStartLimitIntervalSec=0\n[Service]\nStandardError=append:" TRIAL_LOG
		    "\n",
		    0644, 0);
	(void)systemctl("daemon-reload", NULL);
	trial_cgroup = CGROUP "/postern-contexts";
}

/* Without processes beside it the unit's cgroup ends with posternd. */
static void dies_idle(void)
{
	pid_t posternd = main_pid();

	(void)kill(posternd, SIGKILL);
	while (kill(posternd, 0) == 0)
		trial_sleep(20);
	tap(wait_for_state("active") && main_pid() != posternd && property_is("NRestarts", "1"),
	    "killed before the first call: systemd started another posternd");
	serves("killed before the first call");
}

static void dies(pid_t prowler)
{
	struct trial_call runs = {
		.context = "trial", .entrypoint = "pair", .name = "ms", .number = LONG_MS};
	pid_t posternd = main_pid();
	struct processes was;

	trial_call_start(&runs);
	trial_wait_for_call("trial");
	processes(&was);
	(void)kill(posternd, SIGKILL);
	while (kill(posternd, 0) == 0)
		trial_sleep(20);
	live_on(&was, "killed");
	call_ends(0, "killed: a call waits for the next posternd", "nap", "ms=0", NULL);
	tap(wait_for_state("active") && main_pid() != posternd && property_is("NRestarts", "2"),
	    "killed: systemd started another posternd");
	adopted("started again");
	live_on(&was, "started again");
	serves("started again");
	(void)trial_prowl_confined(prowler, "started again");
	trial_call_join(&runs);
	if (!tap(runs.r == 0, "started again: a call under way came to its end"))
		trial_call_show(&runs);
}

static void reloads_and_upgrades(void)
{
	pid_t posternd = main_pid();
	struct trial_program p;
	struct processes was;

	processes(&was);
	tap(systemctl("reload", "postern") == 0 && active() && main_pid() == posternd,
	    "reload: done by the same posternd");
	live_on(&was, "reload");
	TRIAL_RUN(&p, 0, POSTERN, "upgrade");
	if (!tap(p.status == 0 && active() && main_pid() == posternd,
		 "upgrade: done, and systemd sees the same posternd"))
		trial_program_show(&p);
	trial_program_clear(&p);
	live_on(&was, "upgrade");
	serves("upgrade");
}

static void restarts(struct trial_call *prowl)
{
	pid_t posternd = main_pid();
	struct processes was;

	processes(&was);
	tap(systemctl("restart", "postern") == 0 && active() && main_pid() != posternd,
	    "restart: another posternd");
	tap(left(&was) == 0, "restart: and other helpers and workers");
	trial_call_join(prowl);
	serves("restart");
}

static void stops(void)
{
	tap(systemctl("stop", "postern") == 0 && property_is("ActiveState", "inactive") &&
		    property_is("Result", "success"),
	    "systemctl stop postern");
	/* What drops the pins may take some seconds more. */
	for (uint64_t until = trial_ms() + WAIT_MS;
	     access(CGROUP, F_OK) == 0 && trial_ms() < until;)
		trial_sleep(100);
	tap(access(CGROUP, F_OK) < 0 && errno == ENOENT, "it leaves neither process nor cgroup");
}

static void wrong_manifest(void)
{
	trial_directory(CONTEXTS "/wrong");
	trial_write(CONTEXTS "/wrong/context.yaml", "context: wrong\n", 0644, 0);
}

static void right_manifest(void)
{
	(void)unlink(CONTEXTS "/wrong/context.yaml");
	(void)rmdir(CONTEXTS "/wrong");
}

static bool failed_for_good(const char *restarts_before)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "%d", WRONG_MANIFEST);
	/* It would be "activating" were it to be started again. */
	return property_is("ActiveState", "failed") && property_is("ExecMainStatus", text) &&
	       property_is("NRestarts", restarts_before);
}

static void wrong_at_start(void)
{
	wrong_manifest();
	tap(systemctl("start", "postern") != 0 && failed_for_good("0"),
	    "wrong manifest: status 21, and it is not tried again");
	right_manifest();
	tap(systemctl("start", "postern") == 0 && active(), "right manifest: it starts");
}

/* posternd dies, and the next one cannot start until somebody has put a manifest right. */
static void wrong_at_restart(void)
{
	struct trial_call prowl;
	pid_t prowler = trial_prowl_start(&prowl);
	struct processes was;

	processes(&was);
	wrong_manifest();
	(void)kill(main_pid(), SIGKILL);
	tap(wait_for_state("failed") && failed_for_good("1"),
	    "killed, wrong manifest: started once, with status 21");
	live_on(&was, "killed, wrong manifest");
	(void)trial_prowl_confined(prowler, "killed, wrong manifest");
	right_manifest();
	tap(systemctl("start", "postern") == 0 && active(), "killed, right manifest: it starts");
	adopted("killed, right manifest");
	live_on(&was, "killed, right manifest");
	serves("killed, right manifest");
	stops();
	trial_call_join(&prowl);
}

int main(void)
{
	struct trial_call prowl;
	pid_t prowler;

	boot();
	wrong_at_start();
	dies_idle();
	prowler = trial_prowl_start(&prowl);
	dies(prowler);
	reloads_and_upgrades();
	restarts(&prowl);
	wrong_at_restart();
	if (tap_failed)
		trial_log_show();
	return tap_done();
}
