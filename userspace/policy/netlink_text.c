/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Netlink rules as a line for people. */
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

void policy_message_write(FILE *to, const struct manifest_message *m)
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

void policy_listen_write(FILE *to, uint16_t protocol,
			 const uint64_t groups[MANIFEST_LISTEN_MAX / 64])
{
	const struct netlink_protocol *p = netlink_protocol_of(protocol);
	const char *between = "";

	(void)fprintf(to, "listen %s ", p->word);
	for (uint32_t i = 0; i < MANIFEST_LISTEN_MAX; i++) {
		if (!(groups[i / 64] & UINT64_C(1) << i % 64))
			continue;
		(void)fprintf(to, "%s%s", between, netlink_name(p->groups, i + 1));
		between = ", ";
	}
}
