/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is done to a file that is open already, beside reading and writing, which were decided when
 * it was opened.
 *
 * Hooks: file_fcntl (O_APPEND taken off, signals on readiness), file_lock (flock, fcntl locks and
 * leases), file_ioctl and file_ioctl_compat (the same from 32-bit code), also of sockets.
 */
#include "bpf/lib/decide.bpf.h"
#include "bpf/lib/interface.bpf.h"
#include "bpf/lib/network.bpf.h"

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

/* These read a struct ifreq as others do. IPv6 has a structure of its own for addresses, which
 * names the interface by its number. */
static __always_inline bool has_interface_names(struct socket *socket)
{
	int family = BPF_CORE_READ(socket, sk, __sk_common.skc_family);

	return family == AF_UNIX || family == AF_INET || family == AF_PACKET ||
	       family == AF_NETLINK;
}

/*
 * Every socket answers the ioctls of network devices, so that its kind does not matter: they have
 * rules of their own. For a file, such a rule narrows what its path's rule grants.
 */
static __always_inline int ioctl(struct file *file, unsigned int command, unsigned long argument,
				 struct site site)
{
	struct postern_message message = {.attribute = POSTERN_MESSAGE_OF_SOCKET, .index = command};
	struct object o = {.need = POSTERN_RIGHTS_ALL};
	struct postern_socket_rule *rule;
	struct socket *socket;
	struct subject s;
	int verdict;

	if (is_harmless(command))
		return 0;
	if (decided(&s, site, &verdict))
		return verdict;
	socket = bpf_sock_from_file(file);
	rule = socket_rule(&s, socket ? POSTERN_SOCKET_IOCTL : POSTERN_FILE_IOCTL, 0, command);
	if (!socket) {
		o.dentry = (__u64)file->f_path.dentry;
		o.mnt = (__u64)file->f_path.mnt;
		walk(&s, &o);
		if (!command_listed(&s, &o, command))
			o.rights &= ~POSTERN_IOCTL;
		verdict = judge(&s, &o, POSTERN_IOCTL, site);
		if (verdict || !rule)
			return verdict;
	}
	if (rule && !rule->names)
		return 0;
	if (rule && (!socket || has_interface_names(socket)) &&
	    interface_granted(&s, argument, rule->names, message.name))
		return 0;
	o.dentry = o.mnt = o.missing = 0;
	o.reason = POSTERN_REASON_NO_RULE;
	o.message = (__u64)&message;
	return refused(&s, &o, site, -EACCES);
}

SEC("lsm/file_ioctl")
int BPF_PROG(postern_file_ioctl, struct file *file, unsigned int command, unsigned long argument)
{
	return ioctl(file, command, argument, SITE(file_ioctl, IOCTL));
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(postern_file_ioctl_compat, struct file *file, unsigned int command,
	     unsigned long argument)
{
	return ioctl(file, command, argument, SITE(file_ioctl_compat, IOCTL));
}
