/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random messages of rtnetlink: valid ones first, about what is granted and what lies beside it. */
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_addrlabel.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "tests/kernel/fuzz.h"

static const char hardware[6] = {2, 0, 0, 0, 0, 7};

static void set_header(struct fuzz_draft *d, uint16_t type, const void *header, size_t len)
{
	d->type = type;
	d->header_len = len;
	memcpy(d->header, header, len);
}

/* Mostly of the internet, now and then another, which may find another's receiver. */
static uint8_t family(struct fuzz_random *r)
{
	static const uint8_t others[] = {AF_UNSPEC, AF_BRIDGE, AF_MPLS, 128, 129, 200, AF_PACKET};

	if (fuzz_tame(r) || fuzz_chance(r, 50))
		return fuzz_chance(r, 65) ? AF_INET : AF_INET6;
	return others[fuzz_below(r, sizeof(others))];
}

static void add_ip(struct fuzz_random *r, struct fuzz_draft *d, uint8_t of, uint16_t type,
		   uint8_t second)
{
	unsigned char ip[16] = {10, second, (unsigned char)fuzz_below(r, 3),
				(unsigned char)fuzz_below(r, 8)};

	if (of == AF_INET6) {
		memmove(ip + 2, ip, 4);
		ip[0] = 0xfd;
		ip[1] = second;
	}
	fuzz_part(d, type, ip, of == AF_INET6 ? 16 : 4);
}

static void make_flags(struct fuzz_random *r, struct fuzz_draft *d)
{
	static const uint16_t flags[] = {NLM_F_CREATE | NLM_F_EXCL,
					 NLM_F_CREATE | NLM_F_EXCL,
					 NLM_F_CREATE | NLM_F_REPLACE,
					 NLM_F_CREATE | NLM_F_APPEND,
					 NLM_F_CREATE,
					 0,
					 NLM_F_REPLACE};

	d->flags |= flags[fuzz_below(r, fuzz_tame(r) ? 3 : ARRAY_SIZE(flags))];
}

static void new_link(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d)
{
	struct ifinfomsg header = {.ifi_index = fuzz_tame(r) ? 0 : (int)fuzz_index(r)};

	if (!fuzz_tame(r) && fuzz_chance(r, 30))
		header.ifi_family = AF_BRIDGE;
	set_header(d, RTM_NEWLINK, &header, sizeof(header));
	if (fuzz_tame(r))
		d->flags |= NLM_F_CREATE | NLM_F_EXCL;
	else
		make_flags(r, d);
	if (fuzz_tame(r))
		fuzz_part_text(d, IFLA_IFNAME, fuzz_name(r));
	fuzz_link_kind(r, p, d);
	while (fuzz_chance(r, 30))
		fuzz_attribute(r, p, d);
}

static void change_link(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d)
{
	static const uint16_t types[] = {RTM_NEWLINK, RTM_NEWLINK,     RTM_SETLINK,
					 RTM_SETLINK, RTM_NEWLINKPROP, RTM_DELLINKPROP};
	struct ifinfomsg header = {.ifi_index = (int)fuzz_index(r)};

	if (fuzz_chance(r, 20)) {
		header.ifi_change = fuzz_chance(r, 70) ? IFF_UP : IFF_PROMISC;
		header.ifi_flags = fuzz_chance(r, 75) ? header.ifi_change : 0;
	}
	if (!fuzz_tame(r) && fuzz_chance(r, 50))
		header.ifi_index = 0;
	if (!fuzz_tame(r) && fuzz_chance(r, 30))
		header.ifi_family = AF_BRIDGE;
	set_header(d, types[fuzz_below(r, fuzz_tame(r) ? 4 : ARRAY_SIZE(types))], &header,
		   sizeof(header));
	if (!fuzz_tame(r))
		make_flags(r, d);
	do
		fuzz_attribute(r, p, d);
	while (fuzz_chance(r, 40));
}

