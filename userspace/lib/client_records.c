/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern: arguments that are records, each kept as the bytes that will travel. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "lib/client.h"

#define HEAD_MAX 5 /* of a map, an array or a name, with its length */

/* What is wrong with a record before it is written; 0: nothing. */
static int record_error(const struct postern_args *fields)
{
	if (!fields)
		return -EINVAL;
	if (fields->error)
		return fields->error;
	if (fields->records)
		return -EINVAL;
	return fields->len > WIRE_MAP_MAX ? -E2BIG : 0;
}

static size_t record_bound(const struct postern_args *fields)
{
	size_t bound = HEAD_MAX + fields->bytes;

	for (size_t i = 0; i < fields->len; i++)
		bound += HEAD_MAX + strlen(client_args_at(fields, i)->name);
	return bound;
}

static size_t record_elements(const struct postern_args *fields)
{
	return 2 * fields->len + fields->elements;
}

static void record_write(struct wire_writer *w, const struct postern_args *fields)
{
	wire_put_map(w, fields->len);
	for (size_t i = 0; i < fields->len; i++) {
		const struct client_argument *a = client_args_at(fields, i);

		wire_put_string(w, a->name, strlen(a->name));
		wire_put_part(w, a->head, a->head_len);
		wire_put_part(w, a->data, a->len);
	}
}

/* What is wrong with a field is said of it: "routes[1].via". */
static int field_error(struct postern_args *args, const char *name,
		       const struct postern_args *fields, size_t i, bool list, int error)
{
	char where[2 * REPLY_WORD_MAX + 64], element[32] = "";

	if (!name || !fields || !fields->error)
		return client_args_error(args, name, error);
	if (list)
		(void)snprintf(element, sizeof(element), "[%zu]", i);
	(void)snprintf(where, sizeof(where), "%.*s%s.%s", REPLY_WORD_MAX, name, element,
		       fields->error_name ? fields->error_name : "");
	return client_args_error(args, where, error);
}

/* list: an array of them, else the one. */
static int records_put(struct postern_args *args, const char *name,
		       const struct postern_args *const *records, size_t len, bool list)
{
	size_t bound = HEAD_MAX, elements = list ? len : 0;
	struct client_argument *a = NULL;
	struct wire_writer w;
	uint8_t *data = NULL;
	int r = 0;

	if (!args)
		return -ENOMEM;
	for (size_t i = 0; i < len && r == 0; i++) {
		r = record_error(records[i]);
		if (r == 0 && records[i]->fds.len > 0)
			r = -EINVAL; /* a field is no descriptor */
		if (r < 0)
			return field_error(args, name, records[i], i, list, r);
		bound += record_bound(records[i]);
		elements += record_elements(records[i]);
		if (bound > WIRE_PAYLOAD_MAX || elements > WIRE_VALUES_MAX)
			r = -E2BIG;
	}
	if (r < 0)
		return client_args_error(args, name, r);
	r = client_args_begin(args, name, bound, &a, &data);
	if (r < 0 || !a)
		return r;
	wire_start_part(&w, data, bound);
	if (list)
		wire_put_array(&w, len);
	for (size_t i = 0; i < len; i++)
		record_write(&w, records[i]);
	if (w.error)
		return client_args_error(args, name, w.error);
	args->records = true;
	return client_args_end(args, name, a, w.len, elements);
}

int postern_args_record(struct postern_args *args, const char *name,
			const struct postern_args *fields)
{
	return records_put(args, name, &fields, 1, false);
}

int postern_args_records(struct postern_args *args, const char *name,
			 const struct postern_args *const *records, size_t len)
{
	/* An empty list may come without an array. */
	if (args && !records && len > 0)
		return client_args_error(args, name, -EINVAL);
	return records_put(args, name, records, len, true);
}
