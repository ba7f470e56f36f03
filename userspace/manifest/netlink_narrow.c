/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of what narrows a netlink message, and which message can be narrowed by what. */
#include <linux/netlink.h>
#include <string.h>

#include "base/nearest.h"
#include "manifest/netlink_read.h"
#include "manifest/rule_path.h"
#include "manifest/values.h"

/* "tap*", "{name}", "qvo{id}": what the kernel compares names with. */
#define WORD_PATTERN "^[^/\\[\\]\\s\\u0000-\\u001f\\u007f]+$"

static const struct netlink_layout *layout_of(const struct manifest_message *m)
{
	return netlink_layout(m->messages->protocol, (uint16_t)m->number);
}

/* What is wrong with a name, glob or name with an argument; NULL when nothing is. */
static const char *word_fault(const struct scalar *v, size_t most, const char **ret_instead)
{
	struct rule_part part;
	const char *at = v->text;
	size_t braces = 0;

	*ret_instead = "write a name, one with * or ?, or one with an {argument}";
	for (size_t i = 0; i < v->len; i++) {
		unsigned char c = (unsigned char)v->text[i];

		if (c <= ' ' || c == 0x7f || strchr("/[]", c))
			return "holds a character that no such name has";
		braces += c == '{' || c == '}';
	}
	if (v->len == 0 || strcmp(v->text, ".") == 0 || strcmp(v->text, "..") == 0)
		return "is no name";
	(void)rule_path_next(&at, &part);
	if (braces && (part.kind != RULE_SLOT || braces != 2))
		return "holds braces that do not enclose one argument's name";
	if (part.kind == RULE_SLOT && strpbrk(v->text, "*?"))
		return "has * or ? beside an argument";
	if (part.kind == RULE_GLOB && strstr(v->text, "**"))
		return "holds **";
	if ((part.kind == RULE_SLOT ? part.before + part.behind : v->len) <= most)
		return NULL;
	*ret_instead = most == MANIFEST_INTERFACE_MAX ? "an interface's name has at most 15 bytes"
						      : "at most 60 bytes are allowed";
	return "is too long";
}

static void word_store(struct reader *r, const struct scalar *v, struct manifest_words *words)
{
	char **added;

	for (size_t i = 0; i < words->len; i++) {
		if (!words->items[i] || strcmp(words->items[i], v->text) != 0)
			continue;
		problem(r, v->place, text_make("%s is listed twice", QUOTE(v->text, v->len)),
			text_make("remove one"));
		return;
	}
	added = array_add(r, &words->items, &words->len, sizeof(*added));
	if (added)
		text_store(r, added, v->text, v->len);
}

static void word_take(struct reader *r, const struct scalar *v, size_t most,
		      struct manifest_words *words)
{
	const char *instead, *wrong = word_fault(v, most, &instead);

	if (wrong)
		problem(r, v->place, text_make("%s %s", QUOTE(v->text, v->len), wrong),
			text_make("%s", instead));
	else
		word_store(r, v, words);
}

static void take_interface(struct reader *r, const struct shape *s, const struct scalar *v,
			   void *field)
{
	(void)s;
	word_take(r, v, MANIFEST_INTERFACE_MAX, field);
}

static void take_chain(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	(void)s;
	word_take(r, v, MANIFEST_WORD_MAX, field);
}

/* Of links, then of queueing disciplines and classifiers. Others are taken too, as modules bring
 * their own; but not what is nearly one of these. */
static const char *const kinds[] = {
	"veth",	   "vxlan",  "bridge",	 "dummy",  "vlan",   "macvlan",	  "macvtap",	"ipvlan",
	"ipvtap",  "tun",    "bond",	 "team",   "vrf",    "gre",	  "gretap",	"ip6gre",
	"ipip",	   "sit",    "ip6tnl",	 "vti",	   "vti6",   "geneve",	  "ifb",	"wireguard",
	"macsec",  "gtp",    "hsr",	 "nlmon",  "vcan",   "vxcan",	  "can",	"xfrm",
	"erspan",  "batadv", "bareudp",	 "amt",	   "netkit", "netdevsim", "ip6gretap",	"ip6erspan",
	"ingress", "clsact", "htb",	 "tbf",	   "pfifo",  "bfifo",	  "pfifo_fast", "fq_codel",
	"prio",	   "sfq",    "red",	 "netem",  "mq",     "mqprio",	  "cake",	"fq",
	"hfsc",	   "drr",    "qfq",	 "taprio", "etf",    "ets",	  "noqueue",	"codel",
	"u32",	   "flower", "matchall", "bpf",	   "basic",  "fw",	  "flow",	"cgroup",
};

