/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern status: what posternd runs, and whether each rule is enforced. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/admin_client.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"

bool status_wanted(const struct admin_record *r, const char *context)
{
	return !context || strcmp(r->context, context) == 0;
}

static int append(struct status *s, size_t *room, const struct admin_record *record)
{
	struct admin_record *records;

	if (s->len == *room) {
		*room = *room ? 2 * *room : 16;
		records = reallocarray(s->records, *room, sizeof(*records));
		if (!records)
			return -ENOMEM;
		s->records = records;
	}
	s->records[s->len++] = *record;
	return 0;
}

static bool is_status(uint32_t type)
{
	return type == ADMIN_SUPERVISOR || type == ADMIN_CONTEXT || type == ADMIN_ENTRYPOINT ||
	       type == ADMIN_RULE || type == ADMIN_WORKER;
}

static int receive(int fd, bool quiet, struct status *s)
{
	struct admin_record record;
	size_t room = 0;
	int r;

	for (;;) {
		r = admin_next(fd, ADMIN_WAIT_MS, NULL, -1, &record);
		if (r == -EINTR || r == -EAGAIN)
			continue;
		if (r > 0 && record.type == ADMIN_END)
			return CLI_OK;
		/* The first one is the supervisor's, and no other. */
		if (r <= 0 || !is_status(record.type) ||
		    (s->len == 0) != (record.type == ADMIN_SUPERVISOR))
			return quiet ? CLI_UNREACHABLE : admin_said(r, &record);
		if (append(s, &room, &record) < 0) {
			say_error("out of memory");
			return CLI_FAILED;
		}
	}
}

int status_fetch(const char *socket, bool quiet, struct status *ret)
{
	cleanup_error struct error err = {};
	cleanup_close int fd = admin_ask(socket, ADMIN_ASK_STATUS, 0, &err);
	struct status s = {};
	int r;

	if (fd < 0) {
		if (!quiet)
			say_struct(&err);
		return CLI_UNREACHABLE;
	}
	r = receive(fd, quiet, &s);
	if (r == CLI_OK)
		*ret = s;
	else
		free(s.records);
	return r;
}

bool status_has(const struct status *s, const char *context)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->records[i].type == ADMIN_CONTEXT && status_wanted(&s->records[i], context))
			return true;
	return false;
}

void status_no_context(const struct status *s, const char *context)
{
	struct nearest n = {.text = context, .len = strlen(context)};

	for (size_t i = 0; i < s->len; i++)
		if (s->records[i].type == ADMIN_CONTEXT)
			nearest_offer(&n, s->records[i].context);
	if (n.best)
		say_error("posternd has no context \"%s\"; did you mean \"%s\"?", context, n.best);
	else
		say_error("posternd has no context \"%s\"", context);
	say_hint("postern status lists the contexts");
}

static int run(const struct verb *verb, int argc, char **argv)
{
	const char *socket = NULL, *context;
	bool json = false, hooks = false;
	const struct option_spec specs[] = {
		{.name = "hooks", .flag = &hooks},
		{.name = "json", .flag = &json},
		{.name = "socket", .value = &socket, .meaning = "PATH"},
	};
	struct status s = {};
	int r;

	if (!options_read(verb, specs, ARRAY_SIZE(specs), &argc, argv, &r))
		return r;
	if (argc > 1)
		return options_usage(verb, "one context at a time, or none for all");
	context = argc > 0 ? argv[0] : NULL;
	if (hooks && context)
		return options_usage(verb, "--hooks is about the kernel, not about a context");
	if (hooks)
		return status_hooks(socket, json);
	r = status_fetch(socket, false, &s);
	if (r != CLI_OK)
		return r;
	if (context && !status_has(&s, context)) {
		status_no_context(&s, context);
		r = CLI_FAILED;
	} else if (json) {
		status_print_json(&s, context);
	} else {
		status_print_text(&s, context);
	}
	if (s.len > 0 && s.records[0].state == ADMIN_FAILED)
		r = CLI_FAILED;
	free(s.records);
	return r;
}

const struct verb verb_status = {
	.name = "status",
	.operands = "[--hooks] [--json] [--socket PATH] [CONTEXT]",
	.summary = "show contexts, helpers, workers, and whether each rule is enforced",
	.help = "Shows posternd; of each context its helper and manifest; of each entrypoint its "
		"workers and\n"
		"rules. A rule that is \"not enforced\" grants nothing: what it would allow is "
		"denied, and the\n"
		"reason stands behind it.\n\n"
		"  --hooks        the LSM hooks of the running kernel instead: what each guards "
		"and asks for,\n"
		"                 and whether it is attached\n"
		"  --json         one object\n"
		"  --socket PATH  posternd's admin socket",
	.run = run,
};
