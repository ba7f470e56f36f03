/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiles the netlink messages of a manifest into rules of the kernel's map. */
#include <assert.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/genetlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/netlink.h"
#include "policy/netlink_lists.h"

static_assert(MANIFEST_WORDS_MAX <= POSTERN_WORDS_MAX &&
		      MANIFEST_WORDS_MAX <= POSTERN_NUMBERS_MAX &&
		      MANIFEST_WORD_MAX <= POSTERN_WORD_BYTES &&
		      MANIFEST_INTERFACE_MAX <= POSTERN_WORD_BYTES &&
		      MANIFEST_ATTRIBUTES_MAX == POSTERN_NETLINK_ATTRIBUTES,
	      "what a manifest may say fits the kernel's rule");

#define FAMILY_ANY UINT64_MAX
#define BIT(n)	   (UINT64_C(1) << (n))

/* One message on its way to a rule. */
struct compiling {
	struct policy_netlink *netlink;
	const struct manifest_entrypoint *entrypoint;
	const struct manifest_message *message;
	const struct netlink_layout *layout; /* of all zeros when there is none */
	struct postern_netlink_rule *rule;
	size_t checks;
	size_t own; /* names that the rule holds itself */
};

static bool has(const __u64 mask[2], unsigned attribute)
{
	return attribute && mask[attribute / 64] & BIT(attribute % 64);
}

static void set(__u64 mask[2], unsigned attribute)
{
	mask[attribute / 64] |= BIT(attribute % 64);
}

static void require(struct compiling *c, unsigned attribute)
{
	set(c->rule->attributes, attribute);
	set(c->rule->required, attribute);
}

static bool is_numbers(enum postern_check_kind kind)
{
	return kind == POSTERN_CHECK_NUMBER || kind == POSTERN_CHECK_NUMBER_HEADER;
}

/* A list of names that is short enough lies in the rule as well. */
static void own_take(struct compiling *c, struct postern_netlink_check *new)
{
	struct postern_netlink_rule *rule = c->rule;
	const struct postern_words *words;

	if (!new->list || is_numbers(new->kind))
		return;
	for (const struct postern_netlink_check *k = rule->checks; k < new; k++) {
		if (k->list != new->list || is_numbers(k->kind))
			continue;
		new->own = k->own;
		new->own_len = k->own_len;
		return;
	}
	words = &c->netlink->words[new->list - 1];
	if (words->len > POSTERN_NETLINK_OWN - c->own)
		return;
	new->own = (uint8_t)c->own;
	new->own_len = (uint8_t)words->len;
	for (uint32_t i = 0; i < words->len; i++)
		rule->own[c->own++] = words->word[i];
}

/* No layout has more parts to check than a rule has room for; a part that would not be checked
 * must not pass. */
static struct postern_netlink_check *check(struct compiling *c, enum postern_check_kind kind,
					   unsigned at, unsigned beside, uint16_t list)
{
	struct postern_netlink_check *new = &c->rule->checks[c->checks];

	assert(c->checks < POSTERN_NETLINK_CHECKS);
	c->checks++;
	*new = (struct postern_netlink_check){
		.kind = (uint8_t)kind,
		.at = (uint8_t)at,
		.beside = (uint8_t)beside,
		.list = list,
	};
	/* The kernel looks for checks of those attributes alone that are marked here. */
	if (kind != POSTERN_CHECK_INDEX_HEADER && kind != POSTERN_CHECK_NUMBER_HEADER)
		set(c->rule->checked, at);
	own_take(c, new);
	return new;
}

static bool narrowed(const struct compiling *c, enum manifest_narrowing narrowing)
{
	return c->message->lists[narrowing].len > 0;
}

/* The list of names that a message is narrowed to; 0: it is not narrowed by that key. */
static int words_of(struct compiling *c, enum manifest_narrowing narrowing, uint16_t *ret)
{
	*ret = 0;
	if (!narrowed(c, narrowing))
		return 0;
	return netlink_words(c->netlink, c->entrypoint, &c->message->lists[narrowing], ret);
}

/* Whatever the kernel could find the interface by has to be on the list; and something has to be
 * there by which it finds one. */
