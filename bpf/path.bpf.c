/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Paths: what a confined task may do to one file, decided on dentries and mounts.
 *
 * Hooks and what they cover:
 *   path_mknod      open(O_CREAT) of a new file, mknod, bind of a unix socket
 *   path_unlink, path_rmdir, path_mkdir, path_symlink
 *   path_truncate   truncate(2); on 6.1 ftruncate and O_TRUNC too
 *   file_truncate   ftruncate and O_TRUNC from 6.2 on
 *   path_chmod, path_chown
 *   path_notify     inotify, fanotify, dnotify
 * Opening is in open.bpf.c, what is done to an open file in file.bpf.c, operations on two objects
 * are in move.bpf.c, execution in execute.bpf.c, other metadata in metadata.bpf.c.
 */
#include "bpf/lib/decide.bpf.h"

SEC("lsm/path_mknod")
int BPF_PROG(postern_path_mknod, const struct path *dir, struct dentry *dentry, umode_t mode,
	     unsigned int dev)
{
	if (grants_privilege(mode))
		return never(SITE(path_mknod, MKNOD));
	return check(dentry, dir->mnt, POSTERN_CREATE, SITE(path_mknod, CREATE));
}

SEC("lsm/path_unlink")
int BPF_PROG(postern_path_unlink, const struct path *dir, struct dentry *dentry)
{
	return check(dentry, dir->mnt, POSTERN_DELETE, SITE(path_unlink, DELETE));
}

SEC("lsm/path_rmdir")
int BPF_PROG(postern_path_rmdir, const struct path *dir, struct dentry *dentry)
{
	return check(dentry, dir->mnt, POSTERN_DELETE, SITE(path_rmdir, RMDIR));
}

SEC("lsm/path_mkdir")
int BPF_PROG(postern_path_mkdir, const struct path *dir, struct dentry *dentry, umode_t mode)
{
	return check(dentry, dir->mnt, POSTERN_CREATE, SITE(path_mkdir, MKDIR));
}

SEC("lsm/path_symlink")
int BPF_PROG(postern_path_symlink, const struct path *dir, struct dentry *dentry,
	     const char *target)
{
	return check(dentry, dir->mnt, POSTERN_CREATE, SITE(path_symlink, SYMLINK));
}

/* A memfd is its holder's memory, and lies in no tree. */
static __always_inline int truncate(struct dentry *dentry, struct vfsmount *mnt, struct site site)
{
	struct object o = {.dentry = (__u64)dentry, .mnt = (__u64)mnt, .need = POSTERN_WRITE};
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	walk(&s, &o);
	if (o.end == WALK_INTERNAL && dentry->d_sb->s_magic == TMPFS_MAGIC)
		return 0;
	return judge(&s, &o, POSTERN_WRITE, site);
}

SEC("lsm/path_truncate")
int BPF_PROG(postern_path_truncate, const struct path *path)
{
	return truncate(path->dentry, path->mnt, SITE(path_truncate, TRUNCATE));
}

static __always_inline umode_t type_of(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	return inode ? inode->i_mode & S_IFMT : 0;
}

SEC("lsm/path_chmod")
int BPF_PROG(postern_path_chmod, const struct path *path, umode_t mode)
{
	struct dentry *dentry = path->dentry;
	umode_t type = type_of(dentry);

	if (type != S_IFDIR && mode & (S_ISUID | S_ISGID))
		return never(SITE(path_chmod, CHMOD));
	return check(dentry, path->mnt, POSTERN_METADATA, SITE(path_chmod, CHMOD));
}

/* The ids (kuid_t, kgid_t: structures, which 6.1 cannot pass to a program) do not matter to the
 * rule. */
SEC("lsm/path_chown")
int BPF_PROG(postern_path_chown, const struct path *path, __u64 uid, __u64 gid)
{
	return check(path->dentry, path->mnt, POSTERN_METADATA, SITE(path_chown, CHOWN));
}

/* Watching a directory tells the names in it, and who uses them. */
SEC("lsm/path_notify")
int BPF_PROG(postern_path_notify, const struct path *path)
{
	struct dentry *dentry = path->dentry;
	__u32 need = type_of(dentry) == S_IFDIR ? POSTERN_LIST : POSTERN_READ;

	return check(dentry, path->mnt, need, SITE(path_notify, OPEN));
}

SEC("lsm/file_truncate")
int BPF_PROG(postern_file_truncate, struct file *file)
{
	return truncate(file->f_path.dentry, file->f_path.mnt, SITE(file_truncate, TRUNCATE));
}
