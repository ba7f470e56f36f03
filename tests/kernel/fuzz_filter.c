/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random messages of nftables, and of other subsystems between them. */
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>

#include "base/util.h"
#include "tests/kernel/fuzz.h"

static const char *table(struct fuzz_random *r)
{
	static const char *const others[] = {"other", "other",	"other",    "other",
					     "third", "poster", "postern2", ""};

	return fuzz_tame(r) ? "postern" : others[fuzz_below(r, ARRAY_SIZE(others))];
}

static const char *chain(struct fuzz_random *r)
{
	static const char *const names[] = {"in0", "in1", "in2", "out", "i", "new"};

	return names[fuzz_below(r, fuzz_tame(r) ? 3 : ARRAY_SIZE(names))];
}

static void add_handle(struct fuzz_random *r, struct fuzz_draft *d, uint16_t type)
{
	uint64_t handle = htobe64(1 + fuzz_below(r, 8));

	fuzz_part(d, type, &handle, sizeof(handle));
}

static void add_number(struct fuzz_draft *d, uint16_t type, uint32_t number)
{
	fuzz_part_number(d, type, htobe32(number));
}

static void table_message(struct fuzz_random *r, struct fuzz_draft *d)
{
	static const uint16_t types[] = {NFT_MSG_NEWTABLE, NFT_MSG_NEWTABLE, NFT_MSG_DELTABLE,
					 26 /* DESTROYTABLE */};

	d->type = types[fuzz_below(r, fuzz_tame(r) ? 3 : ARRAY_SIZE(types))];
	if (fuzz_tame(r))
		fuzz_part_text(d, NFTA_TABLE_NAME, table(r));
	if (fuzz_chance(r, 20))
		add_number(d, NFTA_TABLE_FLAGS, fuzz_below(r, 3));
	if (!fuzz_tame(r))
		add_handle(r, d, NFTA_TABLE_HANDLE);
}

static void add_hook(struct fuzz_random *r, struct fuzz_draft *d)
{
	uint32_t number = htobe32(fuzz_below(r, 5)), priority = htobe32(fuzz_below(r, 10));
	char hook[64];
	size_t len = fuzz_nest(hook, 0, sizeof(hook), NFTA_HOOK_HOOKNUM, &number, 4);

	len = fuzz_nest(hook, len, sizeof(hook), NFTA_HOOK_PRIORITY, &priority, 4);
	fuzz_part(d, NFTA_CHAIN_HOOK | NLA_F_NESTED, hook, len);
}

static void chain_message(struct fuzz_random *r, struct fuzz_draft *d)
{
	static const uint16_t types[] = {NFT_MSG_NEWCHAIN, NFT_MSG_NEWCHAIN, NFT_MSG_DELCHAIN,
					 27 /* DESTROYCHAIN */};

	d->type = types[fuzz_below(r, fuzz_tame(r) ? 3 : ARRAY_SIZE(types))];
	if (fuzz_tame(r))
		fuzz_part_text(d, NFTA_CHAIN_TABLE, table(r));
	if (fuzz_tame(r))
		fuzz_part_text(d, NFTA_CHAIN_NAME, chain(r));
	if (!fuzz_tame(r))
		add_handle(r, d, NFTA_CHAIN_HANDLE);
	if (fuzz_chance(r, 20))
		add_hook(r, d);
	if (!fuzz_tame(r))
		add_number(d, NFTA_CHAIN_POLICY, fuzz_below(r, 2));
}

