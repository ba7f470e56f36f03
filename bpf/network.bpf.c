/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets besides unix ones: which can be made, and what they are bound and connected to.
 *
 * Hooks: socket_create, socket_post_create (notes whose the socket is), socket_bind,
 * socket_connect, socket_listen, socket_sendmsg (an address that comes with the message). The
 * address is the kernel's copy, and it is read as the socket's family will read it, whatever family
 * the address says of itself. Unix sockets are connected to in socket.bpf.c; options are in
 * option.bpf.c, what netlink sockets send in netlink.bpf.c.
 */
#include "bpf/lib/address.bpf.h"
#include "bpf/lib/descriptor.bpf.h"

#define SOCK_STREAM_TYPE 1
#define SOCK_DGRAM_TYPE	 2
#define SOCK_RAW_TYPE	 3
#define PROTOCOL_ICMP	 1
#define PROTOCOL_ICMPV6	 58

/* struct sockaddr_nl; struct sockaddr_ll, up to its protocol */
struct netlink_address {
	__u16 family, pad;
	__u32 port, groups;
};

struct packet_address {
	__u16 family, protocol;
};

static __always_inline struct postern_socket_rule *make_rule(const struct subject *s, int family,
							     int type, int protocol)
{
	struct postern_socket_rule *rule;

	if (family == AF_NETLINK && (type == SOCK_RAW_TYPE || type == SOCK_DGRAM_TYPE))
		type = 0;
	if (protocol < 0 || protocol > 0xffff || type < 0 || type > 0xffff)
		return NULL;
	rule = socket_rule(s, POSTERN_SOCKET_MAKE, family, postern_socket_number(type, protocol));
	return rule ? rule
		    : socket_rule(s, POSTERN_SOCKET_MAKE_ANY, family,
				  postern_socket_number(type, 0));
}

static __always_inline int make_refused(struct subject *s, int family, int type, int protocol,
					struct site site)
{
	struct postern_message message = {.attribute = POSTERN_MESSAGE_OF_SOCKET,
					  .command = family,
					  .type = type,
					  .protocol = protocol};

	return network_refused(s, &message, site, -EPERM);
}

SEC("lsm/socket_create")
int BPF_PROG(postern_socket_create, int family, int type, int protocol, int kern)
{
	struct site site = SITE(socket_create, SOCKET);
	struct subject s;
	int verdict;

	if (kern || family == AF_UNIX)
		return 0;
	if (decided(&s, site, &verdict))
		return verdict;
	if (make_rule(&s, family, type, protocol))
		return 0;
	return make_refused(&s, family, type, protocol, site);
}

/* Without this note a netlink socket sends nothing, so there is none. */
SEC("lsm/socket_post_create")
int BPF_PROG(postern_socket_post_create, struct socket *sock, int family, int type, int protocol,
	     int kern)
{
	struct subject s;
	struct sock *sk;
	__u64 policy;
	int verdict;

	if (kern || family == AF_UNIX)
		return 0;
	/* Without storage there is no tag, and who should have one was refused by socket_create. */
	if (!bpf_get_current_task_btf()->bpf_storage)
		return 0;
	if (decided(&s, SITE(socket_post_create, SOCKET), &verdict))
		return verdict;
	policy = s.tag->policy;
	sk = sock->sk;
	if (!sk || !bpf_sk_storage_get(&sockets, sk, &policy, BPF_LOCAL_STORAGE_GET_F_CREATE))
		return -ENOMEM;
	return 0;
}

static __always_inline int family_of(const struct socket *sock)
{
	return BPF_CORE_READ(sock, sk, __sk_common.skc_family);
}

/* Raw sockets and those of ping have no ports, and keep other things in their place. */
static __always_inline bool has_ports(const struct socket *sock)
{
	int protocol = BPF_CORE_READ(sock, sk, sk_protocol);

	return sock->type != SOCK_RAW_TYPE && protocol != PROTOCOL_ICMP &&
	       protocol != PROTOCOL_ICMPV6;
}

/* inet6: of the address. */
static __always_inline int judge_address(struct subject *s, const struct socket *sock,
					 const void *from, int len, bool inet6, __u32 list,
					 struct site site)
{
	struct address a = {.any_port = !has_ports(sock)};

	if (!address_read(&a, from, len, inet6))
		return address_refused(s, &a, site);
	if (list == POSTERN_ADDRESSES_CONNECT && address_is_any(&a))
		return address_refused(s, &a, site);
	return address_granted(s, &a, list) ? 0 : address_refused(s, &a, site);
}

