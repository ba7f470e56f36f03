/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern doctor: could posternd start here, and if not, what to do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/jsonl.h"
#include "cli/options.h"
#include "cli/say.h"
#include "policy/host.h"

struct diagnosis {
	struct host_finding findings[HOST_CHECKS_MAX];
	size_t len;
	unsigned refusing; /* findings that keep posternd from starting, as far as can be seen */
	unsigned open;	   /* unknown ones that could */
};

static void diagnose(struct diagnosis *d)
{
	d->len = host_checks(NULL, d->findings, HOST_CHECKS_MAX);
	for (size_t i = 0; i < d->len; i++) {
		const struct host_finding *f = &d->findings[i];

		if (f->check->flags & HOST_CHECK_ADVISORY)
			continue;
		if (f->verdict == HOST_LACKING)
			d->refusing++;
		else if (f->verdict == HOST_UNKNOWN)
			d->open++;
	}
}

static void print_text(const struct diagnosis *d)
{
	for (size_t i = 0; i < d->len; i++) {
		const struct host_finding *f = &d->findings[i];

		printf("%-8s %s: ", host_verdict_name(f->verdict), f->check->title);
		say_escaped(stdout, f->found, strlen(f->found), 0);
		printf("\n");
		if (f->verdict == HOST_OK)
			continue;
		printf("         %s %s\n         to do:    ",
		       f->verdict == HOST_UNKNOWN ? "if not:  " : "it means:",
		       f->check->consequence);
		say_escaped(stdout, f->remedy, strlen(f->remedy), 0);
		printf("\n");
	}
	if (d->refusing > 0)
		printf("\nposternd would refuse to start: %u check%s lacking.\n", d->refusing,
		       d->refusing == 1 ? "" : "s");
	else if (d->open > 0)
		printf("\nNothing is seen to be lacking; %u check%s could not be made.\n", d->open,
		       d->open == 1 ? "" : "s");
	else
		printf("\nposternd could start.\n");
}

static void print_json(const struct diagnosis *d)
{
	struct jsonl j = {.to = stdout};

	jsonl_open(&j, NULL, '{');
	jsonl_boolean(&j, "could_start", d->refusing == 0 && d->open == 0);
	jsonl_open(&j, "checks", '[');
	for (size_t i = 0; i < d->len; i++) {
		const struct host_finding *f = &d->findings[i];

		jsonl_open(&j, NULL, '{');
		jsonl_string(&j, "name", f->check->name);
		jsonl_string(&j, "verdict", host_verdict_name(f->verdict));
		jsonl_string(&j, "wanted", f->check->title);
		jsonl_string(&j, "found", f->found);
		if (f->verdict != HOST_OK) {
			jsonl_string(&j, "consequence", f->check->consequence);
			jsonl_string(&j, "remedy", f->remedy);
		}
		jsonl_close(&j, '}');
	}
	jsonl_close(&j, ']');
	jsonl_close(&j, '}');
	jsonl_end(&j);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	cleanup_free struct diagnosis *d = NULL;
	bool json = false;
	const struct option_spec specs[] = {{.name = "json", .flag = &json}};
	int r;

	if (!options_read(verb, specs, ARRAY_SIZE(specs), &argc, argv, &r))
		return r;
	if (argc > 0)
		return options_usage(verb, "it takes no operands");
	d = calloc(1, sizeof(*d));
	if (!d) {
		say_error("out of memory");
		return CLI_FAILED;
	}
	diagnose(d);
	if (json)
		print_json(d);
	else
		print_text(d);
	return d->refusing == 0 && d->open == 0 ? CLI_OK : CLI_FAILED;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.operands = "[--json]",
	.summary = "check whether posternd could start on this host",
	.help = "Makes the checks that posternd makes when it starts, and says of each what it "
		"found, what\n"
		"it means and what to do: ok, lacking (posternd refuses to start), warning, or "
		"unknown.\n"
		"Some can be made by root only. Exits with 0 only when all that must hold is seen "
		"to hold.",
	.run = run,
};