static void rule_message(struct fuzz_random *r, struct fuzz_draft *d)
{
	static const uint16_t types[] = {NFT_MSG_NEWRULE, NFT_MSG_NEWRULE, NFT_MSG_DELRULE,
					 28 /* DESTROYRULE */};

	d->type = types[fuzz_below(r, fuzz_tame(r) ? 3 : ARRAY_SIZE(types))];
	if (fuzz_tame(r))
		fuzz_part_text(d, NFTA_RULE_TABLE, table(r));
	if (fuzz_tame(r))
		fuzz_part_text(d, NFTA_RULE_CHAIN, chain(r));
	if (d->type != NFT_MSG_NEWRULE && fuzz_chance(r, 40))
		add_handle(r, d, NFTA_RULE_HANDLE);
	if (!fuzz_tame(r))
		add_handle(r, d, NFTA_RULE_POSITION);
	if (!fuzz_tame(r))
		add_number(d, NFTA_RULE_CHAIN_ID, 1 + fuzz_below(r, 3));
	if (fuzz_chance(r, 20))
		fuzz_part(d, NFTA_RULE_USERDATA, "mark", 4);
}

static void set_message(struct fuzz_random *r, struct fuzz_draft *d)
{
	static const uint16_t types[] = {NFT_MSG_NEWSET, NFT_MSG_NEWSET, NFT_MSG_DELSET};

	d->type = types[fuzz_below(r, fuzz_tame(r) ? 3 : ARRAY_SIZE(types))];
	fuzz_part_text(d, NFTA_SET_TABLE, table(r));
	fuzz_part_text(d, NFTA_SET_NAME, fuzz_chance(r, 50) ? "s" : "t");
	add_number(d, NFTA_SET_KEY_LEN, 4);
	add_number(d, NFTA_SET_KEY_TYPE, 7);
	add_number(d, NFTA_SET_ID, 1 + fuzz_below(r, 3));
	if (!fuzz_tame(r))
		add_handle(r, d, NFTA_SET_HANDLE);
}

static void element_message(struct fuzz_random *r, struct fuzz_draft *d)
{
	uint32_t key = fuzz_below(r, 3);
	char value[16], data[32], element[48], list[64];
	size_t len = fuzz_nest(value, 0, sizeof(value), NFTA_DATA_VALUE, &key, sizeof(key));

	len = fuzz_nest(data, 0, sizeof(data), NFTA_SET_ELEM_KEY | NLA_F_NESTED, value, len);
	len = fuzz_nest(element, 0, sizeof(element), NFTA_LIST_ELEM | NLA_F_NESTED, data, len);
	memcpy(list, element, len);
	d->type = fuzz_chance(r, 60) ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM;
	fuzz_part_text(d, NFTA_SET_ELEM_LIST_TABLE, table(r));
	fuzz_part_text(d, NFTA_SET_ELEM_LIST_SET, "s");
	if (!fuzz_tame(r))
		add_number(d, NFTA_SET_ELEM_LIST_SET_ID, 1 + fuzz_below(r, 3));
	if (fuzz_tame(r))
		fuzz_part(d, NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED, list, len);
}

void fuzz_filter(struct fuzz_random *r, struct fuzz_draft *d)
{
	static void (*const all[])(struct fuzz_random *, struct fuzz_draft *) = {
		table_message, chain_message, chain_message,  rule_message,
		rule_message,  set_message,   element_message};
	static const uint8_t families[] = {NFPROTO_INET, NFPROTO_INET,	 NFPROTO_INET,
					   NFPROTO_IPV4, NFPROTO_UNSPEC, NFPROTO_INET};

	all[fuzz_below(r, ARRAY_SIZE(all))](r, d);
	/* Now and then another subsystem, or a type that is none. */
	d->type |= (uint16_t)((fuzz_tame(r) || fuzz_chance(r, 50) ? NFNL_SUBSYS_NFTABLES
								  : fuzz_below(r, 14))
			      << 8);
	if (!fuzz_tame(r))
		d->type = (uint16_t)(d->type + fuzz_below(r, 40));
	if (fuzz_chance(r, 70))
		d->flags |= NLM_F_CREATE;
	if (!fuzz_tame(r))
		d->flags |= (uint16_t)(1u << (8 + fuzz_below(r, 4)));
	d->header_len = 4;
	d->header[0] = (char)families[fuzz_below(r, fuzz_tame(r) ? 3 : sizeof(families))];
	if (!fuzz_tame(r))
		d->header[3] = (char)fuzz_below(r, 14);
}
