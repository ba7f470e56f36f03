/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Taking paths: absolute and normalised as written, so that a rule means one place only. */
#include <limits.h>
#include <string.h>

#include "manifest/draft.h"
#include "manifest/rule_path.h"
#include "manifest/values.h"

#ifndef POSTERN_MODULE_DIR
#error "compile with -DPOSTERN_MODULE_DIR=\"...\": where a module named without a path is found"
#endif

struct fault {
	const char *what; /* completes "the path PATH ..." */
	const char *instead;
};

static const char normal[] = "write the path as realpath prints it";

static const struct fault empty = {"is empty", "name a file or directory"};
static const struct fault relative = {"is relative", "write it from / on"};
static const struct fault too_long = {"is longer than 4095 bytes",
				      "the kernel takes no longer one"};
static const struct fault slashes = {"holds //", normal};
static const struct fault dot = {"holds a component \".\"", normal};
static const struct fault dots = {"holds \"..\"", normal};
static const struct fault component = {"has a component of more than 255 bytes",
				       "no file system has longer names"};
static const struct fault control = {"holds a control character", "remove it"};
/* Taken literally, a pattern would silently match nothing. */
static const struct fault wildcard = {
	"holds one of * ? [ ] { }, which only paths of rules may hold", "name one place"};
static const struct fault bracket = {"holds [ or ], which are reserved",
				     "the patterns are * and ?, and {argument}"};
static const struct fault braces = {
	"holds braces that do not enclose an argument's name",
	"write {NAME} with the name of an argument, one in a component"};
static const struct fault field_named = {
	"names a field in braces, and a field of a record cannot be bound",
	"make it an argument of its own"};
static const struct fault mixed = {"has * or ? beside an argument in one component",
				   "use one of them there"};
static const struct fault double_star = {
	"holds **", "* stays within one component; / at the end covers all below"};
static const struct fault two_globs = {"has patterns in more than one component",
				       "name the others, or cover all below by / at the end"};
static const struct fault too_many_parts = {
	"has more than 12 components from its first pattern on, or more than 512 bytes",
	"put patterns further down"};

static bool is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((text[i] >= 'a' && text[i] <= 'z') ||
		      (i > 0 && ((text[i] >= '0' && text[i] <= '9') || text[i] == '_'))))
			return false;
	return len > 0;
}

/* "route.via" */
static bool is_field(const char *text, size_t len)
{
	const char *point = memchr(text, '.', len);

	return point && is_name(text, (size_t)(point - text)) &&
	       is_name(point + 1, len - (size_t)(point - text) - 1);
}

static size_t count(const char *text, size_t len, const char *of)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += strchr(of, text[i]) != NULL;
	return n;
}

/* What is wrong with a component that may be a pattern. */
static const struct fault *pattern_fault(const char *text, size_t len)
{
	const char *at = text;
	struct rule_part part;

	if (count(text, len, "[]"))
		return &bracket;
	if (memmem(text, len, "**", 2))
		return &double_star;
	if (!count(text, len, "{}"))
		return NULL;
	(void)rule_path_next(&at, &part);
	if (part.kind == RULE_SLOT && is_field(part.argument, part.argument_len))
		return &field_named;
	if (part.kind != RULE_SLOT || count(text, len, "{}") != 2 ||
	    !is_name(part.argument, part.argument_len))
		return &braces;
	return count(text, len, "*?") ? &mixed : NULL;
}

/* What is wrong with one component; NULL when nothing is. */
static const struct fault *component_fault(const char *text, size_t len, bool patterns)
{
	if (len == 0)
		return &slashes;
	if (len == 1 && text[0] == '.')
		return &dot;
	if (len == 2 && text[0] == '.' && text[1] == '.')
		return &dots;
	if (len > NAME_MAX)
		return &component;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return &control;
	}
	if (patterns)
		return pattern_fault(text, len);
	return count(text, len, "*?[]{}") ? &wildcard : NULL;
}

/* What is wrong with a rule's path as a whole. */
static const struct fault *parts_fault(const char *path, size_t len)
{
	size_t globs = 0, parts = 0, literal;
	struct rule_part part;
	const char *at = path;

	while (at < path + len && rule_path_next(&at, &part))
		globs += part.kind == RULE_GLOB;
	if (globs > 1)
		return &two_globs;
	literal = MIN_OF(rule_path_literal(path), len);
	for (at = path + literal; at < path + len && rule_path_next(&at, &part);)
		parts++;
	return parts > RULE_PATH_PARTS_MAX || len - literal > RULE_PATH_TEXT_MAX ? &too_many_parts
										 : NULL;
}