static void take_kind(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	struct nearest n = {.text = v->text, .len = v->len};

	(void)s;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i], v->text) == 0) {
			word_store(r, v, field);
			return;
		}
		nearest_offer(&n, kinds[i]);
	}
	if (n.best && n.distance <= 2 && !strpbrk(v->text, "*?{"))
		problem(r, v->place,
			text_make("%s is no kind that is known", QUOTE(v->text, v->len)),
			text_make("did you mean \"%s\"?", n.best));
	else
		word_take(r, v, MANIFEST_INTERFACE_MAX, field);
}

/* A routing table, or one of nftables. */
static void take_table(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	struct manifest_message *m = field;
	const struct netlink_layout *layout = layout_of(m);
	uint32_t number;

	(void)s;
	if (!layout || !layout->table_number) {
		word_take(r, v, MANIFEST_WORD_MAX, &m->lists[MANIFEST_TABLES]);
		return;
	}
	if (netlink_table(v->text, &number))
		word_store(r, v, &m->lists[MANIFEST_TABLES]);
	else
		problem(r, v->place, text_make("%s is no routing table", QUOTE(v->text, v->len)),
			text_make("write local, main, default or a number from 1"));
}

static void take_family(struct reader *r, const struct shape *s, const struct scalar *v,
			void *field)
{
	struct manifest_message *m = field;
	struct nearest n = {.text = v->text, .len = v->len};
	uint32_t family;

	(void)s;
	if (!m->messages->families)
		return; /* said by message_done() */
	if (netlink_number(m->messages->families, v->text, &family)) {
		if (m->families & UINT64_C(1) << family)
			problem(r, v->place,
				text_make("%s is listed twice", QUOTE(v->text, v->len)),
				text_make("remove one"));
		m->families |= UINT64_C(1) << family;
		return;
	}
	for (const struct netlink_name *f = m->messages->families; f->name[0]; f++)
		nearest_offer(&n, f->name);
	problem(r, v->place,
		text_make("%s is no address family of %s", QUOTE(v->text, v->len),
			  m->messages->word),
		n.best ? text_make("did you mean \"%s\"?", n.best)
		       : text_make("for example %s", m->messages->families[1].name));
}

static const struct netlink_name *attributes_of(const struct manifest_message *m)
{
	if (m->messages->protocol == NETLINK_GENERIC)
		return NULL;
	return netlink_attributes(m->messages->protocol, (uint16_t)m->number, NULL);
}

static void attribute_take(struct reader *r, const struct scalar *v,
			   const struct manifest_message *m, uint64_t mask[2])
{
	const struct netlink_name *names = attributes_of(m);
	struct nearest n = {.text = v->text, .len = v->len};
	uint32_t type;

	if (!names)
		return; /* said by message_done() */
	if (!netlink_number(names, v->text, &type) || type >= MANIFEST_ATTRIBUTES_MAX) {
		for (const struct netlink_name *a = names; a->name[0]; a++)
			nearest_offer(&n, a->name);
		problem(r, v->place,
			text_make("%s is no attribute of %s", QUOTE(v->text, v->len),
				  manifest_message_name(m)),
			n.best ? text_make("did you mean \"%s\"?", n.best)
			       : text_make("for example %s", names[0].name));
		return;
	}
	if (mask[type / 64] & UINT64_C(1) << type % 64)
		problem(r, v->place, text_make("%s is listed twice", QUOTE(v->text, v->len)),
			text_make("remove one"));
	mask[type / 64] |= UINT64_C(1) << type % 64;
}

static void take_attribute(struct reader *r, const struct shape *s, const struct scalar *v,
			   void *field)
{
	struct manifest_message *m = field;

	(void)s;
	attribute_take(r, v, m, m->attributes);
}

