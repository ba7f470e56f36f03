/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compares two manifests of one context. */
#include <assert.h>
#include <string.h>

#include "manifest/rule_path.h"
#include "supervisor/difference.h"

/* Whoever adds a field decides here whether a running helper can take a change of it. */
static_assert(sizeof(struct manifest_network) == 40, "network_same() looks at every field");
static_assert(sizeof(struct manifest) == 264, "needs_new_helper() looks at every field");
static_assert(sizeof(struct manifest_limits) == 40, "limits_same() looks at every field");
static_assert(sizeof(struct manifest_entrypoint) == 352 + sizeof(struct manifest_sockets),
	      "entrypoint_same() looks at every field");
static_assert(sizeof(struct argument) == 144, "argument_same() looks at every field");

static bool text_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool ids_same(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len * sizeof(*a)) == 0);
}

static bool texts_same(char *const *a, size_t a_len, char *const *b, size_t b_len)
{
	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		if (!text_same(a[i], b[i]))
			return false;
	return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): a list of records with lists in them is the deepest */
static bool argument_same(const struct argument *a, const struct argument *b)
{
	if (!text_same(a->name, b->name) || a->type != b->type || a->optional != b->optional ||
	    a->secret != b->secret || a->minimum != b->minimum || a->maximum != b->maximum ||
	    a->min_length != b->min_length || a->max_length != b->max_length ||
	    !text_same(a->pattern, b->pattern) || !text_same(a->below, b->below) ||
	    a->exists != b->exists || a->family != b->family || a->fd_kinds != b->fd_kinds ||
	    a->fd_mode != b->fd_mode || a->has_default != b->has_default ||
	    a->default_number != b->default_number ||
	    !text_same(a->default_text, b->default_text) || a->fields_len != b->fields_len)
		return false;
	for (size_t i = 0; i < a->fields_len; i++)
		if (!argument_same(&a->fields[i], &b->fields[i]))
			return false;
	if (!texts_same(a->values, a->values_len, b->values, b->values_len))
		return false;
	return a->element && b->element ? argument_same(a->element, b->element)
					: a->element == b->element;
}

bool signature_same(const struct manifest_entrypoint *a, const struct manifest_entrypoint *b)
{
	if (a->arguments_len != b->arguments_len || !argument_same(&a->result, &b->result))
		return false;
	for (size_t i = 0; i < a->arguments_len; i++)
		if (!argument_same(&a->arguments[i], &b->arguments[i]))
			return false;
	return true;
}

static bool limits_same(const struct manifest_limits *a, const struct manifest_limits *b)
{
	return a->open_files == b->open_files && a->processes == b->processes &&
	       a->memory == b->memory && a->file_size == b->file_size &&
	       a->connections == b->connections;
}

/* Workers bind arguments by the manifest that their helper read. */
static bool slots_same(const struct manifest_entrypoint *a, const struct manifest_entrypoint *b)
{
	return a->slots_len == b->slots_len &&
	       memcmp(a->slots, b->slots, a->slots_len * sizeof(a->slots[0])) == 0;
}

/* What a helper's process holds of an entrypoint. Not: description, paths, groups, programs,
 * netlink, timeout, mode, places: those are the supervisor's, the kernel's, or come with each
 * worker. */
static bool entrypoint_same(const struct manifest_entrypoint *a,
			    const struct manifest_entrypoint *b)
{
	return text_same(a->name, b->name) && a->capabilities == b->capabilities &&
	       a->does == b->does && a->isolation == b->isolation && a->workers == b->workers &&
	       manifest_has_sockets(a) == manifest_has_sockets(b) && slots_same(a, b) &&
	       signature_same(a, b);
}

static bool network_same(const struct manifest_network *a, const struct manifest_network *b)
{
	return text_same(a->name, b->name) && a->arguments_len == b->arguments_len &&
	       (a->arguments_len == 0 || argument_same(a->arguments, b->arguments)) &&
	       a->make == b->make && a->instances == b->instances && a->idle_ns == b->idle_ns;
}

static const char *ids_differ(const struct manifest *a, const struct manifest *b)
{
	if (a->user != b->user || a->group != b->group)
		return "user or group";
	if (!ids_same(a->uids, a->uids_len, b->uids, b->uids_len) ||
	    !ids_same(a->gids, a->gids_len, b->gids, b->gids_len))
		return "ids";
	return NULL;
}

const char *needs_new_helper(const struct manifest *old, const struct manifest *now)
{
	const char *ids = ids_differ(old, now);

	if (ids)
		return ids;
	if (!text_same(old->module, now->module))
		return "module";
	if (old->capabilities != now->capabilities)
		return "capabilities";
	if (old->user_namespace != now->user_namespace ||
	    old->network_namespace != now->network_namespace ||
	    !text_same(old->network_path, now->network_path) ||
	    !network_same(&old->network, &now->network))
		return "namespaces";
	if (old->log != now->log)
		return "log";
	if (old->guard_metadata != now->guard_metadata)
		return "guard_metadata";
	if (!limits_same(&old->limits, &now->limits))
		return "limits";
	if (manifest_has_socket_ioctls(old) != manifest_has_socket_ioctls(now))
		return "whether any entrypoint has socket_ioctls";
	if (old->entrypoints_len != now->entrypoints_len)
		return "the list of entrypoints";
	for (size_t i = 0; i < old->entrypoints_len; i++)
		if (!entrypoint_same(&old->entrypoints[i], &now->entrypoints[i]))
			return "an entrypoint's signature, capabilities, isolation, workers or "
			       "whether it has sockets";
	return NULL;
}

static bool lies_below(const char *directory, const char *path)
{
	size_t len = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

	return strncmp(directory, path, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

bool reaches_below(const struct manifest_path *rule)
{
	size_t literal = rule_path_literal(rule->path);

	return rule->subtree || (rule->path[literal] && strchr(rule->path + literal + 1, '/'));
}

bool subtree_covered(const struct manifest *old, const struct manifest_path *rule)
{
	for (size_t i = 0; i < old->entrypoints_len; i++) {
		const struct manifest_entrypoint *e = &old->entrypoints[i];

		for (size_t j = 0; j < e->paths_len; j++)
			if (reaches_below(&e->paths[j]) &&
			    lies_below(e->paths[j].path, rule->path) &&
			    (e->paths[j].rights & rule->rights) == rule->rights)
				return true;
	}
	return false;
}
