/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A manifest's image: the tables of its pointers, and how it is taken. */
#include <errno.h>

#include "manifest/image_fields.h"

#define IMAGE_VERSION 1
#define HASH_BEGIN    UINT64_C(0xcbf29ce484222325) /* FNV-1a */
#define HASH_FACTOR   UINT64_C(0x100000001b3)

/* When one of these fails: has the structure a pointer more, and should a helper have it? */
_Static_assert(sizeof(struct manifest) == 264, "image: struct manifest changed");
_Static_assert(sizeof(struct manifest_entrypoint) == 1200, "image: struct entrypoint changed");
_Static_assert(sizeof(struct manifest_path) == 64, "image: struct manifest_path changed");
_Static_assert(sizeof(struct argument) == 144, "image: struct argument changed");

/* clang-format off */
#define ARGUMENT_FIELDS                                                                            \
	{IMAGE_TEXT, offsetof(struct argument, name), 0, 0, NULL},                                 \
	{IMAGE_TEXT, offsetof(struct argument, pattern), 0, 0, NULL},                              \
	{IMAGE_TEXTS, offsetof(struct argument, values), offsetof(struct argument, values_len), 0, \
	 NULL},                                                                                    \
	{IMAGE_TEXT, offsetof(struct argument, below), 0, 0, NULL},                                \
	{IMAGE_TEXT, offsetof(struct argument, default_text), 0, 0, NULL}
/* clang-format on */

/* Three levels at most: a list of records, a list in each. */
static const struct image_field scalar_fields[] = {
	ARGUMENT_FIELDS,
	{IMAGE_END, 0, 0, 0, NULL},
};

static const struct image_field member_fields[] = {
	ARGUMENT_FIELDS,
	{IMAGE_ONE, offsetof(struct argument, element), 0, sizeof(struct argument), scalar_fields},
	{IMAGE_END, 0, 0, 0, NULL},
};

static const struct image_field element_fields[] = {
	ARGUMENT_FIELDS,
	{IMAGE_ITEMS, offsetof(struct argument, fields), offsetof(struct argument, fields_len),
	 sizeof(struct argument), member_fields},
	{IMAGE_END, 0, 0, 0, NULL},
};

static const struct image_field argument_fields[] = {
	ARGUMENT_FIELDS,
	{IMAGE_ONE, offsetof(struct argument, element), 0, sizeof(struct argument), element_fields},
	{IMAGE_ITEMS, offsetof(struct argument, fields), offsetof(struct argument, fields_len),
	 sizeof(struct argument), member_fields},
	{IMAGE_END, 0, 0, 0, NULL},
};

static const struct image_field path_fields[] = {
	{IMAGE_TEXT, offsetof(struct manifest_path, path), 0, 0, NULL},
	{IMAGE_END, 0, 0, 0, NULL},
};

static const struct image_field entrypoint_fields[] = {
	{IMAGE_TEXT, offsetof(struct manifest_entrypoint, name), 0, 0, NULL},
	{IMAGE_ITEMS, offsetof(struct manifest_entrypoint, arguments),
	 offsetof(struct manifest_entrypoint, arguments_len), sizeof(struct argument),
	 argument_fields},
	{IMAGE_WITHIN, offsetof(struct manifest_entrypoint, result), 0, 0, argument_fields},
	{IMAGE_ITEMS, offsetof(struct manifest_entrypoint, paths),
	 offsetof(struct manifest_entrypoint, paths_len), sizeof(struct manifest_path),
	 path_fields},
	{IMAGE_END, 0, 0, 0, NULL},
};

const struct image_field image_manifest_fields[] = {
	{IMAGE_TEXT, offsetof(struct manifest, file), 0, 0, NULL},
	{IMAGE_TEXT, offsetof(struct manifest, name), 0, 0, NULL},
	{IMAGE_TEXT, offsetof(struct manifest, module), 0, 0, NULL},
	{IMAGE_ITEMS, offsetof(struct manifest, uids), offsetof(struct manifest, uids_len),
	 sizeof(uid_t), NULL},
	{IMAGE_ITEMS, offsetof(struct manifest, gids), offsetof(struct manifest, gids_len),
	 sizeof(gid_t), NULL},
	{IMAGE_TEXT, offsetof(struct manifest, network_path), 0, 0, NULL},
	{IMAGE_TEXT, offsetof(struct manifest, network.name), 0, 0, NULL},
	{IMAGE_ITEMS, offsetof(struct manifest, network.arguments),
	 offsetof(struct manifest, network.arguments_len), sizeof(struct argument),
	 argument_fields},
	{IMAGE_ITEMS, offsetof(struct manifest, entrypoints),
	 offsetof(struct manifest, entrypoints_len), sizeof(struct manifest_entrypoint),
	 entrypoint_fields},
	{IMAGE_END, 0, 0, 0, NULL},
};

