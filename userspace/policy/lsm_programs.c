/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attached LSM programs, by the kernel's list of links. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "policy/lsm_programs.h"

#define LINKS_MAX  65536
#define HOOK_START "bpf_lsm_"

static void program_name(uint32_t id, char to[16])
{
	struct bpf_prog_info info = {};
	unsigned len = sizeof(info);
	cleanup_close int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && info.name[0])
		(void)snprintf(to, 16, "%s", info.name);
	else
		(void)snprintf(to, 16, "(no name)");
}

/* Returns 1 when the link is one of an LSM program, 0 when it is another or gone again. */
static int look(uint32_t id, struct lsm_program *ret)
{
	struct bpf_link_info info = {};
	unsigned len = sizeof(info);
	cleanup_close int fd = bpf_link_get_fd_by_id(id);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ||
	    info.type != BPF_LINK_TYPE_TRACING || info.tracing.attach_type != BPF_LSM_MAC)
		return 0;
	*ret = (struct lsm_program){
		.hook = info.tracing.target_btf_id, .program = info.prog_id, .link = id};
	program_name(info.prog_id, ret->name);
	return 1;
}

int lsm_programs_list(struct lsm_program **ret, size_t *ret_len)
{
	cleanup_free struct lsm_program *programs = NULL;
	size_t len = 0, room = 0;
	uint32_t id = 0;

	for (size_t i = 0; i < LINKS_MAX; i++) {
		if (len == room) {
			struct lsm_program *more;

			room = room ? 2 * room : 128;
			more = reallocarray(programs, room, sizeof(*programs));
			if (!more)
				return -ENOMEM;
			programs = more;
		}
		if (bpf_link_get_next_id(id, &id) < 0) {
			if (errno != ENOENT)
				return -errno;
			*ret = steal_ptr(programs);
			*ret_len = len;
			return 0;
		}
		len += (size_t)look(id, &programs[len]);
	}
	return -EOVERFLOW;
}

const char *lsm_programs_hook(const struct btf *btf, uint32_t hook)
{
	const struct btf_type *type = btf ? btf__type_by_id(btf, hook) : NULL;
	const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

	if (!name || strncmp(name, HOOK_START, strlen(HOOK_START)) != 0)
		return NULL;
	return name + strlen(HOOK_START);
}

/* How often the name of programs[i] is on its hook; 0 when it was counted before. */
static size_t times(const struct lsm_program *programs, size_t len, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < len; k++) {
		if (programs[k].hook != programs[i].hook ||
		    strcmp(programs[k].name, programs[i].name) != 0)
			continue;
		if (k < i)
			return 0;
		n++;
	}
	return n;
}

size_t lsm_programs_name(const struct lsm_program *programs, size_t len, uint32_t hook, char *to,
			 size_t size)
{
	size_t sum = 0, used = 0;

	to[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		size_t n;
		int more = 0;

		if (programs[i].hook != hook)
			continue;
		sum++;
		n = times(programs, len, i);
		if (n == 1)
			more = snprintf(to + used, size - used, "%s%s", used ? ", " : "",
					programs[i].name);
		else if (n > 1)
			more = snprintf(to + used, size - used, "%s%s ×%zu", used ? ", " : "",
					programs[i].name, n);
		used = MIN_OF(used + (size_t)more, size - 1);
	}
	return sum;
}
