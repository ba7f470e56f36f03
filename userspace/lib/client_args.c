/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: arguments by name, kept as the bytes that will travel, or as where those are. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "lib/client.h"

#define VALUE_HEAD_MAX 9 /* a value's first byte, and at most eight of a number or length */
/* What is left beside the head of the list of all arguments. */
#define VALUES_BYTES_MAX (WIRE_PAYLOAD_MAX - VALUE_HEAD_MAX)
#define CHUNK_BYTES	 4096
#define ITEMS_STEP	 8

/* Memory that does not move as it grows, so that no copy of a secret stays behind. */
struct client_chunk {
	struct client_chunk *next;
	size_t size, used;
	uint8_t data[];
};

/* The rest of it is written before it is read. */
static inline void args_begin(struct postern_args *args, bool in_room)
{
	memset(args, 0, offsetof(struct postern_args, first));
	args->in_room = in_room;
	args->fds.len = 0;
}

struct postern_args *postern_args_new(void)
{
	struct postern_args *args = malloc(sizeof(*args));

	if (args)
		args_begin(args, false);
	return args;
}

struct postern_args *postern_args_in(struct postern_args_room *room)
{
	struct postern_args *args = (struct postern_args *)(void *)room;

	args_begin(args, true);
	return args;
}

/* What was held against a signature that says that none of it is secret is not wiped. */
static bool may_be_secret(const struct postern_args *args)
{
	int seen = __atomic_load_n(&args->seen, __ATOMIC_RELAXED);

	return seen != CLIENT_ARGS_PUBLIC;
}

/* What most have none of: memory besides their own, and what is to be wiped. */
APART static void args_clear(struct postern_args *args)
{
	const bool secret = may_be_secret(args);
	struct client_chunk *next;

	if (secret) {
		explicit_bzero(args->first, args->first_used);
		explicit_bzero(args->own, sizeof(args->own));
	}
	for (struct client_chunk *c = args->chunks; c; c = next) {
		next = c->next;
		if (secret)
			explicit_bzero(c->data, c->used);
		free(c);
	}
	/* Numbers stand here: they may be secret, too. */
	if (args->more && secret)
		explicit_bzero(args->more, args->more_len * sizeof(*args->more));
	free(args->more);
	if (args->error)
		free(args->error_name);
}

void postern_args_free(struct postern_args *args)
{
	if (!args)
		return;
	if (may_be_secret(args) || args->chunks || args->more || args->error)
		args_clear(args);
	if (!args->in_room)
		free(args);
}

APART int client_args_error(struct postern_args *args, const char *name, int error)
{
	char clean[REPLY_WORD_MAX + 1];

	if (args->error)
		return args->error;
	args->error = error;
	args->error_name = NULL;
	if (!name)
		return error;
	(void)text_clean(clean, sizeof(clean), name, strlen(name));
	args->error_name = strdup(clean);
	return error;
}

/* Room for `len` bytes that live as long as the arguments; NULL: no memory. */
static inline void *args_room(struct postern_args *args, size_t len)
{
	struct client_chunk *c = args->chunks;
	size_t size = MAX_OF(len, (size_t)CHUNK_BYTES);

	if (len <= sizeof(args->first) - args->first_used) {
		args->first_used += len;
		return args->first + args->first_used - len;
	}
	if (!c || len > c->size - c->used) {
		c = malloc(sizeof(*c) + size);
		if (!c)
			return NULL;
		*c = (struct client_chunk){.next = args->chunks, .size = size};
		args->chunks = c;
	}
	c->used += len;
	return c->data + c->used - len;
}

const struct client_argument *client_args_at(const struct postern_args *args, size_t i)
{
	return i < ARRAY_SIZE(args->own) ? &args->own[i] : &args->more[i - ARRAY_SIZE(args->own)];
}

/* Is the name fit to be one, and the first of its kind? */
static int args_name(const struct postern_args *args, const char *name)
{
	if (!name || !*name)
		return -EINVAL;
	for (size_t i = 0; i < args->len; i++)
		if (strcmp(client_args_at(args, i)->name, name) == 0)
			return -EEXIST;
	return 0;
}

/* The name as it is kept. Returns 0, -EINVAL for one that no argument has, or -ENOMEM. */
APART static int args_name_copy(struct postern_args *args, const char **name)
{
	size_t len = strlen(*name);
	char *copy;

	if (len > REPLY_WORD_MAX)
		return -EINVAL;
	copy = args_room(args, len + 1);
	if (!copy)
		return -ENOMEM;
	*name = memcpy(copy, *name, len + 1);
	return 0;
}

