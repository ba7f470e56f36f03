/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets and descriptors that come from elsewhere.
 *
 * Hooks: socket_create (no rule grants a family yet, so only unix sockets can be made),
 * unix_stream_connect and unix_may_send (a unix socket reaches services outside of the context),
 * file_receive (SCM_RIGHTS, pidfd_getfd). Not covered: descriptors that were open before the tag,
 * which the helper closes.
 */
#include "bpf/lib/refuse.bpf.h"

SEC("lsm/socket_create")
int BPF_PROG(postern_socket_create, int family, int type, int protocol, int kern)
{
	if (kern || family == AF_UNIX)
		return 0;
	return never(POSTERN_OP_SOCKET);
}

SEC("lsm/unix_stream_connect")
int postern_unix_stream_connect(void *ctx)
{
	return never(POSTERN_OP_SOCKET);
}

/* Not asked for SOCK_SEQPACKET (net/unix/af_unix.c), hence not for the connections that a worker
 * serves. */
SEC("lsm/unix_may_send")
int postern_unix_may_send(void *ctx)
{
	return never(POSTERN_OP_SOCKET);
}

/* A worker receives the client connections that the supervisor admitted to its entrypoint, and
 * nothing else. */
SEC("lsm/file_receive")
int BPF_PROG(postern_file_receive, struct file *file)
{
	struct refusal r = {
		.operation = POSTERN_OP_RECEIVE,
		.reason = POSTERN_REASON_NO_RULE,
		.verdict = -EACCES,
	};
	struct socket *socket;
	struct sock *sk;
	__u64 *policy;
	int verdict;

	if (decided(&r.subject, POSTERN_OP_RECEIVE, &verdict))
		return verdict;
	socket = bpf_sock_from_file(file);
	sk = socket ? socket->sk : NULL;
	if (sk) {
		policy = bpf_sk_storage_get(&connections, sk, NULL, 0);
		if (policy && *policy == r.subject.tag->policy)
			return 0;
	}
	r.dentry = BPF_CORE_READ(file, f_path.dentry);
	return refuse(&r);
}