static int narrow_interfaces(struct compiling *c)
{
	const struct netlink_layout *l = c->layout;
	uint16_t list;
	int r = words_of(c, MANIFEST_INTERFACES, &list);

	if (r < 0)
		return r;
	/* What a next hop carries is looked at even when its interface is not. */
	if (has(c->rule->attributes, l->next_hops))
		(void)check(c, POSTERN_CHECK_NEXT_HOPS, l->next_hops, 0, list);
	if (!list)
		return 0;
	if (l->index_at)
		(void)check(c, POSTERN_CHECK_INDEX_HEADER, l->index_at, 0, list);
	if (l->index) {
		(void)check(c, POSTERN_CHECK_INDEX, l->index, 0, list);
		if (!has(c->rule->required, l->next_hops))
			require(c, l->index);
	}
	for (size_t i = 0; i < 2; i++)
		if (has(c->rule->attributes, l->names[i]))
			(void)check(c, POSTERN_CHECK_NAME, l->names[i], 0, list);
	if (l->flags & NETLINK_LAYOUT_NAME_REQUIRED && !has(c->rule->required, l->names[0]) &&
	    !has(c->rule->required, l->names[1]))
		require(c, l->names[0]);
	return 0;
}

/* What IFLA_LINKINFO holds of a veth's peer is another interface's message: it is looked at even
 * when no kind is named. */
static int narrow_kinds(struct compiling *c)
{
	const struct netlink_layout *l = c->layout;
	bool link = l->flags & NETLINK_LAYOUT_LINK_KIND;
	uint16_t list;
	int r = words_of(c, MANIFEST_KINDS, &list);

	if (r < 0)
		return r;
	if (link && !(l->flags & NETLINK_LAYOUT_READS) && has(c->rule->attributes, l->kind))
		(void)check(c, POSTERN_CHECK_LINK_KIND, l->kind, 0, list);
	if (!link && list) {
		(void)check(c, POSTERN_CHECK_NAME, l->kind, 0, list);
		require(c, l->kind);
	}
	return 0;
}

/* An attribute with an index, which naming interfaces for it allows. */
static int narrow_other(struct compiling *c, enum manifest_narrowing narrowing, unsigned attribute,
			uint8_t flags)
{
	uint16_t list;
	int r = words_of(c, narrowing, &list);

	if (r < 0 || !list)
		return r;
	set(c->rule->attributes, attribute);
	check(c, POSTERN_CHECK_INDEX, attribute, 0, list)->flags = flags;
	return 0;
}

static int narrow_name(struct compiling *c, enum manifest_narrowing narrowing, unsigned attribute,
		       uint64_t handles)
{
	uint16_t list;
	int r = words_of(c, narrowing, &list);

	if (r < 0 || !list)
		return r;
	c->rule->attributes[0] &= ~handles;
	require(c, attribute);
	(void)check(c, POSTERN_CHECK_NAME, attribute, 0, list);
	return 0;
}

/* A policy rule in a table is one that looks it up. */
static int narrow_action(struct compiling *c)
{
	uint16_t list;
	int r = netlink_only(c->netlink, FR_ACT_TO_TBL, &list);

	if (r == 0)
		(void)check(c, POSTERN_CHECK_NUMBER_HEADER, c->layout->action_at, 0, list);
	return r;
}

static int narrow_tables(struct compiling *c)
{
	const struct netlink_layout *l = c->layout;
	uint16_t list;
	int r;

	if (!l->table_number)
		return narrow_name(c, MANIFEST_TABLES, l->table_name, l->table_handles);
	if (!narrowed(c, MANIFEST_TABLES))
		return 0;
	r = netlink_numbers(c->netlink, &c->message->lists[MANIFEST_TABLES], &list);
	if (r < 0)
		return r;
	(void)check(c, POSTERN_CHECK_NUMBER_HEADER, l->table_at, l->table_number, list);
	(void)check(c, POSTERN_CHECK_NUMBER, l->table_number, 0, list);
	return l->action_at ? narrow_action(c) : 0;
}

