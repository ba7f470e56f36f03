/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading the command line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/util.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/say.h"

#define SAID_MAX 512

int options_usage(const struct verb *verb, const char *format, ...)
{
	char said[SAID_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(said, sizeof(said), format, args);
	va_end(args);
	say_error("%s: %s", verb->name, said);
	say_hint("postern %s%s%s; more with: postern help %s", verb->name,
		 verb->operands[0] ? " " : "", verb->operands, verb->name);
	return CLI_USAGE;
}

static const struct option_spec *find_long(const struct option_spec *specs, size_t len,
					   const char *name, size_t name_len)
{
	for (size_t i = 0; i < len; i++)
		if (strlen(specs[i].name) == name_len &&
		    strncmp(specs[i].name, name, name_len) == 0)
			return &specs[i];
	return NULL;
}

static const struct option_spec *find_letter(const struct option_spec *specs, size_t len,
					     char letter)
{
	for (size_t i = 0; i < len; i++)
		if (specs[i].letter == letter)
			return &specs[i];
	return NULL;
}

static int unknown_long(const struct verb *verb, const struct option_spec *specs, size_t len,
			const char *name, size_t name_len)
{
	struct nearest n = {.text = name, .len = name_len};

	for (size_t i = 0; i < len; i++)
		nearest_offer(&n, specs[i].name);
	nearest_offer(&n, "help");
	if (n.best)
		return options_usage(verb, "unknown option --%.*s; did you mean --%s?",
				     (int)MIN_OF(name_len, (size_t)SAID_MAX), name, n.best);
	return options_usage(verb, "unknown option --%.*s", (int)MIN_OF(name_len, (size_t)SAID_MAX),
			     name);
}

/* One option at argv[*at]; *at moves on over a value. Returns -1 to go on, or an exit status. */
static int option_read(const struct verb *verb, const struct option_spec *specs, size_t len,
		       int argc, char **argv, int *at)
{
	const char *word = argv[*at], *equals = NULL;
	const struct option_spec *spec;

	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		verb_help_print(verb);
		return CLI_OK;
	}
	if (word[1] == '-') {
		size_t name_len = strcspn(word + 2, "=");

		spec = find_long(specs, len, word + 2, name_len);
		if (!spec)
			return unknown_long(verb, specs, len, word + 2, name_len);
		equals = word[2 + name_len] ? word + 2 + name_len + 1 : NULL;
	} else {
		spec = find_letter(specs, len, word[1]);
		if (!spec || word[2])
			return options_usage(verb, "unknown option %s", word);
	}
	if (spec->flag) {
		if (equals)
			return options_usage(verb, "--%s takes no value", spec->name);
		*spec->flag = true;
		return -1;
	}
	if (!equals && *at + 1 < argc)
		equals = argv[++*at];
	if (!equals)
		return options_usage(verb, "--%s needs a value: --%s %s", spec->name, spec->name,
				     spec->meaning);
	*spec->value = equals;
	return -1;
}

bool options_read(const struct verb *verb, const struct option_spec *specs, size_t len, int *argc,
		  char **argv, int *ret_exit)
{
	int operands = 0, r;

	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			while (++i < *argc)
				argv[operands++] = argv[i];
			break;
		}
		/* "-" alone is an operand. */
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[operands++] = argv[i];
			continue;
		}
		r = option_read(verb, specs, len, *argc, argv, &i);
		if (r >= 0) {
			*ret_exit = r;
			return false;
		}
	}
	*argc = operands;
	return true;
}
