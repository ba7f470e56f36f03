/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fake supervisor's admin sockets. */
#ifndef POSTERN_TESTS_CLI_FAKE_ADMIN_H
#define POSTERN_TESTS_CLI_FAKE_ADMIN_H

/* Answers one connection: a status or a log that never changes. */
void fake_admin_serve(int fd);

/* Answers with a refusal, with a record of the wrong size, with nothing at all. */
void fake_admin_refuse(int fd);
void fake_admin_short(int fd);
void fake_admin_silent(int fd);

#endif
