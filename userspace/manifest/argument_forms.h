/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The forms that texts can have, one check each. */
#ifndef POSTERN_MANIFEST_ARGUMENT_FORMS_H
#define POSTERN_MANIFEST_ARGUMENT_FORMS_H

#include "manifest/argument.h"

/* Each takes a NUL-terminated text without a NUL in it, and returns NULL when it has the form, or
 * what was expected ("an interface's name"). */
const char *form_interface(const char *s);
const char *form_mac(const char *s);
const char *form_address(const char *s, enum argument_family family);
const char *form_prefix(const char *s, enum argument_family family);
const char *form_uuid(const char *s);
const char *form_account(const char *s); /* a user's or group's name */
const char *form_path(const char *s);	 /* absolute, normalised, without ".." */

/* Does the path, which has that form, lie below the directory? */
bool path_lies_below(const char *s, const char *directory);

/* The same for an argument of a type that is a string on the wire, with all that the manifest says
 * of it; of a path: but for what exists. */
const char *form_text(const struct argument *a, const char *s);

#endif
