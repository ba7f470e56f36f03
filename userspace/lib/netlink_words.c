/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refused netlink messages in words. */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/netlink.h"
#include "base/text.h"
#include "base/util.h"
#include "lib/netlink_words.h"

static const char *const fault_words[POSTERN_MESSAGE_FAULTS] = {
	[POSTERN_MESSAGE_NOT_GRANTED] = "not granted",
	[POSTERN_MESSAGE_MALFORMED] = "malformed",
	[POSTERN_MESSAGE_TOO_MANY] = "too many",
	[POSTERN_MESSAGE_FAMILY] = "family",
	[POSTERN_MESSAGE_DUMP] = "dump",
	[POSTERN_MESSAGE_ATTRIBUTE] = "attribute",
	[POSTERN_MESSAGE_MISSING] = "missing attribute",
	[POSTERN_MESSAGE_INTERFACE] = "interface",
	[POSTERN_MESSAGE_NAME] = "name",
	[POSTERN_MESSAGE_NUMBER] = "number",
	[POSTERN_MESSAGE_SOCKET] = "socket",
	[POSTERN_MESSAGE_DESTINATION] = "destination",
	[POSTERN_MESSAGE_GENERIC] = "generic family",
};

const char *message_fault_word(uint16_t fault)
{
	return fault < ARRAY_SIZE(fault_words) && fault_words[fault] ? fault_words[fault]
								     : "unknown";
}

const char *message_name(uint16_t protocol, uint16_t type, const char *family, uint32_t command,
			 char to[MESSAGE_NAME_MAX])
{
	const struct netlink_protocol *p = netlink_protocol_of(protocol);
	bool generic = protocol == NETLINK_GENERIC;
	const struct netlink_messages *set = netlink_messages_of(protocol, type, family);
	uint32_t number = (generic ? command : type) - (set ? set->base : 0u);
	const char *name = set ? netlink_name(set->names, number) : NULL;
	char shown[POSTERN_GENERIC_NAME + 1] = "";
	size_t used;

	if (p)
		used = (size_t)snprintf(to, MESSAGE_NAME_MAX, "%s", p->word);
	else
		used = (size_t)snprintf(to, MESSAGE_NAME_MAX, "protocol %u", protocol);
	if (generic && family)
		(void)text_clean(shown, sizeof(shown), family, strlen(family));
	else if (p && p->parts && set && !set->implied)
		(void)snprintf(shown, sizeof(shown), "%s", set->word);
	if (name)
		(void)snprintf(to + used, MESSAGE_NAME_MAX - used, "%s%s %s", shown[0] ? " " : "",
			       shown, name);
	else if (generic && !family)
		(void)snprintf(to + used, MESSAGE_NAME_MAX - used, " family %u", type);
	else
		(void)snprintf(to + used, MESSAGE_NAME_MAX - used, "%s%s %s %u",
			       shown[0] ? " " : "", shown, generic ? "command" : "type", number);
	return to;
}

/* The texts of an event need not end in NUL. */
static const char *family_of(const struct postern_message *m, char to[POSTERN_GENERIC_NAME + 1])
{
	(void)snprintf(to, POSTERN_GENERIC_NAME + 1, "%.*s", POSTERN_GENERIC_NAME, m->family);
	return to[0] ? to : NULL;
}

static const char *name_of(const struct postern_message *m, char to[sizeof(m->name) + 1])
{
	size_t len = strnlen(m->name, sizeof(m->name));

	(void)text_clean(to, sizeof(m->name) + 1, m->name, len);
	return to;
}

const char *message_object(const struct postern_message *m, char to[MESSAGE_TEXT_MAX])
{
	char message[MESSAGE_NAME_MAX], family[POSTERN_GENERIC_NAME + 1], name[sizeof(m->name) + 1];

	(void)message_name(m->protocol, m->type, family_of(m, family), m->command, message);
	(void)name_of(m, name);
	if (m->fault == POSTERN_MESSAGE_INTERFACE && name[0])
		(void)snprintf(to, MESSAGE_TEXT_MAX, "%s of interface \"%s\"", message, name);
	else if (m->fault == POSTERN_MESSAGE_INTERFACE && m->index)
		(void)snprintf(to, MESSAGE_TEXT_MAX, "%s of interface %u", message, m->index);
	else
		(void)snprintf(to, MESSAGE_TEXT_MAX, "%s", message);
	return to;
}

const char *message_attribute(const struct postern_message *m, char to[MESSAGE_NAME_MAX])
{
	char family[POSTERN_GENERIC_NAME + 1];
	const char *name = netlink_name(
		netlink_attributes(m->protocol, m->type, family_of(m, family)), m->attribute);

	if (name)
		(void)snprintf(to, MESSAGE_NAME_MAX, "%s", name);
	else
		(void)snprintf(to, MESSAGE_NAME_MAX, "attribute %u", m->attribute);
	return to;
}

/* What the name or number is, as far as it is known: further down in a message the types of
 * attributes mean something else. */
