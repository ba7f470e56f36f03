/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps of the kernel side: tags, policies, rules, pages, events. */
#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "supervisor/enforcement_private.h"

static_assert(sizeof(struct postern_page) == POSTERN_PAGE_BYTES,
	      "one element of the map is one page");

int enforcement_set(struct enforcement *e, const struct bpf_map *map, const void *key,
		    const void *value)
{
	int r = bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY);

	e->full = r == -E2BIG ? map : NULL;
	return r;
}

int enforcement_set_error(const struct enforcement *e, int r, const char *what, struct error *err)
{
	if (r != -E2BIG || !e->full)
		return error_set(err, r, "%s", what);
	(void)error_say(err, r,
			"%s: the kernel's map \"%s\" is full, with %u entries of all contexts",
			what, bpf_map__name(e->full), bpf_map__max_entries(e->full));
	error_hint(err, "take away contexts, or rules: one for a directory does for many names");
	return r;
}

static int map_delete(const struct bpf_map *map, const void *key)
{
	int r = bpf_map_delete_elem(bpf_map__fd(map), key);

	return r == -ENOENT ? 0 : r;
}

int enforcement_tag(struct enforcement *e, int pidfd, const struct postern_tag *tag)
{
	return enforcement_set(e, e->skeleton->maps.tags, &pidfd, tag);
}

int enforcement_tag_read(struct enforcement *e, int pidfd, struct postern_tag *ret)
{
	return bpf_map_lookup_elem(bpf_map__fd(e->skeleton->maps.tags), &pidfd, ret);
}

int enforcement_policy_set(struct enforcement *e, uint64_t id, const struct postern_policy *policy)
{
	cleanup_error struct error err = {};
	int r;

	/* Here, so that no way of publishing a policy that needs more programs goes past it. */
	r = enforcement_attach_for(e, policy->flags, &err);
	if (r < 0)
		return r;
	return enforcement_set(e, e->skeleton->maps.policies, &id, policy);
}

int enforcement_policy_delete(struct enforcement *e, uint64_t id)
{
	return map_delete(e->skeleton->maps.policies, &id);
}

int enforcement_policy_get(struct enforcement *e, uint64_t id, struct postern_policy *ret)
{
	return bpf_map_lookup_elem(bpf_map__fd(e->skeleton->maps.policies), &id, ret);
}

int enforcement_policies(struct enforcement *e, enforcement_policy_fn see, void *userdata)
{
	int fd = bpf_map__fd(e->skeleton->maps.policies), r;
	struct postern_policy policy;
	uint64_t id;

	for (r = bpf_map_get_next_key(fd, NULL, &id); r == 0;
	     r = bpf_map_get_next_key(fd, &id, &id))
		if (bpf_map_lookup_elem(fd, &id, &policy) == 0)
			see(userdata, id, &policy);
	return r == -ENOENT ? 0 : r;
}

/* Keys of the maps that hold what belongs to a policy; each begins with its id. */
union rule_key {
	uint64_t policy;
	struct postern_directory_key directory;
	struct postern_name_key name;
	struct postern_pattern_key pattern;
	struct postern_ioctl_key ioctl;
	struct postern_socket_key socket;
	struct postern_list_key list;
};

static int sweep_map(const struct bpf_map *map, enforcement_keep_fn keep, void *userdata)
{
	bool names = bpf_map__key_size(map) == sizeof(struct postern_name_key),
	     directories = names || bpf_map__key_size(map) == sizeof(struct postern_directory_key);
	union rule_key key, next;
	int fd = bpf_map__fd(map);
	int r = bpf_map_get_next_key(fd, NULL, &next);

	while (r == 0) {
		key = next;
		/* Before the key goes: from one that is gone the kernel begins anew. */
		r = bpf_map_get_next_key(fd, &key, &next);
		if (!keep(userdata, key.policy, directories ? &key.directory : NULL,
			  names ? key.name.name : NULL))
			(void)map_delete(map, &key);
	}
	return r == -ENOENT ? 0 : r;
}

int enforcement_sweep(struct enforcement *e, enforcement_keep_fn keep, void *userdata)
{
	int r = sweep_map(e->skeleton->maps.policies, keep, userdata);

	if (r == 0)
		r = sweep_map(e->skeleton->maps.directories, keep, userdata);
	if (r == 0)
		r = sweep_map(e->skeleton->maps.names, keep, userdata);
	if (r == 0)
		r = sweep_map(e->skeleton->maps.patterns, keep, userdata);
	if (r == 0)
		r = sweep_map(e->skeleton->maps.ioctls, keep, userdata);
	if (r == 0)
		r = sweep_map(e->skeleton->maps.socket_rules, keep, userdata);
	if (r == 0)
		r = sweep_map(e->skeleton->maps.address_lists, keep, userdata);
	return r < 0 ? r : sweep_map(e->skeleton->maps.words, keep, userdata);
}

int enforcement_directory_set(struct enforcement *e, const struct postern_directory_key *key,
			      const struct postern_rule *rule)
{
	return enforcement_set(e, e->skeleton->maps.directories, key, rule);
}

int enforcement_name_set(struct enforcement *e, const struct postern_name_key *key,
			 const struct postern_rule *rule)
{
	return enforcement_set(e, e->skeleton->maps.names, key, rule);
}

int enforcement_directory_delete(struct enforcement *e, const struct postern_directory_key *key)
{
	return map_delete(e->skeleton->maps.directories, key);
}