static void take_required(struct reader *r, const struct shape *s, const struct scalar *v,
			  void *field)
{
	struct manifest_message *m = field;

	(void)s;
	attribute_take(r, v, m, m->required);
}

static const struct word dump_words[] = {
	{.word = "allowed", .value = MANIFEST_DUMP_ALLOWED},
	{.word = "only", .value = MANIFEST_DUMP_ONLY},
	{.word = "refused", .value = MANIFEST_DUMP_REFUSED},
};

_Static_assert(sizeof(enum manifest_dump) == sizeof(unsigned), "take_word() stores an unsigned");

static const struct shape dump_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "only, refused or allowed",
	.example = "only",
	.take = take_word,
	.words = dump_words,
	.words_len = ARRAY_SIZE(dump_words),
};

#define LIST_SHAPE(name_, take_, look_, pattern_, what_, example_)                                 \
	static const struct shape name_##_shape = {                                                \
		.form = FORM_SCALAR,                                                               \
		.look = (look_),                                                                   \
		.pattern = (pattern_),                                                             \
		.wants = "a " what_,                                                               \
		.example = (example_),                                                             \
		.take = (take_),                                                                   \
		.minimum = 1,                                                                      \
		.maximum = UINT32_MAX,                                                             \
	};                                                                                         \
	static const struct shape name_##s_shape = {                                               \
		.form = FORM_LIST,                                                                 \
		.wants = "a list of " what_ "s",                                                   \
		.example = "[" example_ "]",                                                       \
		.element = &name_##_shape,                                                         \
		.least = 1,                                                                        \
		.most = MANIFEST_WORDS_MAX,                                                        \
	}

LIST_SHAPE(interface, take_interface, LOOK_STRING, WORD_PATTERN, "interface pattern", "tap*");
LIST_SHAPE(kind, take_kind, LOOK_STRING, WORD_PATTERN, "kind", "veth");
LIST_SHAPE(chain, take_chain, LOOK_STRING, WORD_PATTERN, "chain", "input");
LIST_SHAPE(table, take_table, LOOK_TEXT_OR_N, WORD_PATTERN, "table", "main");
LIST_SHAPE(family, take_family, LOOK_STRING, "^[a-z][a-z0-9_]*$", "family word", "inet");
LIST_SHAPE(attribute, take_attribute, LOOK_STRING, "^[A-Z][A-Z0-9_]*$", "attribute", "IFLA_MTU");
LIST_SHAPE(required, take_required, LOOK_STRING, "^[A-Z][A-Z0-9_]*$", "attribute",
	   "CTA_TUPLE_ORIG");

#define LIST(which)  offsetof(struct manifest_message, lists[MANIFEST_##which])
#define PLACE(which) .place = offsetof(struct manifest_message, narrowed[MANIFEST_##which])

const struct key narrowing_keys[] = {
	{"interfaces", &interfaces_shape, LIST(INTERFACES),
	 .doc = "Of these interfaces only: names, patterns, or an argument in braces.",
	 PLACE(INTERFACES)},
	{"kinds", &kinds_shape, LIST(KINDS),
	 .doc = "Only these kinds of link, queueing discipline or classifier.", PLACE(KINDS)},
	{"masters", &interfaces_shape, LIST(MASTERS),
	 .doc = "The interface may be put below these (IFLA_MASTER).", PLACE(MASTERS)},
	{"links", &interfaces_shape, LIST(LINKS),
	 .doc = "The interface may be made on these (IFLA_LINK).", PLACE(LINKS)},
	{"tables", &tables_shape, 0, .doc = "Only these tables.", PLACE(TABLES)},
	{"chains", &chains_shape, LIST(CHAINS), .doc = "Only these chains of nftables.",
	 PLACE(CHAINS)},
	{"families", &familys_shape, 0, .doc = "Only these address families.", PLACE(FAMILIES)},
	{"attributes", &attributes_shape, 0,
	 .doc = "Attributes that may be there besides the usual ones.", PLACE(ATTRIBUTES)},
	{"require", &requireds_shape, 0, .doc = "Attributes that have to be there.",
	 PLACE(REQUIRE)},
	{"dump", &dump_shape, offsetof(struct manifest_message, dump), .otherwise = "allowed",
	 .doc = "Whether all objects may be asked for at once: only, refused or allowed.",
	 PLACE(DUMP)},
};

