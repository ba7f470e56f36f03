/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern: the command line. The table of verbs, and which one is meant. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/say.h"
#include "cli/verb.h"

int main(int argc, char **argv)
{
	const struct verb *verb = &verb_help;

	/* LC_TIME only: a decimal comma must not get into JSON. */
	(void)setlocale(LC_TIME, "");
	/* A reader that goes away shows as EPIPE. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc < 1)
		return CLI_USAGE;
	if (argc > 1 && strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "-h") != 0) {
		verb = verb_find(argv[1]);
		if (!verb)
			return CLI_USAGE;
		return say_finish(verb->run(verb, argc - 1, argv + 1));
	}
	return say_finish(verb->run(verb, 1, argv));
}
