/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A context's user and network namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "helper/mounts.h"
#include "helper/network.h"
#include "lib/control.h"

/* What the process was in before it entered or made any. */
static struct stat host;
static struct stat wanted; /* of PATH and NAMED */

static bool same_namespace(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int enter_path(const struct manifest *m, struct error *err)
{
	cleanup_close int fd = open(m->network_path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		int r = error_set(err, errno, "open the network namespace %s", m->network_path);

		error_hint(err, "make it before the context starts, as with `ip netns add`");
		return r;
	}
	/* The kernel checks that it is a network namespace and nothing else. */
	if (setns(fd, CLONE_NEWNET) < 0 || fstat(fd, &wanted) < 0)
		return error_set(err, errno, "enter the network namespace %s", m->network_path);
	return 0;
}

/* A descriptor of the user namespace that owns the network namespace with a name. */
static int owner_open(struct error *err)
{
	int fd = ioctl(CONTROL_FD_NETWORK, NS_GET_USERNS);

	return fd < 0 ? error_set(err, errno, "ask for the network namespace's owner") : fd;
}

/*
 * The supervisor looked before; this is the last look. To enter the user namespace of anybody else
 * would put the context there, and to enter the host's would undo `namespaces: user: own`.
 */
static int owner_check(const struct manifest *m, struct error *err)
{
	cleanup_close int owner = owner_open(err), parent = -1;
	struct stat st, own;
	bool hosts;

	if (owner < 0)
		return owner;
	if (stat("/proc/self/ns/user", &own) < 0 || fstat(owner, &st) < 0)
		return error_set(err, errno, "look at the network namespace's owner");
	hosts = same_namespace(&st, &own);
	if (m->user_namespace == MANIFEST_USER_HOST) {
		if (!hosts)
			return error_say(err, EPERM,
					 "the network namespace is not owned by the host's user "
					 "namespace");
		return 0;
	}
	parent = hosts ? -1 : ioctl(owner, NS_GET_PARENT);
	if (parent < 0 || fstat(parent, &st) < 0 || !same_namespace(&st, &own))
		return error_say(err, EPERM,
				 "the network namespace is not owned by a user namespace that was "
				 "made for the context");
	return 0;
}

static int enter_named(const struct manifest *m, struct error *err)
{
	int r;

	if (fstat(CONTROL_FD_NETWORK, &wanted) < 0)
		return error_set(err, errno, "descriptor %d, the network namespace",
				 CONTROL_FD_NETWORK);
	if (ioctl(CONTROL_FD_NETWORK, NS_GET_NSTYPE) != CLONE_NEWNET)
		return error_say(err, EINVAL, "descriptor %d is no network namespace",
				 CONTROL_FD_NETWORK);
	r = owner_check(m, err);
	if (r < 0)
		return r;
	if (setns(CONTROL_FD_NETWORK, CLONE_NEWNET) < 0)
		return error_set(err, errno, "enter the network namespace");
	return 0;
}

int network_enter(const struct manifest *m, struct error *err)
{
	if (stat("/proc/self/ns/net", &host) < 0)
		return error_set(err, errno, "look at the host's network namespace");
	switch (m->network_namespace) {
	case MANIFEST_NETWORK_PATH:
		return enter_path(m, err);
	case MANIFEST_NETWORK_NAMED:
		return enter_named(m, err);
	case MANIFEST_NETWORK_OWN:
	case MANIFEST_NETWORK_HOST:
	default:
		return 0;
	}
}

int network_verify(const struct manifest *m, int proc_self, struct error *err)
{
	struct stat st;
	bool right;

	if (fstatat(proc_self, "ns/net", &st, 0) < 0)
		return error_set(err, errno, "look at the network namespace");
	if (m->network_namespace == MANIFEST_NETWORK_OWN)
		right = !same_namespace(&st, &host);
	else if (m->network_namespace == MANIFEST_NETWORK_HOST)
		right = same_namespace(&st, &host);
	else
		right = same_namespace(&st, &wanted);
	return right ? 0
		     : error_say(err, EPERM,
				 "the process is not in the network namespace of its manifest");
}

/* In the mounter. The result is its exit status: 0, or an errno below 256. */
static int mounter_run(int go, int parent, uint64_t attributes)
{
	cleanup_close int sysfs = -1, onto = -1;
	char byte;
	int r;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || read(go, &byte, 1) != 1)
		return ECANCELED;
	if (setns(parent, CLONE_NEWNET) < 0)
		return errno;
	r = mounts_new("sysfs", NULL, attributes, &sysfs);
	if (r < 0)
		return -r;
	onto = open("/sys", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (onto < 0)
		return errno;
	return -mounts_attach(sysfs, onto);
}

int network_mounter_start(uint64_t attributes, struct network_mounter *ret, struct error *err)
{
	cleanup_close int parent = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int go[2];
	pid_t pid;

	if (parent < 0 || pipe2(go, O_CLOEXEC) < 0)
		return error_set(err, errno, "prepare the mounter of /sys");
	pid = fork();
	if (pid == 0) {
		(void)close(go[1]);
		_exit(mounter_run(go[0], parent, attributes));
	}
	(void)close(go[0]);
	if (pid < 0) {
		int r = error_set(err, errno, "fork the mounter of /sys");

		(void)close(go[1]);
		return r;
	}
	*ret = (struct network_mounter){.pid = pid, .go = go[1]};
	return 0;
}

int network_mounter_finish(struct network_mounter *mounter, struct error *err)
{
	int status = 0;
	ssize_t n;

	if (mounter->pid == 0)
		return 0;
	n = write(mounter->go, "", 1);
	(void)close(mounter->go);
	if (waitpid(mounter->pid, &status, 0) < 0)
		return error_set(err, errno, "wait for the mounter of /sys");
	mounter->pid = 0;
	if (n != 1 || !WIFEXITED(status))
		return error_say(err, EIO, "the mounter of /sys died, status 0x%x",
				 (unsigned)status);
	if (WEXITSTATUS(status) != 0)
		return error_set(err, WEXITSTATUS(status),
				 "mount a sysfs of the context's network namespace at /sys");
	return 0;
}

/* The last use of the descriptor. */
static int join_owner(const struct manifest *m, struct error *err)
{
	cleanup_close int owner = -1;
	int r = 0;

	if (m->user_namespace == MANIFEST_USER_OWN) {
		owner = owner_open(err);
		if (owner < 0)
			return owner;
		if (setns(owner, CLONE_NEWUSER) < 0)
			r = error_set(err, errno, "enter the network namespace's user namespace");
	}
	(void)close(CONTROL_FD_NETWORK);
	return r;
}

int network_unshare(const struct manifest *m, struct error *err)
{
	int flags = 0;

	if (m->network_namespace == MANIFEST_NETWORK_NAMED)
		return join_owner(m, err);
	if (m->user_namespace == MANIFEST_USER_OWN)
		flags |= CLONE_NEWUSER;
	if (m->network_namespace == MANIFEST_NETWORK_OWN)
		flags |= CLONE_NEWNET;
	if (flags == 0)
		return 0;
	if (unshare(flags) < 0) {
		int r = error_set(err, errno, "make the %s%s namespace",
				  flags & CLONE_NEWUSER ? "user" : "network",
				  flags == (CLONE_NEWUSER | CLONE_NEWNET) ? " and network" : "");

		error_hint(err, "see user.max_user_namespaces and user.max_net_namespaces "
				"(sysctl), and whether another security module refuses it");
		return r;
	}
	return 0;
}

int network_loopback_up(const struct manifest *m, struct error *err)
{
	cleanup_close int fd = -1;
	struct ifreq request = {.ifr_name = "lo"};

	if (m->network_namespace != MANIFEST_NETWORK_OWN)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return error_set(err, errno, "read the flags of lo");
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return error_set(err, errno, "set lo up");
	return 0;
}
