/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern reload: posternd reads its manifests anew. */
#include <errno.h>
#include <string.h>

#include "cli/admin_client.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/say.h"

/* A new helper may take 20 s to start, and so may the reading of manifests. */
#define RELOAD_WAIT_MS 60000

/* What is wrong goes to stderr, a line each. */
static void print_record(const struct admin_record *r)
{
	FILE *to = r->type == ADMIN_PROBLEM || r->state == ADMIN_FAILED ? stderr : stdout;

	if (r->type == ADMIN_PROBLEM) {
		say_escaped(to, r->path, strlen(r->path), 0);
	} else {
		(void)fprintf(to, "context ");
		say_escaped(to, r->context, strlen(r->context), 0);
		(void)fprintf(to, ": ");
		say_escaped(to, r->text, strlen(r->text), 0);
	}
	(void)fprintf(to, "\n");
}

static int read_answer(int fd)
{
	size_t reloaded = 0;

	for (;;) {
		struct admin_record record;
		int r = admin_next(fd, RELOAD_WAIT_MS, NULL, -1, &record);

		if (r == -EINTR || r == -EAGAIN)
			continue;
		if (r <= 0 || (record.type != ADMIN_END && record.type != ADMIN_PROBLEM &&
			       record.type != ADMIN_RELOADED))
			return admin_said(r, &record);
		if (record.type == ADMIN_END) {
			if (record.state == ADMIN_FAILED && reloaded == 0)
				say_error("nothing was changed");
			else if (reloaded == 0)
				printf("nothing has changed\n");
			return record.state == ADMIN_FAILED ? CLI_FAILED : CLI_OK;
		}
		reloaded += record.type == ADMIN_RELOADED;
		print_record(&record);
	}
}

static int run(const struct verb *verb, int argc, char **argv)
{
	const char *socket = NULL;
	const struct option_spec specs[] = {
		{.name = "socket", .value = &socket, .meaning = "PATH"},
	};
	cleanup_error struct error err = {};
	cleanup_close int fd = -EBADF;
	int r;

	if (!options_read(verb, specs, ARRAY_SIZE(specs), &argc, argv, &r))
		return r;
	fd = admin_ask_names(socket, ADMIN_ASK_RELOAD, argv, (size_t)argc, &err);
	if (fd < 0) {
		say_struct(&err);
		return err.code == -E2BIG ? CLI_USAGE : CLI_UNREACHABLE;
	}
	return read_answer(fd);
}

const struct verb verb_reload = {
	.name = "reload",
	.operands = "[--socket PATH] [CONTEXT...]",
	.summary = "put changed manifests in force",
	.help = "posternd reads all manifests anew, and checks them. If one is wrong, nothing is "
		"changed for any\n"
		"context: each problem is printed as file:line:column, and the exit status is 1. "
		"Otherwise each\n"
		"context that changed (of those named, if any are) goes over to its new manifest "
		"at one moment:\n"
		"calls under way finish under the policy that they began with, and when this "
		"returns, every call\n"
		"that begins is under the new one. Where rules, mode, timeout, description or "
		"callers alone changed,\n"
		"the helper stays; otherwise a new one is started beside it first, and if that "
		"fails, the earlier\n"
		"one stays in force. Root only.\n\n"
		"  --socket PATH  posternd's admin socket",
	.run = run,
};
