/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Patterns: rules on the components between a directory and an object, where the directory that
 * holds the object has no inode of its own to tie a rule to: it may be any of many (globs), another
 * in each call (slots), or one that the kernel makes anew with another number (proc, sysfs).
 *
 * Whatever reaches a bound here matches nothing: too many levels, parts, patterns or steps.
 */
#include "bpf/decision/match.bpf.h"
#include "bpf/lib/mount.bpf.h"

#define CLIMB_STEPS_MAX 64 /* levels and mounts between directory and object */
#define LEVELS_MASK	31
#define TEXT_MASK	(POSTERN_PATTERN_TEXT - 1)
#define NAME_MASK	(POSTERN_NAME_BYTES - 1)

_Static_assert(POSTERN_PATTERN_LEVELS_MAX <= LEVELS_MASK, "levels have a place each");

/* From the object up to the directory: one dentry for each component. */
struct climb {
	struct postern_scratch *scratch;
	struct dentry *dentry, *base;
	struct vfsmount *mnt;
	__u32 arrived;
};

static long climb_step(__u32 i, struct climb *c)
{
	struct dentry *dentry = c->dentry;
	struct vfsmount *mnt = c->mnt;
	__u32 level;

	if (dentry == c->base) {
		c->arrived = 1;
		return 1;
	}
	if (mnt && dentry == BPF_CORE_READ(mnt, mnt_root)) {
		struct mount *mount = real_mount(mnt), *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount)
			return 1;
		c->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		c->mnt = mount_vfs(above);
		return 0;
	}
	level = c->scratch->levels++;
	if (level >= POSTERN_PATTERN_LEVELS_MAX)
		return 1;
	c->scratch->dentries[level & LEVELS_MASK] = (__u64)dentry;
	c->dentry = BPF_CORE_READ(dentry, d_parent);
	return 0;
}

/* A component, in scratch->name, against a glob. */
struct glob {
	struct postern_scratch *scratch;
	const struct postern_pattern *pattern;
	__u32 text_end; /* in the pattern's text */
	__u32 name_len;
};

static long glob_step(__u32 i, struct glob *g)
{
	struct postern_glob *at = &g->scratch->glob;

	return glob_next(at, g->pattern->text[at->text & TEXT_MASK], at->text >= g->text_end,
			 g->scratch->name.name[at->name & NAME_MASK], at->name >= g->name_len);
}

__noinline int match_glob(struct postern_scratch *scratch, const struct postern_pattern *pattern,
			  __u32 part, __u32 len)
{
	struct glob g = {.scratch = scratch, .pattern = pattern, .name_len = len};

	if (!scratch || !pattern || part >= POSTERN_PATTERN_PARTS)
		return 0;
	g.text_end = pattern->part[part].at + pattern->part[part].len;
	glob_begin(&scratch->glob, pattern->part[part].at);
	bpf_loop(GLOB_STEPS_MAX, glob_step, &g, 0);
	return scratch->glob.matches;
}

/* A component, in scratch->name, against a text with a value in it. */
struct comparison {
	struct postern_scratch *scratch;
	const struct postern_pattern *pattern;
	const struct postern_binding *binding;
	__u32 at;
	__u32 before, value_len; /* bytes of text in front of the value, and of the value */
	__u32 slot;
	__u32 differs;
};

static long compare_step(__u32 i, struct comparison *c)
{
	char expected;

	if (i < c->before)
		expected = c->pattern->text[(c->at + i) & TEXT_MASK];
	else if (i - c->before < c->value_len && c->binding)
		expected = c->binding->value[c->slot & (POSTERN_SLOTS - 1)]
					    [(i - c->before) & (POSTERN_VALUE_BYTES - 1)];
	else
		expected = c->pattern->text[(c->at + i - c->value_len) & TEXT_MASK];
	c->differs = expected != c->scratch->name.name[i & NAME_MASK];
	return c->differs;
}

