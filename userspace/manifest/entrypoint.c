/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of an entrypoint's keys, and how entrypoints, arguments and paths are added. */
#include <limits.h>
#include <string.h>

#include "base/units.h"
#include "manifest/argument_read.h"
#include "manifest/draft.h"
#include "manifest/entrypoint.h"
#include "manifest/netlink_read.h"
#include "manifest/rule.h"
#include "manifest/sockets.h"
#include "manifest/values.h"

#define SECOND INT64_C(1000000000)

static void *path_add(struct reader *r, const struct scalar *name, void *field)
{
	struct manifest_entrypoint *e = field;

	return rule_add(r, name, &e->paths, &e->paths_len);
}

static void path_done(struct reader *r, const struct scalar *name, void *field)
{
	const struct manifest_entrypoint *e = field;

	(void)name;
	rule_done(r, &e->paths[e->paths_len - 1]);
}

static const struct shape paths_shape = {
	.form = FORM_NAMED,
	.wants = "a mapping from paths to rights",
	.example = "{/etc/motd: [read]}",
	.names = &rule_path_shape,
	.element = &rights_shape,
	.most = MANIFEST_PATHS_MAX,
	.add = path_add,
	.done = path_done,
};

/* Adds a name to a list of which each is there once. */
static void name_add(struct reader *r, const struct scalar *v, struct manifest_name **names,
		     size_t *len)
{
	struct manifest_name *added;

	for (size_t i = 0; i < *len; i++) {
		if (strcmp((*names)[i].name ? (*names)[i].name : "", v->text) != 0)
			continue;
		problem(r, v->place, text_make("%s is listed twice", QUOTE(v->text, v->len)),
			text_make("remove one"));
		return;
	}
	added = array_add(r, names, len, sizeof(*added));
	if (!added)
		return;
	added->place = v->place;
	text_store(r, &added->name, v->text, v->len);
}

static void take_include(struct reader *r, const struct shape *s, const struct scalar *v,
			 void *field)
{
	struct manifest_entrypoint *e = field;

	(void)s;
	name_check(r, v, "a group of rules", true, MANIFEST_NAME_MAX);
	name_add(r, v, &e->includes, &e->includes_len);
}

static void take_program(struct reader *r, const struct shape *s, const struct scalar *v,
			 void *field)
{
	struct manifest_entrypoint *e = field;
	bool slash;
	size_t len;

	(void)s;
	if (!path_check(r, v, &len, &slash))
		return;
	if (slash)
		problem(r, v->place,
			text_make("the program %s ends in a slash", QUOTE(v->text, v->len)),
			text_make("name a file"));
	else
		name_add(r, v, &e->programs, &e->programs_len);
}

static const struct shape include_name_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = NAME_PATTERN,
	.wants = "the name of a group of rules",
	.example = "nss",
	.take = take_include,
	.text_max = MANIFEST_NAME_MAX,
};

static const struct shape includes_shape = {
	.form = FORM_LIST,
	.wants = "a list of groups of rules",
	.example = "[nss, locale]",
	.element = &include_name_shape,
	.least = 1,
	.most = MANIFEST_INCLUDES_MAX,
};

static const struct shape program_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = FILE_PATTERN,
	.wants = "a program's absolute path",
	.example = "/usr/sbin/ip",
	.take = take_program,
	.text_max = PATH_MAX - 1,
};

static const struct shape programs_shape = {
	.form = FORM_LIST,
	.wants = "a list of programs",
	.example = "[/usr/sbin/ip]",
	.element = &program_shape,
	.least = 1,
	.most = MANIFEST_PROGRAMS_MAX,
};

static void *argument_add(struct reader *r, const struct scalar *name, void *field)
{
	struct manifest_entrypoint *e = field;
	struct argument *a = array_add(r, &e->arguments, &e->arguments_len, sizeof(*a));

	if (!a)
		return NULL;
	name_check(r, name, "an argument", false, ARGUMENT_NAME_MAX);
	text_store(r, &a->name, name->text, name->len);
	return a;
}

