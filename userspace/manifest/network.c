/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces that have a name: the keys below namespaces.network, and what fits them. */
#include <string.h>

#include "base/nearest.h"
#include "base/units.h"
#include "manifest/argument_read.h"
#include "manifest/draft.h"
#include "manifest/network_name.h"
#include "manifest/values.h"

#define NETWORK_NAME_PATTERN                                                                       \
	"^([a-z][a-z0-9_-]*(\\{[a-z][a-z0-9_]*\\})?|\\{[a-z][a-z0-9_]*\\})[a-z0-9_-]*$"
#define SECOND INT64_C(1000000000)

static void take_network_name(struct reader *r, const struct shape *s, const struct scalar *v,
			      void *field)
{
	struct draft *d = field;

	(void)s;
	d->manifest.network_namespace = MANIFEST_NETWORK_NAMED;
	d->network_place = v->place;
	text_store(r, &d->manifest.network.name, v->text, v->len);
}

static const struct shape network_name_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = NETWORK_NAME_PATTERN,
	.wants = "a name, with an argument in braces where callers choose",
	.example = "\"qrouter-{router}\"",
	.take = take_network_name,
	.text_max = NETWORK_NAME_MAX + ARGUMENT_NAME_MAX,
};

static const struct shape make_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_BOOLEAN,
	.wants = "true or false",
	.example = "true",
	.take = take_boolean,
};

static void *argument_add(struct reader *r, const struct scalar *name, void *field)
{
	struct manifest_network *n = &((struct draft *)field)->manifest.network;
	struct argument *a = array_add(r, &n->arguments, &n->arguments_len, sizeof(*a));

	if (!a)
		return NULL;
	name_check(r, name, "an argument", false, ARGUMENT_NAME_MAX);
	text_store(r, &a->name, name->text, name->len);
	return a;
}

static const struct shape argument_name_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = ARGUMENT_NAME_PATTERN,
	.wants = "an argument's name",
	.example = "router",
	.text_max = ARGUMENT_NAME_MAX,
};

static const struct shape arguments_shape = {
	.form = FORM_NAMED,
	.wants = "a mapping from a name to a type",
	.example = "{router: uuid}",
	.names = &argument_name_shape,
	.element = &argument_shape,
	.most = 1,
	.add = argument_add,
};

static const struct shape instances_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_INTEGER,
	.wants = "a whole number",
	.example = "64",
	.take = take_unsigned,
	.minimum = 1,
	.maximum = MANIFEST_INSTANCES_MAX,
};

const struct shape idle_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = UNITS_DURATION_PATTERN,
	.wants = "a duration",
	.example = "1min",
	.take = take_duration,
	.minimum = SECOND,
	.maximum = SECOND * 3600 * 24,
};

#define NETWORK(field) offsetof(struct draft, manifest.network.field)

const struct key network_keys[NETWORK_KEYS] = {
	{"name", &network_name_shape, 0, .required = true,
	 .doc = "The namespace's name, as `ip netns` has it. With an argument in braces it is a "
		"template: each caller says which one it means."},
	{"arguments", &arguments_shape, 0,
	 .doc = "The type of what stands for the braces: uuid, interface, enum, or a string with "
		"a pattern."},
	{"make", &make_shape, NETWORK(make), .otherwise = "false",
	 .doc = "Makes the namespace when it is first used. Otherwise an entrypoint that does "
		"make-network makes it, or somebody else."},
	{"instances", &instances_shape, NETWORK(instances), .otherwise = "64",
	 .doc = "Helpers at one time: one for each namespace in use."},
	{"idle", &idle_shape, NETWORK(idle_ns), .otherwise = "1min",
	 .doc = "A helper that has had no call for so long ends."},
};

_Static_assert(offsetof(struct draft, manifest) == 0, "take_network() is given the draft");

/* The shortest value that a type has. */
static size_t shortest(const struct argument *a)
{
	return a->type == ARGUMENT_UUID ? 36 : MAX_OF(a->min_length, (size_t)1);
}

static void type_check(struct reader *r, struct manifest_place place, const struct argument *a)
{
	bool fits = a->type == ARGUMENT_UUID || a->type == ARGUMENT_INTERFACE ||
		    a->type == ARGUMENT_ENUM || (a->type == ARGUMENT_STRING && a->pattern);

	if (!fits)
		problem(r, place,
			text_make("the argument \"%s\" in the name of network namespaces has type "
				  "%s%s",
				  a->name, argument_type_name(a->type),
				  a->type == ARGUMENT_STRING ? ", and no pattern" : ""),
			text_make("use uuid, interface, enum, or a string with a pattern"));
	if (a->optional || a->secret)
		problem(r, place,
			text_make("the argument \"%s\" in the name of network namespaces is %s",
				  a->name, a->optional ? "optional" : "secret"),
			text_make("each caller has to give it, and it stands in logs"));
	for (size_t i = 0; a->type == ARGUMENT_ENUM && i < a->values_len; i++)
		if (!network_text_valid(a->values[i], strlen(a->values[i])))
			problem(r, place,
				text_make("the value %s of \"%s\" cannot be part of a network "
					  "namespace's name",
					  QUOTE(a->values[i], strlen(a->values[i])), a->name),
				text_make("names are made of a-z, 0-9, _ and -"));
}

