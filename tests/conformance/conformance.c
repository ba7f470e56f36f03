/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The program of the tests of conformance: a posternd, and one part after the other. */
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

int main(int argc, char **argv)
{
	struct postern *p;
	pid_t posternd;

	if (argc == 2 && strcmp(argv[1], "collect") == 0)
		return cores_collect();
	trial_directory(CONFORM_DIR);
	trial_write(CONFORM_DIR "/secret", "", 0644, 0);
	if (chown(CONFORM_DIR, 1, 1) < 0)
		trial_bail("chown " CONFORM_DIR);
	posternd = trial_posternd(CONFORM_CONTEXTS);
	p = postern_new("conform");
	if (!p)
		trial_bail("out of memory");
	part_first(p);
	part_values(p);
	part_raw_values();
	part_limits(p);
	part_large(p);
	part_load(p);
	part_time(p);
	part_state(p);
	part_ends(p);
	part_clients(p);
	part_cancel();
	part_surroundings(p);
	part_printed(p);
	part_log(p, posternd);
	part_printed_much(p);
	part_cores(p);
	postern_free(p);
	return trial_done(posternd);
}
