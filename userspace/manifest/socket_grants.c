/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables of what sockets may be told: ioctls and options; and of kernel modules. */
#include <string.h>

#include "base/socket_names.h"
#include "manifest/sockets.h"

#define INTERFACE_BYTES_MAX 15 /* IFNAMSIZ, without its NUL */

/* Adds an entry of a table to a list of which each is there once. */
static struct manifest_socket_name *table_add(struct reader *r, const struct scalar *v,
					      const struct socket_name *names, const char *kind,
					      struct manifest_socket_name **all, size_t *len)
{
	const struct socket_name *name = socket_name_find(names, UINT16_MAX, v->text);
	struct manifest_socket_name *added;

	if (!name)
		socket_name_unknown(r, v, names, UINT16_MAX, kind);
	for (size_t i = 0; name && i < *len; i++)
		if ((*all)[i].name == name->name)
			problem(r, v->place, text_make("%s is listed twice", name->name),
				text_make("remove one"));
	added = array_add(r, all, len, sizeof(*added));
	if (added && name) {
		added->name = name->name;
		added->number = name->number;
		added->level = name->level;
	}
	if (added)
		added->place = v->place;
	return added;
}

static void take_option(struct reader *r, const struct shape *s, const struct scalar *v,
			void *field)
{
	struct manifest_sockets *sockets = field;

	(void)s;
	(void)table_add(r, v, socket_options, "socket option that can be granted",
			&sockets->options, &sockets->options_len);
}

static const struct shape option_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = "^[A-Z][A-Z0-9_]*$",
	.wants = "a socket option's name",
	.example = "SO_MARK",
	.take = take_option,
};

const struct shape socket_options_shape = {
	.form = FORM_LIST,
	.wants = "a list of socket options",
	.example = "[SO_MARK]",
	.element = &option_shape,
	.least = 1,
	.most = MANIFEST_SOCKET_NAMES_MAX,
};

static void short_name_add(struct reader *r, const struct scalar *v, struct manifest_name **all,
			   size_t *len)
{
	struct manifest_name *added;

	for (size_t i = 0; i < *len; i++)
		if ((*all)[i].name && strcmp((*all)[i].name, v->text) == 0)
			problem(r, v->place,
				text_make("%s is listed twice", QUOTE(v->text, v->len)),
				text_make("remove one"));
	added = array_add(r, all, len, sizeof(*added));
	if (!added)
		return;
	added->place = v->place;
	text_store(r, &added->name, v->text, v->len);
}

static bool is_printed(const struct scalar *v)
{
	for (size_t i = 0; i < v->len; i++)
		if (v->text[i] <= ' ' || v->text[i] >= 0x7f || v->text[i] == '/')
			return false;
	return v->len > 0;
}

static void take_module_name(struct reader *r, const struct shape *s, const struct scalar *v,
			     void *field)
{
	struct manifest_sockets *sockets = field;

	(void)s;
	if (!is_printed(v) || strpbrk(v->text, "{}"))
		problem(r, v->place,
			text_make("%s is no name of a kernel module", QUOTE(v->text, v->len)),
			text_make("write it as the kernel asks for it, such as rtnl-link-vxlan"));
	short_name_add(r, v, &sockets->modules, &sockets->modules_len);
}

static const struct shape module_name_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = SHORT_NAME_PATTERN,
	.wants = "a kernel module's name, as the kernel asks for it",
	.example = "rtnl-link-vxlan",
	.take = take_module_name,
	.text_max = MANIFEST_SHORT_NAME_MAX,
};

const struct shape kernel_modules_shape = {
	.form = FORM_LIST,
	.wants = "a list of kernel modules",
	.example = "[rtnl-link-vxlan]",
	.element = &module_name_shape,
	.least = 1,
	.most = MANIFEST_MODULES_MAX,
};

/* A name that an interface can have, or a pattern of such. */
static void take_interface(struct reader *r, const struct shape *s, const struct scalar *v,
			   void *field)
{
	struct manifest_socket_name *ioctl = field;
	bool argument = strchr(v->text, '{') != NULL;

	(void)s;
	if (!is_printed(v) || strpbrk(v->text, ":%[]") ||
	    (!argument && v->len > INTERFACE_BYTES_MAX))
		problem(r, v->place, text_make("%s is no interface's name", QUOTE(v->text, v->len)),
			text_make("at most %d bytes, no slash, colon, percent sign or bracket; * "
				  "and ? stand for others",
				  INTERFACE_BYTES_MAX));
	short_name_add(r, v, &ioctl->interfaces, &ioctl->interfaces_len);
}

static const struct shape interface_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = "^[!-$&-.0-9;-Z\\\\^-~]+$",
	.wants = "an interface's name",
	.example = "tap*",
	.take = take_interface,
	.text_max = MANIFEST_SHORT_NAME_MAX,
};

static const struct shape interfaces_shape = {
	.form = FORM_LIST,
	.wants = "a list of interfaces",
	.example = "[\"tap*\"]",
	.element = &interface_shape,
	.least = 1,
	.most = MANIFEST_INTERFACES_MAX,
};

static const struct key ioctl_keys[] = {
	{"interfaces", &interfaces_shape, 0,
	 .doc = "Interfaces that it may name. Default: any that it can."},
};

static const struct shape ioctl_shape = {
	.form = FORM_KEYED,
	.wants = "a mapping",
	.example = "{interfaces: [\"tap*\"]}",
	.keys = ioctl_keys,
	.keys_len = ARRAY_SIZE(ioctl_keys),
	.may_be_empty = true,
};

static void *ioctl_add(struct reader *r, const struct scalar *name, void *field)
{
	struct manifest_sockets *sockets = field;

	return table_add(r, name, socket_ioctls, "ioctl of sockets that can be granted",
			 &sockets->ioctls, &sockets->ioctls_len);
}

static void ioctl_done(struct reader *r, const struct scalar *name, void *field)
{
	const struct manifest_sockets *sockets = field;
	const struct manifest_socket_name *ioctl = &sockets->ioctls[sockets->ioctls_len - 1];
	const struct socket_name *known;

	if (!ioctl->name)
		return;
	known = socket_name_find(socket_ioctls, 0, ioctl->name);
	if (ioctl->interfaces_len > 0 && !known->interface)
		problem(r, name->place,
			text_make("%s cannot be narrowed to interfaces", ioctl->name),
			text_make("it names them in another way, or several: leave \"interfaces\" "
				  "out"));
	if (ioctl->interfaces_len == 0 && strcmp(ioctl->name, "TUNSETIFF") == 0)
		problem(r, name->place, text_make("TUNSETIFF is granted by the path /dev/net/tun"),
			text_make("name its interfaces here, or remove it"));
}

static const struct shape ioctl_name_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = "^[A-Z][A-Z0-9_]*$",
	.wants = "an ioctl's name",
	.example = "SIOCGIFINDEX",
};

const struct shape socket_ioctls_shape = {
	.form = FORM_LIST_OR_NAMED,
	.wants = "a list of ioctls, or a mapping from them to what narrows them",
	.example = "[SIOCGIFINDEX]",
	.names = &ioctl_name_shape,
	.element = &ioctl_shape,
	.least = 1,
	.most = MANIFEST_SOCKET_NAMES_MAX,
	.add = ioctl_add,
	.done = ioctl_done,
};
