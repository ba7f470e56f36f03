/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps that all programs share. maps.bpf.c defines them; the others name them by this header,
 * and bpftool's linker joins them and refuses definitions that differ.
 */
#ifndef POSTERN_BPF_MAPS_H
#define POSTERN_BPF_MAPS_H

#include "bpf/lib/glob.bpf.h"

#ifndef POSTERN_MAP
#define POSTERN_MAP extern
#endif

/* task -> tag. Set by the supervisor through a pidfd, copied to children by task_alloc. */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct postern_tag);
} tags SEC(".maps");

/* policy id -> policy */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct postern_policy);
} policies SEC(".maps");

/* directory rules: what holds in a directory and below it, and whether it has name rules */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_directory_key);
	__type(value, struct postern_rule);
} directories SEC(".maps");

/* name rules: what holds for one name in one directory, whatever file has that name now */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_name_key);
	__type(value, struct postern_rule);
} names SEC(".maps");

/* patterns of directories, numbered from 0 */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_pattern_key);
	__type(value, struct postern_pattern);
} patterns SEC(".maps");

/* commands that a rule's ioctl right covers */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_ioctl_key);
	__type(value, __u8);
} ioctls SEC(".maps");

/* task -> what its call bound to the slots of patterns; copied to children by task_alloc */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct postern_binding);
} bindings SEC(".maps");

/* A short name. Its text is as long as the verifier must see it, and used as far as the longest
 * word of a list and one byte more. */
struct postern_short {
	struct postern_glob glob;
	__u32 len;
	char text[64];
};

/* What the stack has no room for, and what the verifier would follow round a loop without end if it
 * lay there. */
struct postern_scratch {
	struct postern_name_key name;
	__u64 dentries[32]; /* of the components between a directory and the object below it */
	__u32 levels;	    /* of them in use */
	struct postern_glob glob;
	struct postern_pattern_key key;
	struct postern_short brief;
};

/* task -> its working memory */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct postern_scratch);
} scratches SEC(".maps");

/* netlink messages that a policy grants */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_netlink_key);
	__type(value, struct postern_netlink_rule);
} netlink_rules SEC(".maps");

/* generic netlink families that a policy names -> their number in its rules */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_generic_key);
	__type(value, __u32);
} generic_families SEC(".maps");

/* lists of names that rules refer to */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_list_key);
	__type(value, struct postern_words);
} words SEC(".maps");

/* lists of numbers that rules refer to */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_list_key);
	__type(value, struct postern_numbers);
} numbers SEC(".maps");

/* socket -> the policy of the entrypoint that made it: a socket that another made is refused */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} sockets SEC(".maps");

/* sockets, options, ioctls and kernel modules that a policy grants */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_socket_key);
	__type(value, struct postern_socket_rule);
} socket_rules SEC(".maps");

/* addresses that a policy's sockets may be bound and connected to */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct postern_list_key);
	__type(value, struct postern_addresses);
} address_lists SEC(".maps");

struct postern_pages {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, POSTERN_PAGE_BYTES);
};

/*
 * context -> its workers' record pages. One inner map a context: a helper holds the descriptor of
 * its own, and the mmap hook cannot see an offset, so one map for all would let a module's code
 * write into other contexts' pages.
 */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__array(values, struct postern_pages);
} pages SEC(".maps");

/* client connection -> the entrypoint's policy that the supervisor admitted it to (a worker may
 * receive no other socket), and what a later supervisor has to know of it */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct postern_admission);
} connections SEC(".maps");

POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1048576);
} events SEC(".maps");

/* [0]: events that found no room in the ring */
POSTERN_MAP struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} dropped SEC(".maps");

/* Set before loading: the cgroup in which all contexts live. */
extern const volatile __u64 contexts_cgroup;
extern const volatile __u32 contexts_level;

#endif
