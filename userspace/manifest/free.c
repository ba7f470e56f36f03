/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Freeing a manifest, and finding an entrypoint in one. */
#include <string.h>

#include "manifest/draft.h"

void argument_clear(struct argument *a)
{
	free(a->name);
	free(a->pattern);
	for (size_t i = 0; i < a->values_len; i++)
		free(a->values[i]);
	free(a->values);
	free(a->below);
	if (a->element)
		argument_clear(a->element); /* one level: an element is never a list */
	free(a->element);
	*a = (struct argument){};
}

void entrypoint_clear(struct manifest_entrypoint *e)
{
	free(e->name);
	free(e->description);
	for (size_t i = 0; i < e->arguments_len; i++)
		argument_clear(&e->arguments[i]);
	free(e->arguments);
	argument_clear(&e->result);
	for (size_t i = 0; i < e->paths_len; i++)
		free(e->paths[i].path);
	free(e->paths);
}

void manifest_clear(struct manifest *m)
{
	free(m->file);
	free(m->name);
	free(m->description);
	free(m->module);
	free(m->uids);
	free(m->gids);
	free(m->network_path);
	free(m->caller_uids);
	free(m->caller_gids);
	for (size_t i = 0; i < m->entrypoints_len; i++)
		entrypoint_clear(&m->entrypoints[i]);
	free(m->entrypoints);
}

void manifest_free(struct manifest *m)
{
	if (!m)
		return;
	manifest_clear(m);
	free(m);
}

const struct manifest_entrypoint *manifest_entrypoint(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->entrypoints_len; i++)
		if (strcmp(m->entrypoints[i].name, name) == 0)
			return &m->entrypoints[i];
	return NULL;
}
