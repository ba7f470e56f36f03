/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stage "set-up": the order in which a helper loses what it could do. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/runtime_dirs.h"
#include "helper/descriptors.h"
#include "helper/identity.h"
#include "helper/network.h"
#include "helper/report.h"
#include "helper/root.h"
#include "helper/seccomp.h"
#include "helper/stages.h"
#include "manifest/image.h"

#define PROGRAM POSTERN_LIBEXECDIR "/postern-helper"

struct setup {
	struct manifest *manifest;
	struct root_plan plan;
	int proc_self; /* this process's directory in the host's proc */
	bool own_sysfs;
	uint64_t sysfs_attributes;
	struct network_mounter mounter;
	int program; /* O_PATH of postern-helper as the context sees it */
};

/* Nothing may be inherited from whoever started posternd: dispositions, mask, session, umask. */
static int process_reset(struct error *err)
{
	struct sigaction by_default = {.sa_handler = SIG_DFL};
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigemptyset(&by_default.sa_mask);
	for (int s = 1; s < NSIG; s++) /* some cannot be set: KILL, STOP, glibc's own two */
		(void)sigaction(s, &by_default, NULL);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return error_set(err, errno, "reset the signal mask");
	/* No terminal to type into (CVE-2017-5226). */
	if (setsid() < 0 && errno != EPERM)
		return error_set(err, errno, "start a session");
	if (getsid(0) != getpid())
		return error_say(err, EPERM, "the helper does not lead its session");
	(void)umask(022);
	if (chdir("/") < 0)
		return error_set(err, errno, "chdir /");
	/* The session keyring is its starter's: an empty one instead. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return error_set(err, errno, "join a keyring of its own");
	return 0;
}

/* Building the root holds one descriptor for each directory; the context's own limit comes later.
 */
static int files_allow(struct error *err)
{
	const struct rlimit room = {.rlim_cur = 2 * ROOT_DIRECTORIES_MAX,
				    .rlim_max = 2 * ROOT_DIRECTORIES_MAX};

	if (setrlimit(RLIMIT_NOFILE, &room) < 0)
		return error_set(err, errno, "raise RLIMIT_NOFILE to %d", 2 * ROOT_DIRECTORIES_MAX);
	return 0;
}

static int setup_check(struct error *err)
{
	int r;

	if (getpid() != 1)
		return error_say(err, EINVAL, "the set-up child is no pid 1 of a pid namespace");
	if (getuid() != 0 || geteuid() != 0)
		return error_say(err, EPERM, "the set-up child is not root");
	r = descriptors_check(true, err);
	if (r < 0)
		return r;
	r = descriptors_die_with_supervisor(err);
	if (r == 0)
		r = files_allow(err);
	return r < 0 ? r : process_reset(err);
}

/* The host's proc is out of reach after the pivot; what is needed of it later is held by an fd. */
static int proc_open(struct setup *s, struct error *err)
{
	s->proc_self = open("/proc/self/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->proc_self < 0)
		return error_set(err, errno, "open /proc/self");
	return 0;
}

static int root_make(struct setup *s, struct error *err)
{
	struct runtime_dirs runtime = {};
	int r;

	r = runtime_dirs(s->manifest->module, &runtime);
	if (r < 0)
		return error_set(err, r, "list the directories that module %s needs",
				 s->manifest->module);
	r = root_plan_from_manifest(s->manifest, &runtime, &s->plan, err);
	if (r == 0)
		r = root_build(&s->plan, s->proc_self, &s->own_sysfs, &s->sysfs_attributes, err);
	root_plan_clear(&s->plan);
	runtime_dirs_clear(&runtime);
	return r;
}

/* The program as the context sees it, and the same as this one: its mount must be the context's,
 * or the kernel programs would refuse to let it be read. */
static int program_open(struct setup *s, struct error *err)
{
	struct stat inside, own;

	s->program = open(PROGRAM, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (s->program < 0 || fstat(s->program, &inside) < 0 || fstat(CONTROL_FD_HELPER, &own) < 0)
		return error_set(err, errno, "open %s in the context's root", PROGRAM);
	if (inside.st_dev != own.st_dev || inside.st_ino != own.st_ino)
		return error_say(err, ESTALE, "%s is not the program that runs: restart posternd",
				 PROGRAM);
	(void)close(CONTROL_FD_HELPER);
	return 0;
}

static int namespaces_enter(struct setup *s, struct error *err)
{
	int r;

	if (s->own_sysfs) {
		r = network_mounter_start(s->sysfs_attributes, &s->mounter, err);
		if (r < 0)
			return r;
	}
	r = network_unshare(s->manifest, err);
	if (r < 0)
		return r;
	r = network_mounter_finish(&s->mounter, err);
	if (r < 0)
		return r;
	/* That of a network namespace with a name has its maps. */
	if (s->manifest->user_namespace == MANIFEST_USER_OWN &&
	    s->manifest->network_namespace != MANIFEST_NETWORK_NAMED) {
		r = report_send(CONTROL_MAP_IDS, -1, err);
		if (r == 0)
			r = report_expect(CONTROL_MAPPED, "write the id maps", err);
		if (r < 0)
			return r;
	}
	r = identity_verify_maps(s->manifest, s->proc_self, err);
	if (r < 0 && s->manifest->network_namespace == MANIFEST_NETWORK_NAMED)
		error_hint(err, "the network namespace was made with other ids than the manifest "
				"has now: remove it, and make it again");
	if (r == 0)
		r = network_verify(s->manifest, s->proc_self, err);
	if (r < 0)
		return r;
	(void)close(steal_fd(&s->proc_self));
	return network_loopback_up(s->manifest, err);
}

static int confined_verify(const struct manifest *m, struct error *err)
{
	uint64_t capabilities = 0;
	int r;

	r = identity_capabilities(m, &capabilities, err);
	if (r == 0)
		r = identity_verify(m, capabilities, err);
	if (r == 0)
		r = seccomp_verify(err);
	return r;
}

static int confined_report(struct error *err)
{
	cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (root < 0)
		return error_set(err, errno, "open the context's root");
	r = report_send(CONTROL_CONFINED, root, err);
	if (r < 0)
		return r;
	return report_expect(CONTROL_GO, "set the start policy", err);
}

static int run_stage(struct setup *s, struct error *err)
{
	char *const argv[] = {(char *)"postern-helper", (char *)STAGE_RUN, NULL};
	char *const envp[] = {NULL};
	int r;

	r = descriptors_cloexec(false, err);
	if (r < 0)
		return r;
	(void)syscall(SYS_execveat, s->program, "", argv, envp, AT_EMPTY_PATH);
	r = error_set(err, errno, "execute %s in the context", PROGRAM);
	if (err->code == -EAGAIN)
		error_hint(err, "its user has more processes than limits.processes allows");
	return r;
}

/*
 * The order (docs/architecture.md), and what each step still needs: mounting needs root of the
 * host; the user namespace comes after it, so that the mount namespace belongs to the host's and no
 * capability of the context reaches it; ids need the maps; capabilities go after the ids, which
 * need some; the filter comes last, because it refuses most of the above. Then all is read back,
 * and only then does the supervisor let go.
 */
static int setup_run(struct setup *s, struct error *err)
{
	int r;

	r = setup_check(err);
	if (r < 0)
		return error_prefix(err, "check what the supervisor gave");
	r = descriptors_manifest(&s->manifest, err);
	if (r < 0)
		return error_prefix(err, "read the manifest");
	r = proc_open(s, err);
	if (r == 0)
		r = network_enter(s->manifest, err);
	if (r < 0)
		return error_prefix(err, "enter the namespaces");
	r = root_make(s, err);
	if (r == 0)
		r = program_open(s, err);
	if (r < 0)
		return error_prefix(err, "build the context's root");
	r = namespaces_enter(s, err);
	if (r < 0)
		return error_prefix(err, "enter the namespaces");
	r = identity_assume(s->manifest, err);
	/* A change of ids takes the wish away (prctl(2)). */
	if (r == 0)
		r = descriptors_die_with_supervisor(err);
	if (r < 0)
		return error_prefix(err, "give up privileges");
	r = seccomp_apply(manifest_has_socket_ioctls(s->manifest), err);
	if (r < 0)
		return error_prefix(err, "filter system calls");
	r = confined_verify(s->manifest, err);
	if (r < 0)
		return error_prefix(err, "read back what was given up");
	if (confined_report(err) == 0)
		(void)run_stage(s, err);
	return error_prefix(err, "become the helper");
}

int stage_setup(struct error *err)
{
	struct setup s = {.proc_self = -1, .program = -1};
	int r;

	r = setup_run(&s, err);
	manifest_image_free(s.manifest);
	if (s.proc_self >= 0)
		(void)close(s.proc_self);
	if (s.program >= 0)
		(void)close(s.program);
	return r;
}
