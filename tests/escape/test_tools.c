/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Real tools in workers of the shipped contexts: every line of tools.table.
 *
 * What is denied has to say so by an event, to leave the network as it was, and to work without
 * confinement. The contexts are those that are shipped, with the module that attacks in the place
 * of theirs (derive).
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/util.h"
#include "lib/words.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"

#define TABLE	 ESCAPE_DIR "/tools.table"
#define SHIPPED	 ESCAPE_DIR "/shipped"
#define MARKER	 "attack"
#define OUTPUT	 "/run/tools.log"
#define LINES	 512
#define UUID	 "00000000-0000-4000-8000-000000000001"
#define NO_START 126 /* exit status: the tool did not run */

static struct line {
	char context[32], entrypoint[64], outcome[32];
	char *argument, *value; /* of the entrypoint; NULL: none */
	char program[64], arguments[256], *command;
} lines[LINES];
static size_t lines_len;

/* Contexts whose workers are in a network namespace with a name. */
static const struct network {
	const char *context, *name;
} networks[] = {{"netns", "qrouter-" UUID}, {"netns-own", "qdhcp-" UUID}};

static const char *network_of(const char *context)
{
	for (size_t i = 0; i < ARRAY_SIZE(networks); i++)
		if (strcmp(networks[i].context, context) == 0)
			return networks[i].name;
	return NULL;
}

static bool is(const struct line *l, const char *outcome)
{
	return strcmp(l->outcome, outcome) == 0;
}

static bool is_made(const struct line *l)
{
	return is(l, "made");
}

static bool is_denied(const struct line *l)
{
	return !is(l, "made") && !is(l, "works") && !is(l, "prints");
}

static void read_line(char *text)
{
	struct line *l = &lines[lines_len++];
	char tool[32] = "";
	int at = 0, arguments = 0;

	text[strcspn(text, "\n")] = '\0';
	if (sscanf(text, "%31s %63s %31s %n%31s %n", l->context, l->entrypoint, l->outcome, &at,
		   tool, &arguments) != 4)
		driver_bail("%s: %s", TABLE, text);
	l->command = strdup(text + at);
	(void)snprintf(l->program, sizeof(l->program), "/usr/%s/%s",
		       strcmp(tool, "wg") == 0 ? "bin" : "sbin", tool);
	(void)snprintf(l->arguments, sizeof(l->arguments), "%s", text + arguments);
	l->argument = strchr(l->entrypoint, ',');
	if (l->argument) {
		*l->argument++ = '\0';
		l->value = strchr(l->argument, '=');
		*l->value++ = '\0';
	}
}

static void read_table(void)
{
	cleanup_file FILE *f = fopen(TABLE, "re");
	char text[512];

	if (!f)
		driver_bail("open %s: %s", TABLE, strerror(errno));
	while (fgets(text, sizeof(text), f) && lines_len < LINES)
		if (text[0] != '#' && text[0] != '\n')
			read_line(text);
	if (!feof(f))
		driver_bail("%s has more than %d lines", TABLE, LINES);
}

static void show(const char *file)
{
	cleanup_file FILE *f = fopen(file, "re");
	char text[512];

	while (f && fgets(text, sizeof(text), f))
		printf("# %s", text);
}

/* By root, unconfined, in this process's network namespace. Returns its status. */
static int run_root(const struct line *l)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int output = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		if (output < 0 || dup2(output, STDOUT_FILENO) < 0 ||
		    dup2(output, STDERR_FILENO) < 0)
			_exit(NO_START);
		_exit(attack_run("tool", l->program, l->arguments));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return NO_START;
	return WEXITSTATUS(status);
}

static void make(const char *context)
{
	for (size_t i = 0; i < lines_len; i++) {
		const struct line *l = &lines[i];

		if (strcmp(l->context, context) != 0 || !is_made(l) || run_root(l) == 0)
			continue;
		show(OUTPUT);
		driver_bail("%s: %s", context, l->command);
	}
}

static int enter_new(void)
{
	int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (before < 0 || unshare(CLONE_NEWNET) < 0)
		driver_bail("a network namespace: %s", strerror(errno));
	return before;
}

