/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Host check: full preemption on 6.1.
 *
 * Task storage of 6.1 is behind a per-CPU try-lock (kernel/bpf/bpf_task_storage.c): a program that
 * runs while another task was preempted inside it finds no tag. With preempt=full up to 9 % of
 * look-ups failed (measured); with the other models, and on 6.12 and 7.3 in every model, none did.
 * The cgroup, Postern's second key, turns such a failure into a refusal, so that it opens nothing,
 * yet what is refused is then a matter of luck.
 */
#include <errno.h>
#include <string.h>

#include "policy/host_look.h"

#define KMSG_LINE_MAX  8192 /* printk's record with its dictionary, devkmsg_read() */
#define KMSG_LINES_MAX 100000
#define CONFIG_MAX     ((size_t)2 * 1024 * 1024)

/* "none voluntary (full)" (kernel/sched/debug.c, sched_dynamic_show()). */
static bool model_debugfs(const struct host *host, char *to, size_t size)
{
	const char *open, *close;
	char models[128];

	if (host_read(host, "/sys/kernel/debug/sched/preempt", models, sizeof(models)) < 0)
		return false;
	open = strchr(models, '(');
	close = open ? strchr(open, ')') : NULL;
	if (!close)
		return false;
	return snprintf(to, size, "%.*s", (int)(close - open - 1), open + 1) < (int)size;
}

/* The last one counts. */
static bool model_command_line(const struct host *host, char *to, size_t size)
{
	cleanup_free char *line = malloc(65536);
	bool found = false;

	if (!line || host_read(host, "/proc/cmdline", line, 65536) < 0)
		return false;
	for (const char *p = line; *p;) {
		size_t len = strcspn(p, " ");

		if (strncmp(p, "--", len) == 0 && len == 2)
			break; /* what follows is init's */
		if (strncmp(p, "preempt=", strlen("preempt=")) == 0)
			found = snprintf(to, size, "%.*s", (int)(len - strlen("preempt=")),
					 p + strlen("preempt=")) < (int)size;
		p += len;
		p += strspn(p, " ");
	}
	return found;
}

/* "Dynamic Preempt: voluntary", said at boot (kernel/sched/core.c), for as long as it is kept. */
static bool model_log(const struct host *host, char *to, size_t size)
{
	static const char said[] = "Dynamic Preempt: ";
	cleanup_close int fd = host_open(host, "/dev/kmsg");
	cleanup_free char *line = malloc(KMSG_LINE_MAX + 1);
	bool found = false;

	if (fd < 0 || !line)
		return false;
	for (int i = 0; i < KMSG_LINES_MAX; i++) {
		ssize_t n = read(fd, line, KMSG_LINE_MAX);
		const char *p;

		if (n < 0 && (errno == EINTR || errno == EPIPE))
			continue; /* EPIPE: older lines were overwritten meanwhile */
		if (n <= 0)
			break;
		line[n] = '\0';
		p = strstr(line, said);
		if (!p)
			continue;
		p += strlen(said);
		found = snprintf(to, size, "%.*s", (int)strcspn(p, " \n"), p) < (int)size;
	}
	return found;
}

/* The model that the kernel was built with: what it boots with unless told. */
static bool model_config(const struct host *host, char *to, size_t size)
{
	static const struct {
		const char *option, *model;
	} models[] = {
		{"\nCONFIG_PREEMPT_NONE=y\n", "none"},
		{"\nCONFIG_PREEMPT_VOLUNTARY=y\n", "voluntary"},
		{"\nCONFIG_PREEMPT=y\n", "full"},
	};
	cleanup_free char *config = malloc(CONFIG_MAX);
	char release[128] = "", path[160];

	(void)host_read(host, "/proc/sys/kernel/osrelease", release, sizeof(release));
	(void)snprintf(path, sizeof(path), "/boot/config-%s", release);
	if (!config || strchr(release, '/') || host_read(host, path, config, CONFIG_MAX) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(models); i++)
		if (strstr(config, models[i].option))
			return snprintf(to, size, "%s", models[i].model) < (int)size;
	return false;
}

/* A kernel with PREEMPT_DYNAMIC in its version chooses at boot. */
static void look_dynamic(struct host *host, struct host_finding *f)
{
	char model[64];

	if (!model_debugfs(host, model, sizeof(model)) &&
	    !model_command_line(host, model, sizeof(model)) &&
	    !model_log(host, model, sizeof(model)) && !model_config(host, model, sizeof(model))) {
		host_found(f, HOST_UNKNOWN,
			   "neither debugfs nor the command line, the kernel's log or its "
			   "configuration tells the preemption model");
		host_remedy(f,
			    "mount -t debugfs debugfs /sys/kernel/debug, and look again as root");
		return;
	}
	if (strcmp(model, "full") == 0)
		host_found(f, HOST_LACKING, "this kernel before 6.2 runs with preempt=full");
	else
		host_found(f, HOST_OK, "the preemption model is %s", model);
}

void host_look_preemption(struct host *host, struct host_finding *f)
{
	unsigned version = host_version(host);
	char built[256];
	int r = host_read(host, "/proc/sys/kernel/version", built, sizeof(built));

	if (r < 0 || version == HOST_NO_VERSION) {
		host_found(f, HOST_UNKNOWN, "/proc/sys/kernel/version cannot be read");
		return;
	}
	/* init/Makefile puts the model into the version: PREEMPT, PREEMPT_DYNAMIC, PREEMPT_RT. */
	if (host_word(built, " ", "PREEMPT_RT")) {
		host_found(f, HOST_LACKING,
			   "this is a PREEMPT_RT kernel, which Postern was not "
			   "proven on");
		host_remedy(f, "boot a kernel without PREEMPT_RT");
	} else if (version >= HOST_VERSION(6, 2)) {
		host_found(f, HOST_OK, "every model suits a kernel from 6.2 on");
	} else if (host_word(built, " ", "PREEMPT_DYNAMIC")) {
		look_dynamic(host, f);
	} else if (host_word(built, " ", "PREEMPT")) {
		host_found(f, HOST_LACKING, "this kernel before 6.2 is built with full preemption");
		host_remedy(f, "use a kernel of 6.12 or newer, or one without CONFIG_PREEMPT=y");
	} else {
		host_found(f, HOST_OK, "the kernel is not preempted");
	}
}
