/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The walk over the key `netlink`: protocols, families and subsystems, messages, groups. */
#include <linux/netlink.h>
#include <string.h>

#include "base/nearest.h"
#include "manifest/netlink_read.h"

#define LISTEN "listen"

const struct shape netlink_shape = {
	.form = FORM_NETLINK,
	.wants = "a mapping from protocols to messages",
	.example = "{route: [RTM_GETLINK]}",
};

const char *manifest_message_name(const struct manifest_message *message)
{
	return netlink_name(message->messages->names, message->number - message->messages->base);
}

static void wants(struct reader *r, const yaml_node_t *node, const char *label, const char *what,
		  const char *example)
{
	problem(r, node_place(node), text_make("\"%s\" wants %s", label, what),
		text_make("write %s: %s", label, example));
}

static bool is_null(const yaml_node_t *node, struct scalar *ret)
{
	return node_scalar(node, NULL, ret) && scalar_is_null(ret);
}

/* Makes room for a message; NULL when it is there already, which is said, or without memory. */
static struct manifest_message *message_add(struct reader *r, struct manifest_netlink *netlink,
					    const struct netlink_messages *set, uint32_t number,
					    const struct scalar *name)
{
	struct manifest_message *m;

	for (size_t i = 0; i < netlink->messages_len; i++) {
		m = &netlink->messages[i];
		if (m->messages != set || m->number != set->base + number)
			continue;
		problem(r, name->place,
			text_make("%s is listed twice", QUOTE(name->text, name->len)),
			text_make("remove one"));
		return NULL;
	}
	if (netlink->messages_len == MANIFEST_MESSAGES_MAX) {
		problem(r, name->place,
			text_make("the entrypoint names more than %d messages",
				  MANIFEST_MESSAGES_MAX),
			text_make("use more entrypoints"));
		return NULL;
	}
	m = array_add(r, &netlink->messages, &netlink->messages_len, sizeof(*m));
	if (m)
		*m = (struct manifest_message){
			.messages = set, .number = set->base + number, .place = name->place};
	return m;
}

/* Does the kernel take it, or only send it? */
static bool is_request(const struct netlink_messages *set, uint32_t number)
{
	bool laid_out = set->protocol == NETLINK_ROUTE || set->protocol == NETLINK_NETFILTER;

	return !laid_out || netlink_layout(set->protocol, (uint16_t)(set->base + number));
}

static bool message_known(struct reader *r, const struct netlink_messages *set,
			  const struct scalar *name, uint32_t *ret)
{
	struct nearest n = {.text = name->text, .len = name->len};

	if (netlink_number(set->names, name->text, ret)) {
		if (is_request(set, *ret))
			return true;
		problem(r, name->place,
			text_make("%s is a message that only the kernel sends",
				  QUOTE(name->text, name->len)),
			text_make("who wants to receive it lists a group below \"listen\""));
		return false;
	}
	for (const struct netlink_name *known = set->names; known->name[0]; known++)
		nearest_offer(&n, known->name);
	problem(r, name->place,
		text_make("%s is no message of %s", QUOTE(name->text, name->len), set->word),
		n.best ? text_make("did you mean \"%s\"?", n.best)
		       : text_make("for example %s", set->names[0].name));
	return false;
}

static struct manifest_message *message_take(struct reader *r, struct manifest_netlink *netlink,
					     const struct netlink_messages *set,
					     const struct scalar *name)
{
	uint32_t number;

	return message_known(r, set, name, &number) ? message_add(r, netlink, set, number, name)
						    : NULL;
}

static void listed_read(struct reader *r, struct manifest_netlink *netlink,
			const struct netlink_messages *set, const yaml_node_t *node)
{
	const yaml_node_item_t *item;
	const struct manifest_message *m;
	struct scalar name;

	for (item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
		const yaml_node_t *value = node_enter(r, *item);

		if (!value)
			continue;
		if (!node_scalar(value, set->word, &name) || scalar_is_null(&name)) {
			wants(r, value, set->word, "the names of messages", "[NAME]");
			continue;
		}
		m = message_take(r, netlink, set, &name);
		if (m)
			message_done(r, m);
	}
}

static void narrowed_read(struct reader *r, struct manifest_netlink *netlink,
			  const struct netlink_messages *set, const yaml_node_t *node)
{
	const yaml_node_pair_t *pair;
	struct scalar name, nothing;

	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		struct manifest_message *m;
		const yaml_node_t *value;

		if (!pair_name(r, node, pair, set->word, &name))
			continue;
		m = message_take(r, netlink, set, &name);
		value = node_enter(r, pair->value);
		if (!m || !value)
			continue;
		if (value->type == YAML_MAPPING_NODE)
			mapping_read(r, narrowing_keys, narrowing_keys_len, FILTER_ALL,
				     manifest_message_name(m), value, m);
		else if (!is_null(value, &nothing))
			wants(r, value, manifest_message_name(m),
			      "nothing, or a mapping of what narrows it", "{}");
		message_done(r, m);
	}
}

