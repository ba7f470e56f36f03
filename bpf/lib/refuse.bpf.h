/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one place where something is refused: the event, the worker's record page, and the verdict.
 *
 * Nothing here can turn a refusal into a permission but the policy's audit mode: a full ring or a
 * missing page only costs the report.
 */
#ifndef POSTERN_BPF_REFUSE_H
#define POSTERN_BPF_REFUSE_H

#include "bpf/lib/mount.bpf.h"
#include "bpf/lib/subject.bpf.h"

struct refusal {
	struct subject subject;
	struct dentry *dentry; /* the object; NULL when there is none */
	struct vfsmount *mnt;  /* NULL: only the object's name is known */
	__u32 operation;
	__u32 reason;
	__u32 rights;
	__s32 verdict; /* negative errno */
};

#define PATH_STEPS_MAX 256

/* Walks up from the object and writes its names in front of each other. */
struct path_cursor {
	struct postern_event *event;
	struct postern_policy *policy;
	struct dentry *dentry;
	struct vfsmount *mnt;
	__u32 at; /* where the path begins in event->path */
	__u32 state;
};

enum { PATH_TAIL = 1, PATH_ROOTLESS = 2 };

static long path_step(__u32 i, struct path_cursor *c)
{
	struct dentry *parent;
	/* Copied, since BPF_CORE_READ() would relocate the members of our own structures as well.
	 */
	struct dentry *dentry = c->dentry;
	struct vfsmount *mnt = c->mnt;
	__u32 at = c->at, len;
	const unsigned char *name;

	if (dentry == BPF_CORE_READ(mnt, mnt_root)) {
		struct mount *mount = real_mount(mnt), *above;

		if (c->policy && (__u64)mount == c->policy->root_mount) {
			c->state = 0;
			return 1;
		}
		above = BPF_CORE_READ(mount, mnt_parent);
		if (above == mount) {
			c->state = PATH_ROOTLESS;
			return 1;
		}
		c->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		c->mnt = mount_vfs(above);
		return 0;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry) {
		c->state = PATH_ROOTLESS;
		return 1;
	}
	len = BPF_CORE_READ(dentry, d_name.len) & (POSTERN_NAME_BYTES - 1);
	name = BPF_CORE_READ(dentry, d_name.name);
	if (at < len + 1)
		return 1;
	at -= len + 1;
	c->event->path[at & (POSTERN_PATH_BYTES - 1)] = '/';
	bpf_probe_read_kernel(&c->event->path[(at + 1) & (POSTERN_PATH_BYTES - 1)], len, name);
	c->at = at;
	c->dentry = parent;
	return 0;
}

static __always_inline void report_path(struct postern_event *event, const struct refusal *r)
{
	struct path_cursor c = {
		.event = event,
		.policy = r->subject.policy,
		.dentry = r->dentry,
		.mnt = r->mnt,
		.at = POSTERN_PATH_BYTES - 1,
		.state = PATH_TAIL,
	};
	struct dentry *dentry = r->dentry;
	__u32 len;

	event->path[POSTERN_PATH_BYTES - 1] = 0;
	if (r->mnt) {
		bpf_loop(PATH_STEPS_MAX, path_step, &c, 0);
	} else if (dentry) {
		len = BPF_CORE_READ(dentry, d_name.len) & (POSTERN_NAME_BYTES - 1);
		c.at -= len;
		bpf_probe_read_kernel(&event->path[c.at & (POSTERN_PATH_BYTES - 1)], len,
				      BPF_CORE_READ(dentry, d_name.name));
	}
	event->path_len = POSTERN_PATH_BYTES - c.at;
	event->path_truncated = dentry ? c.state : 0;
}