/* Unknown attributes are none that is usual: a later kernel may have given them any meaning. */
static void attributes_take(struct compiling *c)
{
	const struct manifest_message *m = c->message;
	__u64 *mask = c->rule->attributes;

	for (const struct netlink_name *n = c->layout->attributes; n && n->name[0]; n++)
		if (n->number < POSTERN_NETLINK_ATTRIBUTES &&
		    c->layout->usual[n->number / 64] & BIT(n->number % 64))
			set(mask, n->number);
	if (m->families == BIT(AF_BRIDGE))
		mask[0] |= c->layout->bridge;
	for (size_t i = 0; i < 2; i++) {
		mask[i] |= m->attributes[i] | m->required[i];
		c->rule->required[i] = m->required[i];
	}
}

static uint32_t flags_of(const struct compiling *c)
{
	const struct manifest_message *m = c->message;
	bool reads = manifest_message_reads(m);
	uint32_t flags = reads ? POSTERN_NETLINK_READS : 0;

	if (c->layout->flags & NETLINK_LAYOUT_DELETES)
		flags |= POSTERN_NETLINK_DELETES;
	if (c->layout->flags & NETLINK_LAYOUT_NEW_INTERFACE)
		flags |= POSTERN_NETLINK_NEW_INTERFACE;
	if (!c->layout->attributes)
		flags |= POSTERN_NETLINK_ANY_ATTRIBUTE;
	if (m->dump == MANIFEST_DUMP_ONLY)
		flags |= POSTERN_NETLINK_DUMP_ONLY;
	/* A dump lists all, whatever the message names. */
	if (m->dump == MANIFEST_DUMP_REFUSED ||
	    (reads && !(c->layout->flags & NETLINK_LAYOUT_DUMP_NARROW) &&
	     (narrowed(c, MANIFEST_INTERFACES) || narrowed(c, MANIFEST_TABLES) ||
	      narrowed(c, MANIFEST_CHAINS))))
		flags |= POSTERN_NETLINK_NO_DUMP;
	return flags;
}

static uint64_t families_of(const struct compiling *c)
{
	if (c->message->families)
		return c->message->families;
	return c->layout->families ? c->layout->families : FAMILY_ANY;
}

static int narrow(struct compiling *c)
{
	int r;

	attributes_take(c);
	r = narrow_interfaces(c);
	if (r == 0)
		r = narrow_kinds(c);
	if (r == 0)
		r = narrow_other(c, MANIFEST_MASTERS, c->layout->master, POSTERN_CHECK_ZERO);
	if (r == 0)
		r = narrow_other(c, MANIFEST_LINKS, c->layout->link, 0);
	if (r == 0)
		r = narrow_tables(c);
	if (r == 0)
		r = narrow_name(c, MANIFEST_CHAINS, c->layout->chain_name,
				c->layout->chain_handles);
	return r;
}

