/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes every-form a context of this process, before main(): every_client.c is linked as it is. */
#include <postern/postern-testing.h>
#include <stdio.h>
#include <stdlib.h>

extern const struct postern_module postern_module;

static struct postern_testing *testing;

__attribute__((constructor)) static void make(void)
{
	struct postern_failure *failure = NULL;

	if (postern_testing_new(MANIFEST, &postern_module, &testing, &failure) == 0)
		return;
	(void)fprintf(stderr, "%s\n", postern_failure_message(failure));
	exit(1);
}

__attribute__((destructor)) static void drop(void)
{
	postern_testing_free(testing);
}
