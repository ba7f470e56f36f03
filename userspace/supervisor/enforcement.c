/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads, attaches and pins the kernel programs. Their maps are in enforcement_maps.c. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "decision.skel.h"
#include "policy/hooks.h"
#include "supervisor/enforcement_private.h"
#include "supervisor/pins.h"

/* libbpf explains a program that does not load in its log alone, so the last lines of it become the
 * error's text. */
static char libbpf_said[512];

static int keep_libbpf_message(enum libbpf_print_level level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static int keep_libbpf_message(enum libbpf_print_level level, const char *format, va_list args)
{
	if (getenv("POSTERN_LIBBPF_LOG"))
		return vfprintf(stderr, format, args);
	if (level == LIBBPF_WARN) {
		(void)vsnprintf(libbpf_said, sizeof(libbpf_said), format, args);
		libbpf_said[strcspn(libbpf_said, "\n")] = '\0';
	}
	return 0;
}

#define PROGRAM_PREFIX "postern_"

static struct bpf_program *program_of(const struct enforcement *e, const struct hook *hook)
{
	char name[128];

	(void)snprintf(name, sizeof(name), PROGRAM_PREFIX "%s", hook->name);
	return bpf_object__find_program_by_name(e->skeleton->obj, name);
}

/* Of hooks that the kernel need not have, and has not, the programs are not loaded. */
static int choose_programs(struct enforcement *e, struct error *err)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	int r;

	if (!kernel) {
		r = error_set(err, errno, "read the kernel's types from /sys/kernel/btf/vmlinux");
		error_hint(err, "Postern needs a kernel built with CONFIG_DEBUG_INFO_BTF=y");
		return r;
	}
	e->skeleton->rodata->direct_loads =
		btf__find_by_name_kind(kernel, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	hooks_find(kernel, e->ids);
	btf__free(kernel);
	r = hooks_require(e->ids, hooks_kernel_version(), err);
	for (size_t i = 0; i < hooks_len && r == 0; i++) {
		struct bpf_program *program = program_of(e, &hooks[i]);

		if (!program)
			r = error_say(err, -ENOENT,
				      "the table of hooks names %s, which has no program",
				      hooks[i].name);
		else if (e->ids[i])
			e->programs[i] = program;
		else
			(void)bpf_program__set_autoload(program, false);
	}
	return r;
}

/* Of its own, or libbpf would search all of the kernel's types once for each program. */
static int give_hook_id(struct bpf_program *program, struct bpf_prog_load_opts *options, long ids)
{
	const char *name = bpf_program__name(program) + strlen(PROGRAM_PREFIX);

	for (size_t i = 0; i < hooks_len; i++)
		if (strcmp(hooks[i].name, name) == 0)
			options->attach_btf_id = ((const uint32_t *)ids)[i];
	return options->attach_btf_id ? 0 : -ENOENT;
}

/* Opens the programs, and gives libbpf the ids of their hooks when it loads them. */
static int open_programs(struct enforcement *e)
{
	const struct libbpf_prog_handler_opts options = {
		.sz = sizeof(options),
		.cookie = (long)e->ids,
		.prog_prepare_load_fn = give_hook_id,
	};

	e->handler = libbpf_register_prog_handler("lsm/", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, &options);
	if (e->handler < 0)
		return e->handler;
	errno = 0;
	e->skeleton = postern_bpf__open();
	return e->skeleton ? 0 : -(errno ? errno : ENOMEM);
}

static int attach_programs(struct enforcement *e, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < hooks_len && r == 0; i++)
		if (hooks[i].when == HOOK_ALWAYS)
			r = enforcement_attach(e, i, err);
	return r;
}

static int load(struct enforcement *e, uint64_t cgroup, uint32_t level, struct error *err)
{
	int r;

	e->skeleton->rodata->contexts_cgroup = cgroup;
	e->skeleton->rodata->contexts_level = level;
	r = choose_programs(e, err);
	if (r == 0)
		r = enforcement_symbols(e, err);
	if (r < 0)
		return r;
	libbpf_said[0] = '\0';
	r = postern_bpf__load(e->skeleton);
	if (r < 0) {
		r = error_set(err, r, "load the kernel programs (%s)", libbpf_said);
		error_hint(err, "`postern doctor` checks what the kernel lacks");
		return r;
	}
	fault_point(FAULT_LOADED);
	return 0;
}

static int load_identify_only(struct enforcement *e, struct error *err)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, e->skeleton->obj)(void)
		bpf_program__set_autoload(program, program == e->skeleton->progs.postern_identify);
	if (postern_bpf__load(e->skeleton) < 0)
		return error_set(err, errno, "load the program that identifies directories");
	return 0;
}

static void see_flags(void *userdata, uint64_t id UNUSED, const struct postern_policy *policy)
{
	uint32_t *flags = userdata;

	*flags |= policy->flags;
}

/* What an earlier supervisor's policies made it attach: before its own is dropped. */
static int attach_asked(struct enforcement *e, struct error *err)
{
	uint32_t flags = 0;
	int r = e->reuses ? enforcement_policies(e, see_flags, &flags) : 0;

	if (r < 0)
		return error_set(err, r, "read the kernel's policies");
	for (size_t i = 0; i < hooks_len && r == 0; i++)
		if (enforcement_asked_for(i, flags))
			r = enforcement_attach(e, i, err);
	return r;
}

int enforcement_load(struct enforcement *e, uint64_t cgroup, uint32_t level, struct error *err)
{
	int r;

	if (fault_quick())
		return load_identify_only(e, err);
	r = load(e, cgroup, level, err);
	/* The maps first: from the moment at which a program of ours decides, a supervisor that
	 * comes after this one finds the maps that it decides by. */
	if (r == 0)
		r = pins_maps(e->pins, e, err);
	if (r == 0)
		r = enforcement_decide(e, err);
	if (r == 0)
		r = attach_programs(e, err);
	if (r == 0)
		r = attach_asked(e, err);
	return r < 0 ? r : pins_links(e->pins, e, err);
}

int enforcement_open(const char *pins, bool fresh, struct enforcement **ret, struct error *err)
{
	struct enforcement *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return error_set(err, ENOMEM, "load the kernel programs");
	e->pins = pins;
	(void)libbpf_set_print(keep_libbpf_message);
	e->links = calloc(hooks_len, sizeof(*e->links));
	e->programs = calloc(hooks_len, sizeof(struct bpf_program *));
	e->handler = -1;
	r = e->links && e->programs ? open_programs(e) : -ENOMEM;
	if (r < 0)
		(void)error_set(err, r, "open the kernel programs");
	else
		r = pins_prepare(pins, err);
	if (r == 0 && !fresh)
		r = pins_reuse(pins, e, err);
	if (r < 0) {
		enforcement_free(e);
		return r;
	}
	e->reuses = r > 0;
	fault_point(FAULT_MAPS_TAKEN);
	*ret = e;
	return 0;
}

bool enforcement_reuses(const struct enforcement *e)
{
	return e->reuses;
}

void enforcement_free(struct enforcement *e)
{
	if (!e)
		return;
	ring_buffer__free(e->ring);
	for (size_t i = 0; e->links && i < hooks_len; i++)
		(void)bpf_link__destroy(e->links[i]);
	free(e->links);
	free(e->programs);
	free(e->generation);
	if (e->handler >= 0)
		(void)libbpf_unregister_prog_handler(e->handler);
	decision_bpf__destroy(e->decision);
	postern_bpf__destroy(e->skeleton);
	free(e);
}

void enforcement_drop(const char *pins)
{
	pins_drop(pins);
}
