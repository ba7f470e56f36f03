/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Asks the kernel for the addresses of its two sequence locks and of its table of generic netlink
 * families, once, before the other programs are loaded. An object that names a symbol without a
 * type has libbpf read all of /proc/kallsyms: half a second.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

const char rename_lock_name[] = "rename_lock";	 /* fs/dcache.c */
const char mount_lock_name[] = "mount_lock";	 /* fs/namespace.c */
const char genl_fam_idr_name[] = "genl_fam_idr"; /* net/netlink/genetlink.c */

__u64 rename_lock = 0;
__u64 mount_lock = 0;
__u64 genl_fam_idr = 0;

SEC("syscall")
int postern_symbols(void *ctx)
{
	long r = bpf_kallsyms_lookup_name(rename_lock_name, sizeof(rename_lock_name), 0,
					  &rename_lock);

	if (r)
		return r;
	r = bpf_kallsyms_lookup_name(mount_lock_name, sizeof(mount_lock_name), 0, &mount_lock);
	if (r)
		return r;
	return bpf_kallsyms_lookup_name(genl_fam_idr_name, sizeof(genl_fam_idr_name), 0,
					&genl_fam_idr);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
