/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Mounts of helpers, read from outside. */
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "tests/escape/outside.h"
#include "tests/escape/rows.h"

char *proc_content(pid_t pid, const char *file)
{
	static char text[65536];
	char path[128];
	FILE *f;
	size_t len;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	f = fopen(path, "re");
	len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[len] = '\0';
	if (f)
		(void)fclose(f);
	return text;
}

struct mount_line {
	char point[512], options[256], type[64];
};

static const char *next_mount(const char *at, struct mount_line *ret)
{
	const char *dash = strstr(at, " - ");

	if (!dash || sscanf(at, "%*s %*s %*s %*s %511s %255s", ret->point, ret->options) != 2 ||
	    sscanf(dash, " - %63s", ret->type) != 1)
		return NULL;
	at = strchr(dash, '\n');
	return at ? at + 1 : NULL;
}

static bool has_option(const char *options, const char *option)
{
	size_t len = strlen(option);

	for (const char *at = strstr(options, option); at; at = strstr(at + 1, option))
		if ((at == options || at[-1] == ',') && (at[len] == ',' || !at[len]))
			return true;
	return false;
}

struct mount_expected {
	const char *point;
	bool writable, executable;
};

/* contexts/attack: what its rules name, and what every helper needs. */
static const struct mount_expected declared[] = {
	{"/", false, false},
	{"/srv/area", true, false},
	{"/srv/area/bin", false, true},
	{"/proc", true, false},
	{"/usr/lib", false, true},
	{"/usr/lib64", false, true},
	{"/lib", false, true},
	{"/lib64", false, true},
	{"/usr/local/lib/postern", false, true},
	{ESCAPE_DIR, false, true},
	{"/etc", false, false},
};

static const char *mount_mistake(const struct mount_line *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(declared); i++) {
		if (strcmp(m->point, declared[i].point) != 0)
			continue;
		if (has_option(m->options, "rw") != declared[i].writable)
			return "is writable or not as it should not be";
		if (has_option(m->options, "noexec") == declared[i].executable)
			return "is executable or not as it should not be";
		if (!has_option(m->options, "nosuid") || !has_option(m->options, "nodev"))
			return "lacks nosuid or nodev";
		return NULL;
	}
	return "is declared by nothing";
}

void check_declared_mounts(void)
{
	const char *at = proc_content(driver_helper("attack"), "mountinfo");
	struct mount_line m;

	(void)check(*at != '\0', "attack.helper: its mounts can be read");
	while (at && *at) {
		const char *mistake;

		at = next_mount(at, &m);
		mistake = mount_mistake(&m);
		(void)check(!mistake, "attack.helper: mount %s %s (%s)%s%s", m.point, m.options,
			    m.type, mistake ? "; but it " : "", mistake ? mistake : "");
	}
}

/* With the host's whole tree in the root, what leads out of any context is not. */
void check_stripped(const char *context)
{
	static const char *const never[] = {"cgroup", "cgroup2", "bpf", "tracefs", "debugfs"};
	const char *at = proc_content(driver_helper(context), "mountinfo");
	char found[320] = "";
	struct mount_line m;
	unsigned len = 0;

	while (at && *at) {
		at = next_mount(at, &m);
		len++;
		for (size_t i = 0; i < ARRAY_SIZE(never); i++)
			if (strcmp(m.type, never[i]) == 0)
				(void)snprintf(found, sizeof(found), "%s at %.200s", m.type,
					       m.point);
	}
	(void)check(len > 3 && !found[0], "%s.helper: %u mounts, none that leads out%s%s", context,
		    len, found[0] ? "; but " : "", found);
}
