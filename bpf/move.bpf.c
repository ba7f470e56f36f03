/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rename and link: two places, and one object that must not gain by going from one to the other.
 *
 * Hooks: path_rename (once per call, RENAME_EXCHANGE and RENAME_WHITEOUT included), path_link
 * (link, linkat with AT_EMPTY_PATH, linkat of an O_TMPFILE). Checking the new name alone would let
 * a worker link a foreign file to a name that it may read. Both names lie on the same mount, or the
 * kernel answers EXDEV before it asks.
 */
#include "bpf/lib/decide.bpf.h"

/* include/uapi/linux/fs.h */
#define RENAME_EXCHANGE 2
#define RENAME_WHITEOUT 4

/* Creating and deleting are rights on a name in a directory, not on the object that has the name.
 */
#define OBJECT_RIGHTS (POSTERN_RIGHTS_ALL & ~(POSTERN_CREATE | POSTERN_DELETE))

static __always_inline int judge_gain(struct subject *s, const struct object *from,
				      struct object *to, struct site site)
{
	to->missing = granted(s->tag, to) & ~granted(s->tag, from) & OBJECT_RIGHTS;
	if (!to->missing)
		return 0;
	to->reason = POSTERN_REASON_MORE_RIGHTS;
	return refused(s, to, site, -EACCES);
}

/* An object goes from one name to another. */
static __always_inline int judge_move(struct subject *s, struct object *from, __u32 need_from,
				      struct object *to, __u32 need_to, struct site site)
{
	int r;

	r = judge(s, from, need_from, site);
	if (r)
		return r;
	r = judge(s, to, need_to, site);
	if (r)
		return r;
	return judge_gain(s, from, to, site);
}

SEC("lsm/path_link")
int BPF_PROG(postern_path_link, struct dentry *old_dentry, const struct path *new_dir,
	     struct dentry *new_dentry)
{
	struct object from = {.dentry = (__u64)old_dentry, .need = POSTERN_RIGHTS_ALL};
	struct object to = {.dentry = (__u64)new_dentry, .need = POSTERN_RIGHTS_ALL};
	struct site site = SITE(path_link, LINK);
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	from.mnt = to.mnt = (__u64)new_dir->mnt;
	walk(&s, &from);
	walk(&s, &to);
	return judge_move(&s, &from, POSTERN_LINK, &to, POSTERN_CREATE, site);
}

SEC("lsm/path_rename")
int BPF_PROG(postern_path_rename, const struct path *old_dir, struct dentry *old_dentry,
	     const struct path *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	struct object from = {.dentry = (__u64)old_dentry, .need = POSTERN_RIGHTS_ALL};
	struct object to = {.dentry = (__u64)new_dentry, .need = POSTERN_RIGHTS_ALL};
	__u32 need_from = POSTERN_DELETE, need_to = POSTERN_CREATE;
	struct site site = SITE(path_rename, RENAME);
	struct subject s;
	int r, verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	from.mnt = to.mnt = (__u64)new_dir->mnt;
	if (new_dentry->d_inode)
		need_to |= POSTERN_DELETE;
	if (flags & RENAME_WHITEOUT)
		need_from |= POSTERN_CREATE;
	walk(&s, &from);
	walk(&s, &to);
	r = judge_move(&s, &from, need_from, &to, need_to, site);
	if (r || !(flags & RENAME_EXCHANGE))
		return r;
	return judge_move(&s, &to, need_from, &from, need_to, site);
}
