/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How the host checks look at the host. Internal to the host_ files of userspace/policy. */
#ifndef POSTERN_POLICY_HOST_LOOK_H
#define POSTERN_POLICY_HOST_LOOK_H

#include <stddef.h>

#include "policy/host.h"

struct btf;

/* What one run of the checks shares. */
struct host {
	const char *root; /* "" for the host itself */
	struct btf *btf;  /* the kernel's, loaded with the first use */
	int btf_error;	  /* 0 or a negative errno */
	bool btf_tried;
	bool fake; /* a root was given: what only a system call can tell stays unknown */
};

#define HOST_NO_VERSION		   0u
#define HOST_VERSION(major, minor) ((unsigned)(major) << 16 | (unsigned)(minor))

/* Opens a file below the root, read-only. Returns an owned fd or a negative errno. */
int host_open(const struct host *host, const char *path);

/* Reads a small file below the root as text, without the newline at its end. Returns 0, -E2BIG when
 * it does not fit, or a negative errno. */
int host_read(const struct host *host, const char *path, char *to, size_t size);

/* Reads a symlink below the root. Returns 0 or a negative errno. */
int host_link(const struct host *host, const char *path, char *to, size_t size);

/* The file system type of the mount on top of a directory, by /proc/self/mountinfo. Returns 0,
 * -ENODATA when nothing is mounted there, or a negative errno. */
int host_mount_type(const struct host *host, const char *directory, char *to, size_t size);

/* The running kernel's HOST_VERSION(), or HOST_NO_VERSION when it cannot be read. */
unsigned host_version(const struct host *host);

/* The kernel's BTF, or NULL (host->btf_error says why). It lives as long as the run. */
const struct btf *host_btf(struct host *host);

/* Is `word` among the words of a text that `separators` part? */
bool host_word(const char *text, const char *separators, const char *word);

void host_found(struct host_finding *f, enum host_verdict verdict, const char *format, ...)
	PRINTF_LIKE(3, 4);
void host_remedy(struct host_finding *f, const char *format, ...) PRINTF_LIKE(2, 3);

/* UNKNOWN, since a file could not be read. */
void host_unreadable(struct host_finding *f, const char *path, int error);

/* The checks. */
void host_look_privilege(struct host *host, struct host_finding *f);
void host_look_namespaces(struct host *host, struct host_finding *f);
void host_look_kernel(struct host *host, struct host_finding *f);
void host_look_lsm(struct host *host, struct host_finding *f);
void host_look_btf(struct host *host, struct host_finding *f);
void host_look_bpf_lsm(struct host *host, struct host_finding *f);
void host_look_security_path(struct host *host, struct host_finding *f);
void host_look_jit(struct host *host, struct host_finding *f);
void host_look_ftrace(struct host *host, struct host_finding *f);
void host_look_preemption(struct host *host, struct host_finding *f);
void host_look_lockdown(struct host *host, struct host_finding *f);
void host_look_cgroup(struct host *host, struct host_finding *f);
void host_look_programs(struct host *host, struct host_finding *f);
void host_look_unprivileged_bpf(struct host *host, struct host_finding *f);

#endif
