/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a helper says: a table of which record is allowed when, and what each leads to. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "supervisor/adopt.h"
#include "supervisor/cgroup.h"
#include "supervisor/context.h"
#include "supervisor/helper.h"
#include "supervisor/idle.h"
#include "supervisor/log.h"
#include "supervisor/network.h"
#include "supervisor/remade.h"
#include "supervisor/replace.h"
#include "supervisor/worker.h"

static int tell(struct context *c, enum control_type type, struct error *err)
{
	struct control_record record = {.type = type};
	int r = control_send(c->helper.control, &record, NULL, 0, MSG_DONTWAIT);

	return r < 0 ? error_set(err, r, "answer the helper") : 0;
}

static int write_map(pid_t pid, const char *which, const uint32_t *ids, size_t len,
		     struct error *err)
{
	char path[64], text[MANIFEST_IDS_MAX * 32];
	cleanup_close int fd = -EBADF;
	size_t used = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s_map", (int)pid, which);
	for (size_t i = 0; i < len && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%u %u 1\n", ids[i],
					 ids[i]);
	if (used >= sizeof(text))
		return error_say(err, -E2BIG, "too many %ss to map", which);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* The kernel takes a map in one write, once. */
	if (fd < 0 || write(fd, text, used) != (ssize_t)used)
		return error_set(err, errno, "write %s", path);
	return 0;
}

int helper_map_ids(pid_t pid, const struct manifest *m, struct error *err)
{
	int r = write_map(pid, "uid", m->uids, m->uids_len, err);

	return r < 0 ? r : write_map(pid, "gid", m->gids, m->gids_len, err);
}

static int on_map_ids(struct context *c, const struct control_record *record UNUSED,
		      int *fds UNUSED, struct error *err)
{
	int r = helper_map_ids(c->helper.pid, c->manifest, err);

	fault_point(FAULT_IDS_MAPPED);
	return r < 0 ? r : tell(c, CONTROL_MAPPED, err);
}

/* First page of the workers of an entrypoint's generation. */
uint32_t helper_slot_base(const struct context *c, uint32_t entrypoint, uint32_t bank)
{
	for (size_t i = 0; i < c->workers_len; i++)
		if (c->workers[i].entrypoint == entrypoint && c->workers[i].bank == bank)
			return c->workers[i].slot;
	return 0;
}

int helper_install_as(struct context *c, struct policy *policy, uint32_t entrypoint, uint32_t bank,
		      uint64_t id, const struct rule_places *places, struct ruleset **ret,
		      struct error *err)
{
	struct postern_policy value = {.context = c->number, .entrypoint = entrypoint};

	if (entrypoint != ~0u) {
		const struct manifest_entrypoint *e = &c->manifest->entrypoints[entrypoint];

		value.slots = e->isolation == MANIFEST_ISOLATION_CALL ? e->workers : 0;
		value.slot_base = helper_slot_base(c, entrypoint, bank);
	}
	return ruleset_install(c->supervisor->enforcement, policy, id, c->helper.root, places,
			       value, ret, err);
}

int helper_install(struct context *c, struct policy *policy, uint32_t entrypoint, uint32_t bank,
		   const struct rule_places *places, struct ruleset **ret, struct error *err)
{
	return helper_install_as(c, policy, entrypoint, bank, ++c->supervisor->last_policy, places,
				 ret, err);
}

static int install_all(struct context *c, struct error *err)
{
	struct rule_places places = {};
	struct policy *policy;
	int r;

	r = policy_compile_start(c->manifest, &policy, err);
	if (r == 0)
		r = helper_install(c, policy, ~0u, 0, NULL, &c->start_rules, err);
	/* The kernel is asked once. */
	if (r == 0)
		places.root = &c->start_rules->root;
	for (uint32_t i = 0; i < c->manifest->entrypoints_len && r == 0; i++) {
		r = policy_compile(c->manifest, &c->manifest->entrypoints[i], &policy, err);
		if (r == 0)
			r = helper_install(c, policy, i, c->banks[i], &places, &c->rules[i], err);
	}
	return r;
}

/*
 * The moment at which a context comes under the kernel's rules. The order matters: in the contexts'
 * cgroup a task without a tag is refused everything, so the tag comes first.
 */
static int on_confined(struct context *c, const struct control_record *record UNUSED, int *fds,
		       struct error *err)
{
	struct postern_tag tag = {.flags = POSTERN_TAG_START, .slot = POSTERN_NO_SLOT};
	cleanup_close int cgroup = -EBADF;
	int r;