static void messages_read(struct reader *r, struct manifest_netlink *netlink,
			  const struct netlink_messages *set, int index)
{
	const yaml_node_t *node = node_enter(r, index);

	if (!node)
		return;
	if (node->type == YAML_SEQUENCE_NODE &&
	    node->data.sequence.items.top > node->data.sequence.items.start)
		listed_read(r, netlink, set, node);
	else if (node->type == YAML_MAPPING_NODE &&
		 node->data.mapping.pairs.top > node->data.mapping.pairs.start &&
		 !mapping_is_too_long(r, set->word, MANIFEST_MESSAGES_MAX, node))
		narrowed_read(r, netlink, set, node);
	else if (node->type != YAML_MAPPING_NODE ||
		 node->data.mapping.pairs.top == node->data.mapping.pairs.start)
		wants(r, node, set->word,
		      "a list of messages, or a mapping from messages to what narrows them",
		      "[NAME]");
}

static const struct netlink_messages *
part_find(struct reader *r, const struct netlink_protocol *protocol, const struct scalar *name)
{
	const struct netlink_messages *set = netlink_messages_find(protocol->number, name->text);
	struct nearest n = {.text = name->text, .len = name->len};

	if (set && !set->implied)
		return set;
	for (set = netlink_messages; set->word; set++)
		if (set->protocol == protocol->number && !set->implied)
			nearest_offer(&n, set->word);
	problem(r, name->place,
		text_make("%s is no %s of %s that is known", QUOTE(name->text, name->len),
			  protocol->number == NETLINK_GENERIC ? "family" : "subsystem",
			  protocol->word),
		n.best ? text_make("did you mean \"%s\"?", n.best)
		       : text_make("write it as the kernel does, such as %s",
				   protocol->number == NETLINK_GENERIC ? "nl80211" : "nftables"));
	return NULL;
}

static void parts_of_read(struct reader *r, struct manifest_netlink *netlink,
			  const struct netlink_protocol *protocol, int index)
{
	const yaml_node_t *node = node_enter(r, index);
	const yaml_node_pair_t *pair;
	struct scalar name;

	if (!node)
		return;
	if (node->type != YAML_MAPPING_NODE ||
	    node->data.mapping.pairs.top == node->data.mapping.pairs.start) {
		if (protocol->number == NETLINK_GENERIC)
			wants(r, node, protocol->word, "a mapping from families to commands",
			      "{nl80211: [NL80211_CMD_GET_WIPHY]}");
		else
			wants(r, node, protocol->word, "a mapping from subsystems to messages",
			      "{nftables: [NFT_MSG_GETTABLE]}");
		return;
	}
	if (mapping_is_too_long(r, protocol->word, MANIFEST_MESSAGES_MAX, node))
		return;
	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const struct netlink_messages *set;

		if (!pair_name(r, node, pair, protocol->word, &name))
			continue;
		set = part_find(r, protocol, &name);
		if (set)
			messages_read(r, netlink, set, pair->value);
	}
}

static const struct netlink_protocol *protocol_find(struct reader *r, const struct scalar *name)
{
	const struct netlink_protocol *p = netlink_protocol(name->text);
	struct nearest n = {.text = name->text, .len = name->len};

	if (p)
		return p;
	for (p = netlink_protocols; p->word; p++)
		nearest_offer(&n, p->word);
	nearest_offer(&n, LISTEN);
	problem(r, name->place,
		text_make("%s is no protocol of netlink", QUOTE(name->text, name->len)),
		n.best ? text_make("did you mean \"%s\"?", n.best)
		       : text_make(
				 "for example route, generic, netfilter, xfrm, audit, sock_diag"));
	return NULL;
}

static void group_take(struct reader *r, const struct netlink_protocol *protocol,
		       struct manifest_listen *listen, const struct scalar *name)
{
	struct nearest n = {.text = name->text, .len = name->len};
	uint32_t group;

	if (!netlink_number(protocol->groups, name->text, &group)) {
		for (const struct netlink_name *g = protocol->groups; g->name[0]; g++)
			nearest_offer(&n, g->name);
		problem(r, name->place,
			text_make("%s is no multicast group of %s", QUOTE(name->text, name->len),
				  protocol->word),
			n.best ? text_make("did you mean \"%s\"?", n.best)
			       : text_make("for example %s", protocol->groups[0].name));
		return;
	}
	if (group == 0 || group > MANIFEST_LISTEN_MAX)
		return;
	group--;
	if (listen->groups[group / 64] & UINT64_C(1) << group % 64)
		problem(r, name->place,
			text_make("%s is listed twice", QUOTE(name->text, name->len)),
			text_make("remove one"));
	listen->groups[group / 64] |= UINT64_C(1) << group % 64;
}

