/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern-set-up: started by posternd once per context, and becomes postern-helper. */
#include <stdio.h>
#include <string.h>

#include "helper/report.h"
#include "helper/stages.h"

#define EXIT_NOT_BY_HAND 2

int main(int argc, char **argv)
{
	cleanup_error struct error err = {};
	int r;

	/* argc may be 0 (CVE-2021-4034). */
	if (argc != 2 || strcmp(argv[1], STAGE_SETUP) != 0) {
		fputs("postern-set-up is started by posternd, which gives it its descriptors; "
		      "see posternd(8)\n",
		      stderr);
		return EXIT_NOT_BY_HAND;
	}
	r = stage_setup(&err);
	if (r < 0)
		report_failure(&err);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