/* On the wire arguments stand by position, so that only the last ones can be left out. */
static void argument_done(struct reader *r, const struct scalar *name, void *field)
{
	const struct manifest_entrypoint *e = field;
	const struct argument *last = &e->arguments[e->arguments_len - 1];

	argument_fds_check(r, name, e->arguments, e->arguments_len);
	if (e->arguments_len < 2 || last->optional || !last[-1].optional)
		return;
	problem(r, name->place,
		text_make("the required argument %s stands behind an optional one",
			  QUOTE(name->text, name->len)),
		text_make("put optional arguments last"));
}

static const struct shape argument_name_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = ARGUMENT_NAME_PATTERN,
	.wants = "an argument's name",
	.example = "message",
	.text_max = ARGUMENT_NAME_MAX,
};

static const struct shape arguments_shape = {
	.form = FORM_NAMED,
	.wants = "a mapping from names to types",
	.example = "{message: string}",
	.names = &argument_name_shape,
	.element = &argument_shape,
	.most = ARGUMENTS_MAX,
	.add = argument_add,
	.done = argument_done,
};

static const struct shape timeout_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = UNITS_DURATION_PATTERN,
	.wants = "a duration",
	.example = "30s",
	.take = take_duration,
	.minimum = SECOND / 1000,
	.maximum = SECOND * 3600 * 24,
};

static const struct word isolation_words[] = {
	{.word = "entrypoint", .value = MANIFEST_ISOLATION_ENTRYPOINT},
	{.word = "call", .value = MANIFEST_ISOLATION_CALL},
	{.word = "caller", .value = MANIFEST_ISOLATION_CALLER},
};

static const struct shape isolation_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "entrypoint, call or caller",
	.example = "entrypoint",
	.take = take_word,
	.words = isolation_words,
	.words_len = ARRAY_SIZE(isolation_words),
};

static const struct shape workers_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_INTEGER,
	.wants = "a whole number",
	.example = "1",
	.take = take_unsigned,
	.minimum = 1,
	.maximum = MANIFEST_WORKERS_MAX,
};

static const struct word does_words[] = {
	{.word = "call", .value = MANIFEST_DOES_CALL},
	{.word = "make-network", .value = MANIFEST_DOES_MAKE_NETWORK},
	{.word = "remove-network", .value = MANIFEST_DOES_REMOVE_NETWORK},
};

static const struct shape does_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "call, make-network or remove-network",
	.example = "call",
	.take = take_word,
	.words = does_words,
	.words_len = ARRAY_SIZE(does_words),
};

static const struct word mode_words[] = {
	{.word = "enforce", .value = MANIFEST_ENFORCE},
	{.word = "audit", .value = MANIFEST_AUDIT},
};

static const struct shape mode_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "enforce or audit",
	.example = "enforce",
	.take = take_word,
	.words = mode_words,
	.words_len = ARRAY_SIZE(mode_words),
};

#define ENTRYPOINT(field) offsetof(struct entrypoint_draft, entrypoint.field)

