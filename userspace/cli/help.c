/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern help: what there is, and each verb's own explanation. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/util.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/say.h"

const struct verb *const verbs[] = {
	&verb_call, &verb_status, &verb_log,	&verb_reload,  &verb_check, &verb_explain,
	&verb_gen,  &verb_schema, &verb_doctor, &verb_upgrade, &verb_help,  NULL,
};

const struct verb *verb_find(const char *name)
{
	struct nearest n = {.text = name, .len = strlen(name)};
	bool option = name[0] == '-';

	for (size_t i = 0; verbs[i]; i++) {
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
		nearest_offer(&n, verbs[i]->name);
	}
	if (n.best)
		say_error("unknown verb \"%s\"; did you mean \"%s\"?", name, n.best);
	else
		say_error("unknown %s \"%s\"", option ? "option" : "verb", name);
	say_hint(option ? "options stand behind the verb; postern help lists the verbs"
			: "postern help lists the verbs");
	return NULL;
}

void verb_help_print(const struct verb *verb)
{
	printf("usage: postern %s%s%s\n\n%s\n", verb->name, verb->operands[0] ? " " : "",
	       verb->operands, verb->help);
}

static void overview_print(void)
{
	printf("postern: call privileged entrypoints, and look at the contexts that hold them\n\n"
	       "usage: postern VERB ...\n\n");
	for (size_t i = 0; verbs[i]; i++)
		printf("  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
	printf("\npostern help VERB explains one. Exit statuses:\n\n");
	exit_table_print(stdout);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	const struct verb *about;
	int r;

	if (!options_read(verb, NULL, 0, &argc, argv, &r))
		return r;
	if (argc > 1)
		return options_usage(verb, "one verb at a time");
	if (argc == 0) {
		overview_print();
		return CLI_OK;
	}
	about = verb_find(argv[0]);
	if (!about)
		return CLI_USAGE;
	verb_help_print(about);
	return CLI_OK;
}

const struct verb verb_help = {
	.name = "help",
	.operands = "[VERB]",
	.summary = "explain the verbs",
	.help = "Without VERB, lists the verbs and the exit statuses.",
	.run = run,
};
