/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of host checks, and what follows from their verdicts. */
#include <bpf/btf.h>
#include <errno.h>

#include "policy/host_look.h"

#define GRUB "on Debian: GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub and a reboot"

static const struct host_check checks[] = {
	{
		"privilege",
		"posternd is root and has its capabilities",
		"it can neither load kernel programs nor make namespaces",
		"start posternd as root; for a whole diagnosis run: sudo postern doctor",
		HOST_CHECK_STRICT,
		host_look_privilege,
	},
	{
		"namespaces",
		"posternd runs in the initial user, pid and cgroup namespaces",
		"there is one posternd per kernel; inside a container it would guard what it "
		"cannot see",
		"run posternd on the host, and bind-mount a context's socket into the container",
		HOST_CHECK_STRICT,
		host_look_namespaces,
	},
	{
		"kernel",
		"the kernel is 6.1 or newer",
		"hooks and helpers that every rule needs are missing",
		"install a newer kernel and reboot",
		HOST_CHECK_STRICT,
		host_look_kernel,
	},
	{
		"lsm",
		"bpf is among the active LSMs",
		"the kernel would load the rules and never ask them",
		"add bpf to the lsm= list of the kernel command line (" GRUB ")",
		HOST_CHECK_STRICT,
		host_look_lsm,
	},
	{
		"btf",
		"the kernel describes its types (BTF)",
		"the kernel programs cannot be fitted to this kernel",
		"use a kernel built with CONFIG_DEBUG_INFO_BTF=y",
		HOST_CHECK_STRICT,
		host_look_btf,
	},
	{
		"bpf-lsm",
		"the kernel has hooks for BPF LSM programs",
		"nothing can be enforced",
		"use a kernel built with CONFIG_BPF_LSM=y",
		0,
		host_look_bpf_lsm,
	},
	{
		"security-path",
		"the kernel has the path hooks",
		"create, delete, rename and chmod could not be refused",
		"use a kernel built with CONFIG_SECURITY_PATH=y",
		0,
		host_look_security_path,
	},
	{
		"jit",
		"the BPF JIT compiler is on",
		"LSM programs run only when compiled",
		"sysctl net.core.bpf_jit_enable=1",
		0,
		host_look_jit,
	},
	{
		"ftrace",
		"kernel.ftrace_enabled is on",
		"before kernel 7.0, turning it off silently turns every BPF LSM program off",
		"sysctl kernel.ftrace_enabled=1, and find out what turned it off (sysctl.d)",
		0,
		host_look_ftrace,
	},
	{
		"preemption",
		"the kernel's preemption model suits it",
		"a task's policy is not always found: calls fail at random",
		"boot with preempt=voluntary (" GRUB "), or use a kernel of 6.12 or newer",
		0,
		host_look_preemption,
	},
	{
		"lockdown",
		"the kernel is not locked down for confidentiality",
		"it refuses kernel programs that read kernel memory, as the path walk does",
		"boot with lockdown=integrity or without lockdown= (" GRUB ")",
		0,
		host_look_lockdown,
	},
	{
		"cgroup2",
		"cgroup version 2 is mounted at /sys/fs/cgroup",
		"workers could not be told by their cgroup, the key that they cannot shed",
		"boot with systemd.unified_cgroup_hierarchy=1 (" GRUB ")",
		HOST_CHECK_STRICT,
		host_look_cgroup,
	},
	{
		"programs",
		"every LSM hook has room for more programs",
		"a kernel program could not be attached, or not replaced at an upgrade",
		"find out with bpftool link which other program fills the hook",
		HOST_CHECK_ADVISORY,
		host_look_programs,
	},
	{
		"unprivileged-bpf",
		"unprivileged processes may not load BPF programs",
		"Postern does not need it off, yet it widens what local users can attack",
		"sysctl kernel.unprivileged_bpf_disabled=2",
		HOST_CHECK_ADVISORY,
		host_look_unprivileged_bpf,
	},
};

_Static_assert(ARRAY_SIZE(checks) <= HOST_CHECKS_MAX, "room for all findings");

size_t host_checks(const char *root, struct host_finding *ret, size_t room)
{
	struct host host = {.root = root ? root : ""};
	size_t len = MIN_OF(room, ARRAY_SIZE(checks));

	host.fake = host.root[0] != '\0';
	for (size_t i = 0; i < len; i++) {
		ret[i] = (struct host_finding){.check = &checks[i], .verdict = HOST_UNKNOWN};
		checks[i].look(&host, &ret[i]);
		if (ret[i].verdict != HOST_OK && !ret[i].remedy[0])
			host_remedy(&ret[i], "%s", checks[i].remedy);
	}
	btf__free(host.btf);
	return len;
}

bool host_refuses(const struct host_finding *finding)
{
	if (finding->check->flags & HOST_CHECK_ADVISORY)
		return false;
	return finding->verdict == HOST_LACKING ||
	       (finding->verdict == HOST_UNKNOWN && finding->check->flags & HOST_CHECK_STRICT);
}

int host_require(const char *root, struct error *err)
{
	cleanup_free struct host_finding *findings = calloc(HOST_CHECKS_MAX, sizeof(*findings));
	size_t len;

	if (!findings)
		return error_set(err, -ENOMEM, "host checks");
	len = host_checks(root, findings, HOST_CHECKS_MAX);
	for (size_t i = 0; i < len; i++) {
		const struct host_finding *f = &findings[i];

		if (!host_refuses(f))
			continue;
		(void)error_say(err, -EOPNOTSUPP, "this host cannot run posternd (%s): %s: %s",
				f->check->name, f->found, f->check->consequence);
		error_hint(err, "%s; `postern doctor` makes all checks", f->remedy);
		return -EOPNOTSUPP;
	}
	return 0;
}

const char *host_verdict_name(enum host_verdict verdict)
{
	switch (verdict) {
	case HOST_OK:
		return "ok";
	case HOST_LACKING:
		return "lacking";
	case HOST_WARNING:
		return "warning";
	case HOST_UNKNOWN:
	default:
		return "unknown";
	}
}
