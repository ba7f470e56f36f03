/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets as the kernel programs and userspace share them: which may be made, which options and
 * ioctls they take, where they may be bound and connected to. Part of abi.h, which includes it.
 */
#ifndef POSTERN_ABI_SOCKETS_H
#define POSTERN_ABI_SOCKETS_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define POSTERN_ADDRESSES_MAX 32 /* in one list */

/* A policy's lists of names for sockets begin here; those below are netlink's. */
#define POSTERN_LIST_SOCKETS 0x8000u

enum postern_socket_kind {
	POSTERN_SOCKET_MAKE = 1, /* family; number: postern_socket_number() */
	POSTERN_SOCKET_MAKE_ANY, /* family; number: the same with protocol 0: with any protocol */
	POSTERN_SOCKET_OPTION,	 /* family: the option's level; number: its name */
	POSTERN_SOCKET_IOCTL,	 /* number: command, on any socket */
	POSTERN_FILE_IOCTL,	 /* number: command that a path rule grants; its names hold there */
	POSTERN_SOCKET_MODULES,	 /* names of kernel modules */
};

struct postern_socket_key {
	__u64 policy;
	__u16 kind;
	__u16 family;
	__u32 number;
};
_Static_assert(sizeof(struct postern_socket_key) == 16, "layout");

/* Type 0 stands for both types of a netlink socket, which the kernel does not tell apart. */
static inline __u32 postern_socket_number(__u32 type, __u32 protocol)
{
	return type << 16 | protocol;
}

struct postern_socket_rule {
	__u64 groups[2]; /* netlink: 1 << (group - 1): may be listened to */
	__u32 names;	 /* list of the policy: of interfaces, of modules; 0: not narrowed */
	__u32 reserved;
};
_Static_assert(sizeof(struct postern_socket_rule) == 24, "layout");

/* Keys of a policy's lists of addresses. */
enum postern_address_list { POSTERN_ADDRESSES_CONNECT = 1, POSTERN_ADDRESSES_BIND };

/* A prefix and a range of ports. */
struct postern_address {
	__u64 address[2];  /* in network order; IPv4: in the second, behind ::ffff */
	__u64 mask[2];	   /* bits that count, in the same order */
	__u16 first, last; /* ports, in the host's order */
	__u16 family;	   /* AF_INET, AF_INET6: an IPv6 prefix holds no IPv4 address */
	__u16 reserved;
};
_Static_assert(sizeof(struct postern_address) == 40, "layout");

struct postern_addresses {
	__u32 len;
	__u32 reserved;
	struct postern_address address[POSTERN_ADDRESSES_MAX];
};
_Static_assert(sizeof(struct postern_addresses) == 8 + 40 * POSTERN_ADDRESSES_MAX, "layout");

/*
 * struct postern_message in a denial of a socket:
 *   SOCKET: command: family, type, protocol
 *   BIND, CONNECT, SEND: command: the address's family, index: port, family: address of 16 bytes
 *   SOCKET_OPTION: command: level, index: option
 *   IOCTL: index: command, name: of the interface
 *   MODULE: name
 * `attribute` is POSTERN_MESSAGE_OF_SOCKET in each.
 */
#define POSTERN_MESSAGE_OF_SOCKET 0xffff

#endif