int enforcement_name_delete(struct enforcement *e, const struct postern_name_key *key)
{
	return map_delete(e->skeleton->maps.names, key);
}

int enforcement_pattern_set(struct enforcement *e, const struct postern_pattern_key *key,
			    const struct postern_pattern *pattern)
{
	return enforcement_set(e, e->skeleton->maps.patterns, key, pattern);
}

int enforcement_pattern_delete(struct enforcement *e, const struct postern_pattern_key *key)
{
	return map_delete(e->skeleton->maps.patterns, key);
}

int enforcement_ioctl_set(struct enforcement *e, const struct postern_ioctl_key *key)
{
	const uint8_t allowed = 1;

	return enforcement_set(e, e->skeleton->maps.ioctls, key, &allowed);
}

int enforcement_ioctl_delete(struct enforcement *e, const struct postern_ioctl_key *key)
{
	return map_delete(e->skeleton->maps.ioctls, key);
}

int enforcement_pages_fd(struct enforcement *e)
{
	return bpf_map__fd(e->skeleton->maps.pages);
}

int enforcement_pages_publish(struct enforcement *e, uint32_t context, int fd)
{
	return enforcement_set(e, e->skeleton->maps.pages, &context, &fd);
}

int enforcement_pages_withdraw(struct enforcement *e, uint32_t context)
{
	return map_delete(e->skeleton->maps.pages, &context);
}

int enforcement_pages_make(uint32_t slots, int *ret_fd, volatile struct postern_page **ret_pages)
{
	DECLARE_LIBBPF_OPTS(bpf_map_create_opts, options,
			    .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	cleanup_close int fd = -EBADF;
	void *pages;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "postern_pages", sizeof(uint32_t),
			    sizeof(struct postern_page), slots, &options);
	if (fd < 0)
		return fd;
	pages = mmap(NULL, (size_t)slots * sizeof(struct postern_page), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		return -errno;
	*ret_fd = steal_fd(&fd);
	*ret_pages = pages;
	return 0;
}

int enforcement_pages_adopt(struct enforcement *e, uint32_t context, uint32_t slots, int *ret_fd,
			    volatile struct postern_page **ret_pages)
{
	struct bpf_map_info info = {};
	uint32_t id, len = sizeof(info);
	cleanup_close int fd = -EBADF;
	void *pages;
	int r;

	/* A look-up in a map of maps says the id of the inner one. */
	r = bpf_map_lookup_elem(bpf_map__fd(e->skeleton->maps.pages), &context, &id);
	if (r < 0)
		return r;
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return fd;
	r = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (r < 0)
		return r;
	if (info.max_entries != slots || info.value_size != sizeof(struct postern_page))
		return -ESTALE;
	pages = mmap(NULL, (size_t)slots * sizeof(struct postern_page), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		return -errno;
	*ret_fd = steal_fd(&fd);
	*ret_pages = pages;
	return 0;
}

int enforcement_admit(struct enforcement *e, int connection,
		      const struct postern_admission *admission)
{
	return enforcement_set(e, e->skeleton->maps.connections, &connection, admission);
}

int enforcement_admission(struct enforcement *e, int fd, struct postern_admission *ret)
{
	return bpf_map_lookup_elem(bpf_map__fd(e->skeleton->maps.connections), &fd, ret);
}

static int identify_one(struct enforcement *e, int fd, struct postern_identity *ret)
{
	struct postern_identity id = {.fd = (uint32_t)fd};
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &id, .ctx_size_in = sizeof(id));
	int r = bpf_prog_test_run_opts(bpf_program__fd(e->skeleton->progs.postern_identify),
				       &options);

	if (r == 0)
		r = (int)options.retval;
	if (r == 0)
		*ret = id;
	return r;
}

int enforcement_identify(struct enforcement *e, const int *fds, size_t len,
			 struct postern_identity *ret)
{
	cleanup_free struct postern_identity *found = calloc(len + 1, sizeof(*found));
	int r = found ? 0 : -ENOMEM;

	for (size_t i = 0; i < len && r == 0; i++)
		r = identify_one(e, fds[i], &found[i]);
	if (r == 0)
		memcpy(ret, found, len * sizeof(*found));
	return r;
}

static int take_event(void *userdata, void *data, size_t len)
{
	const struct enforcement *e = userdata;

	if (len >= sizeof(struct postern_event))
		e->handle(e->userdata, data);
	return 0;
}

int enforcement_events_open(struct enforcement *e, enforcement_event_fn handle, void *userdata)
{
	e->handle = handle;
	e->userdata = userdata;
	e->ring = ring_buffer__new(bpf_map__fd(e->skeleton->maps.events), take_event, e, NULL);
	return e->ring ? 0 : -errno;
}

int enforcement_events_fd(struct enforcement *e)
{
	return ring_buffer__epoll_fd(e->ring);
}

int enforcement_events_read(struct enforcement *e)
{
	return ring_buffer__consume(e->ring);
}

uint64_t enforcement_events_dropped(struct enforcement *e)
{
	int cpus = libbpf_num_possible_cpus();
	cleanup_free uint64_t *values = cpus > 0 ? calloc((size_t)cpus, sizeof(*values)) : NULL;
	uint64_t sum = 0;
	uint32_t zero = 0;

	if (!values ||
	    bpf_map_lookup_elem(bpf_map__fd(e->skeleton->maps.dropped), &zero, values) < 0)
		return 0;
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	return sum;
}
