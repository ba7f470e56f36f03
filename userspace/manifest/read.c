/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* manifest_read() and manifest_parse(): bytes in, a manifest or all its problems out. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/document.h"
#include "manifest/draft.h"
#include "manifest/parts.h"
#include "manifest/trust.h"

/* Reads at most what a manifest may hold and one byte, so that "too large" is seen. */
static int bytes_read(int fd, const char *file, char **ret, size_t *ret_len, struct error *err)
{
	cleanup_free char *data = malloc(DOCUMENT_BYTES_MAX + 1);
	size_t len = 0;

	if (!data)
		return error_set(err, -ENOMEM, "%s", file);
	while (len < DOCUMENT_BYTES_MAX + 1) {
		ssize_t n = read(fd, data + len, DOCUMENT_BYTES_MAX + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, errno, "%s", file);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret = steal_ptr(data);
	*ret_len = len;
	return 0;
}

static int file_open(const char *file, unsigned flags, struct error *err)
{
	struct stat st;
	int fd;

	if (flags & MANIFEST_TRUSTED_ONLY)
		return trust_open(file, err);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_set(err, errno, "%s", file);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	(void)close(fd);
	return error_say(err, -EINVAL, "%s is not a regular file", file);
}

/* Reads a context's mapping into the draft by the tables. */
static void draft_read(struct reader *r, const yaml_node_t *root, void *target)
{
	struct draft *d = target;

	mapping_defaults(r, context_keys, context_keys_len, FILTER_ALL, d);
	if (root->type != YAML_MAPPING_NODE) {
		problem(r, node_place(root), text_make("a manifest is a mapping of keys to values"),
			text_make("start with context: NAME"));
		return;
	}
	mapping_read(r, context_keys, context_keys_len, FILTER_ALL, "the context", root, d);
	draft_finish(r, d, root);
}

int reader_read(struct reader *r, const char *data, size_t len, reader_fn read, void *target)
{
	yaml_document_t document;
	bool composed = false;
	int result;

	result = document_read(data, len, r->problems, &document, &composed);
	if (!composed)
		return result;
	r->document = &document;
	r->seen_len = (size_t)(document.nodes.top - document.nodes.start) + 1;
	r->seen = calloc(r->seen_len, sizeof(*r->seen));
	if (result == 0 && r->seen) {
		r->seen[1] = true; /* the root is the document's first node */
		read(r, yaml_document_get_root_node(&document), target);
	}
	if (!r->seen || r->no_memory)
		result = -ENOMEM;
	free(r->seen);
	r->seen = NULL;
	r->document = NULL;
	yaml_document_delete(&document);
	return result;
}

static int draft_result(const char *file, struct draft *d, struct manifest **ret)
{
	struct manifest *m = draft_take(d);

	if (!m)
		return -ENOMEM;
	m->file = strdup(file);
	if (!m->file) {
		manifest_free(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

int manifest_parse(const char *file, const char *data, size_t len, unsigned flags,
		   struct manifest **ret, struct manifest_problems *problems, struct error *err)
{
	size_t own = flags & MANIFEST_BUNDLE ? parts_begin(data, len) : len;
	struct reader reader = {.problems = problems, .flags = flags};
	size_t before = problems->len, found;
	struct draft draft = {};
	int r;

	r = reader_read(&reader, data, own, draft_read, &draft);
	found = problems->len - before;
	if (r == 0 && found == 0)
		r = draft_result(file, &draft, ret);
	draft_clear(&draft);
	if (r < 0)
		return error_set(err, r, "%s", file);
	if (found > 0)
		return error_say(err, -EBADMSG, "%s: %zu problem%s", file, found,
				 found == 1 ? "" : "s");
	if (!(flags & MANIFEST_BUNDLE))
		return 0;
	r = parts_read(data + own, len - own, *ret, err);
	if (r < 0) {
		manifest_free(*ret);
		*ret = NULL;
		(void)error_prefix(err, "%s", file);
		return r;
	}
	return 0;
}

int manifest_bytes(const char *file, unsigned flags, char **ret, size_t *ret_len, struct error *err)
{
	cleanup_close int fd = file_open(file, flags, err);

	return fd < 0 ? fd : bytes_read(fd, file, ret, ret_len, err);
}

int manifest_read(const char *file, unsigned flags, struct manifest **ret,
		  struct manifest_problems *problems, struct error *err)
{
	cleanup_free char *data = NULL;
	size_t len = 0;
	int r;

	r = manifest_bytes(file, flags, &data, &len, err);
	if (r < 0)
		return r;
	return manifest_parse(file, data, len, flags, ret, problems, err);
}