const size_t narrowing_keys_len = ARRAY_SIZE(narrowing_keys);

_Static_assert(ARRAY_SIZE(narrowing_keys) == MANIFEST_NARROWINGS, "a key for each narrowing");

bool manifest_message_reads(const struct manifest_message *m)
{
	const struct netlink_layout *layout = layout_of(m);

	if (layout)
		return layout->flags & NETLINK_LAYOUT_READS;
	/* Of xfrm and the like those that are called so; of generic families and sockets'
	 * diagnosis whatever has the flag. */
	return m->messages->protocol == NETLINK_GENERIC ||
	       m->messages->protocol == NETLINK_SOCK_DIAG ||
	       strstr(manifest_message_name(m), "GET") != NULL;
}

/* Can this message be narrowed so? */
static bool has_meaning(const struct manifest_message *m, enum manifest_narrowing narrowing)
{
	static const struct netlink_layout none;
	const struct netlink_layout *found = layout_of(m), *layout = found ? found : &none;

	switch (narrowing) {
	case MANIFEST_INTERFACES:
		return layout->index_at || layout->index || layout->names[0];
	case MANIFEST_KINDS:
		return layout->flags & NETLINK_LAYOUT_KINDS;
	case MANIFEST_MASTERS:
		return layout->master;
	case MANIFEST_LINKS:
		return layout->link;
	case MANIFEST_TABLES:
		return layout->table_number || layout->table_name;
	case MANIFEST_CHAINS:
		return layout->chain_name;
	case MANIFEST_FAMILIES:
		return m->messages->families != NULL;
	case MANIFEST_ATTRIBUTES:
	case MANIFEST_REQUIRE:
		return attributes_of(m) != NULL;
	case MANIFEST_DUMP:
		return manifest_message_reads(m);
	case MANIFEST_NARROWINGS:
	default:
		return false;
	}
}

/* Of most objects the kernel lists all when it is asked for a dump, whatever else the message
 * says. */
static void dump_check(struct reader *r, const struct manifest_message *m)
{
	static const enum manifest_narrowing narrowings[] = {MANIFEST_INTERFACES, MANIFEST_TABLES,
							     MANIFEST_CHAINS};
	const struct netlink_layout *layout = layout_of(m);

	if (m->dump != MANIFEST_DUMP_ONLY || !layout || !manifest_message_reads(m) ||
	    layout->flags & NETLINK_LAYOUT_DUMP_NARROW)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(narrowings); i++)
		if (m->narrowed[narrowings[i]].line)
			problem(r, m->narrowed[MANIFEST_DUMP],
				text_make("a dump by %s lists all, whatever \"%s\" says",
					  manifest_message_name(m),
					  narrowing_keys[narrowings[i]].name),
				text_make("remove one of the two"));
}

/* What would find a table or chain without the name that is looked at. */
static void handles_check(struct reader *r, const struct manifest_message *m)
{
	const struct netlink_layout *layout = layout_of(m);
	uint64_t named = m->attributes[0] | m->required[0], handles = 0;

	if (!layout)
		return;
	if (m->narrowed[MANIFEST_TABLES].line)
		handles |= layout->table_handles;
	if (m->narrowed[MANIFEST_CHAINS].line)
		handles |= layout->chain_handles;
	for (uint32_t i = 0; i < 64; i++)
		if (named & handles & UINT64_C(1) << i)
			problem(r, m->place,
				text_make("%s would find what \"tables\" or \"chains\" names by "
					  "another way",
					  netlink_name(layout->attributes, i)),
				text_make("remove the attribute"));
}

void message_done(struct reader *r, const struct manifest_message *m)
{
	for (enum manifest_narrowing i = 0; i < MANIFEST_NARROWINGS; i++)
		if (m->narrowed[i].line && !has_meaning(m, i))
			problem(r, m->narrowed[i],
				text_make("\"%s\" has no meaning for %s", narrowing_keys[i].name,
					  manifest_message_name(m)),
				text_make("remove it"));
	dump_check(r, m);
	handles_check(r, m);
}
