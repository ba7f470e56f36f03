/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Patterns: their kernel form, and which rule lies nearest to a path. */
#include <errno.h>
#include <string.h>

#include "manifest/rule_path.h"
#include "policy/policy.h"

bool policy_glob_matches(const char *glob, size_t glob_len, const char *name, size_t len)
{
	size_t g = 0, n = 0, star = SIZE_MAX, resume = 0;

	/* On a mismatch the last * takes one byte more. */
	while (n < len) {
		if (g < glob_len && glob[g] == '*') {
			star = g++;
			resume = n;
		} else if (g < glob_len && (glob[g] == '?' || glob[g] == name[n])) {
			g++;
			n++;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			n = ++resume;
		} else {
			return false;
		}
	}
	while (g < glob_len && glob[g] == '*')
		g++;
	return g == glob_len;
}

static bool part_matches(const struct rule_part *part, const char *name, size_t len)
{
	switch (part->kind) {
	case RULE_GLOB:
		return policy_glob_matches(part->text, part->len, name, len);
	case RULE_SLOT:
		return len > part->before + part->behind &&
		       memcmp(name, part->text, part->before) == 0 &&
		       memcmp(name + len - part->behind, part->text + part->len - part->behind,
			      part->behind) == 0;
	case RULE_LITERAL:
	default:
		return part->len == len && memcmp(part->text, name, len) == 0;
	}
}

/* Leading components that a path shares with a rule's. */
static size_t shared_components(const char *path, const struct policy_rule *rule)
{
	const char *at = rule->path;
	struct rule_part part;
	size_t shared = 0;

	while (rule_path_next(&at, &part)) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (!part_matches(&part, path, len))
			break;
		shared++;
		path += len;
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

const char *policy_rule_place(const struct policy_rule *rule, const char *file, char *to,
			      size_t size)
{
	if (rule->is_program)
		(void)snprintf(to, size, "%s", rule->source);
	else
		(void)snprintf(to, size, "%s:%u", rule->source ? rule->source : file, rule->line);
	return to;
}

static int pattern_add(struct postern_pattern *p, const char *text, size_t len, size_t *used,
		       struct postern_pattern_part part)
{
	if (p->parts >= POSTERN_PATTERN_PARTS || len >= POSTERN_NAME_BYTES ||
	    len > sizeof(p->text) - *used)
		return -E2BIG;
	part.at = (uint16_t)*used;
	part.len = (uint16_t)len;
	memcpy(p->text + *used, text, len);
	*used += len;
	p->part[p->parts++] = part;
	return 0;
}

static int pattern_add_own(struct postern_pattern *p, const struct policy_part *own, size_t *used)
{
	const struct postern_pattern_part part = {
		.kind = (uint8_t)own->kind,
		.slot = (uint8_t)own->slot,
		.before = (uint16_t)own->before,
	};

	return pattern_add(p, own->text, strlen(own->text), used, part);
}

int policy_pattern(const struct policy_rule *rule, const char *literal, struct postern_pattern *ret)
{
	const struct postern_pattern_part plain = {.kind = POSTERN_PART_LITERAL};
	struct postern_pattern p = {};
	struct rule_part part;
	size_t used = 0;
	int r = 0;

	while (r == 0 && rule_path_next(&literal, &part))
		r = pattern_add(&p, part.text, part.len, &used, plain);
	if (r == 0 && rule->name)
		r = pattern_add(&p, rule->name, strlen(rule->name), &used, plain);
	for (size_t i = 0; i < rule->parts_len && r == 0; i++)
		r = pattern_add_own(&p, &rule->parts[i], &used);
	if (r < 0)
		return r;
	p.gap = p.parts;
	p.flags = rule->subtree ? POSTERN_PATTERN_SUBTREE : 0;
	*ret = p;
	return 0;
}
