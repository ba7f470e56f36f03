/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The directories and files that are opened. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bench/bench.h"

static char *directories[DEPTH_MAX], *files[DEPTH_MAX + 1];
static const char *opened;

static char *below(const char *directory, const char *name, unsigned number)
{
	char *path;

	if ((number ? asprintf(&path, "%s/%s%u", directory, name, number)
		    : asprintf(&path, "%s/%s", directory, name)) < 0)
		bench_bail("out of memory");
	return path;
}

static void make_file(const char *path)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "x\n", 2) != 2)
		bench_bail("cannot make %s: %s", path, strerror(errno));
}

void tree_make(void)
{
	static char root[] = "";

	directories[0] = root;
	for (unsigned depth = 1;; depth++) {
		files[depth] = below(directories[depth - 1], "file", 0);
		make_file(files[depth]);
		if (depth == DEPTH_MAX)
			return;
		directories[depth] = below(directories[depth - 1], "d", depth);
		if (mkdir(directories[depth], 0755) < 0 && errno != EEXIST)
			bench_bail("cannot make %s: %s", directories[depth], strerror(errno));
	}
}

const char *tree_file(unsigned depth)
{
	return files[depth];
}

const char *tree_directory(unsigned depth)
{
	return depth == 0 ? "/" : directories[depth];
}

void open_depth(unsigned depth)
{
	opened = tree_file(depth);
}

void op_open(void)
{
	int fd = open(opened, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		bench_bail("open %s: %s", opened, strerror(errno));
	(void)close(fd);
}
