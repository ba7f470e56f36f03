/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces below /run/netns, and calls to contexts that work in them. */
#include "tests/integration/common/networks.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/tap.h"

static struct trial_call call(const char *context, const char *entrypoint, const char *network)
{
	struct trial_call c = {.context = context, .entrypoint = entrypoint, .network = network};

	trial_call(&c);
	return c;
}

void networks_allowed(const char *context, const char *entrypoint, const char *network)
{
	struct trial_call c = call(context, entrypoint, network);

	if (!tap(c.r == 0, "%s.%s of %s", context, entrypoint, network ? network : "no name"))
		trial_call_show(&c);
}

void networks_refused(const char *context, const char *entrypoint, const char *network, int result,
		      int error, const char *what)
{
	struct trial_call c = call(context, entrypoint, network);

	if (!tap((int)c.result == result && c.error == error, "%s: %s.%s of %s is refused: %s",
		 what, context, entrypoint, network ? network : "no name", c.message))
		trial_call_show(&c);
}

void networks_sees(const char *context, const char *network, const char *links, const char *what)
{
	struct trial_call c = call(context, "links", network);

	if (!tap(c.r == 0 && strcmp(c.value_text, links) == 0, "%s: %s in %s sees %s", what,
		 context, network ? network : "its one", c.value_text))
		trial_call_show(&c);
}

void networks_path(const char *network, char path[128])
{
	(void)snprintf(path, 128, NETWORKS_PINS "%s", network);
}

bool networks_exists(const char *network)
{
	char path[128];
	struct stat st;

	networks_path(network, path);
	return lstat(path, &st) == 0;
}

/* In a child, so that this process stays where it is. */
static bool in_network(const char *network, bool (*work)(const char *), const char *argument)
{
	char path[128];
	int status = 1;
	pid_t pid = fork();

	networks_path(network, path);
	if (pid == 0) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		_exit(fd < 0 || setns(fd, CLONE_NEWNET) < 0 || !work(argument));
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/* argument: the new name; with a dash in front of it lo need not be up. */
static bool rename_loopback(const char *argument)
{
	const char *name = argument[0] == '-' ? argument + 1 : argument;
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0 ||
	    (name == argument && !(request.ifr_flags & IFF_UP)))
		return false;
	request.ifr_flags &= (short)~IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return false;
	(void)snprintf(request.ifr_newname, sizeof(request.ifr_newname), "%s", name);
	return ioctl(fd, SIOCSIFNAME, &request) == 0;
}

void networks_mark(const char *network, const char *name)
{
	tap(in_network(network, rename_loopback, name), "the host sees %s%s", network,
	    name[0] == '-' ? "" : ", whose lo is up");
}

void networks_make(const char *network)
{
	char path[128];
	int status = 1;
	pid_t pid;

	networks_path(network, path);
	trial_directory("/run/netns");
	trial_write(path, "", 0444, 0);
	pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWNET) < 0 ||
		      mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		trial_bail("cannot make network namespace %s", network);
}

bool networks_status_says(const char *text)
{
	struct trial_program p;
	bool found;

	TRIAL_RUN(&p, 0, POSTERN, "status");
	found = strstr(p.out, text);
	trial_program_clear(&p);
	return found;
}

pid_t networks_helper(const char *network)
{
	struct trial_program p;
	char wanted[128];
	const char *at;
	int pid = 0;

	(void)snprintf(wanted, sizeof(wanted), "in network namespace %s: running, helper ",
		       network);
	TRIAL_RUN(&p, 0, POSTERN, "status");
	at = strstr(p.out, wanted);
	if (at && sscanf(at + strlen(wanted), "%d", &pid) != 1)
		pid = 0;
	trial_program_clear(&p);
	return pid;
}

bool networks_status_silent(const char *text)
{
	for (uint64_t until = trial_ms() + NETWORKS_GONE_MS; trial_ms() < until; trial_sleep(50))
		if (!networks_status_says(text))
			return true;
	return false;
}
