/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes docs/hooks.md from the tables of userspace/policy/hooks.h. */
#include <stdio.h>

#include "base/util.h"
#include "policy/hooks.h"

static const char head[] =
	"# Hooks\n"
	"\n"
	"Written by `make docs/hooks.md` from `userspace/policy/hooks.c` and `hooks_none.c`; do "
	"not "
	"edit it.\n"
	"`postern status --hooks` prints the first table for the running kernel.\n"
	"\n"
	"## What is decided in a hook\n"
	"\n"
	"posternd holds the running kernel against this table before it loads anything, and does "
	"not start where\n"
	"a hook is lacking that this kernel must have. A right is one of a manifest's rule on the "
	"object;\n"
	"\"never\" is refused whatever the manifest says.\n"
	"\n"
	"| hook | guards | asks for | kernels |\n"
	"|---|---|---|---|\n";

static void hook_row(const struct hook *h)
{
	char kernels[HOOKS_KERNELS_MAX];

	printf("| %s | %s | %s | %s", h->name, h->guards, h->asks, hook_kernels(h, kernels));
	if (h->absent)
		printf("; %s%s", h->since ? "before, " : "", h->absent);
	if (h->variant)
		printf(". Differs: %s", h->variant);
	if (h->when == HOOK_GUARDED)
		printf(". Attached when the first context asks for guarded metadata, since it "
		       "costs every task of the host");
	if (h->when == HOOK_NETWORK)
		printf(". Attached when the first context asks for sockets besides unix ones");
	printf(" |\n");
}

int main(void)
{
	printf("%s", head);
	for (size_t i = 0; i < hooks_len; i++)
		hook_row(&hooks[i]);
	printf("\n## What no hook sees\n\n| operation | what closes it |\n|---|---|\n");
	for (size_t i = 0; i < unhooked_len; i++)
		printf("| %s | %s%s |\n", unhooked[i].operation,
		       unhooked[i].leaks ? "**Open.** " : "", unhooked[i].closed);
	printf("\n## Hooks that Postern leaves alone\n\n| hooks | why |\n|---|---|\n");
	for (size_t i = 0; i < unneeded_len; i++)
		printf("| %s | %s |\n", unneeded[i].hooks, unneeded[i].why);
	return fflush(stdout) == 0 ? 0 : 1;
}
