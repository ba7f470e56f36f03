/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program for entrypoints to execute: `tool read FILE`, `tool write FILE`; exits with the errno.
 * As the interpreter of a script it is given the script's name behind the word of the #! line. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	cap_t set = cap_get_proc(); /* of a library besides libc */
	int fd;

	(void)cap_free(set);
	if (argc < 3)
		return 100;
	fd = open(argv[2], (strcmp(argv[1], "read") == 0 ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}
