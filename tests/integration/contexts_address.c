/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* contexts/address: what alice may do to addresses and routes of the host by it, and what the
 * kernel stops. */
#include <signal.h>

#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/integration/contexts.h"
#include "tests/tap.h"

/* A host with a link that the manifest names, and one that it does not. */
static void host(void)
{
	shipped_root("modprobe -a bridge dummy");
	shipped_root("ip link add br-ex type bridge && ip link set br-ex up");
	shipped_root("ip link add other0 type dummy && ip link set other0 up");
	shipped_root("ip address add 203.0.113.1/24 dev other0");
}

static void addresses(void)
{
	shipped_allowed("address add_address link=br-ex address=192.0.2.1 length=24");
	shipped_allowed("address add_address link=br-ex address=2001:db8::1 length=64");
	shipped_says("address list_addresses link=br-ex", "192.0.2.1/24\n");
	shipped_says("address list_addresses link=br-ex", "2001:db8::1/64\n");
	tap(shipped_is("ip address show br-ex | grep -q 'inet 192.0.2.1/24'"),
	    "the host sees the address");
	shipped_refused("address add_address link=br-ex address=192.0.2.1 length=24",
			SHIPPED_FAILED, "add address 192.0.2.1/24 of br-ex");
	shipped_refused("address add_address link=nothing address=192.0.2.1 length=24",
			SHIPPED_FAILED, "nothing");
	SHIPPED_DENIED("address add_address link=other0 address=192.0.2.2 length=24",
		       "address.add_address", "route RTM_NEWADDR", "other0", "context.yaml:");
	SHIPPED_DENIED("address add_address link=lo address=192.0.2.3 length=32",
		       "route RTM_NEWADDR", "\"lo\"");
	SHIPPED_DENIED("address delete_address link=other0 address=203.0.113.1 length=24",
		       "address.delete_address", "route RTM_DELADDR", "other0");
	tap(shipped_is("ip address show other0 | grep -q 203.0.113.1") &&
		    !shipped_is("ip address | grep -q '192.0.2.[23]'"),
	    "other links have what they had");
}

static void routes(void)
{
	shipped_allowed("address add_route link=br-ex destination=198.51.100.0/24 table=100 "
			"gateway=192.0.2.9");
	shipped_refused("address add_route link=br-ex destination=198.51.0.0/16 table=100 "
			"gateway=10.9.9.9",
			SHIPPED_FAILED, "add route to 198.51.0.0/16 by br-ex in table 100");
	shipped_allowed("address add_route link=br-ex destination=0.0.0.0/0 table=100");
	shipped_allowed("address add_route link=br-ex destination=2001:db8:1::/48 table=100");
	shipped_says("address list_routes table=100", "198.51.100.0/24 via 192.0.2.9\n");
	shipped_says("address list_routes table=100", "2001:db8:1::/48\n");
	tap(shipped_is("ip route show table 100 | grep -q '198.51.100.0/24 via 192.0.2.9'"),
	    "the host sees the route");
	SHIPPED_DENIED("address add_route link=br-ex destination=198.51.100.0/24 table=254",
		       "address.add_route", "route RTM_NEWROUTE", "254", "context.yaml:");
	SHIPPED_DENIED("address add_route link=br-ex destination=198.51.100.0/24 table=100000",
		       "route RTM_NEWROUTE", "100000");
	SHIPPED_DENIED("address add_route link=other0 destination=198.51.100.0/24 table=100",
		       "route RTM_NEWROUTE", "other0");
	SHIPPED_DENIED("address delete_route link=other0 destination=203.0.113.0/24 table=254",
		       "address.delete_route", "route RTM_DELROUTE");
	tap(shipped_is("ip route | grep -q 203.0.113.0/24") &&
		    !shipped_is("ip route | grep -q 198.51.100"),
	    "the main table is what it was");
	shipped_allowed("address delete_route link=br-ex destination=198.51.100.0/24 table=100 "
			"gateway=192.0.2.9");
	shipped_allowed("address delete_route link=br-ex destination=0.0.0.0/0 table=100");
	shipped_allowed("address delete_route link=br-ex destination=2001:db8:1::/48 table=100");
	tap(!shipped_is("ip route show table 100 | grep -q ."), "table 100 is empty");
}

static void rules(void)
{
	shipped_allowed("address add_rule link=br-ex source=192.0.2.0/24 table=100 priority=1000");
	tap(shipped_is("ip rule | grep '^1000:.*192.0.2.0/24.*br-ex.*lookup 100'"),
	    "the host sees the rule");
	SHIPPED_DENIED("address add_rule link=br-ex source=192.0.2.0/24 table=101 priority=1001",
		       "address.add_rule", "route RTM_NEWRULE", "101", "context.yaml:");
	SHIPPED_DENIED("address add_rule link=lo source=0.0.0.0/0 table=100 priority=1001",
		       "route RTM_NEWRULE", "\"lo\"");
	shipped_refused("address add_rule link=br-ex source=192.0.2.0/24 table=254 priority=1001",
			SHIPPED_BAD_ARGUMENT, "table");
	tap(!shipped_is("ip rule | grep ^1001:"), "no other rule is there");
	shipped_allowed(
		"address delete_rule link=br-ex source=192.0.2.0/24 table=100 priority=1000");
	tap(!shipped_is("ip rule | grep ^1000:"), "the rule is gone");
}

static void neighbours(void)
{
	shipped_allowed("address add_neighbour link=br-ex address=192.0.2.9 mac=02:00:00:00:00:09");
	shipped_says("address list_neighbours link=br-ex", "192.0.2.9 02:00:00:00:00:09\n");
	SHIPPED_DENIED(
		"address add_neighbour link=other0 address=203.0.113.9 mac=02:00:00:00:00:09",
		"address.add_neighbour", "route RTM_NEWNEIGH", "other0", "context.yaml:");
	SHIPPED_DENIED("address delete_neighbour link=other0 address=203.0.113.9",
		       "address.delete_neighbour", "route RTM_DELNEIGH", "other0");
	tap(!shipped_is("grep -q 203.0.113.9 /proc/net/arp") &&
		    shipped_is("grep -q '192.0.2.9 .*02:00:00:00:00:09' /proc/net/arp"),
	    "the host sees the one, and not the other");
	shipped_allowed("address delete_neighbour link=br-ex address=192.0.2.9");
	tap(!shipped_is("grep -q 02:00:00:00:00:09 /proc/net/arp"), "the neighbour is gone");
}

void contexts_address(void)
{
	host();
	addresses();
	routes();
	rules();
	neighbours();
	shipped_allowed("address delete_address link=br-ex address=192.0.2.1 length=24");
	tap(!shipped_is("ip address show br-ex | grep -q 192.0.2.1"), "the address is gone");
	shipped_root("ip link delete br-ex && ip link delete other0");
}
