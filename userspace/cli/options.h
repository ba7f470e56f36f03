/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Options, read strictly: no abbreviations, and an unknown one gets the nearest known one. */
#ifndef POSTERN_CLI_OPTIONS_H
#define POSTERN_CLI_OPTIONS_H

#include <stdbool.h>

#include "cli/verb.h"

struct option_spec {
	const char *name;    /* without the dashes */
	char letter;	     /* 0: none */
	bool *flag;	     /* set to true; or */
	const char **value;  /* set to the word that follows, or that stands behind "=" */
	const char *meaning; /* of the value, for messages: "DURATION" */
};

/*
 * Reads the options in argv (which starts with the verb) and leaves the operands in order at
 * argv[0..*argc). Options may stand between operands; "--" ends them. -h and --help print the
 * verb's help. Returns true to go on; false when all is done, with the exit status in *ret_exit.
 */
bool options_read(const struct verb *verb, const struct option_spec *specs, size_t len, int *argc,
		  char **argv, int *ret_exit);

/* Says that the command line is wrong, with the verb's usage as the hint. Returns CLI_USAGE. */
int options_usage(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
