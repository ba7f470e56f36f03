/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Holds the name of a network namespace against a template.
 *
 * The name comes from a caller and becomes a file of the host's, so it is taken apart here and
 * nowhere else: literal text, and one value that its type checks.
 */
#include <stdio.h>
#include <string.h>

#include "manifest/argument_forms.h"
#include "manifest/manifest.h"
#include "manifest/network_name.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define NAMES LOWER "0123456789_-"

bool network_text_valid(const char *text, size_t len)
{
	return strnlen(text, len) == len && strspn(text, NAMES) >= len;
}

bool network_name_split(const char *text, struct network_name *ret)
{
	const char *open = strchr(text, '{'), *close;
	size_t len = strlen(text);

	*ret = (struct network_name){.before = open ? (size_t)(open - text) : len};
	if (!network_text_valid(text, ret->before) || len == 0)
		return false;
	if (ret->before && !strchr(LOWER, text[0]))
		return false;
	if (!open)
		return true;
	close = strchr(open, '}');
	if (!close || close == open + 1)
		return false;
	ret->argument = open + 1;
	ret->argument_len = (size_t)(close - open - 1);
	ret->end = close + 1;
	ret->behind = strlen(ret->end);
	return network_text_valid(ret->argument, ret->argument_len) &&
	       network_text_valid(ret->end, ret->behind);
}

bool manifest_network_template(const struct manifest *m)
{
	return m->network.arguments_len > 0;
}

const char *manifest_network_misfit(const struct manifest *m, const char *name)
{
	size_t len = strnlen(name, NETWORK_NAME_MAX + 1);
	char value[NETWORK_NAME_MAX + 1];
	struct network_name parts;

	if (!m->network.name || !network_name_split(m->network.name, &parts))
		return "no name at all";
	if (len == 0 || len > NETWORK_NAME_MAX || !network_text_valid(name, len) ||
	    !strchr(LOWER, name[0]))
		return "a name that begins with a letter, made of a-z, 0-9, _ and -";
	if (!parts.argument || m->network.arguments_len == 0)
		return strcmp(name, m->network.name) == 0 ? NULL : "the manifest's one name";
	if (len <= parts.before + parts.behind ||
	    strncmp(name, m->network.name, parts.before) != 0 ||
	    strcmp(name + len - parts.behind, parts.end) != 0)
		return "a name of that form";
	len -= parts.before + parts.behind;
	memcpy(value, name + parts.before, len);
	value[len] = '\0';
	return form_text(&m->network.arguments[0], value);
}
