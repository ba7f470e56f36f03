/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What functions write to standard output and standard error. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/text.h"
#include "helper/output.h"

#define TEXT_AT ((off_t)offsetof(struct output_area, text))
/* The file is this much smaller than RLIMIT_FSIZE: a write that reaches the limit is answered by
 * SIGXFSZ, one that reaches the end of a sealed file by EPERM (mm/shmem.c). */
#define LIMIT_ROOM 4096u

static_assert(offsetof(struct output_area, text) == 4096, "text begins on a page");

int output_map(struct output *ret, int fd)
{
	void *area = mmap(NULL, sizeof(*ret->area), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (area == MAP_FAILED)
		return -errno;
	*ret = (struct output){.area = area, .fd = fd, .journal = STDERR_FILENO};
	return 0;
}

int output_make(struct output *ret, uint64_t file_size, struct error *err)
{
	cleanup_close int fd = -EBADF;
	uint64_t size = MIN_OF(file_size, OUTPUT_FILE_MAX + LIMIT_ROOM);
	int r;

	*ret = (struct output){.fd = -EBADF, .journal = STDERR_FILENO};
	if (size < sizeof(*ret->area) + LIMIT_ROOM)
		return 0;
	fd = memfd_create("postern-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, (off_t)(size - LIMIT_ROOM)) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0 ||
	    lseek(fd, TEXT_AT, SEEK_SET) < 0)
		return error_set(err, errno, "make the file for what is printed");
	r = output_map(ret, fd);
	if (r < 0)
		return error_set(err, r, "map the file for what is printed");
	(void)steal_fd(&fd);
	return 0;
}

int output_keep(const struct output *o)
{
	if (!o->area)
		return 0;
	return madvise((void *)(uintptr_t)o->area, sizeof(*o->area), MADV_DONTFORK) < 0 ? -errno
											: 0;
}

void output_let_go(struct output *o)
{
	if (o->fd >= 0)
		(void)close(steal_fd(&o->fd));
}

void output_clear(struct output *o)
{
	output_let_go(o);
	if (o->area)
		(void)munmap((void *)(uintptr_t)o->area, sizeof(*o->area));
	o->area = NULL;
}

static int catch (const struct output *o)
{
	if (dup2(o->fd, STDOUT_FILENO) < 0 || dup2(o->fd, STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

int output_restore(const struct output *o)
{
	return dup2(OUTPUT_NULL_FD, STDIN_FILENO) < 0 ? -errno : catch (o);
}

int output_install(struct output *o)
{
	if (o->journal != OUTPUT_JOURNAL_FD && (dup3(STDIN_FILENO, OUTPUT_NULL_FD, O_CLOEXEC) < 0 ||
						dup3(o->journal, OUTPUT_JOURNAL_FD, O_CLOEXEC) < 0))
		return -errno;
	o->journal = OUTPUT_JOURNAL_FD;
	if (dup3(o->fd, OUTPUT_FD, O_CLOEXEC) < 0)
		return -errno;
	o->fd = OUTPUT_FD;
	/* A call before may have moved it. */
	(void)lseek(o->fd, TEXT_AT, SEEK_SET);
	return catch (o);
}

void output_renew(struct output *o, uint64_t file_size)
{
	cleanup_error struct error err = {};
	struct output next;
	int made;

	if (!o->area)
		return;
	if (output_make(&next, file_size, &err) < 0 || !next.area)
		next.fd = o->journal;
	next.journal = o->journal;
	output_clear(o);
	*o = next;
	made = o->fd;
	(void)(o->area ? output_install(o) : catch (o));
	if (o->area && made != OUTPUT_FD)
		(void)close(made);
}

/* One write: lines of several processes are not mixed (pipe(7), PIPE_BUF), and a pipe that nobody
 * reads does not make it wait. */
APART void output_journal(int fd, const char *entrypoint, int level, const char *text)
{
	char line[OUTPUT_LINE_MAX + 128];
	int n = snprintf(line, sizeof(line), "<%d>%s: %s\n", level, entrypoint, text);

	if (n > 0)
		(void)!write(fd, line, MIN_OF((size_t)n, sizeof(line) - 1));
}

/* How far it was written to. Who writes may have moved the place itself: then it is where the last
 * byte is. */
static size_t written(const struct output *o)
{
	off_t at = o->fd >= 0 ? lseek(o->fd, 0, SEEK_CUR) : -1;
	size_t len = OUTPUT_TEXT_MAX;

	if (at > TEXT_AT && at <= OUTPUT_FILE_MAX + TEXT_AT)
		return (size_t)(at - TEXT_AT);
	while (len > 0 && !o->area->text[len - 1])
		len--;
	return len;
}

/* Back to nothing; what lies beyond the mapping is given back to the system. */
static void empty(const struct output *o, size_t len)
{
	size_t beyond = len - MIN_OF(len, OUTPUT_TEXT_MAX);
	void *rest = MAP_FAILED;

	memset((char *)(uintptr_t)o->area->text, 0, MIN_OF(len, OUTPUT_TEXT_MAX));
	if (o->fd < 0)
		return;
	(void)lseek(o->fd, TEXT_AT, SEEK_SET);
	if (beyond > 0)
		rest = mmap(NULL, beyond, PROT_READ | PROT_WRITE, MAP_SHARED, o->fd,
			    TEXT_AT + OUTPUT_TEXT_MAX);
	if (rest != MAP_FAILED) {
		(void)madvise(rest, beyond, MADV_REMOVE);
		(void)munmap(rest, beyond);
	}
}

static int level_of(const char **line, size_t *len)
{
	const char *l = *line;

	if (*len < 3 || l[0] != '<' || l[1] < '0' || l[1] > '7' || l[2] != '>')
		return OUTPUT_LEVEL;
	*line += 3;
	*len -= 3;
	return l[1] - '0';
}

/* Tells a line from the start of `data`. Returns how many bytes it took. */
static size_t line_tell(const char *data, size_t len, output_line_fn line, void *userdata)
{
	char text[OUTPUT_LINE_MAX + 1];
	const char *end = memchr(data, '\n', len);
	size_t whole = end ? (size_t)(end - data) : len;
	size_t taken = text_cut(data, whole, OUTPUT_LINE_MAX), said = taken;
	int level = level_of(&data, &said);

	while (said > 0 && data[said - 1] == '\r')
		said--;
	if (said > 0)
		line(userdata, level, text, text_clean(text, sizeof(text), data, said));
	/* A byte at least, whatever it is. */
	return taken == whole && end ? taken + 1 : MAX_OF(taken, 1);
}

APART void output_take(struct output *o, output_line_fn line, void *userdata)
{
	size_t len = written(o), told = MIN_OF(len, OUTPUT_TEXT_MAX), at = 0;
	char *copy = malloc(told + 1), text[96];

	/* A copy: whoever else has the file may go on writing to it. */
	if (copy) {
		memcpy(copy, (const char *)(uintptr_t)o->area->text, told);
		copy[told] = '\0';
	}
	empty(o, len);
	for (unsigned lines = 0; copy && at < told && lines < OUTPUT_LINES_MAX; lines++)
		at += line_tell(copy + at, told - at, line, userdata);
	free(copy);
	if (at >= len)
		return;
	(void)snprintf(text, sizeof(text), "%zu more bytes of what it printed were left out",
		       len - at);
	line(userdata, OUTPUT_LEVEL, text, strlen(text));
}
