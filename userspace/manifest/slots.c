/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments in patterns: which an entrypoint's paths and netlink names hold, and whether they may.
 */
#include <string.h>

#include "base/nearest.h"
#include "manifest/argument_read.h"
#include "manifest/draft.h"
#include "manifest/rule_path.h"

#define VALUE_BYTES_MAX 127 /* bpf/abi.h, POSTERN_VALUE_BYTES with its NUL */

/* What holds an argument. */
struct holder {
	const char *kind; /* "path" */
	const char *text;
	struct manifest_place place;
};

/* A value that is one component of a path, or is refused before the function runs. */
static bool type_fits(enum argument_type type)
{
	static const enum argument_type fitting[] = {
		ARGUMENT_INTEGER, ARGUMENT_STRING, ARGUMENT_ENUM, ARGUMENT_INTERFACE, ARGUMENT_MAC,
		ARGUMENT_ADDRESS, ARGUMENT_UUID,   ARGUMENT_USER, ARGUMENT_GROUP,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fitting); i++)
		if (fitting[i] == type)
			return true;
	return false;
}

static size_t argument_find(const struct manifest_entrypoint *e, const struct rule_part *part,
			    struct nearest *n)
{
	for (size_t i = 0; i < e->arguments_len; i++) {
		const char *name = e->arguments[i].name;

		if (!name)
			continue;
		if (strlen(name) == part->argument_len &&
		    strncmp(name, part->argument, part->argument_len) == 0)
			return i;
		nearest_offer(n, name);
	}
	return e->arguments_len;
}

/* Says why an argument cannot stand in a path. */
static void argument_check(struct reader *r, const struct holder *holder, const struct argument *a)
{
	if (!type_fits(a->type)) {
		problem(r, holder->place,
			text_make("the argument \"%s\" in the %s %s has type %s, which may hold "
				  "more than one component",
				  a->name, holder->kind, QUOTE(holder->text, strlen(holder->text)),
				  argument_type_name(a->type)),
			text_make("use a type such as interface, uuid or enum"));
		return;
	}
	/* A slot that a call leaves free could still be bound by whoever took its process over. */
	if (a->optional)
		problem(r, holder->place,
			text_make("the argument \"%s\" in the %s %s is optional", a->name,
				  holder->kind, QUOTE(holder->text, strlen(holder->text))),
			text_make("each call has to bind it: make it required, or use two "
				  "entrypoints"));
	if (a->secret)
		problem(r, holder->place,
			text_make("the argument \"%s\" in the %s %s is secret", a->name,
				  holder->kind, QUOTE(holder->text, strlen(holder->text))),
			text_make("paths stand in logs: use another argument"));
	for (size_t i = 0; a->type == ARGUMENT_ENUM && i < a->values_len; i++) {
		const char *value = a->values[i];

		if (!strchr(value, '/') && strcmp(value, ".") != 0 && strcmp(value, "..") != 0 &&
		    strlen(value) <= VALUE_BYTES_MAX)
			continue;
		problem(r, holder->place,
			text_make("the value %s of \"%s\" cannot be a component of the %s %s",
				  QUOTE(value, strlen(value)), a->name, holder->kind,
				  QUOTE(holder->text, strlen(holder->text))),
			text_make("a value has at most %d bytes, no /, and is neither . nor ..",
				  VALUE_BYTES_MAX));
		return;
	}
}

/* "route.via": what the kernel holds a call to is an argument, whole. */
static bool field_named(struct reader *r, const struct manifest_entrypoint *e,
			const struct holder *holder, const struct rule_part *part)
{
	const char *dot = memchr(part->argument, '.', part->argument_len);
	size_t len = dot ? (size_t)(dot - part->argument) : 0;

	for (size_t i = 0; dot && i < e->arguments_len; i++) {
		const struct argument *a = &e->arguments[i];

		if (!a->name || strlen(a->name) != len || !argument_record(a) ||
		    strncmp(a->name, part->argument, len) != 0)
			continue;
		problem(r, holder->place,
			text_make("the %s %s holds {%.*s}: a field of a record cannot be bound",
				  holder->kind, QUOTE(holder->text, strlen(holder->text)),
				  (int)part->argument_len, part->argument),
			text_make("make it an argument of its own"));
		return true;
	}
	return false;
}

static void slot_add(struct reader *r, struct manifest_entrypoint *e, const struct holder *holder,
		     const struct rule_part *part)
{
	struct nearest n = {.text = part->argument, .len = part->argument_len};
	size_t index = argument_find(e, part, &n);

	if (index == e->arguments_len && field_named(r, e, holder, part))
		return;
	if (index == e->arguments_len) {
		problem(r, holder->place,
			text_make("the %s %s holds {%.*s}, which is no argument of %s",
				  holder->kind, QUOTE(holder->text, strlen(holder->text)),
				  (int)part->argument_len, part->argument,
				  e->name ? e->name : "it"),
			n.best ? text_make("did you mean {%s}?", n.best)
			       : text_make("declare it below \"arguments\""));
		return;
	}
	for (size_t i = 0; i < e->slots_len; i++)
		if (e->slots[i] == index)
			return;
	argument_check(r, holder, &e->arguments[index]);
	if (e->slots_len == MANIFEST_SLOTS_MAX) {
		problem(r, holder->place,
			text_make("the %s %s holds one argument too many", holder->kind,
				  QUOTE(holder->text, strlen(holder->text))),
			text_make(
				"the patterns of an entrypoint hold at most %d different arguments",
				MANIFEST_SLOTS_MAX));
		return;
	}
	e->slots[e->slots_len++] = index;
}

static void slots_add(struct reader *r, struct manifest_entrypoint *e, const struct holder *holder)
{
	const char *at = holder->text;
	struct rule_part part;

	while (at && rule_path_next(&at, &part))
		if (part.kind == RULE_SLOT)
			slot_add(r, e, holder, &part);
}

static void message_slots(struct reader *r, struct manifest_entrypoint *e,
			  const struct manifest_message *m)
{
	for (size_t l = 0; l < MANIFEST_LISTS; l++) {
		struct holder holder = {.kind = "pattern", .place = m->narrowed[l]};

		for (size_t i = 0; i < m->lists[l].len; i++) {
			holder.text = m->lists[l].items[i];
			slots_add(r, e, &holder);
		}
	}
}

void slots_finish(struct reader *r, struct entrypoint_draft *draft)
{
	struct manifest_entrypoint *e = &draft->entrypoint;

	for (size_t i = 0; i < e->paths_len; i++)
		slots_add(r, e,
			  &(struct holder){.kind = "path",
					   .text = e->paths[i].path,
					   .place = e->paths[i].place});
	for (size_t i = 0; i < e->netlink.messages_len; i++)
		message_slots(r, e, &e->netlink.messages[i]);
	for (size_t i = 0; i < e->sockets.ioctls_len; i++)
		for (size_t k = 0; k < e->sockets.ioctls[i].interfaces_len; k++)
			slots_add(r, e,
				  &(struct holder){
					  .kind = "name",
					  .text = e->sockets.ioctls[i].interfaces[k].name,
					  .place = e->sockets.ioctls[i].interfaces[k].place});
	if (e->slots_len == 0)
		return;
	/* A worker that serves many calls would have to widen what it narrowed. */
	if (draft->isolation_place.line && e->isolation != MANIFEST_ISOLATION_CALL)
		problem(r, draft->isolation_place,
			text_make("a pattern of %s holds an argument, which takes isolation: call",
				  e->name ? e->name : "it"),
			text_make("write isolation: call, or leave it out"));
	e->isolation = MANIFEST_ISOLATION_CALL;
}
