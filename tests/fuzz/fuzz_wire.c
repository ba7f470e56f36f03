/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzes everything in lib/ that reads bytes of the other side. The first byte says which.
 *
 * Beyond not crashing: what was decoded, written again and decoded again is the same, and the
 * scan's extent was enough.
 */
#include <stdint.h>
#include <string.h>

#include "lib/reply.h"
#include "lib/wire.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_same(const struct postern_value *a, const struct postern_value *b)
{
	require(a->kind == b->kind);
	switch (a->kind) {
	case POSTERN_KIND_NIL:
	case POSTERN_KIND_FD: /* on the wire it is a number */
		break;
	case POSTERN_KIND_BOOLEAN:
		require(a->boolean == b->boolean);
		break;
	case POSTERN_KIND_INTEGER:
		require(a->integer == b->integer);
		break;
	case POSTERN_KIND_STRING:
		require(strlen(a->text.data) == a->text.len);
		require(a->text.len == b->text.len && !strcmp(a->text.data, b->text.data));
		break;
	case POSTERN_KIND_BYTES:
		require(a->text.len == b->text.len &&
			!memcmp(a->text.data, b->text.data, a->text.len));
		break;
	case POSTERN_KIND_LIST:
	case POSTERN_KIND_RECORD:
		require(a->list.len == b->list.len);
		for (size_t i = 0; i < a->list.len; i++)
			require_same(&a->list.items[i], &b->list.items[i]);
		break;
	}
}

static void decode(const uint8_t *data, size_t size, unsigned flags)
{
	static uint8_t again[POSTERN_RECORD_MAX];
	struct postern_value *first, *second;
	struct wire_writer w;
	size_t len;

	if (wire_decode(data, size, flags, &first) < 0)
		return;
	wire_start_part(&w, again, sizeof(again));
	wire_put_value(&w, first);
	require(wire_finish(&w, &len) == 0 && len <= size);
	require(wire_decode(again, len, flags, &second) == 0);
	require_same(first, second);
	postern_value_free(first);
	postern_value_free(second);
}

/* What was read as an error can be written and is read as the same. */
static void error_record(const uint8_t *data, size_t size)
{
	static uint8_t again[REPLY_ERROR_MAX];
	struct postern_value *tree, *tree2;
	struct reply_error e, e2;
	size_t len;

	if (reply_error_read(data, size, &e, &tree) < 0)
		return;
	len = reply_error_write(again, 1, &e);
	require(len <= sizeof(again));
	require(reply_error_read(again + 24, len - 24, &e2, &tree2) == 0);
	require(e.code == e2.code && e.error == e2.error && e.signal == e2.signal);
	require(!e.message == !e2.message && !e.denial.operation == !e2.denial.operation);
	postern_value_free(tree);
	postern_value_free(tree2);
}

static void opened_record(const uint8_t *data, size_t size)
{
	static uint8_t again[REPLY_OPENED_MAX];
	struct reply_opened o, o2;
	size_t len;

	if (reply_opened_read(data, size, &o) < 0)
		return;
	len = reply_opened_write(again, o.context, o.entrypoint, &o.signature);
	require(len > 0 && len <= sizeof(again));
	require(reply_opened_read(again + 24, len - 24, &o2) == 0);
	require(o.signature.len == o2.signature.len);
	require(o.signature.timeout_ns == o2.signature.timeout_ns);
	require(o.signature.result_fields_len == o2.signature.result_fields_len);
	for (size_t i = 0; i < o.signature.len; i++)
		require(o.parameters[i].fields_len == o2.parameters[i].fields_len);
	reply_opened_clear(&o);
	reply_opened_clear(&o2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct postern_header h;
	struct postern_open o;

	if (size < 1)
		return 0;
	switch (data[0] % 6) {
	case 0:
		decode(data + 1, size - 1, 0);
		break;
	case 1:
		decode(data + 1, size - 1, WIRE_MAPS);
		break;
	case 2:
		error_record(data + 1, size - 1);
		break;
	case 3:
		opened_record(data + 1, size - 1);
		break;
	case 4:
		if (wire_header(data + 1, size - 1, &h) == 0)
			require(((h.flags & ~POSTERN_MORE) == 0 ||
				 (h.type == POSTERN_CALL &&
				  (h.flags & ~POSTERN_MORE) <= POSTERN_CALL_LOG_MOST)) &&
				(!(h.flags & POSTERN_MORE) || h.type == POSTERN_CALL ||
				 h.type == POSTERN_RETURN) &&
				h.reserved == 0);
		break;
	default:
		if (wire_open_read(data + 1, size - 1, &o) == 0)
			require(wire_name_valid(o.entrypoint));
		break;
	}
	return 0;
}
