/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiles manifests into rules. */
#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "base/runtime_dirs.h"
#include "policy/policy.h"

static_assert(MANIFEST_SLOTS_MAX == POSTERN_SLOTS && RULE_PATH_PARTS_MAX == POSTERN_PATTERN_PARTS &&
		      RULE_PATH_TEXT_MAX == POSTERN_PATTERN_TEXT,
	      "what a manifest may say fits the kernel's pattern");
static_assert(1u << MANIFEST_READ == POSTERN_READ && 1u << MANIFEST_WRITE == POSTERN_WRITE &&
		      1u << MANIFEST_APPEND == POSTERN_APPEND &&
		      1u << MANIFEST_CREATE == POSTERN_CREATE &&
		      1u << MANIFEST_DELETE == POSTERN_DELETE &&
		      1u << MANIFEST_LIST == POSTERN_LIST &&
		      1u << MANIFEST_EXECUTE == POSTERN_EXECUTE &&
		      1u << MANIFEST_METADATA == POSTERN_METADATA &&
		      1u << MANIFEST_LINK == POSTERN_LINK &&
		      1u << MANIFEST_CONNECT == POSTERN_CONNECT &&
		      1u << MANIFEST_IOCTL == POSTERN_IOCTL && 1u << MANIFEST_LOCK == POSTERN_LOCK,
	      "a manifest's right is the kernel's bit");

/* The next rule, empty but for what it grants. NULL without memory. */
static struct policy_rule *rule_new(struct policy *p, uint32_t rights)
{
	struct policy_rule *rules = reallocarray(p->rules, p->len + 1, sizeof(*rules));

	if (!rules)
		return NULL;
	p->rules = rules;
	rules[p->len] = (struct policy_rule){.rights = rights};
	return &rules[p->len++];
}

/* A path without patterns. */
static int place_literal(struct policy_rule *rule, bool subtree)
{
	const char *path = rule->path, *slash = strrchr(path, '/');
	size_t len = slash == path ? 1 : (size_t)(slash - path);

	rule->subtree = subtree || !slash[1];
	rule->directory = rule->subtree ? strdup(path) : strndup(path, len);
	rule->name = rule->subtree ? NULL : strdup(slash + 1);
	return rule->directory && (rule->name || rule->subtree) ? 0 : -ENOMEM;
}

unsigned policy_slot(const struct manifest_entrypoint *e, const struct rule_part *part)
{
	for (unsigned i = 0; i < e->slots_len; i++) {
		const char *name = e->arguments[e->slots[i]].name;

		if (strlen(name) == part->argument_len &&
		    strncmp(name, part->argument, part->argument_len) == 0)
			return i;
	}
	return POSTERN_SLOTS;
}

static int part_add(struct policy_rule *rule, const struct manifest_entrypoint *e,
		    const struct rule_part *part)
{
	struct policy_part *parts = reallocarray(rule->parts, rule->parts_len + 1, sizeof(*parts));
	struct policy_part *new;

	if (!parts)
		return -ENOMEM;
	rule->parts = parts;
	new = &parts[rule->parts_len++];
	*new = (struct policy_part){.kind = POSTERN_PART_LITERAL};
	if (part->kind == RULE_SLOT) {
		new->kind = POSTERN_PART_SLOT;
		new->before = part->before;
		new->slot = policy_slot(e, part);
		if (new->slot == POSTERN_SLOTS)
			return -EINVAL;
		return asprintf(&new->text, "%.*s%.*s", (int)part->before, part->text,
				(int)part->behind, part->text + part->len - part->behind) < 0
			       ? -ENOMEM
			       : 0;
	}
	if (part->kind == RULE_GLOB)
		new->kind = POSTERN_PART_GLOB;
	new->text = strndup(part->text, part->len);
	return new->text ? 0 : -ENOMEM;
}

/* Tied to the directory above the first pattern. */
static int place_pattern(struct policy_rule *rule, const struct manifest_entrypoint *e,
			 bool subtree)
{
	size_t literal = rule_path_literal(rule->path);
	const char *at = rule->path + literal;
	struct rule_part part;
	int r = 0;

	rule->subtree = subtree;
	rule->directory = literal ? strndup(rule->path, literal) : strdup("/");
	while (r == 0 && rule_path_next(&at, &part))
		r = part_add(rule, e, &part);
	return rule->directory ? r : -ENOMEM;
}

static int copy_constraints(struct policy_rule *rule, const struct manifest_path *path)
{
	rule->device.kind = path->device.kind;
	if (path->device.driver) {
		rule->device.driver = strdup(path->device.driver);
		if (!rule->device.driver)
			return -ENOMEM;
	}
	if (path->ioctls_len == 0)
		return 0;
	rule->ioctls = calloc(path->ioctls_len, sizeof(*rule->ioctls));
	if (!rule->ioctls)
		return -ENOMEM;
	memcpy(rule->ioctls, path->ioctls, path->ioctls_len * sizeof(*rule->ioctls));
	rule->ioctls_len = path->ioctls_len;
	return 0;
}

static int note_source(struct policy_rule *rule, const struct manifest *m,
		       const struct manifest_path *path)
{
	const struct manifest_part *part = path->part ? &m->parts[path->part - 1] : NULL;

	rule->line = path->place.line;
	if (!part)
		return 0;
	rule->is_program = part->program != NULL;
	if (asprintf(&rule->source, "%s%s", part->program ? "exec of " : "",
		     part->program ? part->program : part->file) < 0)
		rule->source = NULL;
	return rule->source ? 0 : -ENOMEM;
}

