/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The links between programs and hooks: attached one by one, looked after, and told from those of
 * others. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "base/fault.h"
#include "policy/hooks.h"
#include "policy/lsm_programs.h"
#include "supervisor/enforcement_private.h"
#include "supervisor/pins.h"

#define NAMES_BYTES 256

/* Who is on a hook that takes no more: "38 programs are attached to it (filler ×38)". */
static void say_full(size_t hook, struct error *err)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	cleanup_free struct lsm_program *programs = NULL;
	char function[128], names[NAMES_BYTES];
	size_t len = 0, on_it;
	int id;

	(void)snprintf(function, sizeof(function), "bpf_lsm_%s", hooks[hook].name);
	id = kernel ? btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) : -ENOENT;
	btf__free(kernel);
	if (id < 0 || lsm_programs_list(&programs, &len) < 0) {
		error_hint(err, "`bpftool link` lists the programs that are attached to it");
		return;
	}
	on_it = lsm_programs_name(programs, len, (uint32_t)id, names, sizeof(names));
	error_say(err, -E2BIG,
		  "the LSM hook %s, which guards %s, takes no more programs: %zu are attached to "
		  "it (%s)",
		  hooks[hook].name, hooks[hook].guards, on_it, names);
	error_hint(err, "stop what attached them, or remove its pins; `bpftool link` tells whose "
			"they are");
}

int enforcement_attach(struct enforcement *e, size_t i, struct error *err)
{
	struct bpf_link *link;
	int r;

	if (!e->programs[i] || e->links[i])
		return 0;
	link = bpf_program__attach_lsm(e->programs[i]);
	if (link) {
		e->links[i] = link;
		fault_point(FAULT_ATTACH);
		return 0;
	}
	r = -errno;
	if (r == -E2BIG) {
		say_full(i, err);
		return r;
	}
	(void)error_set(err, r, "attach a program to the LSM hook %s", hooks[i].name);
	error_hint(err, "`postern doctor` checks what the kernel lacks");
	return r;
}

bool enforcement_asked_for(size_t i, uint32_t flags)
{
	return (hooks[i].when == HOOK_GUARDED && flags & POSTERN_POLICY_GUARDED) ||
	       (hooks[i].when == HOOK_NETWORK && flags & POSTERN_POLICY_NETWORK);
}

int enforcement_attach_for(struct enforcement *e, uint32_t flags, struct error *err)
{
	for (size_t i = 0; i < hooks_len; i++) {
		int r;

		if (!enforcement_asked_for(i, flags) || !e->programs[i] || e->links[i])
			continue;
		r = enforcement_attach(e, i, err);
		if (r == 0)
			r = pins_add(e, i, err);
		if (r == 0)
			continue;
		/* Pinned or not at all: the next one to ask tries again. */
		(void)bpf_link__destroy(e->links[i]);
		e->links[i] = NULL;
		return r;
	}
	return 0;
}

bool enforcement_attached(const struct enforcement *e, size_t i, bool *ret_exists)
{
	*ret_exists = e->programs[i] != NULL;
	return e->links[i] != NULL;
}

static int link_look(int fd, struct bpf_link_info *ret)
{
	unsigned len = sizeof(*ret);

	memset(ret, 0, sizeof(*ret));
	return bpf_obj_get_info_by_fd(fd, ret, &len) < 0 ? -errno : 0;
}

static int program_id(const struct bpf_program *program, uint32_t *ret)
{
	struct bpf_prog_info info = {};
	unsigned len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len) < 0)
		return -errno;
	*ret = info.id;
	return 0;
}

