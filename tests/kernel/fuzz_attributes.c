/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random values for the attributes of links, and what names an interface. */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

#include "base/util.h"
#include "tests/kernel/fuzz.h"

#define GRANTED_NAMES 9 /* the first */

const char *fuzz_name(struct fuzz_random *r)
{
	static const char *const names[] = {
		"tap0",	       "tap1",	"tap2", "tap3",	   "tap4", "ok0",   "pxy", "p12",  "tap9",
		"p%d",	       "tap%d", "pa",	"eth8",	   "eth7", "eth9",  "lo",  "dmz",  "br0",
		"tap-of-eth8", "okdmz", "ok1",	"of-tap0", "tap",  "eth%d", "br1", "eth8", "dmz"};

	return names[fuzz_below(r, fuzz_tame(r) ? GRANTED_NAMES : ARRAY_SIZE(names))];
}

uint32_t fuzz_index(struct fuzz_random *r)
{
	static const uint32_t all[] = {FUZZ_TAP0, FUZZ_TAP1, FUZZ_OK0,	FUZZ_PXY, FUZZ_BR0,
				       FUZZ_BR1,  FUZZ_ETH8, FUZZ_ETH7, FUZZ_DMZ, FUZZ_LO,
				       0,	  4242,	     UINT32_MAX};

	if (fuzz_tame(r))
		return FUZZ_TAP0 + fuzz_below(r, 4);
	return all[fuzz_below(r, ARRAY_SIZE(all))];
}

static size_t put_peer(struct fuzz_random *r, const struct fuzz_places *p, char *to, size_t size)
{
	struct ifinfomsg header = {.ifi_index = fuzz_chance(r, 10) ? 777 : 0};
	char peer[256];
	size_t len = sizeof(header);
	const char *name = fuzz_name(r);
	uint32_t number = fuzz_chance(r, 50) ? p->pid : fuzz_index(r);

	memcpy(peer, &header, sizeof(header));
	if (fuzz_tame(r) || fuzz_chance(r, 60))
		len = fuzz_nest(peer, len, sizeof(peer), IFLA_IFNAME, name, strlen(name) + 1);
	if (!fuzz_tame(r) && fuzz_chance(r, 50))
		len = fuzz_nest(peer, len, sizeof(peer), IFLA_NET_NS_PID, &number, sizeof(number));
	if (!fuzz_tame(r) && fuzz_chance(r, 50))
		len = fuzz_nest(peer, len, sizeof(peer), IFLA_GROUP, &number, sizeof(number));
	if (!fuzz_tame(r) && fuzz_chance(r, 50))
		len = fuzz_nest(peer, len, sizeof(peer), IFLA_IFNAME, "eth5", 5);
	return fuzz_nest(to, 0, size, VETH_INFO_PEER, peer, len);
}

void fuzz_link_kind(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d)
{
	static const char *const kinds[] = {"dummy", "veth", "bridge",	"dummy", "veth",
					    "ifb",   "vlan", "veth\0x", "dummyx"};
	const char *kind = kinds[fuzz_below(r, fuzz_tame(r) ? 2 : ARRAY_SIZE(kinds))];
	char data[300], info[420];
	size_t data_len = 0, len = 0;

	if (strcmp(kind, "veth") == 0)
		data_len = put_peer(r, p, data, sizeof(data));
	if (data_len > 0 && !fuzz_tame(r)) /* a second peer */
		data_len += put_peer(r, p, data + data_len, sizeof(data) - data_len);
	if (!fuzz_tame(r) && fuzz_chance(r, 30))
		len = fuzz_nest(info, len, sizeof(info), IFLA_INFO_DATA, data, data_len);
	if (fuzz_tame(r) || fuzz_chance(r, 50))
		len = fuzz_nest(info, len, sizeof(info), IFLA_INFO_KIND, kind, strlen(kind) + 1);
	if (data_len > 0 && (fuzz_tame(r) || fuzz_chance(r, 50)))
		len = fuzz_nest(info, len, sizeof(info), IFLA_INFO_DATA, data, data_len);
	if (!fuzz_tame(r) && fuzz_chance(r, 30))
		len = fuzz_nest(info, len, sizeof(info), IFLA_INFO_KIND, "bridge", 7);
	if (!fuzz_tame(r) && fuzz_chance(r, 30))
		len = fuzz_nest(info, len, sizeof(info), IFLA_INFO_SLAVE_KIND, "bridge", 7);
	fuzz_part(d, IFLA_LINKINFO, info, len);
}

static void add_names(struct fuzz_random *r, struct fuzz_draft *d)
{
	const char *name = fuzz_name(r);
	char list[64];

	if (fuzz_chance(r, 60)) {
		fuzz_part_text(d, fuzz_chance(r, 70) ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
		return;
	}
	fuzz_part(d, IFLA_PROP_LIST | NLA_F_NESTED, list,
		  fuzz_nest(list, 0, sizeof(list), IFLA_ALT_IFNAME, name, strlen(name) + 1));
}

static void add_family_data(struct fuzz_random *r, struct fuzz_draft *d)
{
	uint8_t mode = (uint8_t)fuzz_below(r, 4);
	char inner[64], outer[96];
	size_t len = fuzz_nest(inner, 0, sizeof(inner), IFLA_INET6_ADDR_GEN_MODE, &mode, 1);

	len = fuzz_nest(outer, 0, sizeof(outer), 10 /* AF_INET6 */, inner, len);
	fuzz_part(d, IFLA_AF_SPEC | NLA_F_NESTED, outer, len);
}

void fuzz_attribute(struct fuzz_random *r, const struct fuzz_places *p, struct fuzz_draft *d)
{
	static const char mac[6] = {2, 0, 0, 0, 9, 9};

	switch (fuzz_below(r, fuzz_tame(r) ? 6 : 17)) {
	case 0:
		fuzz_part_number(d, IFLA_MTU, 1300 + fuzz_below(r, 200));
		break;
	case 1:
		fuzz_part(d, IFLA_ADDRESS, mac, sizeof(mac));
		break;
	case 2:
		fuzz_part_text(d, IFLA_IFALIAS, fuzz_name(r));
		break;
	case 3:
		fuzz_part_number(d, IFLA_TXQLEN, 500 + fuzz_below(r, 9));
		break;
	case 4:
		fuzz_part_number(d, IFLA_MASTER, fuzz_tame(r) ? FUZZ_BR0 : fuzz_index(r));
		break;
	case 5:
		fuzz_part_text(d, IFLA_IFNAME, fuzz_name(r));
		break;
	case 6:
	case 7:
		add_names(r, d);
		break;
	case 8:
		fuzz_part_number(d, IFLA_LINK, fuzz_index(r));
		break;
	case 9:
		fuzz_part_number(d, IFLA_GROUP, fuzz_below(r, 7));
		break;
	case 10:
		fuzz_part_number(d, IFLA_NET_NS_PID, p->pid);
		break;
	case 11:
		fuzz_part_number(d, IFLA_NET_NS_FD, p->fd);
		break;
	case 12:
		fuzz_part_number(d, fuzz_chance(r, 50) ? IFLA_TARGET_NETNSID : IFLA_LINK_NETNSID,
				 3);
		break;
	case 13:
		fuzz_part_number(d, IFLA_NEW_IFINDEX, 300 + fuzz_below(r, 50));
		break;
	case 14:
		add_family_data(r, d);
		break;
	case 15:
		fuzz_link_kind(r, p, d);
		break;
	default:
		fuzz_part_number(d, (uint16_t)fuzz_below(r, 70), fuzz_index(r));
	}
}
