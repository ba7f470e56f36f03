/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gives a fuzz target each file of a corpus once, in name order, without libFuzzer: what was found
 * once stays found. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "tests/tap.h"

#define INPUT_MAX ((size_t)4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The input is a block of its own size, so that a read beyond it is seen. */
static int replay(const char *directory, const char *name)
{
	cleanup_free char *path = NULL;
	cleanup_file FILE *from = NULL;
	cleanup_free uint8_t *room = malloc(INPUT_MAX);
	cleanup_free uint8_t *data = NULL;
	size_t size;

	if (!room || asprintf(&path, "%s/%s", directory, name) < 0)
		return -ENOMEM;
	from = fopen(path, "re");
	if (!from)
		return -errno;
	size = fread(room, 1, INPUT_MAX, from);
	if (ferror(from) || size == INPUT_MAX)
		return -EFBIG;
	data = malloc(size);
	if (!data && size > 0)
		return -ENOMEM;
	memcpy(data, room, size);
	printf("# %s\n", name);
	(void)LLVMFuzzerTestOneInput(data, size);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent **names = NULL;
	int failed = 0, n;

	if (argc != 2)
		return EXIT_FAILURE;
	n = scandir(argv[1], &names, visible, alphasort);
	for (int i = 0; i < n; i++) {
		failed += replay(argv[1], names[i]->d_name) < 0;
		free(names[i]);
	}
	free(names);
	tap(n > 0 && failed == 0, "%d inputs of %s", n, argv[1]);
	return tap_done();
}
