/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern upgrade: posternd executes its program anew, while contexts run on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/admin_client.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"

#define WAIT_MS 120000
#define NAP_MS	50

/* Asks, and waits for the word that it was taken. */
static int ask(const char *socket)
{
	cleanup_error struct error err = {};
	cleanup_close int fd = admin_ask(socket, ADMIN_ASK_UPGRADE, 0, &err);
	struct admin_record record;
	int r;

	if (fd < 0) {
		say_struct(&err);
		return CLI_UNREACHABLE;
	}
	do {
		r = admin_next(fd, WAIT_MS, NULL, -1, &record);
	} while (r == -EINTR || r == -EAGAIN);
	return r > 0 && record.type == ADMIN_END ? CLI_OK : admin_said(r, &record);
}

/* The next program's status, which has another start. */
static int wait_for_next(const char *socket, uint64_t before, struct status *ret)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};

	for (int waited = 0; waited < WAIT_MS; waited += NAP_MS) {
		if (status_fetch(socket, true, ret) == CLI_OK) {
			if (ret->records[0].time != before)
				return CLI_OK;
			free(ret->records);
		}
		(void)nanosleep(&nap, NULL);
	}
	say_error("posternd did not come back within %d s", WAIT_MS / 1000);
	say_hint("journalctl -u postern says why; running contexts are confined as before");
	return CLI_UNREACHABLE;
}

static void report(const struct status *s)
{
	unsigned adopted = 0;

	for (size_t i = 0; i < s->len; i++)
		adopted += s->records[i].type == ADMIN_CONTEXT && s->records[i].adopted;
	printf("posternd %u was upgraded, %u running context%s adopted\n", s->records[0].pid,
	       adopted, adopted == 1 ? "" : "s");
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct status before = {}, after = {};
	const char *socket = NULL;
	const struct option_spec specs[] = {
		{.name = "socket", .value = &socket, .meaning = "PATH"},
	};
	int r;

	if (!options_read(verb, specs, ARRAY_SIZE(specs), &argc, argv, &r))
		return r;
	if (argc > 0)
		return options_usage(verb, "upgrade takes no operand");
	r = status_fetch(socket, false, &before);
	if (r != CLI_OK)
		return r;
	r = ask(socket);
	if (r == CLI_OK)
		r = wait_for_next(socket, before.records[0].time, &after);
	if (r == CLI_OK) {
		report(&after);
		free(after.records);
	}
	free(before.records);
	return r;
}

const struct verb verb_upgrade = {
	.name = "upgrade",
	.operands = "[--socket PATH]",
	.summary = "let posternd execute its new program, without dropping calls",
	.help = "After a new version was installed: posternd executes its program anew, with the\n"
		"same process id, loads the new kernel programs beside the old ones, and adopts\n"
		"the contexts that run. Calls under way go on; calls that come meanwhile wait. At\n"
		"no moment is a worker unconfined. Helpers and workers that run keep their\n"
		"program until their context starts again. Root only.\n\n"
		"  --socket PATH  the admin socket, when it is not the usual one",
	.run = run,
};
