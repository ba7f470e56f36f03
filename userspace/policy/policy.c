/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiles manifests into rules. */
#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "base/runtime_dirs.h"
#include "bpf/abi.h"
#include "policy/policy.h"

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

static int add_rule(struct policy *p, const char *directory, size_t directory_len, const char *name,
		    uint32_t rights, unsigned line)
{
	struct policy_rule *rules = reallocarray(p->rules, p->len + 1, sizeof(*rules)), *rule;

	if (!rules)
		return -ENOMEM;
	p->rules = rules;
	rule = &rules[p->len];
	*rule = (struct policy_rule){.rights = rights, .line = line};
	rule->directory = strndup(directory, directory_len);
	rule->name = name ? strdup(name) : NULL;
	p->len++;
	return rule->directory && (rule->name || !name) ? 0 : -ENOMEM;
}

static int add_path(struct policy *p, const char *path, bool subtree, uint32_t rights,
		    unsigned line)
{
	const char *slash = strrchr(path, '/');

	if (subtree || !slash[1])
		return add_rule(p, path, strlen(path), NULL, rights, line);
	return add_rule(p, path, slash == path ? 1 : (size_t)(slash - path), slash + 1, rights,
			line);
}

int policy_compile(const struct manifest *m, const struct manifest_entrypoint *e,
		   struct policy **ret, struct error *err)
{
	struct policy *p = calloc(1, sizeof(*p));
	int r = p ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < e->paths_len; i++)
		r = add_path(p, e->paths[i].path, e->paths[i].subtree, e->paths[i].rights,
			     e->paths[i].place.line);
	if (r < 0) {
		policy_free(p);
		return error_set(err, r, "compile the policy of %s.%s", m->name, e->name);
	}
	/* A worker drops to its own capabilities under this policy already, which takes CAP_SETPCAP
	 * once. */
	p->capabilities = e->capabilities | 1ull << CAP_SETPCAP;
	p->audit = e->mode == MANIFEST_AUDIT;
	*ret = p;
	return 0;
}

int policy_compile_start(const struct manifest *m, struct policy **ret, struct error *err)
{
	struct policy *p = calloc(1, sizeof(*p));
	struct runtime_dirs dirs = {};
	int r = p ? runtime_dirs(m->module, &dirs) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < dirs.len; i++)
		r = add_rule(p, dirs.paths[i], strlen(dirs.paths[i]), NULL,
			     POSTERN_READ | POSTERN_EXECUTE, 0);
	/* The loader looks here first; without it, it searches the directories above. */
	if (r == 0)
		r = add_path(p, "/etc/ld.so.cache", false, POSTERN_READ, 0);
	runtime_dirs_clear(&dirs);
	if (r < 0) {
		policy_free(p);
		return error_set(err, r, "compile the start policy of %s", m->name);
	}
	p->capabilities = m->capabilities | 1ull << CAP_SETPCAP;
	*ret = p;
	return 0;
}

/* Leading components that a path shares with directory/name. */
static size_t shared_components(const char *path, const struct policy_rule *rule)
{
	const char *parts[] = {rule->directory, rule->name};
	size_t shared = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts) && parts[i]; i++) {
		const char *part = parts[i];

		while (*part) {
			size_t len;

			part += strspn(part, "/");
			path += strspn(path, "/");
			len = strcspn(part, "/");
			if (!len)
				break;
			if (strcspn(path, "/") != len || strncmp(path, part, len) != 0)
				return shared;
			shared++;
			part += len;
			path += len;
		}
	}
	return shared;
}

const struct policy_rule *policy_nearest(const struct policy *p, const char *path)
{
	const struct policy_rule *nearest = NULL;
	size_t most = 0;

	for (size_t i = 0; i < p->len; i++) {
		size_t shared = shared_components(path, &p->rules[i]);

		if (!nearest || shared > most) {
			nearest = &p->rules[i];
			most = shared;
		}
	}
	return nearest;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->len; i++) {
		free(p->rules[i].directory);
		free(p->rules[i].name);
	}
	free(p->rules);
	free(p);
}
