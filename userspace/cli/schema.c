/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern schema: the JSON Schema of manifests, for editors. */
#include <stdio.h>

#include "cli/exit.h"
#include "cli/options.h"
#include "manifest/schema.h"

static int run(const struct verb *verb, int argc, char **argv)
{
	int r;

	if (!options_read(verb, NULL, 0, &argc, argv, &r))
		return r;
	if (argc > 0)
		return options_usage(verb, "it takes no operands");
	/* A failure to write is seen, and said, at the end. */
	(void)manifest_schema_print(stdout);
	return CLI_OK;
}

const struct verb verb_schema = {
	.name = "schema",
	.operands = "",
	.summary = "print the JSON Schema of manifests",
	.help = "Prints a JSON Schema (draft 2020-12), made from the tables that manifests are "
		"read by.\n"
		"An editor with YAML support checks a manifest by it when its first line is\n\n"
		"  # yaml-language-server: $schema=postern.schema.json",
	.run = run,
};