static int enter(const char *name)
{
	int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	cleanup_free char *path = NULL;
	cleanup_close int fd = -EBADF;

	if (!name)
		return before;
	if (asprintf(&path, "/run/netns/%s", name) < 0)
		driver_bail("out of memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (before < 0 || fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		driver_bail("enter %s: %s", path, strerror(errno));
	return before;
}

static void leave(int before)
{
	if (setns(before, CLONE_NEWNET) < 0)
		driver_bail("leave a network namespace: %s", strerror(errno));
	(void)close(before);
}

/* All links but those of which each network namespace has one. */
static void clear(void)
{
	struct if_nameindex *links = if_nameindex();

	for (const struct if_nameindex *link = links; link && link->if_name; link++) {
		char command[64];

		(void)snprintf(command, sizeof(command), "/usr/sbin/ip link delete %s 2>/dev/null",
			       link->if_name);
		/* Of a pair the other end is gone by now. */
		if (strcmp(link->if_name, "lo") != 0 && system(command) == -1)
			driver_bail("%s: %s", command, strerror(errno));
	}
	if_freenameindex(links);
}

/* The same command is in a line before this one: it was shown to work. */
static bool was_there(const struct line *l)
{
	for (const struct line *before = lines; before < l; before++)
		if (strcmp(before->command, l->command) == 0)
			return true;
	return false;
}

/* Lines that are denied work where nothing denies them. */
static void run_control(const char *context)
{
	int host = enter_new();

	make(context);
	for (size_t i = 0; i < lines_len; i++) {
		const struct line *l = &lines[i];

		if (strcmp(l->context, context) != 0 || !is_denied(l) || l->outcome[0] == '-' ||
		    was_there(l))
			continue;
		if (!check(run_root(l) == 0, "[unconfined, for %s] %s", context, l->command))
			show(OUTPUT);
	}
	leave(host);
	clear(); /* what was moved here */
}

static void run_line(const struct line *l)
{
	const struct place at = {l->context, l->entrypoint, network_of(l->context), l->argument,
				 l->value};
	/* Some tools end well when they could read nothing. */
	struct call_result r = driver_call_at(&at, is(l, "works") ? "tool" : "tool that prints",
					      l->program, l->arguments);
	const char *expected = l->outcome + (l->outcome[0] == '-');
	static struct seen seen;
	bool fine = r.value != NO_START && r.value < ATTEMPT_BROKEN;

	driver_denials_by(l->context, MARKER, &seen);
	if (!is_denied(l)) {
		fine = fine && r.value == 0;
	} else {
		bool denied = strcmp(expected, "any") == 0;

		for (size_t i = 0; i < seen.len; i++)
			denied |= strcmp(operation_name(seen.records[i].operation), expected) == 0;
		fine = fine && r.value != 0 && denied;
	}
	if (!check(fine, "[%s.%s] %s: %s, status %d %s", l->context, l->entrypoint, l->command,
		   l->outcome, r.value, r.message))
		for (size_t i = 0; i < seen.len; i++)
			printf("# event: %s\n# %s\n", operation_name(seen.records[i].operation),
			       seen.records[i].text);
}

/* What there is to change, as the tools tell it. */
static void state(const char *network, char *ret, size_t size)
{
	int before = enter(network);
	FILE *from =
		popen("cd /usr/sbin; printf 'link show\\naddress show\\nroute show table all\\n"
		      "rule show\\nneigh show nud permanent\\n' | ./ip -4 -batch - &&  ./nft list "
		      "ruleset && "
		      "./conntrack -C 2>&1 && /usr/bin/wg show all dump",
		      "re");
	size_t len = from ? fread(ret, 1, size - 1, from) : 0;

	if (!from || pclose(from) != 0 || len + 1 == size)
		driver_bail("the state of the network cannot be told");
	ret[len] = '\0';
	leave(before);
}

static void run_denied(const char *context)
{
	static char before[2][32768], after[2][32768];
	const char *network = network_of(context);

	state(NULL, before[0], sizeof(before[0]));
	if (network)
		state(network, before[1], sizeof(before[1]));
	for (size_t i = 0; i < lines_len; i++)
		if (strcmp(lines[i].context, context) == 0 && is_denied(&lines[i]))
			run_line(&lines[i]);
	state(NULL, after[0], sizeof(after[0]));
	if (network)
		state(network, after[1], sizeof(after[1]));
	if (!check(strcmp(before[0], after[0]) == 0 && strcmp(before[1], after[1]) == 0,
		   "[%s] the network is as it was", context))
		printf("# before:\n%s\n%s\n# after:\n%s\n%s\n", before[0], before[1], after[0],
		       after[1]);
}

static void run_context(const char *context)
{
	const char *network = network_of(context);
	const struct place add = {context, "add_network", network, NULL, NULL};
	int before;

	run_control(context);
	if (network)
		(void)driver_call_at(&add, NULL, NULL, NULL);
	before = enter(network);
	make(context);
	leave(before);
	run_denied(context);
	for (size_t i = 0; i < lines_len; i++)
		if (strcmp(lines[i].context, context) == 0 && !is_made(&lines[i]) &&
		    !is_denied(&lines[i]))
			run_line(&lines[i]);
	clear();
}

int main(void)
{
	if (system("modprobe -a dummy veth vxlan tun bridge nf_tables nf_conntrack_netlink "
		   "iptable_filter "
		   "sch_ingress cls_u32 wireguard; mkdir -p /dev/net; "
		   "test -e /dev/net/tun || mknod -m 666 /dev/net/tun c 10 200") != 0)
		driver_bail("cannot load what the tools are about");
	read_table();
	driver_start_contexts(SHIPPED);
	if (chmod(AREA "/ok", 0777) < 0 ||
	    system(": >" AREA "/ok/lock; chmod 666 " AREA "/ok/lock"))
		driver_bail("a lock for iptables");
	driver_forget(MARKER);
	for (size_t i = 0; i < lines_len; i++)
		if (i == 0 || strcmp(lines[i].context, lines[i - 1].context) != 0)
			run_context(lines[i].context);
	(void)check(driver_stop(), "posternd ends, and all its contexts with it");
	return check_done();
}