static const char *named_what(const struct postern_message *m)
{
	const struct netlink_layout *l = netlink_layout(m->protocol, m->type);
	unsigned a = m->attribute;

	if (!l || m->protocol == NETLINK_GENERIC)
		return "";
	if (m->fault == POSTERN_MESSAGE_NUMBER)
		return l->table_number ? "table " : "";
	if (a && (a == l->names[0] || a == l->names[1]))
		return "interface ";
	if (a && a == l->table_name)
		return "table ";
	if (a && a == l->chain_name)
		return "chain ";
	return l->kind ? "kind " : "";
}

/* With the attribute that has the interface, when it is not the one that the message is about. */
static void interface_fault(const struct postern_message *m, char to[MESSAGE_TEXT_MAX])
{
	const struct netlink_layout *l = netlink_layout(m->protocol, m->type);
	const unsigned a = m->attribute;
	char attribute[MESSAGE_NAME_MAX] = "";

	if (l && a && (a == l->index || a == l->master || a == l->link))
		(void)message_attribute(m, attribute);
	if (m->name[0])
		(void)snprintf(to, MESSAGE_TEXT_MAX, "its rule does not name that interface%s%s",
			       attribute[0] ? " as " : "", attribute);
	else if (m->index)
		(void)snprintf(to, MESSAGE_TEXT_MAX, "there is no such interface%s%s",
			       attribute[0] ? " as " : "", attribute);
	else
		(void)snprintf(to, MESSAGE_TEXT_MAX, "it names no interface by its index");
}

static void family_fault(const struct postern_message *m, char to[MESSAGE_TEXT_MAX])
{
	const struct netlink_messages *set = netlink_messages_of(m->protocol, m->type, NULL);
	const char *family = set ? netlink_name(set->families, m->command) : NULL;

	if (family)
		(void)snprintf(to, MESSAGE_TEXT_MAX, "its address family %s is not granted",
			       family);
	else
		(void)snprintf(to, MESSAGE_TEXT_MAX, "its address family %u is not granted",
			       m->command);
}

/* Those that need no more words than these. */
static const char *const fault_texts[POSTERN_MESSAGE_FAULTS] = {
	[POSTERN_MESSAGE_NOT_GRANTED] = "no rule grants it",
	[POSTERN_MESSAGE_MALFORMED] = "its lengths do not fit, or bytes are left over",
	[POSTERN_MESSAGE_TOO_MANY] = "there are more messages or attributes than are looked at",
	[POSTERN_MESSAGE_DUMP] = "the rule says otherwise of dumps",
	[POSTERN_MESSAGE_SOCKET] =
		"the socket is not the entrypoint's own, or of another network namespace",
	[POSTERN_MESSAGE_DESTINATION] = "it is addressed to other processes, not to the kernel",
	[POSTERN_MESSAGE_GENERIC] = "no family of that number is granted",
};

static void number_fault(const struct postern_message *m, char to[MESSAGE_TEXT_MAX])
{
	if (!m->attribute && m->type >= RTM_NEWRULE && m->type <= RTM_GETRULE)
		(void)snprintf(to, MESSAGE_TEXT_MAX, "its action %u is not to look a table up",
			       m->index);
	else
		(void)snprintf(to, MESSAGE_TEXT_MAX, "its rule does not name %s%u", named_what(m),
			       m->index);
}

const char *message_fault(const struct postern_message *m, char to[MESSAGE_TEXT_MAX])
{
	const char *text = m->fault < ARRAY_SIZE(fault_texts) ? fault_texts[m->fault] : NULL;
	char attribute[MESSAGE_NAME_MAX], name[sizeof(m->name) + 1];

	(void)message_attribute(m, attribute);
	(void)name_of(m, name);
	switch (m->fault) {
	case POSTERN_MESSAGE_FAMILY:
		family_fault(m, to);
		break;
	case POSTERN_MESSAGE_ATTRIBUTE:
		(void)snprintf(to, MESSAGE_TEXT_MAX, "%s may not be there", attribute);
		break;
	case POSTERN_MESSAGE_MISSING:
		(void)snprintf(to, MESSAGE_TEXT_MAX, "%s has to be there", attribute);
		break;
	case POSTERN_MESSAGE_INTERFACE:
		interface_fault(m, to);
		break;
	case POSTERN_MESSAGE_NAME:
		(void)snprintf(to, MESSAGE_TEXT_MAX, "its rule does not name %s\"%s\"",
			       named_what(m), name);
		break;
	case POSTERN_MESSAGE_NUMBER:
		number_fault(m, to);
		break;
	default:
		(void)snprintf(to, MESSAGE_TEXT_MAX, "%s",
			       text ? text : "for a reason that this version does not know");
		break;
	}
	return to;
}

const char *netlink_group(uint16_t protocol, uint32_t group, char to[MESSAGE_NAME_MAX])
{
	const struct netlink_protocol *p = netlink_protocol_of(protocol);
	const char *name = p ? netlink_name(p->groups, group) : NULL;

	if (name)
		(void)snprintf(to, MESSAGE_NAME_MAX, "%s", name);
	else
		(void)snprintf(to, MESSAGE_NAME_MAX, "group %u", group);
	return to;
}
