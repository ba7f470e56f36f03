/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The forms that texts can have, one check each. Internal to the argument check. */
#ifndef POSTERN_HELPER_ARGUMENT_FORMS_H
#define POSTERN_HELPER_ARGUMENT_FORMS_H

#include <stdbool.h>

#include "manifest/argument.h"

/* Each takes a NUL-terminated text without a NUL in it, and returns NULL when it has the form, or
 * what was expected ("an interface's name"). */
const char *form_interface(const char *s);
const char *form_mac(const char *s);
const char *form_address(const char *s, enum argument_family family);
const char *form_prefix(const char *s, enum argument_family family);
const char *form_uuid(const char *s);
const char *form_account(const char *s); /* a user's or group's name */

/* The spelling of a path: absolute, no empty, "." or ".." component, no trailing slash, within
 * PATH_MAX and NAME_MAX. */
const char *form_path(const char *s);
/* Does it lie below the directory (and is not itself the directory)? Both have the form above. */
bool path_lies_below(const char *s, const char *directory);
/*
 * Looks the path up, as `below` and `exists` want it: no symbolic link in it or at its end (below
 * `below`, when that is given). NULL when all is well, else what was expected.
 */
const char *path_look_up(const char *s, const char *below, enum argument_exists exists);

#endif
