/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of network namespaces, and templates of them. Internal to userspace/manifest. */
#ifndef POSTERN_MANIFEST_NETWORK_NAME_H
#define POSTERN_MANIFEST_NETWORK_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* What OPEN has room for (lib/protocol.h). */
#define NETWORK_NAME_MAX 63

/* The parts of a template; they point into it. Without an argument, `before` is the whole. */
struct network_name {
	size_t before; /* bytes in front of the brace */
	const char *argument;
	size_t argument_len;
	const char *end; /* behind the brace */
	size_t behind;	 /* its bytes */
};

/* Returns false for what cannot be a template: other characters, or braces in disorder. */
bool network_name_split(const char *text, struct network_name *ret);

/* Only characters that names have: no slash, no dot. */
bool network_text_valid(const char *text, size_t len);

#endif