/* A place for one more; its numbers are moved by hand, since realloc() would leave them behind. */
static struct client_argument *args_place(struct postern_args *args)
{
	size_t at = args->len - ARRAY_SIZE(args->own);
	struct client_argument *more;

	if (args->len < ARRAY_SIZE(args->own))
		return &args->own[args->len];
	if (at < args->more_len)
		return &args->more[at];
	more = calloc(args->more_len + ITEMS_STEP, sizeof(*more));
	if (!more)
		return NULL;
	if (args->more) {
		memcpy(more, args->more, args->more_len * sizeof(*more));
		explicit_bzero(args->more, args->more_len * sizeof(*more));
	}
	free(args->more);
	args->more = more;
	args->more_len += ITEMS_STEP;
	return &more[at];
}

/* Adds an argument whose value is not known yet. */
static inline int args_add(struct postern_args *args, const char *name,
			   struct client_argument **ret)
{
	struct client_argument *a;
	int r;

	if (args->error)
		return args->error;
	r = args_name(args, name);
	if (r < 0)
		return client_args_error(args, name, r);
	a = args_place(args);
	if (!a)
		return client_args_error(args, name, -ENOMEM);
	a->name = name;
	if (!args->in_room) {
		r = args_name_copy(args, &a->name);
		if (r < 0)
			return client_args_error(args, name, r);
	}
	a->head_len = 0;
	a->data = NULL;
	a->len = 0;
	*ret = a;
	return 0;
}

/* The argument is whole. */
static int args_added(struct postern_args *args, const char *name, const struct client_argument *a)
{
	if (a->head_len + a->len > VALUES_BYTES_MAX - args->bytes)
		return client_args_error(args, name, -E2BIG);
	args->bytes += a->head_len + a->len;
	args->len++;
	return 0;
}

int client_args_begin(struct postern_args *args, const char *name, size_t bound,
		      struct client_argument **ret, uint8_t **ret_data)
{
	struct client_argument *a = NULL;
	uint8_t *data;
	int r;

	r = args_add(args, name, &a);
	if (r < 0 || !a)
		return r;
	data = bound > sizeof(a->head) ? args_room(args, bound) : a->head;
	if (!data)
		return client_args_error(args, name, -ENOMEM);
	*ret = a;
	*ret_data = data;
	if (data != a->head)
		a->data = data;
	return 0;
}

int client_args_end(struct postern_args *args, const char *name, struct client_argument *a,
		    size_t len, size_t elements)
{
	if (a->data)
		a->len = len;
	else
		a->head_len = (uint8_t)len;
	args->elements += elements;
	return args_added(args, name, a);
}

APART static const void *args_copy(struct postern_args *args, const void *data, size_t len)
{
	void *copy = args_room(args, len);

	return copy ? memcpy(copy, data, len) : NULL;
}

/* Adds a value. It is a tree of one or two levels, built by the setters below; bound: bytes that
 * it takes at most. */
static int args_put(struct postern_args *args, const char *name, const struct postern_value *v,
		    size_t bound)
{
	struct client_argument *a = NULL;
	uint8_t *data = NULL;
	struct wire_writer w;
	int r;

	if (!args)
		return -ENOMEM;
	r = client_args_begin(args, name, bound, &a, &data);
	if (r < 0 || !a)
		return r;
	wire_start_part(&w, data, bound);
	wire_put_value(&w, v);
	if (w.error)
		return client_args_error(args, name, w.error);
	return client_args_end(args, name, a, w.len,
			       v->kind == POSTERN_KIND_LIST ? v->list.len : 0);
}

int postern_args_boolean(struct postern_args *args, const char *name, bool value)
{
	const struct postern_value v = {.kind = POSTERN_KIND_BOOLEAN, .boolean = value};

	return args_put(args, name, &v, VALUE_HEAD_MAX);
}

int postern_args_integer(struct postern_args *args, const char *name, int64_t value)
{
	const struct postern_value v = {.kind = POSTERN_KIND_INTEGER, .integer = value};

	return args_put(args, name, &v, VALUE_HEAD_MAX);
}

/* borrow: the text stays where it is. */
IN_ONE static int args_text(struct postern_args *args, const char *name, enum postern_kind kind,
			    const char *data, size_t len, bool borrow)
{
	struct client_argument *a = NULL;
	int r;

	if (!args)
		return -ENOMEM;
	if (!data && len > 0)
		return client_args_error(args, name, -EINVAL);
	if (len > VALUES_BYTES_MAX)
		return client_args_error(args, name, -E2BIG);
	if (kind == POSTERN_KIND_STRING && !text_utf8(data, len))
		return client_args_error(args, name, -EILSEQ);
	r = args_add(args, name, &a);
	if (r < 0 || !a)
		return r;
	a->head_len = (uint8_t)wire_text_head(a->head, kind == POSTERN_KIND_STRING, len);
	a->data = data;
	a->len = len;
	if (!borrow && len > 0) {
		a->data = args_copy(args, data, len);
		if (!a->data)
			return client_args_error(args, name, -ENOMEM);
	}
	return args_added(args, name, a);
}

