/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libFuzzer target: any bytes as a manifest. Besides what the sanitizers see, it holds what the
 * reader promises: either a manifest and no problem, or problems in order of place and no manifest;
 * and every printed problem is one line of printable text.
 *
 * -dict=tests/fuzz/manifest.dict helps it to the keys.
 */
#include <errno.h>
#include <string.h>

#include "manifest/manifest.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void text_require(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; p && *p; p++) {
		require(*p >= 0x20 && *p != 0x7f);
		require(*p != 0xc2 || p[1] < 0x80 || p[1] > 0x9f);
	}
}

static void problems_require(const struct manifest_problems *problems)
{
	for (size_t i = 0; i < problems->len; i++) {
		const struct manifest_problem *p = &problems->items[i];

		require(p->what && p->instead && p->place.line > 0 && p->place.column > 0);
		text_require(p->what);
		text_require(p->instead);
		if (i == 0)
			continue;
		require(p[-1].place.line < p->place.line ||
			(p[-1].place.line == p->place.line &&
			 p[-1].place.column <= p->place.column));
	}
}

static void entrypoint_require(const struct manifest_entrypoint *e, const struct manifest *m)
{
	require(e->name && e->timeout_ns > 0 && e->workers > 0 && e->place.line > 0);
	require((e->capabilities & ~m->capabilities) == 0);
	for (size_t i = 0; i < e->paths_len; i++) {
		const struct manifest_path *p = &e->paths[i];

		require(p->path[0] == '/' && p->rights != 0 && p->rights >> MANIFEST_RIGHTS == 0);
		require(!strstr(p->path, "/../") && !strstr(p->path, "//"));
		require(p->path[1] == '\0' || p->path[strlen(p->path) - 1] != '/');
	}
	for (size_t i = 0; i < e->arguments_len; i++) {
		const struct argument *a = &e->arguments[i];

		require(a->name && a->type > ARGUMENT_NONE && a->type < ARGUMENT_TYPES);
		require((a->type == ARGUMENT_FD) == (a->fd_kinds != 0));
		require(a->minimum <= a->maximum && a->min_length <= a->max_length);
		require((a->type == ARGUMENT_LIST) == (a->element != NULL));
		require((a->type == ARGUMENT_ENUM) == (a->values_len > 0));
	}
}

static void manifest_require(const struct manifest *m)
{
	bool found = m->user_namespace == MANIFEST_USER_HOST;

	require(m->name && m->module && m->module[0] == '/' && m->entrypoints_len > 0);
	require(m->caller_uids_len + m->caller_gids_len > 0);
	for (size_t i = 0; i < m->uids_len; i++)
		found |= m->uids[i] == m->user;
	require(found);
	for (size_t i = 0; i < m->entrypoints_len; i++)
		entrypoint_require(&m->entrypoints[i], m);
}

/* The same bytes as a helper would read them, with the groups and programs that they bring. */
static void bundle_read(const uint8_t *data, size_t size)
{
	struct manifest_problems problems = {};
	struct manifest *m = NULL;
	int r;

	r = manifest_parse("fuzz", (const char *)data, size, MANIFEST_BUNDLE, &m, &problems, NULL);
	require(r == 0 || r == -EBADMSG || r == -E2BIG);
	require((r == 0) == (m != NULL));
	for (size_t i = 0; m && i < m->entrypoints_len; i++) {
		const struct manifest_entrypoint *e = &m->entrypoints[i];

		require(e->paths_len <= MANIFEST_RULES_MAX && e->slots_len <= MANIFEST_SLOTS_MAX);
		for (size_t k = 0; k < e->paths_len; k++)
			require(e->paths[k].path && e->paths[k].part <= m->parts_len);
	}
	manifest_problems_clear(&problems);
	manifest_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest_problems problems = {};
	struct manifest *m = NULL;
	struct error err = {};
	int r;

	r = manifest_parse("fuzz", (const char *)data, size, 0, &m, &problems, &err);
	require(r == 0 || r == -EBADMSG);
	require((r == 0) == (m != NULL) && (r == 0) == (problems.len == 0));
	problems_require(&problems);
	if (m)
		manifest_require(m);
	manifest_problems_clear(&problems);
	manifest_free(m);
	error_clear(&err);
	bundle_read(data, size);
	return 0;
}
