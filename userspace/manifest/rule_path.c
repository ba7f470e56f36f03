/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Taking a rule's path apart. */
#include <string.h>

#include "manifest/rule_path.h"

static bool is_glob(const char *text, size_t len)
{
	return memchr(text, '*', len) || memchr(text, '?', len);
}

/* "eth{name}0": one pair of braces with something between them. */
static bool slot_read(struct rule_part *part)
{
	const char *open = memchr(part->text, '{', part->len);
	const char *end = part->text + part->len, *close;

	if (!open)
		return false;
	close = memchr(open, '}', (size_t)(end - open));
	if (!close || close == open + 1)
		return false;
	part->argument = open + 1;
	part->argument_len = (size_t)(close - open - 1);
	part->before = (size_t)(open - part->text);
	part->behind = (size_t)(end - close - 1);
	return true;
}

bool rule_path_next(const char **path, struct rule_part *ret)
{
	const char *text = *path + strspn(*path, "/");

	*ret = (struct rule_part){.text = text, .len = strcspn(text, "/")};
	*path = text + ret->len;
	if (ret->len == 0)
		return false;
	if (slot_read(ret))
		ret->kind = RULE_SLOT;
	else if (is_glob(ret->text, ret->len))
		ret->kind = RULE_GLOB;
	return true;
}

size_t rule_path_literal(const char *path)
{
	const char *at = path;
	struct rule_part part;
	size_t before = 0;

	while (rule_path_next(&at, &part)) {
		if (part.kind != RULE_LITERAL)
			return before;
		before = (size_t)(at - path);
	}
	return strlen(path);
}

bool rule_path_is_pattern(const char *path)
{
	return rule_path_literal(path) < strlen(path);
}
