/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of a part's keys: a named group of rules, or the list of what a program needs. */
#include <errno.h>
#include <string.h>

#include "manifest/entrypoint.h"
#include "manifest/rule.h"
#include "manifest/rule_path.h"
#include "manifest/values.h"

#define PART(field) offsetof(struct manifest_part, field)

static void take_group(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	(void)s;
	name_check(r, v, "a group of rules", true, MANIFEST_NAME_MAX);
	text_store(r, field, v->text, v->len);
}

static const struct shape group_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = NAME_PATTERN,
	.wants = "a name",
	.example = "nss",
	.take = take_group,
	.text_max = MANIFEST_NAME_MAX,
};

static const struct shape program_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = PATH_PATTERN,
	.wants = "a program's absolute path",
	.example = "/usr/sbin/ip",
	.take = take_path,
};

static void *path_add(struct reader *r, const struct scalar *name, void *field)
{
	struct manifest_part *part = field;

	return rule_add(r, name, &part->paths, &part->paths_len);
}

static void path_done(struct reader *r, const struct scalar *name, void *field)
{
	const struct manifest_part *part = field;
	const struct manifest_path *rule = &part->paths[part->paths_len - 1];
	const char *at = rule->path;
	struct rule_part piece;

	rule_done(r, rule);
	while (at && rule_path_next(&at, &piece))
		if (piece.kind == RULE_SLOT)
			problem(r, name->place,
				text_make("the path %s holds an argument, which a group has not",
					  QUOTE(name->text, name->len)),
				text_make("write it in the entrypoint's own \"paths\""));
}

static const struct shape paths_shape = {
	.form = FORM_NAMED,
	.wants = "a mapping from paths to rights",
	.example = "{/etc/nsswitch.conf: [read]}",
	.names = &rule_path_shape,
	.element = &rights_shape,
	.most = MANIFEST_PATHS_MAX,
	.add = path_add,
	.done = path_done,
};

static const struct key part_keys[] = {
	{"group", &group_shape, PART(group), .doc = "The group's name, as its file's."},
	{"program", &program_shape, PART(program), .doc = "In a bundle: the program."},
	{"description", &description_shape, PART(description), .doc = "What the rules are for."},
	{"paths", &paths_shape, 0, .required = true, .doc = "What may be done to which paths."},
};

static void part_read(struct reader *r, const yaml_node_t *root, void *target)
{
	struct manifest_part *part = target;

	if (root->type != YAML_MAPPING_NODE) {
		problem(r, node_place(root), text_make("a group is a mapping of keys to values"),
			text_make("start with group: NAME"));
		return;
	}
	mapping_read(r, part_keys, ARRAY_SIZE(part_keys), FILTER_ALL, "the group", root, part);
	if (!part->group == !part->program)
		problem(r, node_place(root), text_make("key \"group\" is missing in the group"),
			text_make("add group: NAME"));
}

int manifest_part_parse(const char *file, const char *data, size_t len, struct manifest_part *ret,
			struct manifest_problems *problems, struct error *err)
{
	struct reader reader = {.problems = problems};
	struct manifest_part part = {.file = strdup(file)};
	size_t before = problems->len;
	int r;

	r = reader_read(&reader, data, len, part_read, &part);
	if (r < 0 || !part.file)
		(void)error_set(err, r = -ENOMEM, "%s", file);
	else if (problems->len > before)
		r = error_say(err, -EBADMSG, "%s: %zu problem%s", file, problems->len - before,
			      problems->len - before == 1 ? "" : "s");
	if (r < 0) {
		manifest_part_clear(&part);
		return r;
	}
	*ret = part;
	return 0;
}
