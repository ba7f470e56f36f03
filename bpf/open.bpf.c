/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Opening: the one operation that nearly every other begins with, and the one whose cost is felt.
 *
 * Hook: file_open, asked for every open but O_PATH: O_CREAT (after path_mknod), O_TRUNC, O_TMPFILE,
 * reopening through /proc/self/fd, execve's open of the program. Not covered: O_PATH opens, which
 * no hook sees (what is done with the descriptor is decided when it is reopened).
 */
#include "bpf/lib/climb.bpf.h"

static __always_inline __u32 rights_to_open(struct file *file)
{
	__u32 f_mode = file->f_mode, flags = file->f_flags, need = 0;

	if (flags & FMODE_EXEC)
		return POSTERN_EXECUTE;
	if (f_mode & FMODE_READ)
		need |= (file->f_inode->i_mode & S_IFMT) == S_IFDIR ? POSTERN_LIST : POSTERN_READ;
	if (f_mode & FMODE_WRITE)
		need |= flags & O_APPEND ? POSTERN_APPEND : POSTERN_WRITE;
	if (flags & O_TRUNC)
		need |= POSTERN_WRITE;
	if (flags & O_TMPFILE_BIT)
		need |= POSTERN_CREATE;
	/* Access mode 3 gives a descriptor for ioctl alone. */
	return need ? need : POSTERN_READ | POSTERN_WRITE;
}

/*
 * Opens that have no place in the context's tree but are no way out of it: a pipe's other end, a
 * pidfd (an open since 6.9; what it is good for is asked elsewhere), and what overlayfs opens of
 * its layers on behalf of an open that was decided by its merged name (it has then put on its
 * mounter's credentials).
 */
static __always_inline bool internal_open(const struct subject *s, struct file *file,
					  const struct object *o, __u32 need)
{
	unsigned long magic;

	if (o->end != WALK_INTERNAL)
		return false;
	/* A program's file in its layer too: from 6.5 on the open of it says that it is to be
	 * executed. */
	if (on_other_credentials())
		return true;
	if (need & POSTERN_EXECUTE)
		return false;
	magic = file->f_inode->i_sb->s_magic;
	/* Reading is for who was given the end for reading: a worker's log is a pipe too. The end
	 * of a caller's pipe leads to no other end. */
	if (magic == PIPEFS_MAGIC)
		return !(need & POSTERN_READ) &&
		       !(s->policy->descriptors &
			 POSTERN_DESCRIPTOR_ANY_MODE(POSTERN_DESCRIPTOR_PIPE));
	return magic == PID_FS_MAGIC;
}

SEC("lsm/file_open")
int BPF_PROG(postern_file_open, struct file *file)
{
	struct site site = SITE(file_open, OPEN);
	struct object o = {};
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	o.dentry = (__u64)file->f_path.dentry;
	o.mnt = (__u64)file->f_path.mnt;
	o.need = rights_to_open(file);
	climb_and_walk(&s, &o, &file->f_path);
	if (internal_open(&s, file, &o, o.need))
		return 0;
	if (file->f_flags & O_TMPFILE_BIT && grants_privilege(file->f_inode->i_mode))
		return refuse_never(&s, SITE(file_open, CREATE));
	return judge(&s, &o, o.need, site);
}