static int args_string(struct postern_args *args, const char *name, const char *value, bool borrow)
{
	if (!args)
		return -ENOMEM;
	if (!value)
		return client_args_error(args, name, -EINVAL);
	return args_text(args, name, POSTERN_KIND_STRING, value, strlen(value), borrow);
}

int postern_args_string(struct postern_args *args, const char *name, const char *value)
{
	return args_string(args, name, value, false);
}

int postern_args_borrow_string(struct postern_args *args, const char *name, const char *value)
{
	return args_string(args, name, value, true);
}

int postern_args_bytes(struct postern_args *args, const char *name, const void *data, size_t len)
{
	return args_text(args, name, POSTERN_KIND_BYTES, data, len, false);
}

int postern_args_borrow_bytes(struct postern_args *args, const char *name, const void *data,
			      size_t len)
{
	return args_text(args, name, POSTERN_KIND_BYTES, data, len, true);
}

static int args_list(struct postern_args *args, const char *name, const struct postern_value *items,
		     size_t len, size_t bytes)
{
	const struct postern_value v = {.kind = POSTERN_KIND_LIST, .list = {items, len}};

	if (bytes > VALUES_BYTES_MAX)
		return client_args_error(args, name, -E2BIG);
	return args_put(args, name, &v, (len + 1) * VALUE_HEAD_MAX + bytes);
}

/* Room for a list's items, which also refuses one that cannot travel. */
static int args_items(const struct postern_args *args, const void *values, size_t len,
		      struct postern_value **ret)
{
	if (!args)
		return -ENOMEM;
	if (!values && len > 0)
		return -EINVAL;
	if (len >= WIRE_VALUES_MAX)
		return -E2BIG;
	*ret = calloc(len + 1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

int postern_args_strings(struct postern_args *args, const char *name, const char *const *values,
			 size_t len)
{
	cleanup_free struct postern_value *items = NULL;
	size_t bytes = 0;
	int r = args_items(args, values, len, &items);

	if (!args)
		return r;
	for (size_t i = 0; i < len && r == 0; i++) {
		if (!values[i])
			return client_args_error(args, name, -EINVAL);
		items[i].kind = POSTERN_KIND_STRING;
		items[i].text.data = values[i];
		items[i].text.len = strlen(values[i]);
		bytes += items[i].text.len;
		if (bytes > VALUES_BYTES_MAX)
			r = -E2BIG;
	}
	return r < 0 ? client_args_error(args, name, r) : args_list(args, name, items, len, bytes);
}

static int args_scalars(struct postern_args *args, const char *name, enum postern_kind kind,
			const void *values, size_t len)
{
	cleanup_free struct postern_value *items = NULL;
	int r = args_items(args, values, len, &items);

	if (!args)
		return r;
	if (r < 0)
		return client_args_error(args, name, r);
	wire_items(items, kind, values, len);
	return args_list(args, name, items, len, 0);
}

int postern_args_integers(struct postern_args *args, const char *name, const int64_t *values,
			  size_t len)
{
	return args_scalars(args, name, POSTERN_KIND_INTEGER, values, len);
}

int postern_args_booleans(struct postern_args *args, const char *name, const bool *values,
			  size_t len)
{
	return args_scalars(args, name, POSTERN_KIND_BOOLEAN, values, len);
}

int postern_args_bytes_list(struct postern_args *args, const char *name,
			    const struct postern_bytes *values, size_t len)
{
	cleanup_free struct postern_value *items = NULL;
	size_t bytes = 0;
	int r = args_items(args, values, len, &items);

	if (!args)
		return r;
	for (size_t i = 0; i < len && r == 0; i++) {
		if (!values[i].data && values[i].len > 0)
			return client_args_error(args, name, -EINVAL);
		items[i].kind = POSTERN_KIND_BYTES;
		items[i].text.data = values[i].data;
		items[i].text.len = values[i].len;
		if (values[i].len > VALUES_BYTES_MAX - bytes)
			r = -E2BIG;
		else
			bytes += values[i].len;
	}
	return r < 0 ? client_args_error(args, name, r) : args_list(args, name, items, len, bytes);
}