static void name_finish(struct reader *r, const struct draft *d)
{
	const struct manifest_network *n = &d->manifest.network;
	const struct argument *a = n->arguments_len ? &n->arguments[0] : NULL;
	struct network_name parts;
	size_t least;

	if (!network_name_split(n->name, &parts)) {
		problem(r, d->network_place,
			text_make("%s cannot be the name of network namespaces",
				  QUOTE(n->name, strlen(n->name))),
			text_make("names begin with a letter and are made of a-z, 0-9, _ and -, "
				  "with one argument in braces at most"));
		return;
	}
	if (a && (!a->name || !a->type))
		return; /* reported already */
	if (parts.argument && (!a || strlen(a->name) != parts.argument_len ||
			       strncmp(a->name, parts.argument, parts.argument_len) != 0)) {
		problem(r, d->network_place,
			text_make("the name %s holds {%.*s}, which is no argument of it",
				  QUOTE(n->name, strlen(n->name)), (int)parts.argument_len,
				  parts.argument),
			a ? text_make("did you mean {%s}?", a->name)
			  : text_make("add arguments: {%.*s: uuid}", (int)parts.argument_len,
				      parts.argument));
		return;
	}
	if (a && !parts.argument) {
		problem(r, d->network_place,
			text_make("the argument \"%s\" does not stand in the name %s", a->name,
				  QUOTE(n->name, strlen(n->name))),
			text_make("write it in braces: \"%.32s-{%s}\"", n->name, a->name));
		return;
	}
	if (a)
		type_check(r, d->network_place, a);
	least = parts.before + (a ? shortest(a) + parts.behind : 0);
	if (least > NETWORK_NAME_MAX)
		problem(r, d->network_place,
			text_make("the name %s is too long: %zu bytes at least",
				  QUOTE(n->name, strlen(n->name)), least),
			text_make("a network namespace's name has at most %d", NETWORK_NAME_MAX));
}

/* The first key of an entrypoint that means nothing without a function; NULL: none. */
static const char *key_of_functions(const struct entrypoint_draft *e)
{
	const struct manifest_entrypoint *p = &e->entrypoint;

	if (p->arguments_len)
		return "arguments";
	if (p->result.type)
		return "result";
	if (p->paths_len)
		return "paths";
	if (p->programs_len)
		return "exec";
	if (p->includes_len)
		return "include";
	if (p->netlink.place.line)
		return "netlink";
	if (manifest_has_sockets(p))
		return "sockets";
	if (p->sockets.ioctls_len)
		return "socket_ioctls";
	if (p->sockets.options_len)
		return "socket_options";
	if (p->sockets.modules_len)
		return "kernel_modules";
	if (e->capabilities_place.line)
		return "capabilities";
	if (e->isolation_place.line)
		return "isolation";
	return NULL;
}

static void does_finish(struct reader *r, const struct draft *d, const struct entrypoint_draft *e)
{
	const struct manifest_entrypoint *p = &e->entrypoint;
	const char *what = key_of_functions(e);

	if (p->does == MANIFEST_DOES_CALL)
		return;
	if (d->manifest.network_namespace != MANIFEST_NETWORK_NAMED)
		problem(r, p->place,
			text_make("%s makes or removes network namespaces, but "
				  "\"namespaces.network\" gives them no name",
				  p->name ? p->name : "it"),
			text_make(
				"give them one, as in network: {name: \"qrouter-{router}\", ...}, "
				"or remove \"does\""));
	if (what)
		problem(r, p->place,
			text_make("%s is served by posternd itself, and has no \"%s\"",
				  p->name ? p->name : "it", what),
			text_make("remove \"%s\": the name of the namespace comes with the call",
				  what));
}

void network_finish(struct reader *r, struct draft *d)
{
	if (d->manifest.network_namespace == MANIFEST_NETWORK_NAMED && d->manifest.network.name)
		name_finish(r, d);
	for (size_t i = 0; i < d->entrypoints_len; i++)
		does_finish(r, d, &d->entrypoints[i]);
}
