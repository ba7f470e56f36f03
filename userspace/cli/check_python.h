/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of a Python module, held against a manifest without running any of it. */
#ifndef POSTERN_CLI_CHECK_PYTHON_H
#define POSTERN_CLI_CHECK_PYTHON_H

#include "base/error.h"
#include "manifest/manifest.h"

/*
 * Parses m->module by an interpreter in a process of its own, which has given up root's rights and
 * is bounded in time and memory. Functions that are missing, and such as take other arguments than
 * the manifest declares, become problems at their entrypoint's place. Returns 0, -EBADMSG when
 * there are problems, -ENOEXEC for a file that is no Python, or what kept it from being read.
 */
int check_python(const struct manifest *m, struct manifest_problems *problems, struct error *err);

#endif
