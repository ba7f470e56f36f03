/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The supervisor's own log: lines on standard error, with the journal's level in front when the
 * journal reads them. */
#ifndef POSTERN_SUPERVISOR_LOG_H
#define POSTERN_SUPERVISOR_LOG_H

#include <syslog.h>

#include "base/error.h"

/* level: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO. The text needs no newline; control characters
 * are escaped. */
void log_line(int level, const char *format, ...) PRINTF_LIKE(2, 3);

/* Logs an error with its hint, behind "what: ". */
void log_error(int level, const char *what, const struct error *err);

#endif
