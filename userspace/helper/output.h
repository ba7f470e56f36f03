/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What functions write to standard output and standard error: it ends in a file in memory, of which
 * the worker sees, without a system call, whether anything came, and of which the worker's parent
 * still has what a worker that died did not come to tell.
 *
 * The file has a fixed size, so that whoever writes more than it holds fails and waits for nobody.
 */
#ifndef POSTERN_HELPER_OUTPUT_H
#define POSTERN_HELPER_OUTPUT_H

#include <stdint.h>

#include "base/error.h"
#include "lib/control.h"

#define OUTPUT_TEXT_MAX	 65536	    /* bytes of it that are told at a time */
#define OUTPUT_LINES_MAX 1000	    /* as are lines */
#define OUTPUT_LINE_MAX	 1024	    /* bytes of a line; longer ones are cut into several */
#define OUTPUT_FILE_MAX	 (16 << 20) /* what is beyond OUTPUT_TEXT_MAX is counted */
#define OUTPUT_LEVEL	 4	    /* LOG_WARNING, of a line that does not say it */

/* A worker's descriptors, where its helper had others: the journal, and the file. */
#define OUTPUT_JOURNAL_FD CONTROL_FD_MANIFEST
#define OUTPUT_FD	  CONTROL_FD_PAGES
#define OUTPUT_NULL_FD	  CONTROL_FD_LISTENER /* /dev/null, which standard input was */
#define OUTPUT_FIRST_FREE (OUTPUT_NULL_FD + 1)

/* Mapped by who writes and by its parent. What a process of a module can write is believed of
 * nobody: it is text, and a number that only holds lines back. */
struct output_area {
	int32_t wanted; /* the least important level that the call's client wants; -1: none */
	char unused[4096 - sizeof(int32_t)];
	char text[OUTPUT_TEXT_MAX];
};

struct output {
	volatile struct output_area *area; /* NULL: nothing is caught, all goes to the journal */
	int fd;				   /* the file; -1 in a parent that let go of it */
	int journal;
};

/*
 * Makes the file. file_size: RLIMIT_FSIZE, which holds for files in memory too; when it leaves no
 * room, area is NULL and nothing else is different from before. Returns 0 or a negative errno.
 */
int output_make(struct output *ret, uint64_t file_size, struct error *err);

/* Maps the file at `fd` anew, for a process whose parent kept its mapping to itself. */
int output_map(struct output *ret, int fd);

/* Processes that are forked from now on have no part in this mapping. */
int output_keep(const struct output *o);

/* Closes the file here, and goes on seeing it. */
void output_let_go(struct output *o);
void output_clear(struct output *o);

/* In a worker: another file in place of this one, which a process that a call left behind goes on
 * writing to. What it says is not the next call's. The parent has the one before; when there can be
 * none, what is printed goes to the journal. */
void output_renew(struct output *o, uint64_t file_size);

/* In a worker or a call's process: standard output and error become the file, and the journal,
 * which they were, OUTPUT_JOURNAL_FD. To be called when no descriptor of its own lies there. */
int output_install(struct output *o);
/* The same after that, when it may have been changed; and standard input. */
int output_restore(const struct output *o);

/* Was anything written that was not taken? A look at the first bytes: text has no NULs. */
static inline bool output_waits(const struct output *o)
{
	const volatile uint64_t *first;

	if (!o || !o->area)
		return false;
	first = (const volatile uint64_t *)o->area->text;
	return (first[0] | first[1] | first[2] | first[3]) != 0;
}

/* Writes a line of an entrypoint to the journal; never waits. */
void output_journal(int fd, const char *entrypoint, int level, const char *text);

/* What there is to do with a line: `len` bytes of clean text, NUL-terminated. */
typedef void (*output_line_fn)(void *userdata, int level, const char *text, size_t len);

/*
 * Takes what was written: each line that is not empty, in order, with the level that it begins with
 * ("<3>", sd-daemon(3)) or OUTPUT_LEVEL. What is beyond the bounds above is counted in one more
 * line. The file is empty after that.
 */
void output_take(struct output *o, output_line_fn line, void *userdata);

#endif
