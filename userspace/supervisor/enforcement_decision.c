/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program that all hooks' programs call (bpf/decision/): loaded once, and put in the place of
 * the function decide() in each of them.
 *
 * The verifier would otherwise walk through it once a hook, which took most of a start. Whatever
 * goes wrong with it fails closed: the function that it replaces refuses everything to the tasks of
 * contexts, until the generation of programs is retired (pins.c).
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "decision.skel.h"
#include "policy/hooks.h"
#include "supervisor/enforcement_private.h"
#include "supervisor/pins.h"
#include "symbols.skel.h"

#define REPLACED "decide" /* bpf/fallback.bpf.c */

static int run_symbols(struct symbols_bpf *symbols, struct error *err)
{
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, options);
	int r;

	r = bpf_prog_test_run_opts(bpf_program__fd(symbols->progs.postern_symbols), &options);
	if (r < 0)
		return error_set(err, r, "ask the kernel for addresses");
	if (options.retval == 0 && symbols->bss->rename_lock && symbols->bss->mount_lock &&
	    symbols->bss->genl_fam_idr)
		return 0;
	/* Without the locks no walk could tell whether a rename came in between. */
	r = error_say(err, options.retval ? (int)options.retval : -ENOENT,
		      "the kernel does not tell the addresses of rename_lock, mount_lock and "
		      "genl_fam_idr: %s",
		      strerror(options.retval ? -(int)options.retval : ENOENT));
	error_hint(err, "kernel.kptr_restrict must be 0 or 1, and the kernel be built with "
			"CONFIG_KALLSYMS_ALL=y");
	return r;
}

int enforcement_symbols(struct enforcement *e, struct error *err)
{
	struct symbols_bpf *symbols = symbols_bpf__open_and_load();
	int r;

	if (!symbols)
		return error_set(err, errno, "load the program that asks for symbols");
	r = run_symbols(symbols, err);
	if (r == 0) {
		e->skeleton->rodata->rename_lock = symbols->bss->rename_lock;
		e->skeleton->rodata->mount_lock = symbols->bss->mount_lock;
		e->skeleton->rodata->genl_fam_idr = symbols->bss->genl_fam_idr;
	}
	symbols_bpf__destroy(symbols);
	return r;
}

/* It works on the maps of the others. */
static int share_maps(struct enforcement *e, struct error *err)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, e->decision->obj)
	{
		const struct bpf_map *ours;
		int r;

		if (bpf_map__is_internal(map))
			continue;
		ours = bpf_object__find_map_by_name(e->skeleton->obj, bpf_map__name(map));
		r = ours ? bpf_map__reuse_fd(map, bpf_map__fd(ours)) : -ENOENT;
		if (r < 0)
			return error_set(err, r, "share map %s", bpf_map__name(map));
	}
	return 0;
}

static void share_settings(struct enforcement *e)
{
	e->decision->rodata->contexts_cgroup = e->skeleton->rodata->contexts_cgroup;
	e->decision->rodata->contexts_level = e->skeleton->rodata->contexts_level;
	e->decision->rodata->direct_loads = e->skeleton->rodata->direct_loads;
	e->decision->rodata->rename_lock = e->skeleton->rodata->rename_lock;
	e->decision->rodata->mount_lock = e->skeleton->rodata->mount_lock;
	e->decision->rodata->genl_fam_idr = e->skeleton->rodata->genl_fam_idr;
}

/* target: any program that has the function; the verifier holds the types of the two against each
 * other. */
static int load(struct enforcement *e, const struct bpf_program *target, struct error *err)
{
	int r;

	e->decision = decision_bpf__open();
	if (!e->decision)
		return error_set(err, errno, "open the program that decides");
	share_settings(e);
	r = share_maps(e, err);
	if (r < 0)
		return r;
	r = bpf_program__set_attach_target(e->decision->progs.postern_decide,
					   bpf_program__fd(target), REPLACED);
	if (r == 0)
		r = decision_bpf__load(e->decision);
	if (r < 0) {
		r = error_set(err, r, "load the program that decides");
		error_hint(err, "`postern doctor` checks what the kernel lacks");
	}
	return r;
}

/* Pinned at once, and held by the pin alone: when this process ends before all is pinned, what
 * decides must not go before the links that it holds. */
static int put(struct enforcement *e, size_t i, bool first, uint32_t function, struct error *err)
{
	DECLARE_LIBBPF_OPTS(bpf_link_create_opts, options, .target_btf_id = function);
	cleanup_close int fd = -EBADF;

	/* The program that it was loaded for takes no target: the kernel knows that one. */
	fd = bpf_link_create(bpf_program__fd(e->decision->progs.postern_decide),
			     first ? 0 : bpf_program__fd(e->programs[i]), 0,
			     first ? NULL : &options);
	if (fd < 0)
		return error_set(err, errno, "put what decides into the program of hook %s",
				 hooks[i].name);
	return pins_add_decision(e, i, fd, err);
}

int enforcement_decide(struct enforcement *e, struct error *err)
{
	const struct btf *types = bpf_object__btf(e->skeleton->obj);
	int function = btf__find_by_name_kind(types, REPLACED, BTF_KIND_FUNC);
	int r = 0;

	if (function < 0)
		return error_say(err, -ENOENT, "the kernel programs have no function " REPLACED);
	for (size_t i = 0; i < hooks_len && r == 0; i++) {
		bool first = !e->decision;

		if (!e->programs[i])
			continue;
		if (first)
			r = load(e, e->programs[i], err);
		if (r == 0)
			r = put(e, i, first, (uint32_t)function, err);
	}
	return r;
}
