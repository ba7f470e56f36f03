/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gathering findings in order of place, and quoting a manifest's text in them. For
 * userspace/manifest, and for what checks a manifest's parts (policy/bundle.c). */
#ifndef POSTERN_MANIFEST_PROBLEMS_H
#define POSTERN_MANIFEST_PROBLEMS_H

#include "manifest/manifest.h"

/* More findings than this are of no use to a reader, and a hostile file could ask for a million. */
#define PROBLEMS_MAX 200

#define QUOTED_MAX 120

/* Room for one quoted text. */
struct quoted {
	char text[QUOTED_MAX];
};

/* A text from the file as a message shows it: in double quotes, control bytes as \xNN (a message
 * must stay one line and must not steer a terminal), cut when long. */
const char *quote_into(struct quoted *q, const char *text, size_t len);

/* The same with storage that lives until the enclosing block ends. */
#define QUOTE(from, from_len) quote_into(&(struct quoted){.text = ""}, from, from_len)

/* The same escapes and the same cut without the quotes: a label that can stand in any message. */
const char *label_into(struct quoted *q, const char *text, size_t len);

/* A new string, or NULL without memory. */
char *text_make(const char *format, ...) PRINTF_LIKE(1, 2);

/*
 * Adds a finding behind those at the same place. Takes `what` and `instead` over in every case;
 * `what` NULL means that there was no memory for it. Returns 0 or -ENOMEM. From PROBLEMS_MAX on,
 * findings are dropped and one last finding says so.
 */
int problems_add(struct manifest_problems *problems, struct manifest_place place, char *what,
		 char *instead);

#endif
