/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables of names, which are made from the kernel's headers, and how they are searched. */
/* Before the kernel's headers, which then leave out what these define. */
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define NETLINK_NAMES_DEFINE
#include "base/netlink.h"
#include "netlink_names.gen.h"

bool netlink_number(const struct netlink_name *names, const char *name, uint32_t *ret)
{
	for (const struct netlink_name *n = names; n && n->name[0]; n++) {
		if (strcmp(n->name, name) != 0)
			continue;
		*ret = n->number;
		return true;
	}
	return false;
}

const char *netlink_name(const struct netlink_name *names, uint32_t number)
{
	for (const struct netlink_name *n = names; n && n->name[0]; n++)
		if (n->number == number)
			return n->name;
	return NULL;
}

bool netlink_table(const char *text, uint32_t *ret)
{
	static const struct netlink_name tables[] = {
		{"local", RT_TABLE_LOCAL},
		{"main", RT_TABLE_MAIN},
		{"default", RT_TABLE_DEFAULT},
		{},
	};
	unsigned long long value;

	if (netlink_number(tables, text, ret))
		return true;
	if (!*text || *text == '0' || strspn(text, "0123456789") != strlen(text) ||
	    strlen(text) > 10)
		return false;
	value = strtoull(text, NULL, 10);
	if (value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}
