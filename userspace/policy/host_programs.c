/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Host check: room for programs on the LSM hooks.
 *
 * A trampoline takes a fixed number of programs (BPF_MAX_TRAMP_LINKS; 38 on 6.1 and 6.12, 36
 * on 7.3, measured). Postern has one on each of its hooks, and for the time of an upgrade two,
 * since the new one is attached before the old one goes.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "policy/host_look.h"

#define ROOM_WANTED 2
#define HOOKS_MAX   512 /* a kernel has some 280 */
#define LINKS_MAX   65536

struct hook_use {
	unsigned hook; /* BTF id of bpf_lsm_HOOK */
	unsigned links;
};

struct uses {
	struct hook_use items[HOOKS_MAX];
	size_t len;
};

static void uses_add(struct uses *uses, unsigned hook)
{
	size_t i = 0;

	while (i < uses->len && uses->items[i].hook != hook)
		i++;
	if (i == HOOKS_MAX)
		return;
	if (i == uses->len)
		uses->items[uses->len++] = (struct hook_use){.hook = hook};
	uses->items[i].links++;
}

static void link_count(struct uses *uses, unsigned id)
{
	struct bpf_link_info info = {};
	unsigned info_len = sizeof(info);
	cleanup_close int fd = bpf_link_get_fd_by_id(id);

	/* It may be gone again. */
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &info_len) < 0)
		return;
	if (info.type == BPF_LINK_TYPE_TRACING && info.tracing.attach_type == BPF_LSM_MAC)
		uses_add(uses, info.tracing.target_btf_id);
}

/* Returns 0 or a negative errno. */
static int links_count(struct uses *uses)
{
	unsigned id = 0;

	for (size_t i = 0; i < LINKS_MAX; i++) {
		if (bpf_link_get_next_id(id, &id) < 0)
			return errno == ENOENT ? 0 : -errno;
		link_count(uses, id);
	}
	return -EOVERFLOW;
}

static const char *hook_name(struct host *host, unsigned hook)
{
	const struct btf *btf = host_btf(host);
	const struct btf_type *type = btf ? btf__type_by_id(btf, hook) : NULL;
	const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

	if (!name)
		return "one hook";
	return strncmp(name, "bpf_lsm_", 8) == 0 ? name + 8 : name;
}

void host_look_programs(struct host *host, struct host_finding *f)
{
	const unsigned limit = host_version(host) >= HOST_VERSION(7, 0) ? 36 : 38;
	struct uses uses = {};
	struct hook_use fullest = {};
	int r;

	if (host->fake) {
		host_found(f, HOST_UNKNOWN,
			   "this is not the running host: its programs cannot be "
			   "counted");
		return;
	}
	r = links_count(&uses);
	if (r < 0) {
		host_found(f, HOST_UNKNOWN, "count the attached programs: %s", strerror(-r));
		if (r == -EPERM)
			host_remedy(f, "only root may count them: sudo postern doctor");
		return;
	}
	for (size_t i = 0; i < uses.len; i++)
		if (uses.items[i].links > fullest.links)
			fullest = uses.items[i];
	if (fullest.links == 0)
		host_found(f, HOST_OK, "no hook has any of its %u taken", limit);
	else
		host_found(f, fullest.links + ROOM_WANTED > limit ? HOST_WARNING : HOST_OK,
			   "%s, the fullest, has %u of %u taken", hook_name(host, fullest.hook),
			   fullest.links, limit);
}