/* binding: NULL when nothing is bound. */
__noinline int match_text(struct postern_scratch *scratch, const struct postern_pattern *pattern,
			  const struct postern_binding *binding, __u32 part, __u32 len)
{
	struct comparison compare = {.scratch = scratch, .pattern = pattern};
	__u32 text_len;

	if (!scratch || !pattern || part >= POSTERN_PATTERN_PARTS)
		return 0;
	text_len = pattern->part[part].len;
	compare.at = pattern->part[part].at;
	compare.before = text_len;
	if (pattern->part[part].kind == POSTERN_PART_SLOT) {
		compare.slot = pattern->part[part].slot & (POSTERN_SLOTS - 1);
		if (!binding || !(binding->bound >> compare.slot & 1))
			return 0;
		compare.binding = binding;
		compare.before = pattern->part[part].before;
		compare.value_len = binding->len[compare.slot];
	}
	if (len != text_len + compare.value_len)
		return 0;
	bpf_loop(len, compare_step, &compare, 0);
	return !compare.differs;
}

/* One component of one pattern, at its level of the climb. */
__noinline int match_part(struct postern_scratch *scratch, const struct postern_pattern *pattern,
			  const struct postern_binding *binding, __u32 part)
{
	__u32 component, level;
	struct dentry *dentry;
	long len;

	if (!scratch || !pattern || part >= POSTERN_PATTERN_PARTS)
		return 0;
	component = part < pattern->gap ? part : scratch->levels - pattern->parts + part;
	level = scratch->levels - 1 - component;
	if (level >= scratch->levels)
		return 0;
	dentry = (struct dentry *)scratch->dentries[level & LEVELS_MASK];
	len = bpf_probe_read_kernel_str(scratch->name.name, sizeof(scratch->name.name),
					BPF_CORE_READ(dentry, d_name.name));
	/* With its NUL. */
	if (len < 2)
		return 0;
	if (pattern->part[part].kind == POSTERN_PART_GLOB)
		return match_glob(scratch, pattern, part, len - 1);
	return match_text(scratch, pattern, binding, part, len - 1);
}

/* Climbs from the object to the directory. Returns 1 when it got there. */
__noinline int match_climb(struct postern_scratch *scratch, const struct object *o, __u32 base)
{
	struct climb c = {.scratch = scratch};

	if (!scratch || !o || base >= WALK_BASES)
		return 0;
	c.dentry = (struct dentry *)o->dentry;
	c.mnt = (struct vfsmount *)o->mnt;
	c.base = (struct dentry *)o->bases[base];
	scratch->levels = 0;
	bpf_loop(CLIMB_STEPS_MAX, climb_step, &c, 0);
	return c.arrived;
}

struct candidates {
	struct postern_scratch *scratch;
	struct postern_binding *binding;
	struct object *object;
};

static __always_inline bool levels_fit(const struct postern_pattern *pattern, __u32 levels)
{
	if (levels <= pattern->parts)
		return levels == pattern->parts;
	return pattern->gap < pattern->parts || pattern->flags & POSTERN_PATTERN_SUBTREE;
}

static long try_pattern(__u32 i, struct candidates *c)
{
	struct postern_scratch *scratch = c->scratch;
	struct postern_pattern *pattern;

	scratch->key.index = i;
	pattern = bpf_map_lookup_elem(&patterns, &scratch->key);
	if (!pattern)
		return 1;
	if (!levels_fit(pattern, scratch->levels))
		return 0;
	for (__u32 part = 0; part < POSTERN_PATTERN_PARTS && part < pattern->parts; part++)
		if (!match_part(scratch, pattern, c->binding, part))
			return 0;
	walk_grant(c->object, &pattern->rule);
	return 0;
}

__noinline int match(const struct postern_tag *tag, struct object *o, __u32 base)
{
	struct postern_scratch *scratch = task_scratch();
	struct candidates c = {.scratch = scratch, .object = o};

	if (!tag || !o || !scratch || base >= WALK_BASES || !match_climb(scratch, o, base))
		return 0;
	walk_key(&scratch->key.directory, tag->policy, o->bases[base]);
	scratch->key.reserved = 0;
	if (tag->flags & POSTERN_TAG_BOUND)
		c.binding = bpf_task_storage_get(&bindings, bpf_get_current_task_btf(), NULL, 0);
	bpf_loop(POSTERN_PATTERNS_MAX, try_pattern, &c, 0);
	return 0;
}