static __always_inline void report_event(const struct refusal *r, const struct postern_page *page,
					 __u32 audit)
{
	struct dentry *dentry = r->dentry;
	struct postern_event *event;
	struct inode *inode;
	__u32 zero = 0;
	__u64 *lost;

	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		lost = bpf_map_lookup_elem(&dropped, &zero);
		if (lost)
			__sync_fetch_and_add(lost, 1);
		return;
	}
	event->time = bpf_ktime_get_ns();
	event->policy = r->subject.tag ? r->subject.tag->policy : 0;
	event->connection = page ? page->connection : 0;
	event->call = page ? page->call : 0;
	event->ino = 0;
	event->dev = 0;
	inode = dentry ? BPF_CORE_READ(dentry, d_inode) : NULL;
	if (inode) {
		event->ino = BPF_CORE_READ(inode, i_ino);
		event->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->uid = (__u32)bpf_get_current_uid_gid();
	event->context = r->subject.policy ? r->subject.policy->context : ~0u;
	event->entrypoint = r->subject.policy ? r->subject.policy->entrypoint : ~0u;
	event->operation = r->operation;
	event->reason = r->reason;
	event->rights = r->rights;
	event->audit = audit;
	event->hook = POSTERN_HOOKS_LEN;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	report_path(event, r);
	bpf_ringbuf_submit(event, 0);
}

/* The worker reads the sequence last and the kernel writes it last, so what it reads is whole. */
static __always_inline void report_page(const struct refusal *r, struct postern_page *page,
					__u32 audit)
{
	struct postern_denial *denial = &page->denial;
	struct dentry *dentry = r->dentry;

	denial->operation = r->operation;
	denial->reason = r->reason;
	denial->rights = r->rights;
	denial->audit = audit;
	denial->name_len = 0;
	denial->name[0] = 0;
	if (dentry) {
		denial->name_len = BPF_CORE_READ(dentry, d_name.len) & (POSTERN_NAME_BYTES - 1);
		bpf_probe_read_kernel_str(denial->name, sizeof(denial->name),
					  BPF_CORE_READ(dentry, d_name.name));
	}
	__sync_fetch_and_add(&denial->sequence, 1);
}

static __always_inline struct postern_page *subject_page(const struct subject *s)
{
	__u32 context, slot;
	void *map;

	if (!s->tag || !s->policy || s->tag->slot == POSTERN_NO_SLOT)
		return NULL;
	context = s->policy->context;
	map = bpf_map_lookup_elem(&pages, &context);
	if (!map)
		return NULL;
	slot = s->tag->slot;
	return bpf_map_lookup_elem(map, &slot);
}

/* Returns what the hook is to return: the refusal's verdict, or 0 in audit mode. */
static __noinline int refuse(struct refusal *r)
{
	__u32 audit = r->subject.policy && (r->subject.policy->flags & POSTERN_POLICY_AUDIT);
	struct postern_page *page = subject_page(&r->subject);

	/* What no policy can grant, and what happens to a task without a policy, is not for audit
	 * to let through. */
	if (r->reason == POSTERN_REASON_NEVER || r->reason == POSTERN_REASON_BROKEN)
		audit = 0;
	report_event(r, page, audit);
	if (page)
		report_page(r, page, audit);
	if (audit)
		return 0;
	/* The verifier wants to see a constant. */
	return r->verdict == -EACCES ? -EACCES : -EPERM;
}

/* Refuses an operation that no manifest can grant. */
static __always_inline int refuse_never(struct subject *s, __u32 operation)
{
	struct refusal r = {
		.subject = *s,
		.operation = operation,
		.reason = POSTERN_REASON_NEVER,
		.verdict = -EPERM,
	};

	return refuse(&r);
}

/* Refuses what a task of ours without a policy does. */
static __always_inline int refuse_broken(struct subject *s, __u32 operation)
{
	struct refusal r = {
		.subject = *s,
		.operation = operation,
		.reason = POSTERN_REASON_BROKEN,
		.verdict = -EPERM,
	};

	return refuse(&r);
}

/*
 * How every program begins: is there anything to decide? Returns true, and the verdict, when the
 * task is none of ours, or is and has no policy.
 */
static __always_inline bool decided(struct subject *s, __u32 operation, int *ret_verdict)
{
	enum standing standing = current_subject(s);

	*ret_verdict = 0;
	if (standing == BROKEN)
		*ret_verdict = refuse_broken(s, operation);
	return standing != CONFINED;
}

/* Body of a hook whose operation is refused to every task of ours. */
static __always_inline int never(__u32 operation)
{
	struct subject s;
	int verdict;

	return decided(&s, operation, &verdict) ? verdict : refuse_never(&s, operation);
}

#endif
