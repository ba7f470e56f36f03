/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What arguments have when they are left out, and whether their signature fits onto the wire. */
#include <string.h>

#include "lib/reply.h"
#include "manifest/argument_forms.h"
#include "manifest/argument_read.h"
#include "manifest/values.h"

/* An entry in OPENED besides its name: the heads of a list and of a name, a type, and flags. */
#define ENTRY_BYTES 16
/* What stands in OPENED besides the entries, with the longest names that there are. */
#define OPENED_REST 512

static take_fn number_take(enum argument_type type)
{
	if (type == ARGUMENT_SIZE)
		return take_size;
	return type == ARGUMENT_DURATION ? take_duration : take_i64;
}

static void default_number(struct reader *r, const struct scalar *v, struct argument *a)
{
	const struct shape shape = {
		.form = FORM_SCALAR,
		.wants = a->type == ARGUMENT_INTEGER ? "a whole number"
			 : a->type == ARGUMENT_SIZE  ? "a size"
						     : "a duration",
		.example = a->type == ARGUMENT_INTEGER ? "100"
			   : a->type == ARGUMENT_SIZE  ? "10 MiB"
						       : "5s",
		.take = number_take(a->type),
		.minimum = a->minimum,
		.maximum = a->maximum,
	};

	/* What is wrong with the bounds themselves was said. */
	if (a->minimum <= a->maximum)
		shape.take(r, &shape, v, &a->default_number);
}

static void default_boolean(struct reader *r, const struct scalar *v, struct argument *a)
{
	const struct shape shape = {.form = FORM_SCALAR, .wants = "true or false"};
	bool value = false;

	take_boolean(r, &shape, v, &value);
	a->default_number = value;
}

static void default_text(struct reader *r, const struct scalar *v, struct argument *a)
{
	const char *expected = form_text(a, v->text);

	if (expected)
		problem(r, v->place,
			text_make("the default %s is refused by the argument's own type",
				  QUOTE(v->text, v->len)),
			text_make("write %s", expected));
	else
		text_store(r, &a->default_text, v->text, v->len);
}

static bool says_not_optional(struct reader *r, const yaml_node_t *node, const struct argument *a)
{
	return mapping_find(r, node, "optional") && !a->optional;
}

void argument_default_read(struct reader *r, const yaml_node_t *node, struct argument *a)
{
	const yaml_node_t *at =
		yaml_document_get_node(r->document, mapping_find(r, node, "default"));
	struct scalar v;

	/* That it is no scalar, or does not fit the type, was said. */
	if (!at || !node_scalar(at, "default", &v) || scalar_is_null(&v))
		return;
	if (says_not_optional(r, node, a)) {
		problem(r, v.place, text_make("\"default\" is for what may be left out"),
			text_make("remove it, or remove optional: false"));
		return;
	}
	switch (argument_kind(a->type)) {
	case POSTERN_KIND_BOOLEAN:
		default_boolean(r, &v, a);
		break;
	case POSTERN_KIND_INTEGER:
		default_number(r, &v, a);
		break;
	case POSTERN_KIND_STRING:
		default_text(r, &v, a);
		break;
	case POSTERN_KIND_NIL:
	case POSTERN_KIND_BYTES:
	case POSTERN_KIND_LIST:
	case POSTERN_KIND_FD:
	case POSTERN_KIND_RECORD:
	default:
		return;
	}
	a->optional = true;
	a->has_default = true;
}

static size_t entry_bytes(const struct argument *a)
{
	const struct argument *record = argument_record(a);
	size_t bytes = ENTRY_BYTES + (a->name ? strlen(a->name) : 0);

	for (size_t i = 0; record && i < record->fields_len; i++)
		bytes +=
			ENTRY_BYTES + (record->fields[i].name ? strlen(record->fields[i].name) : 0);
	return bytes;
}

void signature_check(struct reader *r, const struct manifest_entrypoint *e)
{
	size_t bytes = OPENED_REST + entry_bytes(&e->result);

	for (size_t i = 0; i < e->arguments_len; i++)
		bytes += entry_bytes(&e->arguments[i]);
	if (bytes > REPLY_OPENED_MAX)
		problem(r, e->place,
			text_make("the names of %s's arguments and fields are too long together",
				  e->name ? e->name : "the entrypoint"),
			text_make("a signature has at most %d KiB: use fewer fields or shorter "
				  "names",
				  REPLY_OPENED_MAX / 1024));
}