static __always_inline int netlink_refused(struct subject *s, const struct socket *sock,
					   __u32 index, struct site site)
{
	struct postern_message message = {.protocol = BPF_CORE_READ(sock, sk, sk_protocol),
					  .fault = POSTERN_MESSAGE_DESTINATION,
					  .index = index};

	site.operation = POSTERN_OP_NETLINK;
	return network_refused(s, &message, site, -EACCES);
}

/* Multicast groups: those that are granted. */
static __always_inline int bind_netlink(struct subject *s, const struct socket *sock,
					const void *from, int len, struct site site)
{
	struct netlink_address a = {};
	struct postern_socket_rule *rule;

	if (len < (int)sizeof(a) || bpf_probe_read_kernel(&a, sizeof(a), from) < 0)
		return netlink_refused(s, sock, 0, site);
	if (!a.groups)
		return 0;
	rule = make_rule(s, AF_NETLINK, 0, BPF_CORE_READ(sock, sk, sk_protocol));
	if (rule && !(a.groups & ~(__u32)rule->groups[0]))
		return 0;
	return netlink_refused(s, sock, a.groups, site);
}

/* A packet socket may be given its protocol here, too. */
static __always_inline int bind_packet(struct subject *s, const struct socket *sock,
				       const void *from, int len, struct site site)
{
	struct packet_address a = {};
	int type = sock->type;

	if (len < (int)sizeof(a) || bpf_probe_read_kernel(&a, sizeof(a), from) < 0)
		return make_refused(s, AF_PACKET, type, 0, site);
	if (!a.protocol || make_rule(s, AF_PACKET, type, a.protocol))
		return 0;
	return make_refused(s, AF_PACKET, type, a.protocol, site);
}

/* A name that is no path is seen by everyone in the network namespace. Without a name the kernel
 * chooses one. */
static __always_inline int bind_unix(struct subject *s, const void *from, int len, struct site site)
{
	__u16 family_and_first[2] = {};

	if (len <= (int)sizeof(__u16))
		return 0;
	if (bpf_probe_read_kernel(family_and_first, 3, from) == 0 && family_and_first[1] & 0xff)
		return 0;
	return refuse_never(s, site);
}

SEC("lsm/socket_bind")
int BPF_PROG(postern_socket_bind, struct socket *sock, struct sockaddr *address, int len)
{
	struct site site = SITE(socket_bind, BIND);
	struct subject s;
	int verdict, family;

	if (decided(&s, site, &verdict))
		return verdict;
	family = family_of(sock);
	switch (family) {
	case AF_UNIX:
		return bind_unix(&s, address, len, site);
	case AF_INET:
	case AF_INET6:
		return judge_address(&s, sock, address, len, family == AF_INET6,
				     POSTERN_ADDRESSES_BIND, site);
	case AF_NETLINK:
		return bind_netlink(&s, sock, address, len, site);
	case AF_PACKET:
		return bind_packet(&s, sock, address, len, site);
	default:
		return 0;
	}
}

/* To the kernel only: other sockets belong to other processes. */
static __always_inline int reach_netlink(struct subject *s, const struct socket *sock,
					 const void *from, int len, struct site site)
{
	struct netlink_address a = {};

	if (len < (int)sizeof(a) || bpf_probe_read_kernel(&a, sizeof(a), from) < 0)
		return netlink_refused(s, sock, 0, site);
	if (!a.port && !a.groups)
		return 0;
	return netlink_refused(s, sock, a.port, site);
}

static __always_inline int reach(struct subject *s, struct socket *sock, const void *from, int len,
				 bool connects, struct site site)
{
	int family = family_of(sock);
	__u16 of_address = 0;

	if (family != AF_INET && family != AF_INET6 && family != AF_NETLINK)
		return 0;
	if (bpf_probe_read_kernel(&of_address, sizeof(of_address), from) < 0)
		return -EFAULT;
	/* The kernel takes it for an order to disconnect. In a message it means no such thing. */
	if (connects && len >= (int)sizeof(of_address) && !of_address)
		return 0;
	if (family == AF_NETLINK)
		return reach_netlink(s, sock, from, len, site);
	/* An IPv6 socket takes addresses of both families. */
	return judge_address(s, sock, from, len, family == AF_INET6 && of_address != AF_INET,
			     POSTERN_ADDRESSES_CONNECT, site);
}

SEC("lsm/socket_connect")
int BPF_PROG(postern_socket_connect, struct socket *sock, struct sockaddr *address, int len)
{
	struct site site = SITE(socket_connect, CONNECT);
	struct subject s;
	int verdict;

	if (decided(&s, site, &verdict))
		return verdict;
	return reach(&s, sock, address, len, true, site);
}

