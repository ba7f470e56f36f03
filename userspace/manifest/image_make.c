/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Makes a manifest's image. Structures are copied as they are, and what they point to behind them;
 * a pointer is the distance from the image's beginning until the image is taken. A pointer that is
 * in no table has to be NULL: see pruned().
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "manifest/image_fields.h"

struct writer {
	char *data;
	size_t len, room;
	int error;
};

/* The place of `len` new bytes; 0: there is none. The block may move. */
static size_t append(struct writer *w, const void *bytes, size_t len)
{
	size_t at = (w->len + IMAGE_ALIGNMENT - 1) / IMAGE_ALIGNMENT * IMAGE_ALIGNMENT;

	if (w->error)
		return 0;
	if (len > MANIFEST_IMAGE_MAX || at + len > MANIFEST_IMAGE_MAX) {
		w->error = -E2BIG;
		return 0;
	}
	if (at + len > w->room) {
		size_t room = MAX_OF(2 * w->room, at + len);
		char *grown = realloc(w->data, room);

		if (!grown) {
			w->error = -ENOMEM;
			return 0;
		}
		memset(grown + w->room, 0, room - w->room);
		w->data = grown;
		w->room = room;
	}
	if (len > 0)
		memcpy(w->data + at, bytes, len);
	w->len = at + len;
	return at;
}

static size_t write_text(struct writer *w, const char *text)
{
	return text ? append(w, text, strlen(text) + 1) : 0;
}

static size_t write_texts(struct writer *w, char *const *texts, size_t len)
{
	size_t at = append(w, texts, len * sizeof(*texts));

	for (size_t i = 0; i < len && !w->error; i++) {
		uintptr_t text = write_text(w, texts[i]);

		memcpy(w->data + at + i * sizeof(text), &text, sizeof(text));
	}
	return at;
}

static void write_fields(struct writer *w, size_t at, const struct image_field *fields);

static size_t write_items(struct writer *w, const struct image_field *f, const void *items,
			  size_t len)
{
	size_t at = append(w, items, len * f->size);

	for (size_t i = 0; i < len && f->fields && !w->error; i++)
		write_fields(w, at + i * f->size, f->fields);
	return at;
}

/* What a structure in the image points to is still elsewhere. */
static void write_fields(struct writer *w, size_t at, const struct image_field *fields)
{
	for (const struct image_field *f = fields; f->kind != IMAGE_END && !w->error; f++) {
		const void *from = (const void *)image_pointer(w->data + at, f);
		size_t to = 0;

		if (f->kind == IMAGE_WITHIN) {
			write_fields(w, at + f->at, f->fields);
			continue;
		}
		if (from && f->kind == IMAGE_TEXT)
			to = write_text(w, from);
		else if (from && f->kind == IMAGE_TEXTS)
			to = write_texts(w, from, image_count(w->data + at, f));
		else if (from)
			to = write_items(w, f, from, image_count(w->data + at, f));
		if (!w->error)
			image_point(w->data + at, f, to);
	}
}

static void prune_entrypoint(struct manifest_entrypoint *e)
{
	struct manifest_sockets sockets = {.ioctls_len = e->sockets.ioctls_len,
					   .place = e->sockets.place};

	for (size_t i = 0; i < MANIFEST_SOCKET_FAMILIES; i++)
		sockets.families[i].place = e->sockets.families[i].place;
	e->sockets = sockets;
	e->netlink.messages = NULL;
	e->netlink.listens = NULL;
	e->description = NULL;
	e->includes = NULL;
	e->programs = NULL;
	e->includes_len = e->programs_len = 0;
	for (size_t i = 0; i < e->paths_len; i++) {
		e->paths[i].ioctls = NULL;
		e->paths[i].ioctls_len = 0;
		e->paths[i].device.driver = NULL;
	}
}

/* A copy, of which only the structures that are pruned are its own. */
static int pruned(const struct manifest *m, struct manifest *ret)
{
	struct manifest copy = *m;

	copy.entrypoints = calloc(m->entrypoints_len + 1, sizeof(*copy.entrypoints));
	if (!copy.entrypoints)
		return -ENOMEM;
	copy.description = NULL;
	copy.caller_uids = NULL;
	copy.caller_gids = NULL;
	copy.parts = NULL;
	copy.caller_uids_len = copy.caller_gids_len = copy.parts_len = 0;
	*ret = copy;
	for (size_t i = 0; i < m->entrypoints_len; i++) {
		struct manifest_entrypoint *e = &copy.entrypoints[i];

		*e = m->entrypoints[i];
		e->paths = calloc(e->paths_len + 1, sizeof(*e->paths));
		if (!e->paths)
			return -ENOMEM;
		if (e->paths_len > 0)
			memcpy(e->paths, m->entrypoints[i].paths, e->paths_len * sizeof(*e->paths));
		prune_entrypoint(e);
	}
	return 0;
}

static void pruned_free(struct manifest *copy)
{
	for (size_t i = 0; copy->entrypoints && i < copy->entrypoints_len; i++)
		free(copy->entrypoints[i].paths);
	free(copy->entrypoints);
}

int manifest_image_make(const struct manifest *m, void **ret, size_t *ret_len)
{
	struct image_header header = {.layout = image_layout()};
	struct manifest copy = {};
	struct writer w = {};
	size_t at;
	int r;

	r = pruned(m, &copy);
	if (r == 0) {
		(void)append(&w, &header, sizeof(header));
		at = append(&w, &copy, sizeof(copy));
		if (!w.error)
			write_fields(&w, at, image_manifest_fields);
		r = w.error;
	}
	pruned_free(&copy);
	if (r < 0 || !w.data) {
		free(w.data);
		return r < 0 ? r : -ENOMEM;
	}
	header.len = w.len;
	memcpy(w.data, &header, sizeof(header));
	*ret = w.data;
	*ret_len = w.len;
	return 0;
}

int manifest_image_seal(const struct manifest *m, int *ret, struct error *err)
{
	cleanup_close int fd = memfd_create("postern-manifest", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	cleanup_free void *data = NULL;
	size_t len = 0;
	int r;

	r = manifest_image_make(m, &data, &len);
	if (r < 0)
		return error_set(err, r, "make an image of the manifest of context %s", m->name);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return error_set(err, errno, "seal the image of the manifest of context %s",
				 m->name);
	*ret = steal_fd(&fd);
	return 0;
}
