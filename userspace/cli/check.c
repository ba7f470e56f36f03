/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern check: all that can be said about a manifest without privilege. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/check_module.h"
#include "cli/check_python.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/say.h"
#include "manifest/manifest.h"
#include "manifest/rule_path.h"
#include "manifest/trust.h"
#include "policy/bundle.h"

struct check {
	bool module;	    /* a module that cannot be read is a problem */
	const char *groups; /* where groups of rules are looked for first; NULL */
	bool bad;	    /* a problem was found */
	size_t files;
};

static void warn(const char *file, struct manifest_place place, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* In the form of the problems, so that editors find the place. */
static void warn(const char *file, struct manifest_place place, const char *format, ...)
{
	cleanup_free char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	(void)fflush(stdout);
	say_escaped(stderr, file, strlen(file), 0);
	if (place.line)
		(void)fprintf(stderr, ":%u:%u", place.line, place.column);
	(void)fputs(": warning: ", stderr);
	if (text)
		say_escaped(stderr, text, strlen(text), 0);
	(void)fputc('\n', stderr);
}

static const struct manifest_place nowhere = {0, 0}; /* the file as a whole */

static void check_trust(const char *file)
{
	cleanup_error struct error err = {};
	cleanup_close int fd = trust_open(file, &err);

	if (fd < 0)
		warn(file, nowhere, "posternd would refuse this file: %s%s%s", error_text(&err),
		     err.hint ? "; to mend it: " : "", err.hint ? err.hint : "");
}

/* Was the same path looked at already, in an entrypoint before? */
static bool seen_before(const struct manifest *m, size_t entrypoint, const struct manifest_path *p)
{
	for (size_t i = 0; i < entrypoint; i++)
		for (size_t k = 0; k < m->entrypoints[i].paths_len; k++) {
			const struct manifest_path *other = &m->entrypoints[i].paths[k];

			if (other->subtree == p->subtree && strcmp(other->path, p->path) == 0)
				return true;
		}
	return false;
}

/* A rule is tied to a directory: the path itself for a subtree, the one above a pattern, else the
 * one that holds it. What may not be looked at is not judged. */
static void check_directory(const char *file, const struct manifest_path *p)
{
	size_t literal = rule_path_literal(p->path);
	char directory[PATH_MAX];
	struct stat st;
	char *slash;

	(void)snprintf(directory, sizeof(directory), "%.*s", (int)MAX_OF(literal, (size_t)1),
		       p->path);
	slash = strrchr(directory, '/');
	if (!p->subtree && slash && literal == strlen(p->path))
		slash[slash == directory ? 1 : 0] = '\0';
	if (stat(directory, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			warn(file, p->place, "on this host %s is not a directory", directory);
		return;
	}
	if (errno == ENOENT || errno == ENOTDIR)
		warn(file, p->place,
		     "the directory %s does not exist on this host: the rule is not enforced, and "
		     "what it allows is denied, until it does",
		     directory);
}

static void check_directories(const char *file, const struct manifest *m)
{
	for (size_t i = 0; i < m->entrypoints_len; i++)
		for (size_t k = 0; k < m->entrypoints[i].paths_len; k++)
			/* Groups are for many kinds of host. */
			if (!m->entrypoints[i].paths[k].part &&
			    !seen_before(m, i, &m->entrypoints[i].paths[k]))
				check_directory(file, &m->entrypoints[i].paths[k]);
}

static void check_programs(const char *file, const struct manifest *m)
{
	for (size_t i = 0; i < m->entrypoints_len; i++)
		for (size_t k = 0; k < m->entrypoints[i].programs_len; k++) {
			const struct manifest_name *program = &m->entrypoints[i].programs[k];

			if (access(program->name, F_OK) < 0)
				warn(file, program->place,
				     "the program %s does not exist on this host: what it needs "
				     "cannot be listed",
				     program->name);
		}
}

/* Returns 0, -EBADMSG and problems, or why the file cannot be read. */
static int module_look(const struct manifest *m, struct manifest_problems *problems,
		       struct error *err)
{
	char **names = NULL;
	int r;

	if (manifest_python(m))
		return check_python(m, problems, err);
	r = module_names_read(m->module, &names, err);
	if (r < 0)
		return r;
	r = manifest_check_module(m, (const char *const *)names, problems);
	module_names_free(names);
	return r;
}

/* Returns true when nothing is wrong with the module, as far as it could be read. */
static bool check_module(const struct check *c, const char *file, const struct manifest *m)
{
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	int r = module_look(m, &problems, &err);

	if (r < 0 && problems.len == 0) {
		if (c->module) {
			say_error("%s: module %s", file, error_text(&err));
			if (err.hint)
				say_hint("%s", err.hint);
		} else {
			warn(file, nowhere, "module %s%s%s", error_text(&err), err.hint ? "; " : "",
			     err.hint ? err.hint : "");
		}
		return !c->module;
	}
	manifest_problems_print(&problems, file, stderr);
	manifest_problems_clear(&problems);
	return r == 0;
}

static void check_file(struct check *c, const char *file)
{
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	struct manifest *m = NULL;
	bool good;
	int r;

	c->files++;
	r = bundle_read(file, c->groups, 0, &m, &problems, &err);
	(void)fflush(stdout);
	manifest_problems_print(&problems, file, stderr);
	if (r < 0 && problems.len == 0)
		say_struct(&err);
	manifest_problems_clear(&problems);
	if (r < 0) {
		c->bad = true;
		return;
	}
	good = check_module(c, file, m);
	check_trust(file);
	check_directories(file, m);
	check_programs(file, m);
	if (good)
		printf("%s: ok (context %s, %zu entrypoint%s)\n", file, m->name, m->entrypoints_len,
		       m->entrypoints_len == 1 ? "" : "s");
	c->bad |= !good;
	manifest_free(m);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* A context's directory, or one that holds such directories. */
static void check_in_directory(struct check *c, const char *directory)
{
	size_t before = c->files;
	struct dirent **entries = NULL;
	char *file;
	int n;

	if (asprintf(&file, "%s/context.yaml", directory) < 0)
		return;
	if (is_file(file))
		check_file(c, file);
	free(file);
	if (c->files > before)
		return;
	n = scandir(directory, &entries, not_hidden, alphasort);
	for (int i = 0; i < n; i++) {
		if (asprintf(&file, "%s/%s/context.yaml", directory, entries[i]->d_name) >= 0) {
			if (is_file(file))
				check_file(c, file);
			free(file);
		}
		free(entries[i]);
	}
	free(entries);
	if (c->files > before)
		return;
	c->bad = true;
	say_error("%s: there is no context.yaml in it or in the directories below it", directory);
}

static void check_operand(struct check *c, const char *path)
{
	struct stat st;
	size_t len = strlen(path);
	cleanup_free char *directory = NULL;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		check_file(c, path); /* says why when it is not there */
		return;
	}
	while (len > 1 && path[len - 1] == '/')
		len--;
	directory = strndup(path, len);
	if (directory)
		check_in_directory(c, directory);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct check c = {};
	const struct option_spec specs[] = {
		{.name = "groups", .value = &c.groups, .meaning = "DIR"},
		{.name = "module", .flag = &c.module},
	};
	int r;

	if (!options_read(verb, specs, ARRAY_SIZE(specs), &argc, argv, &r))
		return r;
	if (argc == 0)
		return options_usage(verb, "which file?");
	for (int i = 0; i < argc; i++)
		check_operand(&c, argv[i]);
	return c.bad ? CLI_FAILED : CLI_OK;
}

const struct verb verb_check = {
	.name = "check",
	.operands = "[--module] [--groups DIR] FILE|DIR...",
	.summary = "check manifests",
	.help = "Reads manifests and prints all their problems as FILE:LINE:COLUMN, with what "
		"would be right.\n"
		"A directory stands for its context.yaml, or for those in the directories below "
		"it. Needs no\n"
		"privilege. When the module can be read, the entrypoints are looked for in the "
		"table that it\n"
		"exports; the file is only read, and none of its code is run. A Python file is "
		"parsed, and its\n"
		"functions' parameters are held against the arguments.\n\n"
		"Warnings tell what posternd or this host would not like: owner and mode of the "
		"file, a rule's\n"
		"directory that does not exist, a module that is not there. They do not change "
		"the exit status.\n\n"
		"  --groups DIR  folder in which groups of rules are looked for first\n"
		"  --module      a module that is missing or cannot be read is a problem, not a "
		"warning",
	.run = run,
};
