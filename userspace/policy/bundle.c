/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gathering a manifest's groups and programs. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/nearest.h"
#include "manifest/parts.h"
#include "manifest/problems.h"
#include "policy/bundle.h"
#include "policy/program.h"

#ifndef POSTERN_GROUP_DIR
#error "compile with -DPOSTERN_GROUP_DIR=\"...\": where named groups of rules are found"
#endif

#define FOLDERS 3

/* A bundle in the making. */
struct making {
	const struct manifest *manifest;
	struct manifest_problems *problems;
	unsigned flags;
	char *folders[FOLDERS]; /* of groups, in order; NULL: passed over */
	FILE *to;
};

/* DIR/NAME/context.yaml -> DIR/../groups, as a path without "..": what is not root's alone cannot
 * hide behind one. */
static char *folder_beside(const char *file)
{
	cleanup_free char *path = realpath(file, NULL);
	char *slash;

	for (int up = 0; path && up < 3; up++) {
		slash = strrchr(path, '/');
		if (!slash)
			return NULL;
		*slash = '\0';
	}
	return path ? text_make("%s/groups", path) : NULL;
}

static void names_offer(const struct making *k, struct nearest *n, char *best, size_t size)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		DIR *d = k->folders[i] ? opendir(k->folders[i]) : NULL;
		const struct dirent *entry;

		while (d && (entry = readdir(d))) {
			char name[sizeof(entry->d_name)];
			size_t len = strlen(entry->d_name);

			if (len <= 5 || strcmp(entry->d_name + len - 5, ".yaml") != 0)
				continue;
			(void)snprintf(name, sizeof(name), "%.*s", (int)len - 5, entry->d_name);
			nearest_offer(n, name);
			if (n->best == name) {
				(void)snprintf(best, size, "%s", name);
				n->best = best;
			}
		}
		if (d)
			(void)closedir(d);
	}
}

static int group_unknown(const struct making *k, const struct manifest_name *name)
{
	struct nearest n = {.text = name->name, .len = strlen(name->name)};
	char best[NAME_MAX + 1];

	names_offer(k, &n, best, sizeof(best));
	return problems_add(k->problems, name->place,
			    text_make("there is no group of rules \"%s\"", name->name),
			    n.best ? text_make("did you mean \"%s\"?", n.best)
				   : text_make("groups are files NAME.yaml in %s and %s",
					       k->folders[1] ? k->folders[1] : "groups/",
					       k->folders[2]));
}

/* Every finding in a group's file becomes one at the place that includes it. */
static int group_problems(const struct making *k, const struct manifest_name *name,
			  const char *file, const struct manifest_problems *found)
{
	int r = 0;

	for (size_t i = 0; i < found->len && r == 0; i++) {
		const struct manifest_problem *p = &found->items[i];

		r = problems_add(k->problems, name->place,
				 text_make("the group \"%s\" has a problem: %s:%u:%u: %s",
					   name->name, file, p->place.line, p->place.column,
					   p->what),
				 p->instead ? strdup(p->instead) : NULL);
	}
	return r;
}

static int group_check(const struct making *k, const struct manifest_name *name, const char *file,
		       const char *data, size_t len)
{
	struct manifest_problems found = {};
	struct manifest_part part = {};
	int r;

	r = manifest_part_parse(file, data, len, &part, &found, NULL);
	if (r == 0 && (!part.group || strcmp(part.group, name->name) != 0))
		r = problems_add(k->problems, name->place,
				 text_make("%s is named \"%s\" inside", file,
					   part.group ? part.group : part.program),
				 text_make("write group: %s, as its file's name says", name->name));
	else if (r == -EBADMSG)
		r = group_problems(k, name, file, &found);
	manifest_part_clear(&part);
	manifest_problems_clear(&found);
	return r;
}

static int group_write(struct making *k, const struct manifest_name *name)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		cleanup_free char *file = NULL, *data = NULL;
		cleanup_error struct error err = {};
		size_t len = 0;
		int r;

		if (!k->folders[i])
			continue;
		file = text_make("%s/%s.yaml", k->folders[i], name->name);
		if (!file)
			return -ENOMEM;
		r = manifest_bytes(file, k->flags, &data, &len, &err);
		if (r == -ENOENT)
			continue;
		if (r < 0)
			return problems_add(k->problems, name->place,
					    text_make("the group \"%s\" cannot be read: %s",
						      name->name, error_text(&err)),
					    err.hint ? strdup(err.hint) : NULL);
		r = group_check(k, name, file, data, len);
		(void)fprintf(k->to, "\n" BUNDLE_MARK "%s\n", file);
		(void)fwrite(data, 1, len, k->to);
		return r;
	}
	return group_unknown(k, name);
}

static void quoted_write(FILE *to, const char *text)
{
	(void)fputc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', to);
		(void)fputc(*text, to);
	}
	(void)fputc('"', to);
}

