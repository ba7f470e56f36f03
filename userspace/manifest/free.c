/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Freeing a manifest, and finding an entrypoint in one. */
#include <string.h>

#include "manifest/draft.h"
#include "manifest/netlink_read.h"
#include "manifest/rule.h"
#include "manifest/sockets.h"

/* Three levels at most: a list of records, a list in each. */
/* NOLINTNEXTLINE(misc-no-recursion) */
void argument_clear(struct argument *a)
{
	free(a->name);
	free(a->pattern);
	for (size_t i = 0; i < a->values_len; i++)
		free(a->values[i]);
	free(a->values);
	free(a->below);
	if (a->element)
		argument_clear(a->element);
	free(a->element);
	for (size_t i = 0; i < a->fields_len; i++)
		argument_clear(&a->fields[i]);
	free(a->fields);
	free(a->default_text);
	*a = (struct argument){};
}

static void names_free(struct manifest_name *names, size_t len)
{
	for (size_t i = 0; i < len; i++)
		free(names[i].name);
	free(names);
}

void entrypoint_clear(struct manifest_entrypoint *e)
{
	netlink_clear(&e->netlink);
	free(e->name);
	free(e->description);
	for (size_t i = 0; i < e->arguments_len; i++)
		argument_clear(&e->arguments[i]);
	free(e->arguments);
	argument_clear(&e->result);
	rules_free(e->paths, e->paths_len);
	names_free(e->includes, e->includes_len);
	names_free(e->programs, e->programs_len);
	sockets_clear(&e->sockets);
}

void manifest_part_clear(struct manifest_part *part)
{
	free(part->group);
	free(part->program);
	free(part->description);
	free(part->file);
	rules_free(part->paths, part->paths_len);
	*part = (struct manifest_part){};
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
	free(m->network.name);
	for (size_t i = 0; i < m->network.arguments_len; i++)
		argument_clear(&m->network.arguments[i]);
	free(m->network.arguments);
	free(m->caller_uids);
	free(m->caller_gids);
	for (size_t i = 0; i < m->parts_len; i++)
		manifest_part_clear(&m->parts[i]);
	free(m->parts);
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
