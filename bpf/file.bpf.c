/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is done to a file that is open already, beside reading and writing, which were decided when
 * it was opened.
 *
 * Hooks: file_fcntl (O_APPEND taken off, signals on readiness), file_lock (flock, fcntl locks and
 * leases), file_ioctl and file_ioctl_compat (the same from 32-bit code).
 */
#include "bpf/lib/decide.bpf.h"

/* include/uapi/asm-generic/fcntl.h */
#define F_SETOWN    8
#define F_SETSIG    10
#define F_SETOWN_EX 15

/* A descriptor that was granted for appending must not become one for writing. */
static __always_inline bool loses_append(struct file *file, unsigned long flags)
{
	return !(flags & O_APPEND) && file->f_flags & O_APPEND && file->f_mode & FMODE_WRITE;
}

SEC("lsm/file_fcntl")
int BPF_PROG(postern_file_fcntl, struct file *file, unsigned int command, unsigned long argument)
{
	/* Whoever owns a file is sent signals by the kernel, past task_kill. */
	if (command == F_SETOWN || command == F_SETOWN_EX || command == F_SETSIG)
		return never(SITE(file_fcntl, SIGNAL));
	if (command != F_SETFL || !loses_append(file, argument))
		return 0;
	return check(file->f_path.dentry, file->f_path.mnt, POSTERN_WRITE, SITE(file_fcntl, OPEN));
}

SEC("lsm/file_lock")
int BPF_PROG(postern_file_lock, struct file *file, unsigned int command)
{
	struct site site = SITE(file_lock, LOCK);
	struct object o = {.need = POSTERN_LOCK};
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	o.dentry = (__u64)file->f_path.dentry;
	o.mnt = (__u64)file->f_path.mnt;
	walk(&s, &o);
	/* Memory of its own, pipes, sockets: nobody else waits for them. */
	if (o.end == WALK_INTERNAL)
		return 0;
	return judge(&s, &o, POSTERN_LOCK, site);
}

/*
 * Commands that every file answers and that change nothing but the descriptor, or that read and
 * write what its opening allowed (fs/ioctl.c, do_vfs_ioctl). TCGETS is how C libraries ask whether
 * a file is a terminal.
 */
static __always_inline bool is_harmless(unsigned int command)
{
	switch (command) {
	case 0x5401: /* TCGETS */
	case 0x541b: /* FIONREAD */
	case 0x5421: /* FIONBIO */
	case 0x5450: /* FIONCLEX */
	case 0x5451: /* FIOCLEX */
	case 0x5452: /* FIOASYNC */
	case 0x5460: /* FIOQSIZE */
		return true;
	default:
		return false;
	}
}

static __always_inline bool command_listed(struct subject *s, const struct object *o,
					   unsigned int command)
{
	struct postern_ioctl_key key = {.policy = s->tag->policy, .command = command};

	for (int i = 0; i < WALK_IOCTLS; i++) {
		if (i >= o->ioctls_len)
			break;
		key.list = o->ioctls[i];
		if (bpf_map_lookup_elem(&ioctls, &key))
			return true;
	}
	return false;
}

static __always_inline int ioctl(struct file *file, unsigned int command, struct site site)
{
	struct object o = {.need = POSTERN_RIGHTS_ALL};
	struct subject s;
	int verdict;

	if (is_harmless(command))
		return 0;
	if (decided(&s, site, &verdict))
		return verdict;
	o.dentry = (__u64)file->f_path.dentry;
	o.mnt = (__u64)file->f_path.mnt;
	walk(&s, &o);
	if (!command_listed(&s, &o, command))
		o.rights &= ~POSTERN_IOCTL;
	return judge(&s, &o, POSTERN_IOCTL, site);
}

SEC("lsm/file_ioctl")
int BPF_PROG(postern_file_ioctl, struct file *file, unsigned int command)
{
	return ioctl(file, command, SITE(file_ioctl, IOCTL));
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(postern_file_ioctl_compat, struct file *file, unsigned int command)
{
	return ioctl(file, command, SITE(file_ioctl_compat, IOCTL));
}
