/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The checks that need more than one key: ids, callers, capabilities of entrypoints. */
#include <errno.h>
#include <string.h>

#include "manifest/argument_read.h"
#include "manifest/draft.h"
#include "manifest/sockets.h"

/* The words of one side of the id rules. */
struct side {
	const char *key;      /* "user" */
	const char *list;     /* "ids.users" */
	const char *list_key; /* "users" */
};

static const struct side user_side = {"user", "ids.users", "users"};
static const struct side group_side = {"group", "ids.groups", "groups"};

static const yaml_node_t *mapping_get(struct reader *r, const yaml_node_t *node, const char *name)
{
	if (!node || node->type != YAML_MAPPING_NODE)
		return NULL;
	return yaml_document_get_node(r->document, mapping_find(r, node, name));
}

/* What was written, even wrongly, is not reported as missing. */
static void own_ids_check(struct reader *r, const struct side *side, const struct ids *one,
			  const struct ids *mapped, const yaml_node_t *root)
{
	if (one->wrong || mapped->wrong)
		return;
	/* A made-up id says nothing about a number beside it. */
	if (r->flags & MANIFEST_NAMES_UNKNOWN)
		return;
	if (!mapping_get(r, root, side->key) &&
	    !mapping_get(r, mapping_get(r, root, "ids"), side->list_key)) {
		problem(r, node_place(root),
			text_make("neither \"%s\" nor \"%s\" is given", side->key, side->list),
			text_make("name one: the ids decide what the helper can own"));
		return;
	}
	for (size_t i = 0; i < mapped->len && one->len; i++)
		if (mapped->ids[i] == one->ids[0])
			return;
	if (mapped->len && one->len)
		problem(r, one->places[0],
			text_make("%s %u is not among \"%s\"", side->key, one->ids[0], side->list),
			text_make("add it there: other ids do not exist inside the context"));
}

static void host_ids_check(struct reader *r, const struct side *side, const struct ids *one,
			   const struct ids *mapped, const yaml_node_t *root)
{
	if (mapped->len)
		problem(r, mapped->places[0],
			text_make("\"%s\" maps nothing when namespaces.user is host", side->list),
			text_make("remove it, or use namespaces.user: own"));
	if (!mapping_get(r, root, side->key) && !one->wrong)
		problem(r, node_place(root),
			text_make("namespaces.user is host, but no \"%s\" is given", side->key),
			text_make("add %s: what workers run as is never left to chance",
				  side->key));
}

static void ids_check(struct reader *r, const struct draft *d, const yaml_node_t *root)
{
	if (d->manifest.user_namespace == MANIFEST_USER_HOST) {
		host_ids_check(r, &user_side, &d->user, &d->users, root);
		host_ids_check(r, &group_side, &d->group, &d->groups, root);
	} else {
		own_ids_check(r, &user_side, &d->user, &d->users, root);
		own_ids_check(r, &group_side, &d->group, &d->groups, root);
	}
}

/* Whether a list of callers is left out or empty; one that is wrong otherwise was reported. */
static bool callers_lack(struct reader *r, const yaml_node_t *callers, const char *name)
{
	const yaml_node_t *list = mapping_get(r, callers, name);

	return !list || (list->type == YAML_SEQUENCE_NODE &&
			 list->data.sequence.items.start == list->data.sequence.items.top);
}

static void callers_check(struct reader *r, const yaml_node_t *root)
{
	const yaml_node_t *callers = mapping_get(r, root, "callers");
	int known;

	if (!callers || callers->type != YAML_MAPPING_NODE)
		return; /* reported already */
	known = (mapping_find(r, callers, "users") ? 1 : 0) +
		(mapping_find(r, callers, "groups") ? 1 : 0);
	if (callers->data.mapping.pairs.top - callers->data.mapping.pairs.start != known)
		return; /* a misspelt one was reported already */
	if (callers_lack(r, callers, "users") && callers_lack(r, callers, "groups"))
		problem(r, node_place(callers),
			text_make("\"callers\" names nobody, so nobody could call"),
			text_make("list users or groups"));
}

/* Exactly one of the two says where the functions are. */
static void module_check(struct reader *r, const yaml_node_t *root)
{
	int module = mapping_find(r, root, "module"), python = mapping_find(r, root, "python");

	if (!module && !python)
		problem(r, node_place(root), text_make("key \"module\" is missing in the context"),
			text_make("add module: motd.so, or python: motd.py"));
	else if (module && python)
		problem(r, node_place(yaml_document_get_node(r->document, python)),
			text_make("\"module\" and \"python\" are both given"),
			text_make("remove one: a context's functions are in one file"));
}

static void entrypoint_capabilities(struct reader *r, const struct draft *d,
				    struct entrypoint_draft *e)
{
	char name[CAPABILITY_TEXT_MAX];
	uint64_t lacking = e->capabilities.set & ~d->capabilities.set;

