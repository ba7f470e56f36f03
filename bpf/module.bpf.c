/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel modules that the kernel would load because a task asked for what they do.
 *
 * Hook: kernel_module_request, with the name that modprobe would be given: net-pf-16-proto-12,
 * rtnl-link-vxlan. The kernel has formatted it before, so that it is its own copy. Modules by any
 * other way are refused (guard.bpf.c).
 */
#include "bpf/lib/network.bpf.h"
#include "bpf/lib/words.bpf.h"

SEC("lsm/kernel_module_request")
int BPF_PROG(postern_kernel_module_request, char *name)
{
	struct postern_message message = {.attribute = POSTERN_MESSAGE_OF_SOCKET};
	struct site site = SITE(kernel_module_request, MODULE);
	struct postern_socket_rule *rule;
	struct postern_short *brief;
	struct subject s;
	int verdict;
	long len;

	if (decided(&s, site, &verdict))
		return verdict;
	bpf_probe_read_kernel_str(message.name, sizeof(message.name), name);
	rule = socket_rule(&s, POSTERN_SOCKET_MODULES, 0, 0);
	brief = rule ? words_scratch() : NULL;
	if (brief) {
		len = bpf_probe_read_kernel_str(brief->text, sizeof(brief->text), name);
		/* With its NUL. One that was cut is longer than all names. */
		brief->len = len - 1;
		if (len > 1 && len < (long)sizeof(brief->text) &&
		    words_hold(brief, s.tag->policy, rule->names))
			return 0;
	}
	return network_refused(&s, &message, site, -EPERM);
}