static int check_link(const struct enforcement *e, size_t i, struct error *err)
{
	cleanup_free char *path = NULL;
	struct bpf_link_info ours, pinned;
	cleanup_close int fd = -EBADF;
	uint32_t program = 0;
	int r;

	r = link_look(bpf_link__fd(e->links[i]), &ours);
	if (r == 0)
		r = program_id(e->programs[i], &program);
	if (r < 0)
		return error_set(err, r, "look at the program on hook %s", hooks[i].name);
	if (ours.type != BPF_LINK_TYPE_TRACING || ours.prog_id != program)
		return error_say(err, -ESTALE, "the link of hook %s does not hold our program",
				 hooks[i].name);
	if (asprintf(&path, "%s/%s", e->generation, hooks[i].name) < 0)
		return error_set(err, ENOMEM, "look at the pin of hook %s", hooks[i].name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return error_set(err, errno, "the pin of hook %s, %s", hooks[i].name, path);
	r = link_look(fd, &pinned);
	if (r < 0)
		return error_set(err, r, "look at %s", path);
	if (pinned.type != ours.type || pinned.id != ours.id)
		return error_say(err, -ESTALE, "%s holds another link than ours", path);
	return 0;
}

int enforcement_check(const struct enforcement *e, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < hooks_len && r == 0; i++)
		if (e->links[i])
			r = check_link(e, i, err);
		else if (e->programs[i] && hooks[i].when == HOOK_ALWAYS)
			r = error_say(err, -ENOLINK, "nothing is attached to hook %s",
				      hooks[i].name);
	return r;
}

/* Ids of our links, 0 for those that are not attached. */
static uint32_t *own_links(const struct enforcement *e)
{
	uint32_t *ids = calloc(hooks_len, sizeof(*ids));
	struct bpf_link_info info;

	for (size_t i = 0; ids && i < hooks_len; i++)
		if (e->links[i] && link_look(bpf_link__fd(e->links[i]), &info) == 0)
			ids[i] = info.id;
	return ids;
}

static bool is_own(const uint32_t *own, uint32_t link)
{
	for (size_t i = 0; i < hooks_len; i++)
		if (own[i] == link)
			return true;
	return false;
}

/* Takes our own out of the list. Returns how many are left. ret_earlier: how many of an earlier
 * posternd were taken out too. */
static size_t others(const uint32_t *own, struct lsm_program *programs, size_t len,
		     size_t *ret_earlier)
{
	size_t left = 0;

	*ret_earlier = 0;
	for (size_t i = 0; i < len; i++) {
		if (is_own(own, programs[i].link))
			continue;
		if (strncmp(programs[i].name, "postern_", strlen("postern_")) == 0)
			++*ret_earlier;
		else
			programs[left++] = programs[i];
	}
	return left;
}

static int write_foreign(FILE *to, const struct lsm_program *programs, size_t len, size_t earlier)
{
	struct btf *kernel = btf__load_vmlinux_btf();

	for (size_t i = 0; i < len; i++) {
		const char *hook = lsm_programs_hook(kernel, programs[i].hook);

		(void)fprintf(to, "%s%s: %s (program %u, link %u)", i ? ", " : "",
			      hook ? hook : "unknown", programs[i].name, programs[i].program,
			      programs[i].link);
	}
	if (earlier)
		(void)fprintf(to, "%s%zu of an earlier posternd", len ? ", " : "", earlier);
	btf__free(kernel);
	return fclose(to) == 0 ? 0 : -ENOMEM;
}

int enforcement_foreign(const struct enforcement *e, char **ret)
{
	cleanup_free struct lsm_program *programs = NULL;
	cleanup_free uint32_t *own = own_links(e);
	cleanup_free char *text = NULL;
	size_t len, earlier, size;
	FILE *to;
	int r;

	r = own ? lsm_programs_list(&programs, &len) : -ENOMEM;
	if (r < 0)
		return r;
	len = others(own, programs, len, &earlier);
	if (len == 0 && earlier == 0) {
		*ret = NULL;
		return 0;
	}
	to = open_memstream(&text, &size);
	r = to ? write_foreign(to, programs, len, earlier) : -ENOMEM;
	if (r == 0)
		*ret = steal_ptr(text);
	return r;
}
