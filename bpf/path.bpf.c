/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Paths: what a confined task may do to one file, decided on dentries and mounts.
 *
 * Hooks and what they cover:
 *   file_open       every open but O_PATH, incl. O_CREAT, O_TRUNC, O_TMPFILE and reopening through
 * /proc/self/fd path_mknod      open(O_CREAT) of a new file, mknod, bind of a unix socket
 *   path_unlink, path_rmdir, path_mkdir, path_symlink
 *   path_truncate   truncate(2); on 6.1 ftruncate and O_TRUNC too
 *   file_truncate   ftruncate and O_TRUNC from 6.2 on
 *   path_chmod, path_chown
 *   path_notify     inotify
 *   file_fcntl      O_APPEND taken off a descriptor that was opened for appending
 * Operations on two objects are in move.bpf.c, execution in execute.bpf.c, other metadata in
 * metadata.bpf.c.
 *
 * Not covered: O_PATH opens, which no hook sees (what is done with the descriptor is decided when
 * it is reopened); stat, readlink, ioctl, locks and unix connect, whose rights the layout holds.
 */
#include "bpf/lib/decide.bpf.h"

static __always_inline __u32 rights_to_open(struct file *file, umode_t mode)
{
	__u32 f_mode = BPF_CORE_READ(file, f_mode), flags = BPF_CORE_READ(file, f_flags), need = 0;

	if (flags & FMODE_EXEC)
		return POSTERN_EXECUTE;
	if (f_mode & FMODE_READ)
		need |= (mode & S_IFMT) == S_IFDIR ? POSTERN_LIST : POSTERN_READ;
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
static __always_inline bool internal_open(struct file *file, struct grant *g, __u32 need)
{
	struct task_struct *task = bpf_get_current_task_btf();
	unsigned long magic;

	if (g->end != WALK_INTERNAL || need & POSTERN_EXECUTE)
		return false;
	magic = BPF_CORE_READ(file, f_inode, i_sb, s_magic);
	/* Reading is for who was given the end for reading: a worker's log is a pipe too. */
	if (magic == PIPEFS_MAGIC)
		return !(need & POSTERN_READ);
	if (magic == PID_FS_MAGIC)
		return true;
	return BPF_CORE_READ(task, cred) != BPF_CORE_READ(task, real_cred);
}

SEC("lsm/file_open")
int BPF_PROG(postern_file_open, struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct vfsmount *mnt = BPF_CORE_READ(file, f_path.mnt);
	struct subject s;
	struct grant g;
	__u32 need;
	int verdict;

	if (decided(&s, POSTERN_OP_OPEN, &verdict))
		return verdict;
	need = rights_to_open(file, BPF_CORE_READ(file, f_inode, i_mode));
	g = granted(&s, dentry, mnt);
	if (internal_open(file, &g, need))
		return 0;
	if (BPF_CORE_READ(file, f_flags) & O_TMPFILE_BIT &&
	    grants_privilege(BPF_CORE_READ(file, f_inode, i_mode)))
		return refuse_never(&s, POSTERN_OP_CREATE);
	return judge(&s, g, dentry, mnt, need, POSTERN_OP_OPEN);
}

SEC("lsm/path_mknod")
int BPF_PROG(postern_path_mknod, const struct path *dir, struct dentry *dentry, umode_t mode,
	     unsigned int dev)
{
	if (grants_privilege(mode))
		return never(POSTERN_OP_MKNOD);
	return check(dentry, BPF_CORE_READ(dir, mnt), POSTERN_CREATE, POSTERN_OP_CREATE);
}

SEC("lsm/path_unlink")
int BPF_PROG(postern_path_unlink, const struct path *dir, struct dentry *dentry)
{
	return check(dentry, BPF_CORE_READ(dir, mnt), POSTERN_DELETE, POSTERN_OP_DELETE);
}

SEC("lsm/path_rmdir")
int BPF_PROG(postern_path_rmdir, const struct path *dir, struct dentry *dentry)
{
	return check(dentry, BPF_CORE_READ(dir, mnt), POSTERN_DELETE, POSTERN_OP_RMDIR);
}

SEC("lsm/path_mkdir")
int BPF_PROG(postern_path_mkdir, const struct path *dir, struct dentry *dentry, umode_t mode)
{
	return check(dentry, BPF_CORE_READ(dir, mnt), POSTERN_CREATE, POSTERN_OP_MKDIR);
}

SEC("lsm/path_symlink")
int BPF_PROG(postern_path_symlink, const struct path *dir, struct dentry *dentry,
	     const char *target)
{
	return check(dentry, BPF_CORE_READ(dir, mnt), POSTERN_CREATE, POSTERN_OP_SYMLINK);
}

/* A memfd is its holder's memory, and lies in no tree. */
static __always_inline int truncate(struct dentry *dentry, struct vfsmount *mnt)
{
	struct subject s;
	struct grant g;
	int verdict;

	if (decided(&s, POSTERN_OP_TRUNCATE, &verdict))
		return verdict;
	g = granted(&s, dentry, mnt);
	if (g.end == WALK_INTERNAL && BPF_CORE_READ(dentry, d_sb, s_magic) == TMPFS_MAGIC)
		return 0;
	return judge(&s, g, dentry, mnt, POSTERN_WRITE, POSTERN_OP_TRUNCATE);
}

SEC("lsm/path_truncate")
int BPF_PROG(postern_path_truncate, const struct path *path)
{
	return truncate(BPF_CORE_READ(path, dentry), BPF_CORE_READ(path, mnt));
}

SEC("lsm/path_chmod")
int BPF_PROG(postern_path_chmod, const struct path *path, umode_t mode)
{
	struct dentry *dentry = BPF_CORE_READ(path, dentry);
	umode_t type = BPF_CORE_READ(dentry, d_inode, i_mode) & S_IFMT;

	if (type != S_IFDIR && mode & (S_ISUID | S_ISGID))
		return never(POSTERN_OP_CHMOD);
	return check(dentry, BPF_CORE_READ(path, mnt), POSTERN_METADATA, POSTERN_OP_CHMOD);
}

/* The ids (kuid_t, kgid_t: structures, which 6.1 cannot pass to a program) do not matter to the
 * rule. */
SEC("lsm/path_chown")
int BPF_PROG(postern_path_chown, const struct path *path, __u64 uid, __u64 gid)
{
	return check(BPF_CORE_READ(path, dentry), BPF_CORE_READ(path, mnt), POSTERN_METADATA,
		     POSTERN_OP_CHOWN);
}

/* A descriptor that was granted for appending must not become one for writing. */
SEC("lsm/file_fcntl")
int BPF_PROG(postern_file_fcntl, struct file *file, unsigned int command, unsigned long flags)
{
	if (command != F_SETFL || flags & O_APPEND || !(BPF_CORE_READ(file, f_flags) & O_APPEND) ||
	    !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
		return 0;
	return check(BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt),
		     POSTERN_WRITE, POSTERN_OP_OPEN);
}

/* Watching a directory tells the names in it, and who uses them. */
SEC("lsm/path_notify")
int BPF_PROG(postern_path_notify, const struct path *path)
{
	struct dentry *dentry = BPF_CORE_READ(path, dentry);
	umode_t type = BPF_CORE_READ(dentry, d_inode, i_mode) & S_IFMT;

	return check(dentry, BPF_CORE_READ(path, mnt),
		     type == S_IFDIR ? POSTERN_LIST : POSTERN_READ, POSTERN_OP_OPEN);
}

SEC("lsm/file_truncate")
int BPF_PROG(postern_file_truncate, struct file *file)
{
	return truncate(BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt));
}
