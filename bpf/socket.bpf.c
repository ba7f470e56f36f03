/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Unix sockets, and descriptors that come from elsewhere.
 *
 * Hooks: unix_stream_connect and unix_may_send (a unix socket reaches services outside of the
 * context), file_receive (SCM_RIGHTS, pidfd_getfd). Not covered: descriptors that were open before
 * the tag, which the helper closes. Other sockets are in network.bpf.c.
 */
#include "bpf/lib/decide.bpf.h"
#include "bpf/lib/descriptor.bpf.h"

/*
 * A unix socket by its path. The hooks tell the socket that answers and where it was bound, which
 * is in its owner's mounts and not in ours; so the walk ends at the top of the file system, and a
 * rule counts where it lies in the socket's own. That the path leads there from the context's root
 * was seen to by the kernel, which found the socket by it. Sockets without a path (abstract ones)
 * have no rule.
 */
static __always_inline int connect(struct subject *s, struct sock *other, struct site site)
{
	struct object o = {.need = POSTERN_CONNECT};

	o.dentry = (__u64)BPF_CORE_READ((struct unix_sock *)other, path.dentry);
	if (o.dentry) {
		walk(s, &o);
		return judge(s, &o, POSTERN_CONNECT, site);
	}
	o.reason = POSTERN_REASON_NO_RULE;
	o.missing = POSTERN_CONNECT;
	return refused(s, &o, site, -EACCES);
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(postern_unix_stream_connect, struct sock *sock, struct sock *other)
{
	struct site site = SITE(unix_stream_connect, CONNECT);
	struct subject s;
	int verdict;

	return decided(&s, site, &verdict) ? verdict : connect(&s, other, site);
}

/* Not asked for SOCK_SEQPACKET (net/unix/af_unix.c), hence not for the connections that a worker
 * serves. The two ends of a socketpair are the task's own. */
SEC("lsm/unix_may_send")
int BPF_PROG(postern_unix_may_send, struct socket *sock, struct socket *other)
{
	struct site site = SITE(unix_may_send, CONNECT);
	struct sock *own, *peer;
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	own = BPF_CORE_READ(sock, sk);
	peer = BPF_CORE_READ(other, sk);
	if (BPF_CORE_READ((struct unix_sock *)peer, peer) == own &&
	    !BPF_CORE_READ((struct unix_sock *)peer, path.dentry))
		return 0;
	return connect(&s, peer, site);
}

/*
 * A worker receives the client connections that the supervisor admitted to its entrypoint, and what
 * the entrypoint's signature takes, by kind and by what it is open for. Whose it is, and by which
 * rules that one could open it, is not asked: the caller had it. What may be done with it is no
 * more than reading and writing, since all else is asked of the rules, which know nothing of it.
 */
SEC("lsm/file_receive")
int BPF_PROG(postern_file_receive, struct file *file)
{
	struct object o = {.reason = POSTERN_REASON_NO_RULE};
	struct site site = SITE(file_receive, RECEIVE);
	struct socket *socket;
	struct subject s;
	struct sock *sk;
	struct postern_admission *admission;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	socket = bpf_sock_from_file(file);
	sk = socket ? socket->sk : NULL;
	if (sk) {
		admission = bpf_sk_storage_get(&connections, sk, NULL, 0);
		if (admission && admission->policy == s.tag->policy)
			return 0;
	}
	if (s.policy->descriptors && descriptor_fits(file, s.policy->descriptors))
		return 0;
	o.dentry = (__u64)file->f_path.dentry;
	return refused(&s, &o, site, -EACCES);
}
