/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Host checks: what the kernel was built with and booted with. */
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "policy/host_look.h"

#define LSM_LIST   "/sys/kernel/security/lsm"
#define LOCKDOWN   "/sys/kernel/security/lockdown"
#define BTF	   "/sys/kernel/btf/vmlinux"
#define JIT	   "/proc/sys/net/core/bpf_jit_enable"
#define FTRACE	   "/proc/sys/kernel/ftrace_enabled"
#define UNPRIV_BPF "/proc/sys/kernel/unprivileged_bpf_disabled"

void host_look_kernel(struct host *host, struct host_finding *f)
{
	unsigned version = host_version(host);
	char release[128];

	if (version == HOST_NO_VERSION) {
		host_found(f, HOST_UNKNOWN, "the kernel's version cannot be read from /proc");
		host_remedy(f, "mount /proc");
		return;
	}
	if (host_read(host, "/proc/sys/kernel/osrelease", release, sizeof(release)) < 0)
		release[0] = '\0';
	host_found(f, version < HOST_VERSION(6, 1) ? HOST_LACKING : HOST_OK, "this is kernel %s",
		   release);
}

/* Without securityfs nothing tells which LSMs are active: that is its own lack, with its own
 * remedy. Returns true when it said so, or that this cannot be seen either. */
static bool securityfs_missing(struct host *host, struct host_finding *f, enum host_verdict verdict)
{
	char type[64];
	int r = host_mount_type(host, "/sys/kernel/security", type, sizeof(type));

	if (r == 0 && strcmp(type, "securityfs") == 0)
		return false;
	if (r < 0 && r != -ENODATA) {
		host_unreadable(f, "/proc/self/mountinfo", r);
		return true;
	}
	host_found(f, verdict, "securityfs is not mounted at /sys/kernel/security, so that %s",
		   f->check->look == host_look_lsm ? "the active LSMs cannot be seen"
						   : "lockdown cannot be seen");
	host_remedy(f, "mount -t securityfs securityfs /sys/kernel/security");
	return true;
}

void host_look_lsm(struct host *host, struct host_finding *f)
{
	char list[HOST_TEXT_MAX / 2];
	int r = host_read(host, LSM_LIST, list, sizeof(list));

	if (r == -ENOENT && securityfs_missing(host, f, HOST_LACKING))
		return;
	if (r < 0) {
		host_unreadable(f, LSM_LIST, r);
		return;
	}
	if (host_word(list, ",", "bpf")) {
		host_found(f, HOST_OK, "the active LSMs are %s", list);
		return;
	}
	host_found(f, HOST_LACKING, "the active LSMs are %s: bpf is not among them", list);
	host_remedy(f,
		    "boot with lsm=%s%sbpf (on Debian: GRUB_CMDLINE_LINUX in /etc/default/grub, "
		    "then update-grub and a reboot)",
		    list, list[0] ? "," : "");
}

void host_look_btf(struct host *host, struct host_finding *f)
{
	if (host_btf(host)) {
		host_found(f, HOST_OK, BTF " describes %u types", btf__type_cnt(host->btf) - 1);
		return;
	}
	if (host->btf_error == -ENOENT)
		host_found(f, HOST_LACKING, "there is no " BTF);
	else if (host->btf_error == -EACCES || host->btf_error == -EPERM)
		host_unreadable(f, BTF, host->btf_error);
	else
		host_found(f, HOST_LACKING, BTF " cannot be read as BTF: %s",
			   strerror(-host->btf_error));
}

/* An LSM hook that programs can be attached to is the function bpf_lsm_HOOK. */
static void look_hook(struct host *host, struct host_finding *f, const char *hook,
		      const char *option)
{
	char function[64];

	if (!host_btf(host)) {
		host_found(f, HOST_UNKNOWN, "without BTF the hooks cannot be seen");
		host_remedy(f, "see the check btf");
		return;
	}
	(void)snprintf(function, sizeof(function), "bpf_lsm_%s", hook);
	if (btf__find_by_name_kind(host->btf, function, BTF_KIND_FUNC) > 0)
		host_found(f, HOST_OK, "the hook %s exists", hook);
	else
		host_found(f, HOST_LACKING, "the hook %s does not exist: %s is not set", hook,
			   option);
}

void host_look_bpf_lsm(struct host *host, struct host_finding *f)
{
	look_hook(host, f, "file_open", "CONFIG_BPF_LSM");
}

void host_look_security_path(struct host *host, struct host_finding *f)
{
	look_hook(host, f, "path_mknod", "CONFIG_SECURITY_PATH");
}

void host_look_jit(struct host *host, struct host_finding *f)
{
	char value[32];
	int r = host_read(host, JIT, value, sizeof(value));

	if (r < 0)
		host_unreadable(f, JIT, r);
	else
		host_found(f, strcmp(value, "0") == 0 ? HOST_LACKING : HOST_OK,
			   "net.core.bpf_jit_enable is %s", value);
}

/* kernel/trace/ftrace.c, ftrace_enable_sysctl(): up to 6.12 the trampolines that call LSM programs
 * are switched off with everything else, and every link stays listed (measured on 6.1 and 6.12);
 * 7.3 refuses the switch while programs are attached. */
void host_look_ftrace(struct host *host, struct host_finding *f)
{
	unsigned version = host_version(host);
	char value[32];
	int r = host_read(host, FTRACE, value, sizeof(value));

	if (r < 0) {
		host_unreadable(f, FTRACE, r);
		return;
	}
	if (strcmp(value, "0") != 0)
		host_found(f, HOST_OK, "kernel.ftrace_enabled is %s", value);
	else if (version >= HOST_VERSION(7, 0))
		host_found(f, HOST_WARNING,
			   "kernel.ftrace_enabled is 0; this kernel may refuse to attach programs");
	else
		host_found(f, HOST_LACKING, "kernel.ftrace_enabled is 0");
}

/* security/lockdown/lockdown.c shows "none [integrity] confidentiality". LOCKDOWN_BPF_READ_KERNEL
 * belongs to confidentiality. */
void host_look_lockdown(struct host *host, struct host_finding *f)
{
	char modes[128];
	int r = host_read(host, LOCKDOWN, modes, sizeof(modes));

	if (r == -ENOENT && securityfs_missing(host, f, HOST_UNKNOWN))
		return;
	if (r == -ENOENT)
		host_found(f, HOST_OK, "the lockdown LSM is not active");
	else if (r < 0)
		host_unreadable(f, LOCKDOWN, r);
	else if (strstr(modes, "[confidentiality]"))
		host_found(f, HOST_LACKING, "lockdown is confidentiality");
	else if (strstr(modes, "[integrity]") || strstr(modes, "[none]"))
		host_found(f, HOST_OK, "lockdown is %s",
			   strstr(modes, "[none]") ? "none" : "integrity");
	else
		host_found(f, HOST_UNKNOWN, LOCKDOWN " reads \"%s\", which no known kernel says",
			   modes);
}

void host_look_unprivileged_bpf(struct host *host, struct host_finding *f)
{
	char value[32];
	int r = host_read(host, UNPRIV_BPF, value, sizeof(value));

	if (r < 0)
		host_unreadable(f, UNPRIV_BPF, r);
	else
		host_found(f, strcmp(value, "0") == 0 ? HOST_WARNING : HOST_OK,
			   "kernel.unprivileged_bpf_disabled is %s", value);
}
