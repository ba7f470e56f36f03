/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `postern` can do: one struct verb, in one file, for each. */
#ifndef POSTERN_CLI_VERB_H
#define POSTERN_CLI_VERB_H

#include <stddef.h>

struct verb {
	const char *name;
	const char *operands; /* for the usage line, after "postern NAME" */
	const char *summary;  /* one line, for the list of verbs */
	const char *help;     /* the rest of `postern help NAME` */
	/* argv[0] is the verb. Returns an enum cli_exit. */
	int (*run)(const struct verb *verb, int argc, char **argv);
};

extern const struct verb verb_call, verb_check, verb_doctor, verb_explain, verb_gen, verb_help,
	verb_log, verb_reload, verb_schema, verb_status, verb_upgrade;

/* All of them, in the order of the help; NULL-terminated. */
extern const struct verb *const verbs[];

/* The verb of that name. Otherwise says so, with the nearest name, and returns NULL. */
const struct verb *verb_find(const char *name);

/* Writes a verb's whole help to stdout. */
void verb_help_print(const struct verb *verb);

#endif