static uint64_t hash(uint64_t h, uint64_t value)
{
	return (h ^ value) * HASH_FACTOR;
}

static uint64_t hash_fields(uint64_t h, const struct image_field *f)
{
	for (; f->kind != IMAGE_END; f++) {
		h = hash(hash(hash(hash(h, f->kind), f->at), f->len_at), f->size);
		if (f->fields)
			h = hash_fields(h, f->fields);
	}
	return h;
}

uint64_t image_layout(void)
{
	uint64_t h = hash(hash(HASH_BEGIN, IMAGE_VERSION), sizeof(struct manifest));

	return hash_fields(hash(h, ARGUMENT_TYPES), image_manifest_fields);
}

struct taker {
	char *data;
	size_t len;
};

static bool within(const struct taker *t, uintptr_t at, size_t count, size_t size)
{
	return at >= sizeof(struct image_header) && at <= t->len && at % IMAGE_ALIGNMENT == 0 &&
	       (size == 0 || count <= (t->len - at) / size);
}

static bool take_text(const struct taker *t, uintptr_t at)
{
	return within(t, at, 1, 1) && memchr(t->data + at, '\0', t->len - at);
}

static bool take_texts(const struct taker *t, uintptr_t at, size_t len)
{
	if (!within(t, at, len, sizeof(char *)))
		return false;
	for (size_t i = 0; i < len; i++) {
		char *place = t->data + at + i * sizeof(uintptr_t);
		uintptr_t text;

		memcpy(&text, place, sizeof(text));
		if (!take_text(t, text))
			return false;
		text += (uintptr_t)t->data;
		memcpy(place, &text, sizeof(text));
	}
	return true;
}

static bool take_fields(const struct taker *t, void *structure, const struct image_field *fields);

static bool take_items(const struct taker *t, const struct image_field *f, uintptr_t at, size_t len)
{
	if (!within(t, at, len, f->size))
		return false;
	for (size_t i = 0; i < len && f->fields; i++)
		if (!take_fields(t, t->data + at + i * f->size, f->fields))
			return false;
	return true;
}

static bool take_fields(const struct taker *t, void *structure, const struct image_field *fields)
{
	for (const struct image_field *f = fields; f->kind != IMAGE_END; f++) {
		uintptr_t at = f->kind == IMAGE_WITHIN ? 0 : image_pointer(structure, f);
		bool good = true;

		if (f->kind == IMAGE_WITHIN)
			good = take_fields(t, (char *)structure + f->at, f->fields);
		else if (!at)
			good = f->kind == IMAGE_TEXT || f->kind == IMAGE_ONE ||
			       image_count(structure, f) == 0;
		else if (f->kind == IMAGE_TEXT)
			good = take_text(t, at);
		else if (f->kind == IMAGE_TEXTS)
			good = take_texts(t, at, image_count(structure, f));
		else
			good = take_items(t, f, at, image_count(structure, f));
		if (!good)
			return false;
		if (at)
			image_point(structure, f, at + (uintptr_t)t->data);
	}
	return true;
}

int manifest_image_take(void *data, size_t len, struct manifest **ret)
{
	const struct taker t = {.data = data, .len = len};
	struct image_header header;
	struct manifest *m;

	if (len < sizeof(header) + sizeof(*m))
		return -EBADMSG;
	memcpy(&header, data, sizeof(header));
	if (header.layout != image_layout())
		return -ESTALE;
	if (header.len != len)
		return -EBADMSG;
	m = (struct manifest *)(void *)((char *)data + sizeof(header));
	if (!take_fields(&t, m, image_manifest_fields) || !m->name || !m->module)
		return -EBADMSG;
	for (size_t i = 0; i < m->entrypoints_len; i++)
		if (!m->entrypoints[i].name)
			return -EBADMSG;
	*ret = m;
	return 0;
}

void manifest_image_free(struct manifest *m)
{
	if (m)
		free((char *)m - sizeof(struct image_header));
}