static void groups_read(struct reader *r, struct manifest_netlink *netlink,
			const struct netlink_protocol *protocol, struct manifest_place place,
			int index)
{
	const yaml_node_t *node = node_enter(r, index);
	struct manifest_listen *listen;
	const yaml_node_item_t *item;
	struct scalar name;

	if (!node)
		return;
	if (!protocol->groups) {
		problem(r, place,
			text_make("\"%s\" has no multicast groups with names of their own",
				  protocol->word),
			text_make("remove it from \"" LISTEN "\""));
		return;
	}
	if (node->type != YAML_SEQUENCE_NODE ||
	    node->data.sequence.items.top == node->data.sequence.items.start) {
		wants(r, node, protocol->word, "a list of multicast groups", "[GROUP]");
		return;
	}
	listen = array_add(r, &netlink->listens, &netlink->listens_len, sizeof(*listen));
	if (!listen)
		return;
	*listen = (struct manifest_listen){.protocol = protocol->number, .place = place};
	for (item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
		const yaml_node_t *value = node_enter(r, *item);

		if (value && node_scalar(value, protocol->word, &name) && !scalar_is_null(&name))
			group_take(r, protocol, listen, &name);
		else if (value)
			wants(r, value, protocol->word, "the names of groups", "[GROUP]");
	}
}

static void listen_read(struct reader *r, struct manifest_netlink *netlink, int index)
{
	const yaml_node_t *node = node_enter(r, index);
	const yaml_node_pair_t *pair;
	struct scalar name;

	if (!node)
		return;
	if (node->type != YAML_MAPPING_NODE ||
	    node->data.mapping.pairs.top == node->data.mapping.pairs.start) {
		wants(r, node, LISTEN, "a mapping from protocols to multicast groups",
		      "{route: [RTNLGRP_LINK]}");
		return;
	}
	if (mapping_is_too_long(r, LISTEN, MANIFEST_MESSAGES_MAX, node))
		return;
	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const struct netlink_protocol *protocol;

		if (!pair_name(r, node, pair, LISTEN, &name))
			continue;
		protocol = protocol_find(r, &name);
		if (protocol)
			groups_read(r, netlink, protocol, name.place, pair->value);
	}
}

static void protocol_read(struct reader *r, struct manifest_netlink *netlink,
			  const struct scalar *name, int index)
{
	const struct netlink_protocol *protocol = protocol_find(r, name);
	const struct netlink_messages *set;

	if (!protocol)
		return;
	set = netlink_messages_find(protocol->number, NULL);
	if (!set)
		problem(r, name->place,
			text_make(
				"the messages of \"%s\" have no names, so that none can be granted",
				protocol->word),
			protocol->groups ? text_make("to receive what it sends, write " LISTEN
						     ": {%s: [%s]}",
						     protocol->word, protocol->groups[0].name)
					 : text_make("remove it"));
	else if (protocol->parts)
		parts_of_read(r, netlink, protocol, index);
	else
		messages_read(r, netlink, set, index);
}

void netlink_read(struct reader *r, const struct shape *s, const char *label,
		  const yaml_node_t *node, void *field)
{
	struct manifest_netlink *netlink = &((struct manifest_entrypoint *)field)->netlink;
	const yaml_node_pair_t *pair;
	struct scalar name;

	if (node->type != YAML_MAPPING_NODE ||
	    node->data.mapping.pairs.top == node->data.mapping.pairs.start) {
		wants(r, node, label, s->wants, s->example);
		return;
	}
	if (mapping_is_too_long(r, label, MANIFEST_MESSAGES_MAX, node))
		return;
	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		if (!pair_name(r, node, pair, label, &name))
			continue;
		if (strcmp(name.text, LISTEN) == 0)
			listen_read(r, netlink, pair->value);
		else
			protocol_read(r, netlink, &name, pair->value);
	}
}

void netlink_clear(struct manifest_netlink *netlink)
{
	for (size_t i = 0; i < netlink->messages_len; i++) {
		struct manifest_message *m = &netlink->messages[i];

		for (size_t l = 0; l < MANIFEST_LISTS; l++) {
			for (size_t k = 0; k < m->lists[l].len; k++)
				free(m->lists[l].items[k]);
			free(m->lists[l].items);
		}
	}
	free(netlink->messages);
	free(netlink->listens);
	*netlink = (struct manifest_netlink){};
}
