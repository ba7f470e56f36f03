/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink rules as a line for people. */
#include <stdlib.h>
#include <string.h>

#include "policy/netlink.h"

static void mask_write(FILE *to, const char *what, const struct netlink_name *names,
		       const uint64_t mask[2])
{
	const char *between = what;

	for (unsigned i = 0; i < MANIFEST_ATTRIBUTES_MAX; i++) {
		const char *name = netlink_name(names, i);

		if (!(mask[i / 64] & UINT64_C(1) << i % 64) || !name)
			continue;
		(void)fprintf(to, "%s %s", between, name);
		between = ",";
	}
}

static void message_write(FILE *to, const struct manifest_message *m)
{
	static const char *const lists[MANIFEST_LISTS] = {
		[MANIFEST_INTERFACES] = "; interfaces", [MANIFEST_KINDS] = "; kinds",
		[MANIFEST_MASTERS] = "; masters",	[MANIFEST_LINKS] = "; links",
		[MANIFEST_TABLES] = "; tables",		[MANIFEST_CHAINS] = "; chains",
	};
	const struct netlink_protocol *protocol = netlink_protocol_of(m->messages->protocol);
	const struct netlink_name *attributes =
		netlink_attributes(m->messages->protocol, (uint16_t)m->number, m->messages->word);
	const uint64_t families[2] = {m->families, 0};

	(void)fprintf(to, "%s%s%s %s", protocol->word, protocol->parts ? " " : "",
		      protocol->parts ? m->messages->word : "", manifest_message_name(m));
	mask_write(to, "; families", m->messages->families, families);
	for (size_t l = 0; l < MANIFEST_LISTS; l++)
		for (size_t i = 0; i < m->lists[l].len; i++)
			(void)fprintf(to, "%s %s", i ? "," : lists[l], m->lists[l].items[i]);
	mask_write(to, "; attributes", attributes, m->attributes);
	mask_write(to, "; require", attributes, m->required);
	if (m->dump != MANIFEST_DUMP_ALLOWED)
		(void)fprintf(to, "; dump %s", m->dump == MANIFEST_DUMP_ONLY ? "only" : "refused");
}

static void listen_write(FILE *to, const struct manifest_listen *listen)
{
	const struct netlink_protocol *p = netlink_protocol_of(listen->protocol);
	const char *between = "";

	(void)fprintf(to, "listen %s ", p->word);
	for (uint32_t i = 0; i < MANIFEST_LISTEN_MAX; i++) {
		if (!(listen->groups[i / 64] & UINT64_C(1) << i % 64))
			continue;
		(void)fprintf(to, "%s%s", between, netlink_name(p->groups, i + 1));
		between = ", ";
	}
}

/* What one of the two writes. */
static char *text_of(const struct manifest_message *message, const struct manifest_listen *listen)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return NULL;
	if (message)
		message_write(to, message);
	if (listen)
		listen_write(to, listen);
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}

char *policy_message_text(const struct manifest_message *message)
{
	return text_of(message, NULL);
}

char *policy_listen_text(const struct manifest_listen *listen)
{
	return text_of(NULL, listen);
}
