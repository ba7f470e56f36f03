/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The same attempts on any file system: a directory with ok/, where a rule allows all but
 * execution, and files beside it that no rule names.
 */
#ifndef POSTERN_TESTS_KERNEL_PLACES_H
#define POSTERN_TESTS_KERNEL_PLACES_H

#include <stdbool.h>

#define PLACES_POLICY 7

/* Makes the files of all attempts; directory: made when it is not there. */
void places_fill(const char *directory);

/* Puts the rules for a directory's files in force, beside those that are. */
void places_policy(const char *directory);

/* All attempts, one TAP line each for the allowed and the refused case. name: for the lines. */
void places_run(const char *name, const char *directory);

/* One file is opened to be read, and that is allowed, or refused with an event that names it. */
void places_open(const char *what, const char *path, bool allowed);

/* directory/path in room (512 bytes), which is returned; each # becomes the row's number. */
const char *places_join(char *room, const char *directory, const char *path, unsigned row);

/* Runs a command of the shell, or ends the test. */
void places_command(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
