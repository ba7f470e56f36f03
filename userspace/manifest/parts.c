/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Taking a bundle apart, and giving entrypoints the paths of the parts that they name. */
#include <errno.h>
#include <string.h>

#include "manifest/parts.h"
#include "manifest/problems.h"
#include "manifest/rule.h"

size_t parts_begin(const char *data, size_t len)
{
	const char *at = memmem(data, len, "\n" BUNDLE_MARK, strlen("\n" BUNDLE_MARK));

	return at ? (size_t)(at + 1 - data) : len;
}

static int part_problems(const char *file, struct manifest_problems *problems, struct error *err)
{
	int r = error_say(err, -EBADMSG, "%s: line %u: %s", file,
			  problems->len ? problems->items[0].place.line : 0,
			  problems->len ? problems->items[0].what : "it cannot be read");

	manifest_problems_clear(problems);
	return r;
}

static int part_add(struct manifest *m, const char *file, const char *data, size_t len,
		    struct error *err)
{
	struct manifest_problems problems = {};
	struct manifest_part *grown;
	struct manifest_part part;

	if (m->parts_len >= MANIFEST_PARTS_MAX)
		return error_say(err, -E2BIG, "it names more than %d groups and programs",
				 MANIFEST_PARTS_MAX);
	if (manifest_part_parse(file, data, len, &part, &problems, NULL) < 0)
		return part_problems(file, &problems, err);
	manifest_problems_clear(&problems);
	grown = reallocarray(m->parts, m->parts_len + 1, sizeof(*grown));
	if (!grown) {
		manifest_part_clear(&part);
		return error_set(err, -ENOMEM, "%s", file);
	}
	m->parts = grown;
	grown[m->parts_len++] = part;
	return 0;
}

static int parts_split(const char *data, size_t len, struct manifest *m, struct error *err)
{
	const char *end = data + len;

	while (data < end) {
		const char *line = memchr(data, '\n', (size_t)(end - data)), *name;
		cleanup_free char *file = NULL;
		int r;

		name = data + strlen(BUNDLE_MARK);
		if (!line || line < name)
			return error_say(err, -EBADMSG, "a part's mark is cut off");
		file = strndup(name, (size_t)(line - name));
		data = line + 1;
		len = parts_begin(line, (size_t)(end - line)) - 1;
		len = MIN_OF(len, (size_t)(end - data));
		r = file ? part_add(m, file, data, len, err) : error_set(err, -ENOMEM, "a part");
		if (r < 0)
			return r;
		data += len;
	}
	return 0;
}

static const char *part_name(const struct manifest_part *part, bool program)
{
	const char *name = program ? part->program : part->group;

	return name ? name : "";
}

static int paths_give(const struct manifest *m, struct manifest_entrypoint *e, size_t part,
		      struct error *err)
{
	const struct manifest_part *p = &m->parts[part];
	struct manifest_path *grown;

	if (e->paths_len + p->paths_len > MANIFEST_RULES_MAX)
		return error_say(err, -E2BIG,
				 "%s has more than %d paths with those of its groups and programs",
				 e->name, MANIFEST_RULES_MAX);
	grown = reallocarray(e->paths, e->paths_len + p->paths_len + 1, sizeof(*grown));
	if (!grown)
		return error_set(err, -ENOMEM, "%s", e->name);
	e->paths = grown;
	for (size_t i = 0; i < p->paths_len; i++) {
		int r = rule_copy(&p->paths[i], &grown[e->paths_len++]);

		grown[e->paths_len - 1].part = part + 1;
		if (r < 0)
			return error_set(err, r, "%s", e->name);
	}
	return 0;
}

/* Gives an entrypoint the paths of all parts that a list names. */
static int names_give(const struct manifest *m, struct manifest_entrypoint *e,
		      const struct manifest_name *names, size_t len, bool program,
		      struct error *err)
{
	for (size_t i = 0; i < len; i++) {
		size_t part = 0;
		int r;

		while (part < m->parts_len &&
		       strcmp(part_name(&m->parts[part], program), names[i].name) != 0)
			part++;
		if (part == m->parts_len)
			return error_say(err, -EBADMSG, "the bundle lacks the %s %s",
					 program ? "program" : "group", names[i].name);
		r = paths_give(m, e, part, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int parts_read(const char *data, size_t len, struct manifest *m, struct error *err)
{
	int r = parts_split(data, len, m, err);

	for (size_t i = 0; i < m->entrypoints_len && r == 0; i++) {
		struct manifest_entrypoint *e = &m->entrypoints[i];

		r = names_give(m, e, e->includes, e->includes_len, false, err);
		if (r == 0)
			r = names_give(m, e, e->programs, e->programs_len, true, err);
	}
	return r;
}