/* Makes room for a rule of a message. NULL without memory. */
static struct policy_message *message_new(struct policy_netlink *netlink, uint16_t protocol,
					  uint16_t family, uint32_t type, unsigned line)
{
	struct policy_message *grown =
		reallocarray(netlink->messages, netlink->messages_len + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	netlink->messages = grown;
	grown += netlink->messages_len++;
	*grown = (struct policy_message){
		.key = {.protocol = protocol, .family = family, .type = type}, .line = line};
	netlink->protocols |= UINT32_C(1) << protocol;
	return grown;
}

static int message_compile(struct policy_netlink *netlink, const struct manifest_entrypoint *e,
			   const struct manifest_message *m)
{
	static const struct netlink_layout none;
	uint16_t protocol = m->messages->protocol, family = 0;
	bool generic = protocol == NETLINK_GENERIC;
	const struct netlink_layout *layout =
		generic ? NULL : netlink_layout(protocol, (uint16_t)m->number);
	struct compiling c = {.netlink = netlink,
			      .entrypoint = e,
			      .message = m,
			      .layout = layout ? layout : &none};
	struct policy_message *new;
	int r = generic ? netlink_family(netlink, m->messages->word, &family) : 0;

	if (r < 0)
		return r;
	new = message_new(netlink, protocol, family, m->number, m->place.line);
	if (!new)
		return -ENOMEM;
	c.rule = &new->rule;
	new->rule.header = generic ? GENL_HDRLEN : c.layout->header;
	new->rule.families = families_of(&c);
	new->rule.flags = flags_of(&c);
	return narrow(&c);
}

/* A message that comes along with others, unless the manifest names it itself. */
static int message_imply(struct policy_netlink *netlink, const struct policy_message *what)
{
	struct policy_message *new;

	for (size_t i = 0; i < netlink->messages_len; i++)
		if (memcmp(&netlink->messages[i].key, &what->key, sizeof(what->key)) == 0)
			return 0;
	new = message_new(netlink, what->key.protocol, what->key.family, what->key.type,
			  what->line);
	if (!new)
		return -ENOMEM;
	new->rule = what->rule;
	return 0;
}

/* nftables takes its changes between a beginning and an end. */
static int imply_batch(struct policy_netlink *netlink, unsigned line)
{
	int r = 0;

	for (uint32_t type = NFNL_MSG_BATCH_BEGIN; type <= NFNL_MSG_BATCH_END && r == 0; type++) {
		struct policy_message batch = {
			.key = {.protocol = NETLINK_NETFILTER, .type = type},
			.rule = {.attributes = {BIT(NFNL_BATCH_GENID)},
				 .families = FAMILY_ANY,
				 .header = sizeof(struct nfgenmsg)},
			.line = line,
		};

		r = message_imply(netlink, &batch);
	}
	return r;
}

/* A family has another number on each boot: who may use one may ask for numbers. */
static int imply_numbers(struct policy_netlink *netlink, unsigned line)
{
	struct policy_message ask = {
		.key = {.protocol = NETLINK_GENERIC, .type = CTRL_CMD_GETFAMILY},
		.rule = {.families = FAMILY_ANY,
			 .header = GENL_HDRLEN,
			 .flags = POSTERN_NETLINK_READS | POSTERN_NETLINK_ANY_ATTRIBUTE},
		.line = line,
	};
	int r = netlink_family(netlink, "nlctrl", &ask.key.family);

	return r < 0 ? r : message_imply(netlink, &ask);
}

static int imply_others(struct policy_netlink *netlink, const struct manifest_message *m)
{
	if (m->messages->protocol == NETLINK_GENERIC)
		return imply_numbers(netlink, m->place.line);
	if (m->messages->protocol == NETLINK_NETFILTER && m->messages->base == NFNL_SUBSYS_NFTABLES
										       << 8)
		return imply_batch(netlink, m->place.line);
	return 0;
}

static int listens_take(struct policy_netlink *netlink, const struct manifest_netlink *from)
{
	if (from->listens_len == 0)
		return 0;
	netlink->listens = calloc(from->listens_len, sizeof(*netlink->listens));
	if (!netlink->listens)
		return -ENOMEM;
	netlink->listens_len = from->listens_len;
	for (size_t i = 0; i < from->listens_len; i++) {
		netlink->listens[i].protocol = from->listens[i].protocol;
		memcpy(netlink->listens[i].groups, from->listens[i].groups,
		       sizeof(from->listens[i].groups));
		netlink->protocols |= UINT32_C(1) << from->listens[i].protocol;
	}
	return 0;
}

int policy_netlink_compile(const struct manifest_entrypoint *e, struct policy_netlink *ret)
{
	int r = listens_take(ret, &e->netlink);

	ret->line = e->netlink.place.line;
	for (size_t i = 0; i < e->netlink.messages_len && r == 0; i++)
		r = message_compile(ret, e, &e->netlink.messages[i]);
	for (size_t i = 0; i < e->netlink.messages_len && r == 0; i++)
		r = imply_others(ret, &e->netlink.messages[i]);
	return r;
}

const struct policy_message *policy_message_find(const struct policy_netlink *netlink,
						 uint16_t protocol, uint32_t type,
						 const char *family)
{
	for (size_t i = 0; i < netlink->messages_len; i++) {
		const struct policy_message *m = &netlink->messages[i];

		if (m->key.protocol != protocol || m->key.type != type)
			continue;
		if (protocol != NETLINK_GENERIC ||
		    (family && strncmp(netlink->families[m->key.family - 1].name, family,
				       POSTERN_GENERIC_NAME) == 0))
			return m;
	}
	return NULL;
}

void policy_netlink_clear(struct policy_netlink *netlink)
{
	free(netlink->messages);
	free(netlink->families);
	free(netlink->words);
	free(netlink->numbers);
	free(netlink->listens);
	*netlink = (struct policy_netlink){};
}
