/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a function changes of its process, the next call does not see. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define CLEAN "/, umask 022, 0 signals blocked, 0 variables"

/* Longer than a worker waits until it puts back what it did not see changed. */
#define WHILE_MS 50

/* Does the next call see what it should? */
static bool clean(struct postern *p, const char *entrypoint, char seen[256])
{
	struct answer a;
	bool good;

	seen[0] = '\0';
	answer_get(&a, p, entrypoint, with_string("how", "look"), 0);
	for (size_t i = 0; i < a.length; i++) {
		const char *text = "?";
		size_t len, used = strlen(seen);

		(void)postern_value_string(postern_value_list_item(a.value, i), &text, &len);
		(void)snprintf(seen + used, 256 - used, "%s%s", i ? ", " : "", text);
	}
	good = a.r == 0 && strcmp(seen, CLEAN) == 0;
	if (a.r != 0)
		answer_show(&a);
	answer_clear(&a);
	return good;
}

static void look(struct postern *p, const char *entrypoint, const char *when)
{
	char seen[256];
	bool good = clean(p, entrypoint, seen);

	tap(good, "state: %s, %s: %s", entrypoint, when, seen);
}

/* The next call is another user's. */
static void look_as_another(const char *entrypoint)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct postern *p =
			setresuid(ALICE, ALICE, ALICE) == 0 ? postern_new("conform") : NULL;
		char seen[256] = "";
		bool good = p && clean(p, entrypoint, seen);

		if (!good)
			printf("# %s\n", seen);
		(void)fflush(stdout);
		_exit(good ? 0 : 1);
	}
	tap(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0,
	    "state: %s, past libc, and what another user's call sees", entrypoint);
}

static void spoil(struct postern *p, const char *entrypoint, const char *how, const char *what)
{
	struct answer a;

	answer_get(&a, p, entrypoint, with_string("how", how), 0);
	answer_good(&a, what);
}

void part_state(struct postern *p)
{
	static const char *const entrypoints[] = {"state", "state_each"};

	for (size_t i = 0; i < ARRAY_SIZE(entrypoints); i++) {
		const char *e = entrypoints[i];
		pid_t worker;

		look(p, e, "at first");
		worker = trial_worker("conform", e, 0);
		spoil(p, e, "spoil", "state: cwd, umask, signal mask and environment are changed");
		look(p, e, "after that");
		spoil(p, e, "spoil bare", "state: cwd, umask and signal mask, past libc");
		look_as_another(e);
		spoil(p, e, "spoil bare", "state: and again");
		trial_sleep(WHILE_MS);
		look(p, e, "past libc, a while after that");
		tap(worker > 0 && trial_worker("conform", e, 0) == worker,
		    "state: %s, by the same worker", e);
	}
}