static int program_write(struct making *k, const struct manifest_name *name)
{
	cleanup_error struct error err = {};
	struct program program = {};

	if (program_look(name->name, k->flags & MANIFEST_TRUSTED_ONLY, &program, &err) < 0)
		return problems_add(k->problems, name->place,
				    text_make("the program %s cannot be used: %s", name->name,
					      error_text(&err)),
				    err.hint ? strdup(err.hint) : NULL);
	(void)fprintf(k->to, "\n" BUNDLE_MARK "%s\nprogram: ", name->name);
	quoted_write(k->to, name->name);
	(void)fputs("\npaths:\n", k->to);
	for (size_t i = 0; i < program.len; i++) {
		(void)fputs("  ", k->to);
		quoted_write(k->to, program.files[i].path);
		(void)fputs(program.files[i].execute ? ": [read, execute]\n" : ": [read]\n", k->to);
	}
	program_clear(&program);
	return 0;
}

/* Was the same name written for an entrypoint before? */
static bool is_first(const struct manifest *m, size_t entrypoint, const char *name)
{
	for (size_t i = 0; i < entrypoint; i++) {
		const struct manifest_entrypoint *e = &m->entrypoints[i];

		for (size_t k = 0; k < e->includes_len; k++)
			if (strcmp(e->includes[k].name, name) == 0)
				return false;
		for (size_t k = 0; k < e->programs_len; k++)
			if (strcmp(e->programs[k].name, name) == 0)
				return false;
	}
	return true;
}

static int parts_write(struct making *k)
{
	const struct manifest *m = k->manifest;
	int r = 0;

	for (size_t i = 0; i < m->entrypoints_len; i++) {
		const struct manifest_entrypoint *e = &m->entrypoints[i];

		for (size_t n = 0; n < e->includes_len && r == 0; n++)
			if (is_first(m, i, e->includes[n].name))
				r = group_write(k, &e->includes[n]);
		for (size_t n = 0; n < e->programs_len && r == 0; n++)
			if (is_first(m, i, e->programs[n].name))
				r = program_write(k, &e->programs[n]);
	}
	return r;
}

static int folders_name(struct making *k, const char *file, const char *groups)
{
	k->folders[0] = groups ? strdup(groups) : NULL;
	k->folders[1] = folder_beside(file);
	k->folders[2] = strdup(POSTERN_GROUP_DIR);
	return (k->folders[0] || !groups) && k->folders[2] ? 0 : -ENOMEM;
}

static int make(struct making *k, const char *file, const char *groups, const char *data,
		size_t len, struct error *err)
{
	size_t before = k->problems->len;
	int r;

	r = folders_name(k, file, groups);
	if (r == 0) {
		(void)fwrite(data, 1, len, k->to);
		r = parts_write(k);
	}
	for (size_t i = 0; i < FOLDERS; i++)
		free(k->folders[i]);
	if (r < 0)
		return error_set(err, r, "%s", file);
	if (k->problems->len > before)
		return error_say(err, -EBADMSG, "%s: %zu problem%s", file,
				 k->problems->len - before,
				 k->problems->len - before == 1 ? "" : "s");
	return 0;
}

int bundle_make(const char *file, const char *groups, unsigned flags, char **ret, size_t *ret_len,
		struct manifest_problems *problems, struct error *err)
{
	struct making k = {.problems = problems, .flags = flags};
	cleanup_free char *data = NULL, *bundle = NULL;
	struct manifest *m = NULL;
	size_t len = 0, bundle_len = 0;
	int r;

	r = manifest_bytes(file, flags, &data, &len, err);
	if (r == 0)
		r = manifest_parse(file, data, len, flags & ~(unsigned)MANIFEST_BUNDLE, &m,
				   problems, err);
	if (r < 0 || !m)
		return r;
	k.manifest = m;
	k.to = open_memstream(&bundle, &bundle_len);
	r = k.to ? make(&k, file, groups, data, len, err) : error_set(err, -ENOMEM, "%s", file);
	if (k.to && fclose(k.to) != 0 && r == 0)
		r = error_set(err, -ENOMEM, "%s", file);
	manifest_free(m);
	if (r == 0 && bundle_len > BUNDLE_BYTES_MAX)
		r = error_say(err, -EFBIG,
			      "%s: with its groups and programs it has more than %zu bytes", file,
			      BUNDLE_BYTES_MAX);
	if (r < 0)
		return r;
	*ret = steal_ptr(bundle);
	*ret_len = bundle_len;
	return 0;
}

int bundle_read(const char *file, const char *groups, unsigned flags, struct manifest **ret,
		struct manifest_problems *problems, struct error *err)
{
	cleanup_free char *data = NULL;
	size_t len = 0;
	int r;

	r = bundle_make(file, groups, flags, &data, &len, problems, err);
	if (r < 0)
		return r;
	return manifest_parse(file, data, len, flags | MANIFEST_BUNDLE, ret, problems, err);
}
