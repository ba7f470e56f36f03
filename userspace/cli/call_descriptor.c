/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Descriptors on the command line: those that go with a call, and one that is its result. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/call_values.h"
#include "cli/say.h"
#include "manifest/argument.h"

/* As a shell's <, > and <> open. */
static int flags_of(unsigned mode)
{
	if (mode == ARGUMENT_FD_WRITE)
		return O_WRONLY | O_CREAT | O_TRUNC;
	return mode == ARGUMENT_FD_READ_WRITE ? O_RDWR | O_CREAT : O_RDONLY;
}

/* "3", whole; -1: it is no number. */
static int number_of(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > 6 || strspn(text, "0123456789") != len)
		return -1;
	return (int)strtol(text, NULL, 10);
}

int call_descriptor_bind(struct call_value *value, struct error *err)
{
	const char *text = value->texts[0];
	unsigned mode = value->parameter->fd_mode;
	int r;

	if (strcmp(text, "@-") == 0) {
		value->fd = mode == ARGUMENT_FD_WRITE ? STDOUT_FILENO : STDIN_FILENO;
		return 0;
	}
	if (text[0] == '@' && text[1]) {
		value->fd = open(text + 1, flags_of(mode) | O_CLOEXEC | O_NOCTTY, 0666);
		value->fd_open = value->fd >= 0;
		return value->fd < 0 ? error_set(err, errno, "%s: %s", value->name, text + 1) : 0;
	}
	value->fd = strncmp(text, "fd:", 3) == 0 ? number_of(text + 3) : -1;
	if (value->fd >= 0 && fcntl(value->fd, F_GETFD) >= 0)
		return 0;
	r = error_say(err, -EINVAL, "%s: expected a descriptor, got %s", value->name,
		      value->fd < 0 ? "something else" : "the number of one that is not open");
	error_hint(err, "write %s=@FILE, %s=@- for standard input or output, or %s=fd:3",
		   value->name, value->name, value->name);
	return r;
}

static int copy(int from)
{
	char data[16384];
	ssize_t n;

	while ((n = read(from, data, sizeof(data))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (fwrite(data, 1, (size_t)n, stdout) != (size_t)n)
			return -EIO;
	}
	return 0;
}

int call_descriptor_print(struct postern_value *v)
{
	int fd = postern_value_fd(v), flags, r = 0;

	if (fd < 0)
		return fd;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY)
		say_error("the result is a descriptor that cannot be read: it is closed");
	else
		r = copy(fd);
	if (r < 0)
		say_error("copy the result: %s", strerror(-r));
	(void)close(fd);
	return r;
}