static void delete_link(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d)
{
	const struct ifinfomsg header = {.ifi_index = fuzz_tame(r) ? (int)fuzz_index(r) : 0};

	set_header(d, RTM_DELLINK, &header, sizeof(header));
	if (!fuzz_tame(r) || fuzz_chance(r, 10))
		fuzz_part_text(d, fuzz_tame(r) ? IFLA_IFNAME : IFLA_ALT_IFNAME, fuzz_name(r));
	if (!fuzz_tame(r) && fuzz_chance(r, 50))
		fuzz_part_number(d, IFLA_GROUP, fuzz_below(r, 7));
	if (!fuzz_tame(r))
		fuzz_attribute(r, p, d);
}

static void address(struct fuzz_random *r, const struct fuzz_places *p UNUSED, struct fuzz_draft *d)
{
	const struct ifaddrmsg header = {.ifa_family = family(r),
					 .ifa_prefixlen = (uint8_t)(24 + fuzz_below(r, 9)),
					 .ifa_index = fuzz_index(r)};
	bool adds = fuzz_chance(r, 65);
	uint8_t second = fuzz_chance(r, 50) ? 8 : 9;

	set_header(d, adds ? RTM_NEWADDR : RTM_DELADDR, &header, sizeof(header));
	make_flags(r, d);
	add_ip(r, d, header.ifa_family, IFA_LOCAL, second);
	if (fuzz_chance(r, 50))
		add_ip(r, d, header.ifa_family, IFA_ADDRESS, second);
	if (fuzz_chance(r, 15))
		fuzz_part_text(d, IFA_LABEL, fuzz_name(r));
	if (fuzz_chance(r, 15))
		fuzz_part_number(d, IFA_FLAGS, fuzz_below(r, 4096));
	if (!fuzz_tame(r) && fuzz_chance(r, 40))
		fuzz_part_number(d, IFA_TARGET_NETNSID, 3);
}

static uint32_t table(struct fuzz_random *r)
{
	static const uint32_t tables[] = {100, 100, 100, 1000, 101, 254, 255, 0, 102};

	return tables[fuzz_below(r, fuzz_tame(r) ? 4 : ARRAY_SIZE(tables))];
}

/* first: the interface of the first, as the route's own has to be. */
static void add_hops(struct fuzz_random *r, struct fuzz_draft *d, uint32_t first)
{
	char hops[256];
	size_t len = 0;

	for (uint32_t i = 0; i < 1 + fuzz_below(r, 3); i++) {
		struct rtnexthop hop = {.rtnh_len = sizeof(hop),
					.rtnh_ifindex = (int)(!i		   ? first
							      : fuzz_chance(r, 60) ? fuzz_index(r)
										   : FUZZ_ETH8)};
		static const char gateway[4] = {10, 9, 0, 2};
		size_t began = len;

		len += sizeof(hop);
		if (fuzz_chance(r, 10))
			len = fuzz_nest(hops, len, sizeof(hops), RTA_GATEWAY, gateway, 4);
		if (!fuzz_tame(r))
			len = fuzz_nest(hops, len, sizeof(hops), RTA_OIF, &hop.rtnh_ifindex, 4);
		hop.rtnh_len = (uint16_t)(len - began);
		if (!fuzz_tame(r))
			hop.rtnh_len = (uint16_t)(hop.rtnh_len + fuzz_below(r, 12) - 6);
		memcpy(hops + began, &hop, sizeof(hop));
	}
	fuzz_part(d, RTA_MULTIPATH, hops, len);
}

