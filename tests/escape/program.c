/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program for workers to execute: opens what it is told, and exits with the errno. Linked
 * statically, so that it needs no rule but its own. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2)
		return 126;
	if (strcmp(argv[1], "--wait") == 0)
		return pause();
	if (strcmp(argv[1], "--nothing") == 0)
		return 99;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}
