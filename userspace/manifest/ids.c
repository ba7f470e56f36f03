/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Taking users and groups: numbers as they stand, names through NSS. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "base/units.h"
#include "manifest/draft.h"

#define ID_NAME_MAX 255
/* An entry in the group database lists all members: this allows for some tens of thousands. */
#define NSS_BYTES_MAX ((size_t)1024 * 1024)

typedef int (*lookup_fn)(const char *name, char *buffer, size_t len, uint32_t *ret);

/* 0 found, ENOENT not found, else an errno. getpwnam(3): several errno values mean "not found". */
static int lookup_result(int r, bool found)
{
	if (found)
		return 0;
	if (r == 0 || r == ENOENT || r == ESRCH || r == EBADF || r == EPERM)
		return ENOENT;
	return r;
}

static int user_lookup(const char *name, char *buffer, size_t len, uint32_t *ret)
{
	struct passwd entry, *found = NULL;
	int r = getpwnam_r(name, &entry, buffer, len, &found);

	if (found)
		*ret = entry.pw_uid;
	return lookup_result(r, found != NULL);
}

static int group_lookup(const char *name, char *buffer, size_t len, uint32_t *ret)
{
	struct group entry, *found = NULL;
	int r = getgrnam_r(name, &entry, buffer, len, &found);

	if (found)
		*ret = entry.gr_gid;
	return lookup_result(r, found != NULL);
}

static int name_lookup(const char *name, lookup_fn lookup, uint32_t *ret)
{
	for (size_t len = 4096; len <= NSS_BYTES_MAX; len *= 4) {
		char *buffer = malloc(len);
		int r;

		if (!buffer)
			return ENOMEM;
		r = lookup(name, buffer, len, ret);
		free(buffer);
		if (r != ERANGE)
			return r;
	}
	return ERANGE;
}

/*
 * Stands for a name that is not to be looked up: made of the name, and above what systems give to
 * users, so that it meets no number of the same manifest.
 */
static uint32_t id_made_up(const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return (hash | 0xc0000000u) & ~1u;
}

/* What no user database can hold (passwd(5): fields are separated by colons) is not asked for. */
static bool name_is_possible(const struct scalar *v)
{
	if (v->len == 0 || v->len > ID_NAME_MAX)
		return false;
	for (size_t i = 0; i < v->len; i++)
		if ((unsigned char)v->text[i] < 0x20 || strchr(":,/\x7f", v->text[i]))
			return false;
	return true;
}

/* Digits only are a number, never a name, so that one spelling has one meaning. */
static bool id_resolve(struct reader *r, const struct scalar *v, const char *kind, lookup_fn lookup,
		       uint32_t *ret)
{
	uint64_t number;
	int e;

	if (strspn(v->text, "0123456789") == v->len) {
		e = units_parse_unsigned(v->text, &number);
		/* The highest one is (uid_t)-1: "no id" to every system call. */
		if (e == 0 && number < UINT32_MAX) {
			*ret = (uint32_t)number;
			return true;
		}
		problem(r, v->place, text_make("%s is no %s id", QUOTE(v->text, v->len), kind),
			text_make("a number is 0 to 4294967294, without leading zeros"));
		return false;
	}
	if (r->flags & MANIFEST_NAMES_UNKNOWN && name_is_possible(v)) {
		*ret = id_made_up(v->text);
		return true;
	}
	e = name_is_possible(v) ? name_lookup(v->text, lookup, ret) : ENOENT;
	if (e == 0)
		return true;
	if (e == ENOENT)
		problem(r, v->place, text_make("there is no %s %s", kind, QUOTE(v->text, v->len)),
			text_make("create it, or write its number"));
	else
		problem(r, v->place,
			text_make("the %s %s cannot be looked up: %s", kind, QUOTE(v->text, v->len),
				  strerror(e)),
			text_make("write its number"));
	return false;
}

static void id_add(struct reader *r, struct ids *list, uint32_t id, struct manifest_place place)
{
	uint32_t *ids = reallocarray(list->ids, list->len + 1, sizeof(*ids));
	struct manifest_place *places;

	if (ids)
		list->ids = ids;
	places = reallocarray(list->places, list->len + 1, sizeof(*places));
	if (places)
		list->places = places;
	if (!ids || !places) {
		r->no_memory = true;
		return;
	}
	ids[list->len] = id;
	places[list->len] = place;
	list->len++;
}

static void id_take(struct reader *r, const struct scalar *v, const char *kind, lookup_fn lookup,
		    struct ids *list)
{
	uint32_t id = 0;

	if (!id_resolve(r, v, kind, lookup, &id)) {
		list->wrong = true;
		return;
	}
	for (size_t i = 0; i < list->len; i++) {
		if (list->ids[i] != id)
			continue;
		problem(r, v->place,
			text_make("the %s %s is listed twice", kind, QUOTE(v->text, v->len)),
			text_make("line %u has it already", list->places[i].line));
		return;
	}
	id_add(r, list, id, v->place);
}

void take_user(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	(void)s;
	id_take(r, v, "user", user_lookup, field);
}

void take_group(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	(void)s;
	id_take(r, v, "group", group_lookup, field);
}
