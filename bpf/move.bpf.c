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

struct move {
	struct dentry *from, *to;
	struct vfsmount *mnt;
	__u32 need_from, need_to;
	__u32 operation;
};

/* Creating and deleting are rights on a name in a directory, not on the object that has the name.
 */
#define OBJECT_RIGHTS (POSTERN_RIGHTS_ALL & ~(POSTERN_CREATE | POSTERN_DELETE))

static __always_inline int gains_nothing(struct subject *s, const struct move *m, struct grant from,
					 struct grant to)
{
	struct refusal r = {
		.subject = *s,
		.dentry = m->to,
		.mnt = m->mnt,
		.operation = m->operation,
		.reason = POSTERN_REASON_MORE_RIGHTS,
		.rights = to.rights & ~from.rights & OBJECT_RIGHTS,
		.verdict = -EACCES,
	};

	return r.rights ? refuse(&r) : 0;
}

static __always_inline int judge_move(struct subject *s, const struct move *m, struct grant from,
				      struct grant to)
{
	int r;

	r = judge(s, from, m->from, m->mnt, m->need_from, m->operation);
	if (r)
		return r;
	r = judge(s, to, m->to, m->mnt, m->need_to, m->operation);
	return r ? r : gains_nothing(s, m, from, to);
}

SEC("lsm/path_link")
int BPF_PROG(postern_path_link, struct dentry *old_dentry, const struct path *new_dir,
	     struct dentry *new_dentry)
{
	struct move m = {
		.from = old_dentry,
		.to = new_dentry,
		.mnt = BPF_CORE_READ(new_dir, mnt),
		.need_from = POSTERN_LINK,
		.need_to = POSTERN_CREATE,
		.operation = POSTERN_OP_LINK,
	};
	struct subject s;
	int verdict;

	if (decided(&s, m.operation, &verdict))
		return verdict;
	return judge_move(&s, &m, granted(&s, m.from, m.mnt), granted(&s, m.to, m.mnt));
}

SEC("lsm/path_rename")
int BPF_PROG(postern_path_rename, const struct path *old_dir, struct dentry *old_dentry,
	     const struct path *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	struct move m = {
		.from = old_dentry,
		.to = new_dentry,
		.mnt = BPF_CORE_READ(new_dir, mnt),
		.need_from = POSTERN_DELETE,
		.need_to = POSTERN_CREATE,
		.operation = POSTERN_OP_RENAME,
	};
	struct grant from, to;
	struct subject s;
	int r, verdict;

	if (decided(&s, m.operation, &verdict))
		return verdict;
	if (BPF_CORE_READ(new_dentry, d_inode))
		m.need_to |= POSTERN_DELETE;
	if (flags & RENAME_WHITEOUT)
		m.need_from |= POSTERN_CREATE;
	from = granted(&s, m.from, m.mnt);
	to = granted(&s, m.to, m.mnt);
	r = judge_move(&s, &m, from, to);
	if (r || !(flags & RENAME_EXCHANGE))
		return r;
	/* The stack has no room for a second one: name_rights() takes most of it. */
	m.from = new_dentry;
	m.to = old_dentry;
	return judge_move(&s, &m, to, from);
}