/* len: without a trailing slash. */
static const struct fault *path_fault(const char *text, size_t len, bool patterns)
{
	const struct fault *fault = NULL;
	const char *p = text, *end = text + len;

	if (len == 0)
		return &empty;
	if (text[0] != '/')
		return &relative;
	while (len > 1 && p < end && !fault) {
		const char *slash = memchr(p + 1, '/', (size_t)(end - p - 1));

		slash = slash ? slash : end;
		fault = component_fault(p + 1, (size_t)(slash - p - 1), patterns);
		p = slash;
	}
	return fault;
}

static bool check(struct reader *r, const struct scalar *v, bool patterns, size_t *ret_len,
		  bool *ret_slash)
{
	bool slash = v->len > 0 && v->text[v->len - 1] == '/';
	/* "//" keeps both, and is refused for them. */
	size_t len = v->len - (slash && v->len > 2 ? 1 : 0);
	const struct fault *fault = path_fault(v->text, len, patterns);

	if (!fault && v->len >= PATH_MAX) /* PATH_MAX counts the NUL */
		fault = &too_long;
	if (!fault && patterns)
		fault = parts_fault(v->text, len);
	if (fault) {
		problem(r, v->place,
			text_make("the path %s %s", QUOTE(v->text, v->len), fault->what),
			text_make("%s", fault->instead));
		return false;
	}
	*ret_len = len;
	*ret_slash = slash;
	return true;
}

bool path_check(struct reader *r, const struct scalar *v, size_t *ret_len, bool *ret_slash)
{
	return check(r, v, false, ret_len, ret_slash);
}

bool rule_path_check(struct reader *r, const struct scalar *v, size_t *ret_len, bool *ret_slash)
{
	return check(r, v, true, ret_len, ret_slash);
}

void take_path(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	bool slash;
	size_t len;

	(void)s;
	if (path_check(r, v, &len, &slash))
		text_store(r, field, v->text, len);
}

/* A file name without a slash, which is found only where we say. */
static bool module_is_bare(const struct scalar *v, const char *ending)
{
	size_t len = strlen(ending);

	return v->len > len && v->text[0] != '.' && strcmp(v->text + v->len - len, ending) == 0 &&
	       strspn(v->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789_.+-") == v->len;
}

static void module_file(struct reader *r, const struct shape *s, const struct scalar *v,
			const char *ending, const char *instead, char **field)
{
	const char *name = strrchr(v->text, '/');
	bool slash;
	size_t len;

	if (module_is_bare(v, ending)) {
		free(*field);
		*field = text_make("%s/%s", POSTERN_MODULE_DIR, v->text);
		r->no_memory |= !*field;
		return;
	}
	if (!name) {
		problem(r, v->place, text_make("%s is no module's name", QUOTE(v->text, v->len)),
			text_make("for example %s, which is looked for in " POSTERN_MODULE_DIR
				  ", or an absolute path",
				  s->example));
		return;
	}
	if (!path_check(r, v, &len, &slash))
		return;
	if (slash || strlen(name) <= strlen("/") + strlen(ending) ||
	    strcmp(v->text + len - strlen(ending), ending) != 0)
		problem(r, v->place,
			text_make("the module %s does not end in %s", QUOTE(v->text, v->len),
				  ending),
			text_make("%s", instead));
	else
		text_store(r, field, v->text, v->len);
}

void take_module(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	module_file(r, s, v, ".so", "name a shared object", field);
}

/* Into the same field: what the file ends in says which of the two it is. */
void take_python(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	module_file(r, s, v, MANIFEST_PYTHON, "name a Python file", field);
}

void take_network(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	const struct word *word = word_find(s, v->text);
	struct manifest *m = &((struct draft *)field)->manifest;
	bool slash;
	size_t len;

	if (word) {
		m->network_namespace = word->value;
		return;
	}
	if (v->text[0] != '/') {
		word_problem(r, s, v);
		return;
	}
	m->network_namespace = MANIFEST_NETWORK_PATH;
	if (path_check(r, v, &len, &slash))
		text_store(r, &m->network_path, v->text, len);
}