/* One that came from elsewhere may be bound already, to an address that no rule was asked about. */
static __always_inline bool is_own(const struct subject *s, struct socket *sock)
{
	struct sock *sk = sock->sk;
	__u64 *owner = sk ? bpf_sk_storage_get(&sockets, sk, NULL, 0) : NULL;

	return owner && *owner == s->tag->policy;
}

/* Without a bind before it, the kernel binds to any address and chooses a port. */
SEC("lsm/socket_listen")
int BPF_PROG(postern_socket_listen, struct socket *sock, int backlog)
{
	struct site site = SITE(socket_listen, BIND);
	struct address a = {};
	struct subject s;
	int verdict, family;

	if (decided(&s, site, &verdict))
		return verdict;
	family = family_of(sock);
	if ((family != AF_INET && family != AF_INET6) ||
	    (BPF_CORE_READ(sock, sk, __sk_common.skc_num) && is_own(&s, sock)))
		return 0;
	a.family = family;
	if (family == AF_INET)
		a.bytes[1] = MAPPED_PREFIX;
	return address_granted(&s, &a, POSTERN_ADDRESSES_BIND) ? 0 : address_refused(&s, &a, site);
}

/* struct cmsghdr with one descriptor behind it. */
struct descriptor_message {
	__u64 len;
	__u32 level, type;
	__s32 fd;
} __attribute__((packed));

#define LEVEL_SOCKET	 1
#define RIGHTS		 1
#define DESCRIPTOR_LEN	 20 /* CMSG_LEN(sizeof(int)) */
#define DESCRIPTOR_SPACE 24

/* The file behind a number in this task's table, if no other task can put another there meanwhile:
 * what is sent is looked up a second time. */
static __always_inline struct file *own_file(__s32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct files_struct *files = task->files;
	struct fdtable *table;
	struct file **at, *file = NULL;

	if (!files || files->count.counter != 1 || fd < 0)
		return NULL;
	table = files->fdt;
	if ((__u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	at = BPF_CORE_READ(table, fd) + fd;
	return bpf_probe_read_kernel(&file, sizeof(file), at) < 0 ? NULL : file;
}

/*
 * Is it a function's result on its way to the client? One descriptor, of what the signature says,
 * on a connection that the supervisor admitted. The control message is the kernel's copy
 * (net/socket.c, ____sys_sendmsg): one that still lay in the task's memory could not be read here.
 */
static __always_inline bool returns_descriptor(const struct subject *s, struct socket *sock,
					       const struct msghdr *message)
{
	__u32 bits = s->policy->descriptors >> POSTERN_DESCRIPTORS_RETURNED_SHIFT;
	struct descriptor_message control = {};
	struct postern_admission *admission;
	struct sock *sk = sock->sk;
	struct file *file;

	if (!bits || message->msg_namelen || message->msg_controllen < DESCRIPTOR_LEN ||
	    message->msg_controllen > DESCRIPTOR_SPACE ||
	    bpf_probe_read_kernel(&control, sizeof(control), message->msg_control) < 0 ||
	    control.len != DESCRIPTOR_LEN || control.level != LEVEL_SOCKET ||
	    control.type != RIGHTS)
		return false;
	admission = sk ? bpf_sk_storage_get(&connections, sk, NULL, 0) : NULL;
	if (!admission || admission->policy != s->tag->policy)
		return false;
	file = own_file(control.fd);
	return file && descriptor_fits(file, bits);
}

/*
 * In every send of the host: first what most of them lack. Control messages carry descriptors out
 * by unix sockets, and routes on which an address is not where a message goes to (IP_RETOPTS,
 * IPV6_RTHDR) by those of the internet. sendmmsg asks about its first message alone, which is
 * enough for the address; the system call filter refuses it for the rest.
 */
SEC("lsm/socket_sendmsg")
int BPF_PROG(postern_socket_sendmsg, struct socket *sock, struct msghdr *message, int size)
{
	struct site site = SITE(socket_sendmsg, SEND);
	struct subject s;
	int verdict, family;

	if (!message->msg_namelen && !message->msg_controllen)
		return 0;
	if (decided(&s, site, &verdict))
		return verdict;
	/* A helper passes descriptors to its supervisor before it is a worker. */
	if (s.tag->flags & POSTERN_TAG_START)
		return 0;
	family = family_of(sock);
	if (message->msg_controllen &&
	    (family == AF_UNIX || family == AF_INET || family == AF_INET6))
		return family == AF_UNIX && returns_descriptor(&s, sock, message)
			       ? 0
			       : refuse_never(&s, site);
	if (!message->msg_namelen)
		return 0;
	return reach(&s, sock, message->msg_name, message->msg_namelen, false, site);
}
