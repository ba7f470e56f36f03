/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Host check: room for programs on the LSM hooks.
 *
 * A trampoline takes a fixed number of programs (BPF_MAX_TRAMP_LINKS; 38 on 6.1 and 6.12, 36
 * on 7.3, measured). Postern has one on each of its hooks, and for the time of an upgrade two,
 * since the new one is attached before the old one goes.
 */
#include <errno.h>
#include <string.h>

#include "policy/host_look.h"
#include "policy/lsm_programs.h"

#define ROOM_WANTED 2
#define HOOKS_MAX   512 /* a kernel has some 280 */

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

/* Returns 0 or a negative errno. */
static int links_count(struct uses *uses)
{
	cleanup_free struct lsm_program *programs = NULL;
	size_t len;
	int r = lsm_programs_list(&programs, &len);

	for (size_t i = 0; r == 0 && i < len; i++)
		uses_add(uses, programs[i].hook);
	return r;
}

static const char *hook_name_of(struct host *host, unsigned hook)
{
	const char *name = lsm_programs_hook(host_btf(host), hook);

	return name ? name : "one hook";
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
			   "%s, the fullest, has %u of %u taken", hook_name_of(host, fullest.hook),
			   fullest.links, limit);
}
