/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one place where something is refused: the event, the worker's record page, and whether audit
 * mode lets it through.
 *
 * Nothing here can turn a refusal into a permission but the policy's audit mode: a full ring or a
 * missing page only costs the report.
 */
#include "bpf/decision/walk.bpf.h"
#include "bpf/lib/mount.bpf.h"

#define PATH_STEPS_MAX 256

/* Walks up from the object and writes its names in front of each other. */
struct path_cursor {
	struct postern_event *event;
	__u64 root_mount;
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

		if ((__u64)mount == c->root_mount) {
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
		c->state = mnt ? PATH_ROOTLESS : PATH_TAIL;
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

/* What is told of the task, copied, so that the rest need not care where it came from. */
struct report {
	__u64 policy, root_mount;
	__u64 connection, call;
	__u32 context, entrypoint;
	__u32 slot;
	__u32 audit;
};

/* The worker reads the sequence last and the kernel writes it last, so what it reads is whole. */
__noinline int report_page(struct report *report, const struct object *r)
{
	struct postern_denial *denial;
	struct postern_page *page;
	struct dentry *dentry;
	__u32 context, slot;
	void *map;

	if (!report || !r)
		return 0;
	context = report->context;
	slot = report->slot;
	map = bpf_map_lookup_elem(&pages, &context);
	if (!map)
		return 0;
	page = bpf_map_lookup_elem(map, &slot);
	if (!page)
		return 0;
	report->connection = page->connection;
	report->call = page->call;
	denial = &page->denial;
	dentry = (struct dentry *)r->dentry;
	denial->operation = r->operation;
	denial->reason = r->reason;
	denial->rights = r->missing;
	denial->audit = report->audit;
	denial->name_len = BPF_CORE_READ(dentry, d_name.len) & (POSTERN_NAME_BYTES - 1);
	bpf_probe_read_kernel_str(denial->name, sizeof(denial->name),
				  BPF_CORE_READ(dentry, d_name.name));
	__sync_fetch_and_add(&denial->sequence, 1);
	return 0;
}

__noinline int report_event(const struct report *report, const struct object *r)
{
	struct path_cursor c = {.at = POSTERN_PATH_BYTES - 1, .state = PATH_TAIL};
	struct postern_event *event;
	struct dentry *dentry;
	struct inode *inode;
	__u32 zero = 0;
	__u64 *lost;

	if (!report || !r)
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		lost = bpf_map_lookup_elem(&dropped, &zero);
		if (lost)
			__sync_fetch_and_add(lost, 1);
		return 0;
	}
	/* Without an object, all loads below give 0. */
	dentry = (struct dentry *)r->dentry;
	inode = BPF_CORE_READ(dentry, d_inode);
	event->time = bpf_ktime_get_ns();
	event->policy = report->policy;
	event->connection = report->connection;
	event->call = report->call;
	event->ino = BPF_CORE_READ(inode, i_ino);
	event->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->uid = (__u32)bpf_get_current_uid_gid();
	event->context = report->context;
	event->entrypoint = report->entrypoint;
	event->operation = r->operation;
	event->hook = r->hook;
	event->reason = r->reason;
	event->rights = r->missing;
	event->audit = report->audit;
	/* Zeros when there is none. */
	bpf_probe_read_kernel(&event->message, sizeof(event->message), (const void *)r->message);
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	event->path[POSTERN_PATH_BYTES - 1] = 0;
	c.event = event;
	c.root_mount = report->root_mount;
	c.dentry = dentry;
	c.mnt = (struct vfsmount *)r->mnt;
	bpf_loop(PATH_STEPS_MAX, path_step, &c, 0);
	event->path_len = POSTERN_PATH_BYTES - c.at;
	event->path_truncated = dentry ? c.state : 0;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

__noinline int refuse(const struct postern_tag *tag, const struct postern_policy *policy,
		      const struct object *r)
{
	struct report report = {.context = ~0u, .entrypoint = ~0u, .slot = POSTERN_NO_SLOT};

	if (!r)
		return 1;
	if (tag && policy) {
		report.policy = tag->policy;
		report.slot = tag->slot;
		report.root_mount = policy->root_mount;
		report.context = policy->context;
		report.entrypoint = policy->entrypoint;
		report.audit = policy->flags & POSTERN_POLICY_AUDIT;
	}
	/* What no policy can grant, and what happens to a task without a policy, is not for audit
	 * to let through. */
	if (r->reason == POSTERN_REASON_NEVER || r->reason == POSTERN_REASON_BROKEN)
		report.audit = 0;
	report_page(&report, r);
	report_event(&report, r);
	return !report.audit;
}