	if (e->capabilities_place.line == 0) {
		e->entrypoint.capabilities = d->capabilities.set;
		return;
	}
	e->entrypoint.capabilities = e->capabilities.set;
	if (d->capabilities.wrong)
		return;
	for (unsigned i = 0; i < CAPABILITIES_MAX; i++) {
		if (!(lacking & (UINT64_C(1) << i)) || !capability_allowed_name(i, name))
			continue;
		problem(r, e->capabilities.places[i],
			text_make("%s is not among the context's capabilities", name),
			text_make("add it to the context's \"capabilities\", or remove it here"));
	}
}

/* What ends a context is one thing or the other. */
static void ends_check(struct reader *r, const struct draft *d)
{
	if (d->manifest.ends != MANIFEST_ENDS_WITH_LAST_CONNECTION)
		return;
	if (d->manifest.idle_ns)
		problem(r, d->ends_place,
			text_make("a context with \"idle\" ends while clients keep connections"),
			text_make("remove one of \"ends\" and \"idle\""));
	if (d->manifest.network_namespace == MANIFEST_NETWORK_NAMED)
		problem(r, d->ends_place,
			text_make("a helper for a network namespace with a name ends when it is "
				  "idle"),
			text_make("remove it; namespaces.network.idle says how long that is"));
}

/* A call's texts have to fit into one message together. Of lists, which seldom are as long as they
 * may be, each call is looked at by itself. */
static void lengths_check(struct reader *r, const struct manifest_entrypoint *e)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < e->arguments_len; i++) {
		const struct argument *a = &e->arguments[i];

		if (a->type == ARGUMENT_STRING || a->type == ARGUMENT_BYTES)
			sum += a->max_length;
	}
	if (sum > ARGUMENT_BYTES_MAX)
		problem(r, e->place,
			text_make("the arguments of %s may be %llu bytes long together, more than "
				  "a call holds",
				  e->name, (unsigned long long)sum),
			text_make("lower their \"max_length\": %d is the most for all of them",
				  ARGUMENT_BYTES_MAX));
}

void draft_finish(struct reader *r, struct draft *d, const yaml_node_t *root)
{
	ends_check(r, d);
	module_check(r, root);
	ids_check(r, d, root);
	callers_check(r, root);
	network_finish(r, d);
	for (size_t i = 0; i < d->entrypoints_len; i++) {
		entrypoint_capabilities(r, d, &d->entrypoints[i]);
		sockets_finish(r, &d->entrypoints[i].entrypoint.sockets);
		slots_finish(r, &d->entrypoints[i]);
		signature_check(r, &d->entrypoints[i].entrypoint);
		lengths_check(r, &d->entrypoints[i].entrypoint);
	}
}

static void ids_take(struct ids *from, uint32_t **ids, size_t *len)
{
	*ids = steal_ptr(from->ids);
	*len = from->len;
	from->len = 0;
}

/* One id stands for the list, or the list's first for the one. */
static void mapped_take(struct ids *one, struct ids *list, bool mapped, uint32_t *id,
			uint32_t **ids, size_t *len)
{
	*id = one->len ? one->ids[0] : list->ids[0];
	if (mapped)
		ids_take(list->len ? list : one, ids, len);
}

struct manifest *draft_take(struct draft *d)
{
	bool mapped = d->manifest.user_namespace == MANIFEST_USER_OWN;
	struct manifest *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	*m = d->manifest;
	d->manifest = (struct manifest){};
	if (d->entrypoints_len)
		m->entrypoints = calloc(d->entrypoints_len, sizeof(*m->entrypoints));
	if (!m->entrypoints) {
		manifest_free(m);
		return NULL;
	}
	m->entrypoints_len = d->entrypoints_len;
	for (size_t i = 0; i < d->entrypoints_len; i++) {
		m->entrypoints[i] = d->entrypoints[i].entrypoint;
		d->entrypoints[i].entrypoint = (struct manifest_entrypoint){};
	}
	m->capabilities = d->capabilities.set;
	mapped_take(&d->user, &d->users, mapped, &m->user, &m->uids, &m->uids_len);
	mapped_take(&d->group, &d->groups, mapped, &m->group, &m->gids, &m->gids_len);
	ids_take(&d->caller_users, &m->caller_uids, &m->caller_uids_len);
	ids_take(&d->caller_groups, &m->caller_gids, &m->caller_gids_len);
	return m;
}

static void ids_clear(struct ids *ids)
{
	free(ids->ids);
	free(ids->places);
	*ids = (struct ids){};
}

void draft_clear(struct draft *d)
{
	manifest_clear(&d->manifest);
	for (size_t i = 0; i < d->entrypoints_len; i++)
		entrypoint_clear(&d->entrypoints[i].entrypoint);
	free(d->entrypoints);
	ids_clear(&d->user);
	ids_clear(&d->group);
	ids_clear(&d->users);
	ids_clear(&d->groups);
	ids_clear(&d->caller_users);
	ids_clear(&d->caller_groups);
	*d = (struct draft){};
}