	c->helper.root = steal_fd(&fds[0]);
	r = network_check(c, err);
	if (r == 0)
		r = install_all(c, err);
	if (r < 0)
		return r;
	tag.policy = c->start_rules->id;
	r = enforcement_tag(c->supervisor->enforcement, c->helper.pidfd, &tag);
	if (r < 0)
		return error_set(err, r, "tag the helper");
	fault_point(FAULT_HELPER_TAGGED);
	cgroup = cgroup_make(c->cgroup, "helper", err);
	if (cgroup < 0)
		return cgroup;
	/* Its workers are born in it, and a module's constructors run in it. */
	r = cgroup_limit_processes(cgroup, c->manifest->limits.processes + c->workers_len);
	if (r < 0)
		return error_set(err, r, "limit the helper's processes");
	r = cgroup_enter(cgroup, c->helper.pid);
	if (r < 0)
		return error_set(err, r, "move the helper into its cgroup");
	fault_point(FAULT_HELPER_PLACED);
	c->helper.state = HELPER_LOADING;
	return tell(c, CONTROL_GO, err);
}

static int on_loaded(struct context *c, const struct control_record *record UNUSED, int *fds UNUSED,
		     struct error *err UNUSED)
{
	c->helper.state = HELPER_RUNNING;
	c->failures = 0;
	c->failure[0] = '\0';
	sd_event_source_disable_unref(c->helper.timer);
	c->helper.timer = NULL;
	fault_point(FAULT_HELPER_LOADED);
	log_line(LOG_INFO, "context %s: started", c->manifest->name);
	remade_watch(c);
	idle_watch(c);
	if (c->pending)
		replace_loaded(c);
	context_serve(c);
	return 0;
}

static int on_spawned(struct context *c, const struct control_record *record, int *fds,
		      struct error *err)
{
	return worker_spawned(c, record, steal_fd(&fds[0]), steal_fd(&fds[1]), err);
}

static int on_said(struct context *c, const struct control_record *record, int *fds UNUSED,
		   struct error *err UNUSED)
{
	worker_said(c, record);
	return 0;
}

static int on_exited(struct context *c, const struct control_record *record, int *fds UNUSED,
		     struct error *err UNUSED)
{
	if (record->text[0])
		log_line(LOG_ERR, "context %s: %s", c->manifest->name, record->text);
	worker_exited(c, record->worker, record->status);
	return 0;
}

static int on_failed(struct context *c UNUSED, const struct control_record *record, int *fds UNUSED,
		     struct error *err)
{
	return error_say(err, record->status < 0 ? record->status : -EIO, "%s",
			 record->text[0] ? record->text : "the helper failed without a word");
}

static const struct {
	uint32_t type;
	unsigned states; /* 1 << enum helper_state in which it may come */
	size_t fds;
	int (*handle)(struct context *c, const struct control_record *record, int *fds,
		      struct error *err);
} records[] = {
	{CONTROL_MAP_IDS, 1u << HELPER_CONFINING, 0, on_map_ids},
	{CONTROL_CONFINED, 1u << HELPER_CONFINING, 1, on_confined},
	{CONTROL_LOADED, 1u << HELPER_LOADING, 0, on_loaded},
	{CONTROL_SPAWNED, 1u << HELPER_RUNNING, 2, on_spawned},
	{CONTROL_SAID, 1u << HELPER_RUNNING, 0, on_said},
	{CONTROL_EXITED, 1u << HELPER_RUNNING | 1u << HELPER_ADOPTING, 0, on_exited},
	{CONTROL_HELLO, 1u << HELPER_ADOPTING, 1, adopt_hello},
	{CONTROL_KEPT, 1u << HELPER_ADOPTING, 2, adopt_worker},
	{CONTROL_THAT_IS_ALL, 1u << HELPER_ADOPTING, 0, adopt_done},
	{CONTROL_FAILED,
	 1u << HELPER_CONFINING | 1u << HELPER_LOADING | 1u << HELPER_ADOPTING |
		 1u << HELPER_RUNNING,
	 0, on_failed},
};

static int dispatch(struct context *c, const struct control_record *record, int *fds,
		    size_t fds_len, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		if (records[i].type == record->type && records[i].states & 1u << c->helper.state &&
		    records[i].fds == fds_len)
			return records[i].handle(c, record, fds, err);
	return error_say(err, -EPROTO,
			 "the helper sent record %u with %zu descriptors at a wrong time",
			 record->type, fds_len);
}

int helper_control(struct context *c, struct error *err)
{
	int fds[CONTROL_FDS_MAX] = {-EBADF, -EBADF};
	struct control_record record;
	size_t fds_len = 0;
	int r;

	r = control_receive(c->helper.control, &record, fds, &fds_len, MSG_DONTWAIT);
	if (r == 0)
		return error_say(err, -EPIPE, "the helper closed its control socket");
	if (r < 0)
		return error_set(err, r, "receive from the helper");
	r = dispatch(c, &record, fds, fds_len, err);
	for (size_t i = 0; i < fds_len; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	return r;
}
