/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* manifest_read() and manifest_parse(): bytes in, a manifest or all its problems out. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/document.h"
#include "manifest/draft.h"
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

/* Reads the document into the draft by the tables. */
static int draft_read(struct reader *r, struct draft *d)
{
	yaml_node_t *root = yaml_document_get_root_node(r->document);

	r->seen_len = (size_t)(r->document->nodes.top - r->document->nodes.start) + 1;
	r->seen = calloc(r->seen_len, sizeof(*r->seen));
	if (!r->seen)
		return -ENOMEM;
	mapping_defaults(r, context_keys, context_keys_len, FILTER_ALL, d);
	if (root->type == YAML_MAPPING_NODE) {
		r->seen[1] = true; /* the root is the document's first node */
		mapping_read(r, context_keys, context_keys_len, FILTER_ALL, "the context", root, d);
		draft_finish(r, d, root);
	} else {
		problem(r, node_place(root), text_make("a manifest is a mapping of keys to values"),
			text_make("start with context: NAME"));
	}
	free(r->seen);
	r->seen = NULL;
	return r->no_memory ? -ENOMEM : 0;
}

static int draft_parse(const char *data, size_t len, unsigned flags,
		       struct manifest_problems *problems, struct draft *d)
{
	struct reader reader = {.problems = problems, .flags = flags};
	yaml_document_t document;
	bool composed = false;
	int r;

	r = document_read(data, len, problems, &document, &composed);
	if (!composed)
		return r;
	reader.document = &document;
	if (r == 0)
		r = draft_read(&reader, d);
	yaml_document_delete(&document);
	return r;
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
	struct draft draft = {};
	size_t before = problems->len, found;
	int r;

	r = draft_parse(data, len, flags, problems, &draft);
	found = problems->len - before;
	if (r == 0 && found == 0)
		r = draft_result(file, &draft, ret);
	draft_clear(&draft);
	if (r < 0)
		return error_set(err, r, "%s", file);
	if (found > 0)
		return error_say(err, -EBADMSG, "%s: %zu problem%s", file, found,
				 found == 1 ? "" : "s");
	return 0;
}

int manifest_read(const char *file, unsigned flags, struct manifest **ret,
		  struct manifest_problems *problems, struct error *err)
{
	cleanup_close int fd = file_open(file, flags, err);
	cleanup_free char *data = NULL;
	size_t len = 0;
	int r;

	if (fd < 0)
		return fd;
	r = bytes_read(fd, file, &data, &len, err);
	if (r < 0)
		return r;
	return manifest_parse(file, data, len, flags, ret, problems, err);
}
