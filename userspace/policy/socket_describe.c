/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an entrypoint may do with sockets, line by line, for people. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/socket_names.h"
#include "base/util.h"
#include "policy/sockets.h"

/* Between the members of a list. */
static const char *between(bool *first, const char *before)
{
	bool was = *first;

	*first = false;
	return was ? before : ", ";
}

static void addresses_write(FILE *to, const struct manifest_addresses *a, const char *before)
{
	bool first = true;

	for (size_t i = 0; i < a->len; i++)
		(void)fprintf(to, "%s%s", between(&first, before), a->items[i].text);
}

static void family_write(FILE *to, const struct socket_family *known,
			 const struct manifest_socket_family *f)
{
	uint32_t types = f->types ? f->types : known->types;
	bool first = true;

	(void)fprintf(to, "%s", known->name);
	for (const struct socket_name *type = socket_types; type->name; type++)
		if (types & SOCKET_TYPE(type->number))
			(void)fprintf(to, "%s%s", between(&first, " "), type->name);
	first = true;
	for (size_t i = 0; i < f->protocols_len; i++)
		(void)fprintf(to, "%s%s", between(&first, "; protocols "),
			      socket_name_of(socket_protocols, known->family, f->protocols[i]));
	addresses_write(to, &f->connect, "; connect ");
	addresses_write(to, &f->bind, "; bind ");
}

static void names_write(FILE *to, const struct manifest_name *names, size_t len, const char *before)
{
	bool first = true;

	for (size_t i = 0; i < len; i++)
		(void)fprintf(to, "%s%s", between(&first, before), names[i].name);
}

struct description {
	policy_describe_fn see;
	void *userdata;
	FILE *to; /* of the line that is being written; NULL without memory */
	char *text;
	size_t size;
	int error;
};

static FILE *line_begin(struct description *d)
{
	d->to = open_memstream(&d->text, &d->size);
	return d->to;
}

static void line_end(struct description *d, const char *key, unsigned line)
{
	if (fclose(d->to) == 0)
		d->see(d->userdata, key, d->text, line);
	else
		d->error = -ENOMEM;
	free(d->text);
	d->text = NULL;
}

static int all_write(struct description *d, const struct manifest_sockets *s)
{
	for (size_t i = 0; i < MANIFEST_SOCKET_FAMILIES; i++) {
		if (!s->families[i].place.line)
			continue;
		if (!line_begin(d))
			return -ENOMEM;
		family_write(d->to, &socket_families[i], &s->families[i]);
		line_end(d, "sockets", s->families[i].place.line);
	}
	for (size_t i = 0; i < s->ioctls_len; i++) {
		if (!line_begin(d))
			return -ENOMEM;
		(void)fprintf(d->to, "%s", s->ioctls[i].name);
		names_write(d->to, s->ioctls[i].interfaces, s->ioctls[i].interfaces_len, " of ");
		line_end(d, "socket_ioctls", s->ioctls[i].place.line);
	}
	for (size_t i = 0; i < s->options_len; i++)
		d->see(d->userdata, "socket_options", s->options[i].name, s->options[i].place.line);
	for (size_t i = 0; i < s->modules_len; i++)
		d->see(d->userdata, "kernel_modules", s->modules[i].name, s->modules[i].place.line);
	return d->error;
}

int policy_sockets_describe(const struct manifest_entrypoint *e, policy_describe_fn see,
			    void *userdata)
{
	struct description d = {.see = see, .userdata = userdata};

	return all_write(&d, &e->sockets);
}