static void route(struct fuzz_random *r, const struct fuzz_places *p UNUSED, struct fuzz_draft *d)
{
	uint32_t to = table(r);
	struct rtmsg header = {
		.rtm_family = family(r),
		.rtm_dst_len = 24,
		.rtm_table = (uint8_t)(to > 255 || fuzz_chance(r, 20) ? 0 : to),
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_LINK,
		.rtm_type = (uint8_t)(fuzz_tame(r) ? RTN_UNICAST : fuzz_below(r, 12)),
		.rtm_flags = !fuzz_tame(r) && fuzz_chance(r, 20) ? RTM_F_CLONED : 0,
	};
	/* Fixed ones are 10.50 to 10.52. */
	uint32_t out = fuzz_index(r);
	uint8_t second = (uint8_t)(fuzz_chance(r, 30) ? 50 + fuzz_below(r, 3) : 60);

	set_header(d, fuzz_chance(r, 65) ? RTM_NEWROUTE : RTM_DELROUTE, &header, sizeof(header));
	if (d->type == RTM_NEWROUTE)
		make_flags(r, d);
	if (fuzz_tame(r))
		add_ip(r, d, header.rtm_family, RTA_DST, second);
	/* Below the prefix there is nothing. */
	if (d->len > 0 && header.rtm_family == AF_INET)
		d->parts[0].data[3] = 0;
	if (fuzz_tame(r))
		fuzz_part_number(d, RTA_OIF, out);
	if (fuzz_chance(r, 35))
		add_hops(r, d, out);
	if (to > 255 || !header.rtm_table || fuzz_chance(r, 20))
		fuzz_part_number(d, RTA_TABLE, fuzz_chance(r, 80) ? to : table(r));
	if (!fuzz_tame(r))
		fuzz_part_number(d, RTA_NH_ID, 1 + fuzz_below(r, 3));
	if (fuzz_chance(r, 10))
		fuzz_part_number(d, RTA_PRIORITY, fuzz_below(r, 4));
	if (!fuzz_tame(r))
		fuzz_part_number(d, (uint16_t)fuzz_below(r, 31), fuzz_below(r, 256));
}

static void rule(struct fuzz_random *r, const struct fuzz_places *p UNUSED, struct fuzz_draft *d)
{
	uint32_t to = table(r);
	struct fib_rule_hdr header = {
		.family = family(r),
		.table = (uint8_t)(to > 255 || fuzz_chance(r, 20) ? 0 : to),
		.action = (uint8_t)(fuzz_tame(r) ? FR_ACT_TO_TBL : fuzz_below(r, 9)),
	};

	set_header(d, fuzz_chance(r, 55) ? RTM_NEWRULE : RTM_DELRULE, &header, sizeof(header));
	if (d->type == RTM_NEWRULE)
		make_flags(r, d);
	if (fuzz_tame(r))
		fuzz_part_text(d, FRA_IIFNAME, fuzz_name(r));
	if (fuzz_chance(r, 15))
		fuzz_part_text(d, FRA_OIFNAME, fuzz_name(r));
	if (!header.table || fuzz_chance(r, 20))
		fuzz_part_number(d, FRA_TABLE, fuzz_chance(r, 80) ? to : table(r));
	if (fuzz_chance(r, 40))
		fuzz_part_number(d, FRA_PRIORITY, 100 * (1 + fuzz_below(r, 4)));
	if (!fuzz_tame(r))
		fuzz_part_number(d, (uint16_t)fuzz_below(r, 31), fuzz_below(r, 256));
}

static void neighbour(struct fuzz_random *r, const struct fuzz_places *p UNUSED,
		      struct fuzz_draft *d)
{
	struct ndmsg header = {.ndm_family = family(r),
			       .ndm_ifindex = (int)fuzz_index(r),
			       .ndm_state = NUD_PERMANENT,
			       .ndm_flags = fuzz_chance(r, 20) ? NTF_PROXY : 0};

	if (!fuzz_tame(r)) {
		header.ndm_family = AF_BRIDGE;
		header.ndm_flags = (uint8_t)(fuzz_chance(r, 50) ? NTF_SELF : NTF_MASTER);
	}
	set_header(d, fuzz_chance(r, 65) ? RTM_NEWNEIGH : RTM_DELNEIGH, &header, sizeof(header));
	if (d->type == RTM_NEWNEIGH)
		make_flags(r, d);
	add_ip(r, d, header.ndm_family, NDA_DST, fuzz_chance(r, 50) ? 8 : 9);
	fuzz_part(d, NDA_LLADDR, hardware, sizeof(hardware));
	if (!fuzz_tame(r))
		fuzz_part_number(d, fuzz_chance(r, 50) ? NDA_IFINDEX : NDA_MASTER, fuzz_index(r));
	if (!fuzz_tame(r))
		fuzz_part_number(d, (uint16_t)fuzz_below(r, 20), fuzz_index(r));
}

