/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How an image is laid out. Internal to image.c and image_make.c. */
#ifndef POSTERN_MANIFEST_IMAGE_FIELDS_H
#define POSTERN_MANIFEST_IMAGE_FIELDS_H

#include <string.h>

#include "base/util.h"
#include "manifest/image.h"

#define IMAGE_ALIGNMENT 16

struct image_header {
	uint64_t layout, len;
};

enum image_kind {
	IMAGE_END,
	IMAGE_TEXT,
	IMAGE_TEXTS,  /* an array of texts */
	IMAGE_ITEMS,  /* an array of structures, or of numbers */
	IMAGE_ONE,    /* NULL or one structure */
	IMAGE_WITHIN, /* a structure in this one */
};

/* A pointer of a structure. */
struct image_field {
	enum image_kind kind;
	size_t at, len_at; /* of the pointer, and of the number of what it points to */
	size_t size;	   /* of one of it */
	const struct image_field *fields;
};

extern const struct image_field image_manifest_fields[];

/* Of the tables and structures: another build's helper refuses it. */
uint64_t image_layout(void);

/* Pointers, which may be distances. */
static inline uintptr_t image_pointer(const void *structure, const struct image_field *f)
{
	uintptr_t p;

	memcpy(&p, (const char *)structure + f->at, sizeof(p));
	return p;
}

static inline void image_point(void *structure, const struct image_field *f, uintptr_t p)
{
	memcpy((char *)structure + f->at, &p, sizeof(p));
}

static inline size_t image_count(const void *structure, const struct image_field *f)
{
	size_t len;

	if (f->kind == IMAGE_ONE)
		return 1;
	memcpy(&len, (const char *)structure + f->len_at, sizeof(len));
	return len;
}

#endif
