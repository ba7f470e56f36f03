/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A context's user and network namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "helper/mounts.h"
#include "helper/network.h"

int network_enter_path(const struct manifest *m, struct error *err)
{
	cleanup_close int fd = -1;

	if (m->network_namespace != MANIFEST_NETWORK_PATH)
		return 0;
	fd = open(m->network_path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		int r = error_set(err, errno, "open the network namespace %s", m->network_path);

		error_hint(err, "make it before the context starts, as with `ip netns add`");
		return r;
	}
	/* The kernel checks that it is a network namespace and nothing else. */
	if (setns(fd, CLONE_NEWNET) < 0)
		return error_set(err, errno, "enter the network namespace %s", m->network_path);
	return 0;
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

int network_unshare(const struct manifest *m, struct error *err)
{
	int flags = 0;

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