static const struct key entrypoint_keys[] = {
	{"description", &description_shape, ENTRYPOINT(description),
	 .doc = "What the entrypoint does, for people."},
	{"arguments", &arguments_shape, 0, .doc = "Arguments by name, in the order of a call."},
	{"result", &result_shape, ENTRYPOINT(result), .doc = "The result's type. Default: none."},
	{"paths", &paths_shape, 0,
	 .doc = "What may be done to which paths. A trailing slash covers all below.",
	 .place = ENTRYPOINT(paths_place)},
	{"exec", &programs_shape, 0,
	 .doc = "Programs that may be executed, with what they need to start: interpreter and "
		"shared libraries."},
	{"include", &includes_shape, 0, .doc = "Named groups of rules that hold here as well."},
	{"netlink", &netlink_shape, 0,
	 .doc = "Netlink messages that may be sent, by protocol, and multicast groups that may be "
		"listened to.",
	 .place = ENTRYPOINT(netlink.place)},
	{"sockets", &sockets_shape, ENTRYPOINT(sockets),
	 .doc = "Sockets besides unix ones, by family.", .place = ENTRYPOINT(sockets.place)},
	{"socket_ioctls", &socket_ioctls_shape, ENTRYPOINT(sockets),
	 .doc = "Network ioctls, by name; as a mapping, narrowed to interfaces."},
	{"socket_options", &socket_options_shape, ENTRYPOINT(sockets),
	 .doc = "Socket options, by name, besides the harmless ones."},
	{"kernel_modules", &kernel_modules_shape, ENTRYPOINT(sockets),
	 .doc = "Modules that the kernel may load for its sake, by the names that it asks for."},
	{"timeout", &timeout_shape, ENTRYPOINT(timeout_ns), .otherwise = "30s",
	 .doc = "A call that takes longer is killed."},
	{"capabilities", &capabilities_shape, offsetof(struct entrypoint_draft, capabilities),
	 .doc = "The capabilities that this entrypoint keeps. Default: the context's.",
	 .place = offsetof(struct entrypoint_draft, capabilities_place)},
	{"isolation", &isolation_shape, ENTRYPOINT(isolation), .otherwise = "entrypoint",
	 .doc = "entrypoint: a worker serves many calls. caller: each user who calls has a worker "
		"of its own. call: each call has a process of its own; so it is when a pattern "
		"holds an argument.",
	 .place = offsetof(struct entrypoint_draft, isolation_place)},
	{"workers", &workers_shape, ENTRYPOINT(workers), .otherwise = "1",
	 .doc = "Processes that serve calls side by side; with isolation: caller, users who have "
		"one at the same time."},
	{"mode", &mode_shape, ENTRYPOINT(mode), .otherwise = "enforce",
	 .doc = "enforce: what is not declared is denied. audit: it is allowed and reported."},
	{"does", &does_shape, ENTRYPOINT(does), .otherwise = "call",
	 .doc = "call: the module's function. make-network, remove-network: the supervisor makes "
		"or removes the network namespace that the caller names."},
};

_Static_assert(offsetof(struct entrypoint_draft, entrypoint) == 0,
	       "arguments and paths are added to the entrypoint");

static void *entrypoint_add(struct reader *r, const struct scalar *name, void *field)
{
	struct draft *d = field;
	struct entrypoint_draft *e = array_add(r, &d->entrypoints, &d->entrypoints_len, sizeof(*e));

	if (!e)
		return NULL;
	e->entrypoint.place = name->place;
	name_check(r, name, "an entrypoint", true, MANIFEST_NAME_MAX);
	text_store(r, &e->entrypoint.name, name->text, name->len);
	mapping_defaults(r, entrypoint_keys, ARRAY_SIZE(entrypoint_keys), FILTER_ALL, e);
	return e;
}

static const struct shape entrypoint_name_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = NAME_PATTERN,
	.wants = "an entrypoint's name",
	.example = "update_motd",
	.text_max = MANIFEST_NAME_MAX,
};

static const struct shape entrypoint_shape = {
	.form = FORM_KEYED,
	.wants = "a mapping",
	.example = "{}",
	.keys = entrypoint_keys,
	.keys_len = ARRAY_SIZE(entrypoint_keys),
	.may_be_empty = true,
};

const struct shape entrypoints_shape = {
	.form = FORM_NAMED,
	.wants = "a mapping from names to entrypoints",
	.example = "{update_motd: {}}",
	.names = &entrypoint_name_shape,
	.element = &entrypoint_shape,
	.least = 1,
	.most = MANIFEST_ENTRYPOINTS_MAX,
	.add = entrypoint_add,
};

static bool holds_secret(const struct argument *a)
{
	for (size_t i = 0; i < a->fields_len; i++)
		if (a->fields[i].secret)
			return true;
	return a->secret || (a->element && holds_secret(a->element));
}

bool manifest_has_secrets(const struct manifest_entrypoint *e)
{
	for (size_t i = 0; i < e->arguments_len; i++)
		if (holds_secret(&e->arguments[i]))
			return true;
	return holds_secret(&e->result);
}
