/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern status --hooks: the table of hooks for the running kernel. */
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "cli/admin_client.h"
#include "cli/exit.h"
#include "cli/jsonl.h"
#include "cli/say.h"
#include "cli/status.h"
#include "policy/hooks.h"

/* What is known of one hook. Without posternd only whether the kernel has it. */
enum state { UNKNOWN, ATTACHED, UNASKED, PRESENT, ABSENT, LACKING };

struct hooks_status {
	enum state states[POSTERN_HOOKS_LEN];
	bool posternd; /* the states are posternd's word */
};

static const char *state_name(enum state state)
{
	static const char *const names[] = {"unknown", "attached", "not attached",
					    "present", "absent",   "lacking"};

	return names[state];
}

/* Why a hook is not attached; NULL when it is, or nobody can tell. */
static const char *why_not(const struct hook *h, enum state state)
{
	if (state == UNASKED)
		return "no context that is loaded guards metadata";
	if (state == ABSENT)
		return h->absent;
	if (state == LACKING)
		return "posternd does not start on a kernel without it";
	return NULL;
}

static enum state without(const struct hook *h)
{
	return hook_demanded(h, hooks_kernel_version()) ? LACKING : ABSENT;
}

static enum state told(const struct hook *h, uint32_t state)
{
	switch (state) {
	case ADMIN_HOOK_ATTACHED:
		return ATTACHED;
	case ADMIN_HOOK_UNASKED:
		return UNASKED;
	case ADMIN_HOOK_ABSENT:
		return without(h);
	default:
		return UNKNOWN;
	}
}

static int receive(int fd, struct hooks_status *s)
{
	struct admin_record record;
	int r;

	for (;;) {
		r = admin_next(fd, ADMIN_WAIT_MS, NULL, -1, &record);
		if (r == -EINTR || r == -EAGAIN)
			continue;
		if (r > 0 && record.type == ADMIN_END)
			return CLI_OK;
		if (r <= 0 || record.type != ADMIN_HOOK || record.hook >= hooks_len)
			return admin_said(r, &record);
		s->states[record.hook] = told(&hooks[record.hook], record.state);
	}
}

/* The kernel's side needs no posternd. */
static int look(struct hooks_status *s)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	uint32_t ids[POSTERN_HOOKS_LEN];

	if (!kernel) {
		say_error("read the kernel's types from /sys/kernel/btf/vmlinux: %s",
			  strerror(errno));
		say_hint("postern doctor says what this host lacks");
		return CLI_FAILED;
	}
	hooks_find(kernel, ids);
	for (size_t i = 0; i < hooks_len; i++)
		s->states[i] = ids[i] ? PRESENT : without(&hooks[i]);
	btf__free(kernel);
	return CLI_OK;
}

static void print_text(const struct hooks_status *s)
{
	char kernels[HOOKS_KERNELS_MAX];

	for (size_t i = 0; i < hooks_len; i++) {
		const struct hook *h = &hooks[i];
		const char *why = why_not(h, s->states[i]);

		printf("%-24s %-12s  %s\n%39sasks for: %s; kernels: %s\n", h->name,
		       state_name(s->states[i]), h->guards, "", h->asks, hook_kernels(h, kernels));
		if (why)
			printf("%39swhy: %s\n", "", why);
	}
}

static void print_json(const struct hooks_status *s)
{
	char kernels[HOOKS_KERNELS_MAX];
	struct jsonl j = {.to = stdout};

	jsonl_open(&j, NULL, '{');
	jsonl_boolean(&j, "posternd", s->posternd);
	jsonl_open(&j, "hooks", '[');
	for (size_t i = 0; i < hooks_len; i++) {
		const struct hook *h = &hooks[i];

		jsonl_open(&j, NULL, '{');
		jsonl_string(&j, "name", h->name);
		jsonl_string(&j, "state", state_name(s->states[i]));
		jsonl_string(&j, "guards", h->guards);
		jsonl_string(&j, "asks_for", h->asks);
		jsonl_string(&j, "kernels", hook_kernels(h, kernels));
		if (why_not(h, s->states[i]))
			jsonl_string(&j, "why", why_not(h, s->states[i]));
		jsonl_close(&j, '}');
	}
	jsonl_close(&j, ']');
	jsonl_close(&j, '}');
	jsonl_end(&j);
}

int status_hooks(const char *socket, bool json)
{
	cleanup_error struct error err = {};
	cleanup_close int fd = admin_ask(socket, ADMIN_ASK_HOOKS, 0, &err);
	struct hooks_status s = {.posternd = fd >= 0};
	int r;

	if (fd < 0) {
		say_warning("%s", error_text(&err));
		say_hint("this is the kernel's side alone: which hooks it has, and not whether "
			 "they are attached");
		r = look(&s);
	} else {
		r = receive(fd, &s);
	}
	if (r != CLI_OK)
		return r;
	if (json)
		print_json(&s);
	else
		print_text(&s);
	for (size_t i = 0; i < hooks_len; i++)
		if (s.states[i] == LACKING || s.states[i] == UNKNOWN)
			r = CLI_FAILED;
	return r;
}
