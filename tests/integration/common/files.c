/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Time, files, and the tree that the tests' contexts have rules for. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/integration/common/trial.h"

void trial_bail(const char *format, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	printf("\n");
	(void)fflush(stdout);
	_exit(1);
}

uint64_t trial_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void trial_sleep(unsigned ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

void trial_write(const char *file, const char *content, mode_t mode, uid_t owner)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content) ||
	    fchmod(fd, mode) < 0 || fchown(fd, owner, owner) < 0)
		trial_bail("cannot make %s: %s", file, strerror(errno));
	(void)close(fd);
}

void trial_directory(const char *directory)
{
	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		trial_bail("cannot make %s: %s", directory, strerror(errno));
}

char *trial_read(const char *file)
{
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t len = 0, room = 4096;
	char *text = malloc(room);
	ssize_t n;

	if (!text)
		trial_bail("out of memory");
	/* Files of proc have no size. */
	while (fd >= 0 && (n = read(fd, text + len, room - len - 1)) > 0) {
		len += (size_t)n;
		if (room - len < 2048) {
			room *= 2;
			text = realloc(text, room);
			if (!text)
				trial_bail("out of memory");
		}
	}
	text[len] = '\0';
	return text;
}

void trial_tree(void)
{
	static const char *const directories[] = {
		"/srv",
		TRIAL_DIR,
		TRIAL_DIR "/data",
		TRIAL_DIR "/data-beside",
		TRIAL_DIR "/fixed",
		TRIAL_DIR "/programs",
		TRIAL_DIR "/prowl",
		TRIAL_DIR "/single",
	};

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		trial_directory(directories[i]);
	(void)unlink(TRIAL_LOG);
	(void)unlink(TRIAL_DIR "/prowl/outcomes");
	if (chown(TRIAL_DIR "/prowl", 1, 1) < 0)
		trial_bail("cannot give " TRIAL_DIR "/prowl away");
	trial_write(TRIAL_DIR "/data/free", "free\n", 0644, 0);
	trial_write(TRIAL_DIR "/data/locked", "locked\n", 0, 1);
	trial_write(TRIAL_DIR "/data/foreign", "foreign\n", 0600, ALICE);
	trial_write(TRIAL_DIR "/data-beside/public", "public\n", 0644, 0);
	trial_write(TRIAL_DIR "/data-beside/secret", "secret\n", 0644, 0);
	trial_write(TRIAL_DIR "/fixed/file", "fixed\n", 0644, 0);
	trial_write(TRIAL_DIR "/single/one", "one\n", 0644, 0);
}