static int add_path(struct policy *p, const struct manifest *m, const struct manifest_entrypoint *e,
		    const struct manifest_path *path)
{
	struct policy_rule *rule = rule_new(p, path->rights);
	int r;

	if (!rule)
		return -ENOMEM;
	rule->path = strdup(path->path);
	if (!rule->path)
		return -ENOMEM;
	r = rule_path_is_pattern(path->path) ? place_pattern(rule, e, path->subtree)
					     : place_literal(rule, path->subtree);
	if (r == 0)
		r = copy_constraints(rule, path);
	return r == 0 ? note_source(rule, m, path) : r;
}

static_assert((int)ARGUMENT_FD_FILE == POSTERN_DESCRIPTOR_FILE &&
		      (int)ARGUMENT_FD_PIPE == POSTERN_DESCRIPTOR_PIPE &&
		      (int)ARGUMENT_FD_SOCKET == POSTERN_DESCRIPTOR_SOCKET &&
		      (int)ARGUMENT_FD_MEMFD == POSTERN_DESCRIPTOR_MEMFD &&
		      (int)ARGUMENT_FD_KINDS == POSTERN_DESCRIPTORS,
	      "a manifest's kind of descriptor is the kernel's");

static uint32_t descriptors_of(const struct argument *a)
{
	uint32_t bits = 0;

	for (unsigned kind = 0; a->type == ARGUMENT_FD && kind < ARGUMENT_FD_KINDS; kind++)
		if (a->fd_kinds & 1u << kind)
			bits |= POSTERN_DESCRIPTOR(kind, a->fd_mode);
	return bits;
}

/* The kernel does not know for which argument a descriptor is meant. */
static uint32_t signature_descriptors(const struct manifest_entrypoint *e)
{
	uint32_t bits = descriptors_of(&e->result) << POSTERN_DESCRIPTORS_RETURNED_SHIFT;

	for (size_t i = 0; i < e->arguments_len; i++)
		bits |= descriptors_of(&e->arguments[i]);
	return bits;
}

int policy_compile(const struct manifest *m, const struct manifest_entrypoint *e,
		   struct policy **ret, struct error *err)
{
	struct policy *p = calloc(1, sizeof(*p));
	int r = p ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < e->paths_len; i++)
		r = add_path(p, m, e, &e->paths[i]);
	if (r == 0)
		r = policy_netlink_compile(e, &p->netlink);
	if (r == 0)
		r = policy_sockets_compile(e, &p->netlink, &p->sockets);
	if (r < 0) {
		policy_free(p);
		return error_set(err, r, "compile the policy of %s.%s", m->name, e->name);
	}
	/* A worker drops to its own capabilities under this policy already, which takes CAP_SETPCAP
	 * once. */
	p->capabilities = e->capabilities | 1ull << CAP_SETPCAP;
	p->audit = e->mode == MANIFEST_AUDIT;
	p->descriptors = signature_descriptors(e);
	p->guarded = m->guard_metadata;
	*ret = p;
	return 0;
}

bool policy_moves_sockets(const struct policy *p)
{
	return p->descriptors >> POSTERN_DESCRIPTORS_RETURNED_SHIFT ||
	       p->descriptors & POSTERN_DESCRIPTOR_ANY_MODE(POSTERN_DESCRIPTOR_SOCKET);
}

static int add_start(struct policy *p, const char *path, bool subtree, uint32_t rights)
{
	struct policy_rule *rule = rule_new(p, rights);

	if (!rule)
		return -ENOMEM;
	rule->path = strdup(path);
	return rule->path ? place_literal(rule, subtree) : -ENOMEM;
}

int policy_compile_start(const struct manifest *m, struct policy **ret, struct error *err)
{
	struct policy *p = calloc(1, sizeof(*p));
	struct runtime_dirs dirs = {};
	int r = p ? runtime_dirs(m->module, &dirs) : -ENOMEM;
	uint32_t rights = POSTERN_READ | POSTERN_EXECUTE;

	/* An import looks for a file in the list of its directory's. */
	if (manifest_python(m))
		rights |= POSTERN_LIST;
	for (size_t i = 0; r == 0 && i < dirs.len; i++)
		r = add_start(p, dirs.paths[i], true, rights);
	/* The loader looks here first; without it, it searches the directories above. */
	if (r == 0)
		r = add_start(p, "/etc/ld.so.cache", false, POSTERN_READ);
	runtime_dirs_clear(&dirs);
	if (r < 0) {
		policy_free(p);
		return error_set(err, r, "compile the start policy of %s", m->name);
	}
	p->capabilities = m->capabilities | 1ull << CAP_SETPCAP;
	p->guarded = m->guard_metadata;
	*ret = p;
	return 0;
}

static void rule_clear(struct policy_rule *rule)
{
	free(rule->path);
	free(rule->directory);
	free(rule->name);
	for (size_t i = 0; i < rule->parts_len; i++)
		free(rule->parts[i].text);
	free(rule->parts);
	free(rule->ioctls);
	free(rule->device.driver);
	free(rule->source);
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->len; i++)
		rule_clear(&p->rules[i]);
	free(p->rules);
	policy_netlink_clear(&p->netlink);
	policy_sockets_clear(&p->sockets);
	free(p);
}
