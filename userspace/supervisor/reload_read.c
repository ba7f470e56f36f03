/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The child that reads manifests anew. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "supervisor/context.h"
#include "supervisor/difference.h"
#include "supervisor/instance.h"
#include "supervisor/reload_read.h"
#include "supervisor/reload_root.h"

int reload_read_keeps(const struct read_order *order, int **ret, size_t *ret_len)
{
	const struct supervisor *s = order->supervisor;
	int *keep = calloc(2 * s->contexts_len + 1, sizeof(*keep));
	size_t len = 0;

	if (!keep)
		return -ENOMEM;
	keep[len++] = order->socket;
	for (size_t i = 0; i < s->contexts_len; i++) {
		keep[len++] = s->contexts[i]->manifest_fd;
		keep[len++] = s->contexts[i]->helper.root;
	}
	*ret = keep;
	*ret_len = len;
	return 0;
}

static bool bytes_same(int a, int b)
{
	struct stat x, y;
	void *p, *q;
	bool same;

	if (fstat(a, &x) < 0 || fstat(b, &y) < 0 || x.st_size != y.st_size)
		return false;
	if (x.st_size == 0)
		return true;
	p = mmap(NULL, (size_t)x.st_size, PROT_READ, MAP_PRIVATE, a, 0);
	q = mmap(NULL, (size_t)x.st_size, PROT_READ, MAP_PRIVATE, b, 0);
	same = p != MAP_FAILED && q != MAP_FAILED && memcmp(p, q, (size_t)x.st_size) == 0;
	if (p != MAP_FAILED)
		(void)munmap(p, (size_t)x.st_size);
	if (q != MAP_FAILED)
		(void)munmap(q, (size_t)x.st_size);
	return same;
}

/* Those of a context run its module, while it runs none itself. */
static bool instances_same(const struct context *c, const struct file_identity *now)
{
	const struct supervisor *s = c->supervisor;

	for (size_t i = 0; i < s->contexts_len; i++) {
		const struct context *other = s->contexts[i];

		if (is_instance_of(other, c->manifest->name) &&
		    other->helper.state != HELPER_STOPPED && !file_same(&other->module, now))
			return false;
	}
	return true;
}

static bool module_same(const struct context *c)
{
	struct file_identity now;

	if (is_template(c)) {
		file_identify(c->manifest->module, &now);
		return instances_same(c, &now);
	}
	/* One that does not run reads its module when it starts. */
	if (c->helper.state == HELPER_STOPPED)
		return true;
	file_identify(c->manifest->module, &now);
	return file_same(&c->module, &now);
}

/* What a checked manifest changes for the context that runs. roots: set with CHANGE_RULES when its
 * directories were resolved. */
static enum change compare(const struct context *c, const struct manifest *now,
			   struct read_roots *roots, char *why, size_t size)
{
	const char *what = needs_new_helper(c->manifest, now);

	if (!what && !module_same(c))
		what = "module file";
	if (!what && c->helper.state != HELPER_STOPPED && c->helper.state != HELPER_RUNNING)
		what = "its helper is not running yet";
	if (!what && c->helper.state == HELPER_RUNNING)
		what = roots_resolve(c, now, roots);
	(void)snprintf(why, size, "%s", what ? what : "");
	return what ? CHANGE_HELPER : CHANGE_RULES;
}

static int send_context(const struct read_order *o, struct read_record *record,
			const struct loaded *loaded, const struct read_roots *roots)
{
	int r = loaded->manifest ? record_ids(record, loaded->manifest) : 0;

	if (r == 0)
		r = record_send(o->socket, record, &loaded->fd, loaded->manifest ? 1 : 0);
	for (size_t i = 0; i < roots->len && r == 0; i++)
		r = roots_send(o->socket, &roots->items[i]);
	return r;
}

static int read_one(const struct read_order *o, const char *name, struct error *err)
{
	const struct supervisor *s = o->supervisor;
	const struct context *c = context_named(s, name);
	struct read_record record = {.type = READ_CONTEXT};
	struct read_roots roots = {};
	struct loaded loaded = {.fd = -EBADF};
	int r;

	/* A longer one is no name of a context, and fails below. */
	(void)snprintf(record.name, sizeof(record.name), "%.*s", MANIFEST_NAME_MAX, name);
	r = load_bytes(s->directory, name, &loaded, err);
	if (r == 0 && c && bytes_same(c->manifest_fd, loaded.fd) && module_same(c)) {
		record.file = loaded.file;
		r = load_module(c->manifest, err);
	} else if (r == 0) {
		r = load_checked(s->directory, name, &loaded, err);
		record.change = CHANGE_ADDED;
		record.file = loaded.file;
		if (r == 0 && c) {
			record.starts = c->starts;
			record.change =
				compare(c, loaded.manifest, &roots, record.why, sizeof(record.why));
		}
	}
	if (r == 0) {
		r = send_context(o, &record, &loaded, &roots);
		if (r < 0)
			(void)error_set(err, r, "hand %s on", name);
	}
	roots_clear(&roots);
	manifest_free(loaded.manifest);
	if (loaded.fd >= 0)
		(void)close(loaded.fd);
	return r;
}

static void say(const struct error *err)
{
	(void)fprintf(stderr, "%s\n", error_text(err));
	if (err->hint)
		(void)fprintf(stderr, "hint: %s\n", err->hint);
}

/* Goes on after a bad one, so that the operator sees all at once. */
static int read_all(const struct read_order *o, struct error *err)
{
	const char *directory = o->supervisor->directory;
	struct dirent **names = NULL;
	int n = load_names(directory, &names, err), status = n < 0 ? n : 0;

	if (n == 0)
		status = load_nothing(directory, err);
	for (int i = 0; i < n; i++) {
		cleanup_error struct error one = {};
		int r = read_one(o, names[i]->d_name, &one);

		free(names[i]);
		if (r == 0)
			continue;
		say(&one);
		status = r;
	}
	free(names);
	return status;
}

int reload_read(void *order)
{
	const struct read_order *o = order;
	struct read_record end = {.type = READ_END};
	cleanup_error struct error err = {};
	int said = memfd_create("postern-reload", MFD_CLOEXEC), r;

	/* What is said at a start is what is said now. */
	if (said < 0 || dup2(said, STDERR_FILENO) < 0)
		return -EIO;
	(void)unsetenv("JOURNAL_STREAM");
	end.status = read_all(o, &err);
	if (err.text)
		say(&err);
	r = record_send(o->socket, &end, &said, 1);
	(void)close(said);
	return r;
}
