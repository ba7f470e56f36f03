/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Execution of files: by execve, by mapping, and by making a mapping executable.
 *
 * Hooks: bprm_check_security (execve of a program and of each interpreter), mmap_file,
 * file_mprotect. mmap is hooked because the dynamic loader executes what it maps: `ld.so program`
 * never calls execve on the program. The open of a program by execve is decided in path.bpf.c with
 * the same right. Not covered: anonymous executable memory.
 */
#include "bpf/lib/decide.bpf.h"

SEC("lsm/bprm_check_security")
int BPF_PROG(postern_bprm_check_security, struct linux_binprm *bprm)
{
	struct file *file = bprm->file;

	return check(file->f_path.dentry, file->f_path.mnt, POSTERN_EXECUTE,
		     SITE(bprm_check_security, EXECUTE));
}

/* Mapping the record pages is for the start of a worker; a perf buffer or a ring of io_uring for
 * nobody. */
static __always_inline int map_anonymous_inode(struct file *file)
{
	char name[8] = {};
	struct subject s;
	int verdict;

	if (decided(&s, SITE(mmap_file, MAP), &verdict))
		return verdict;
	bpf_probe_read_kernel_str(name, sizeof(name), file->f_path.dentry->d_name.name);
	if (s.tag->flags & POSTERN_TAG_START && !__builtin_memcmp(name, "bpf-map", sizeof(name)))
		return 0;
	return refuse_never(&s, SITE(mmap_file, MAP));
}

SEC("lsm/mmap_file")
int BPF_PROG(postern_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags)
{
	__u32 need = 0;

	if (!file)
		return 0;
	if (file->f_inode->i_sb->s_magic == ANON_INODE_FS_MAGIC)
		return map_anonymous_inode(file);
	if ((reqprot | prot) & PROT_EXEC)
		need |= POSTERN_EXECUTE;
	/* A shared writable mapping writes anywhere, so that a file granted for appending alone
	 * must not have one. */
	if (flags & MAP_SHARED && (reqprot | prot) & PROT_WRITE && file->f_flags & O_APPEND)
		need |= POSTERN_WRITE;
	if (!need)
		return 0;
	return check(file->f_path.dentry, file->f_path.mnt, need, SITE(mmap_file, MAP));
}

SEC("lsm/file_mprotect")
int BPF_PROG(postern_file_mprotect, struct vm_area_struct *vma, unsigned long reqprot,
	     unsigned long prot)
{
	struct file *file = vma->vm_file;
	__u32 need = 0;

	if (!file)
		return 0;
	if ((reqprot | prot) & PROT_EXEC)
		need |= POSTERN_EXECUTE;
	/* Or a mapping would be made readable first, and writable later. */
	if ((reqprot | prot) & PROT_WRITE && vma->vm_flags & VM_SHARED && file->f_flags & O_APPEND)
		need |= POSTERN_WRITE;
	if (!need)
		return 0;
	return check(file->f_path.dentry, file->f_path.mnt, need, SITE(file_mprotect, MAP));
}