static void traffic(struct fuzz_random *r, const struct fuzz_places *p UNUSED, struct fuzz_draft *d)
{
	static const uint16_t types[] = {RTM_NEWQDISC,	 RTM_NEWQDISC,	RTM_NEWQDISC, RTM_DELQDISC,
					 RTM_NEWTFILTER, RTM_NEWTCLASS, RTM_NEWCHAIN};
	static const char *const kinds[] = {"pfifo", "pfifo", "pfifo", "bfifo", "ingress", "u32"};
	struct tcmsg header = {.tcm_ifindex = (int)fuzz_index(r),
			       .tcm_parent = fuzz_tame(r) ? TC_H_ROOT : fuzz_below(r, 4),
			       .tcm_handle = fuzz_below(r, 3) << 16};

	set_header(d, types[fuzz_below(r, fuzz_tame(r) ? 4 : ARRAY_SIZE(types))], &header,
		   sizeof(header));
	make_flags(r, d);
	if (fuzz_tame(r))
		fuzz_part_text(d, TCA_KIND,
			       kinds[fuzz_below(r, fuzz_tame(r) ? 3 : ARRAY_SIZE(kinds))]);
	if (!fuzz_tame(r))
		fuzz_part_number(d, (uint16_t)fuzz_below(r, 18), 1);
}

static void next_hop(struct fuzz_random *r, const struct fuzz_places *p UNUSED,
		     struct fuzz_draft *d)
{
	const struct nhmsg header = {.nh_family = family(r), .nh_protocol = RTPROT_STATIC};

	set_header(d, fuzz_chance(r, 60) ? RTM_NEWNEXTHOP : RTM_DELNEXTHOP, &header,
		   sizeof(header));
	make_flags(r, d);
	fuzz_part_number(d, NHA_ID, 1 + fuzz_below(r, 4));
	if (d->type == RTM_NEWNEXTHOP)
		fuzz_part_number(d, NHA_OIF, fuzz_index(r));
}

/* What no manifest of the fuzzer grants. */
static void other(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d)
{
	const struct ifaddrlblmsg label = {.ifal_family = AF_INET6, .ifal_prefixlen = 64};
	const struct br_vlan_msg vlan = {.family = AF_BRIDGE, .ifindex = fuzz_index(r)};
	const struct bridge_vlan_info info = {.vid = (uint16_t)(2 + fuzz_below(r, 5))};
	char header[32] = {};
	char nested[64];

	switch (fuzz_below(r, 4)) {
	case 0:
		set_header(d, RTM_NEWADDRLABEL, &label, sizeof(label));
		d->flags |= NLM_F_CREATE;
		add_ip(r, d, AF_INET6, IFAL_ADDRESS, 9);
		fuzz_part_number(d, IFAL_LABEL, 7);
		break;
	case 1:
		set_header(d, RTM_NEWVLAN, &vlan, sizeof(vlan));
		fuzz_part(d, BRIDGE_VLANDB_ENTRY | NLA_F_NESTED, nested,
			  fuzz_nest(nested, 0, sizeof(nested), BRIDGE_VLANDB_ENTRY_INFO, &info,
				    sizeof(info)));
		break;
	case 2:
		set_header(d, RTM_NEWNSID, header, 4);
		fuzz_part_number(d, NETNSA_NSID, 4 + fuzz_below(r, 9));
		fuzz_part_number(d, NETNSA_PID, p->pid);
		break;
	default:
		/* Any type, without a family that the fuzzer would have to unload. */
		set_header(d, (uint16_t)(16 + fuzz_below(r, 110)), header, 4 * fuzz_below(r, 6));
		d->header[0] = (char)family(r);
		fuzz_attribute(r, p, d);
	}
}

void fuzz_route(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d)
{
	static void (*const all[])(struct fuzz_random *, const struct fuzz_places *,
				   struct fuzz_draft *) = {
		new_link, new_link,  change_link, change_link, change_link, delete_link,
		address,  address,   route,	  route,       route,	    rule,
		rule,	  neighbour, traffic,	  next_hop,    other};

	all[fuzz_below(r, fuzz_tame(r) ? ARRAY_SIZE(all) - 2 : ARRAY_SIZE(all))](r, p, d);
}
