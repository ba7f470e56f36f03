/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* contexts/netns and contexts/netns-own: what alice may do by them inside network namespaces that
 * she names, and what the kernel stops. One module serves both. */

#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/integration/contexts.h"
#include "tests/tap.h"

#define ROUTER "qrouter-11111111-2222-3333-4444-555555555555"
#define OTHER  "qrouter-66666666-2222-3333-4444-555555555555"
#define DHCP   "qdhcp-11111111-2222-3333-4444-555555555555"

#define IN_ROUTER "--network " ROUTER " netns "
#define IN_OTHER  "--network " OTHER " netns "
#define IN_DHCP	  "--network " DHCP " netns-own "

#define INSIDE(network, command) "nsenter --net=/run/netns/" network " " command

static void names(void)
{
	shipped_refused("netns list_links", SHIPPED_BAD_ARGUMENT, "network");
	shipped_refused("--network qrouter-x netns add_network", SHIPPED_BAD_ARGUMENT, "qrouter-x");
	shipped_refused("--network " DHCP " netns add_network", SHIPPED_BAD_ARGUMENT, DHCP);
}

/* Namespaces of the host's. */
static void routers(void)
{
	shipped_allowed(IN_ROUTER "add_network");
	shipped_allowed(IN_OTHER "add_network");
	shipped_allowed(IN_ROUTER "create_veth name=qr-1 peer=qg-1");
	shipped_says(IN_ROUTER "list_links", "qr-1\n");
	tap(shipped_is(INSIDE(ROUTER, "ip link show qr-1")) &&
		    !shipped_is(INSIDE(OTHER, "ip link show qr-1")) &&
		    !shipped_is("test -e /sys/class/net/qr-1"),
	    "the ports are in this router, not in another one, and not on the host");
	shipped_allowed(IN_ROUTER "set_mtu link=qr-1 mtu=1400");
	shipped_allowed(IN_ROUTER "set_state link=qr-1 up=true");
	shipped_allowed(IN_ROUTER "set_state link=qg-1 up=true");
	shipped_allowed(IN_ROUTER "add_address link=qr-1 address=192.0.2.1 length=24");
	shipped_says(IN_ROUTER "list_addresses link=qr-1", "192.0.2.1/24\n");
	shipped_allowed(IN_ROUTER "add_route link=qr-1 destination=0.0.0.0/0 table=254 "
				  "gateway=192.0.2.254");
	shipped_says(IN_ROUTER "list_routes table=254", "via 192.0.2.254\n");
	tap(shipped_is(INSIDE(ROUTER, "ip link show qr-1 | grep -q 'mtu 1400'")) &&
		    shipped_is(INSIDE(ROUTER, "ip route | grep -q 'default via 192.0.2.254'")) &&
		    !shipped_is("ip route | grep -q 192.0.2.254"),
	    "the router has mtu and route, the host has not");
	shipped_refused(IN_OTHER "set_mtu link=qr-1 mtu=1400", SHIPPED_FAILED, "qr-1");
}

static void routers_denied(void)
{
	SHIPPED_DENIED(IN_ROUTER "create_veth name=tap0 peer=qg-2", "netns.create_veth",
		       "route RTM_NEWLINK", "tap0", "netns/context.yaml:");
	SHIPPED_DENIED(IN_ROUTER "set_state link=lo up=false", "netns.set_state",
		       "route RTM_SETLINK", "\"lo\"", "netns/context.yaml:");
	SHIPPED_DENIED(IN_ROUTER "add_address link=lo address=192.0.2.9 length=32",
		       "route RTM_NEWADDR", "\"lo\"");
	SHIPPED_DENIED(IN_ROUTER "add_route link=qr-1 destination=198.51.100.0/24 table=100",
		       "route RTM_NEWROUTE", "100");
	tap(!shipped_is(INSIDE(ROUTER, "ip address | grep -q 192.0.2.9")) &&
		    shipped_is(INSIDE(ROUTER, "ip link show lo | grep -q '[<,]UP'")),
	    "lo is what it was");
}

/* Namespaces that belong to a user namespace of the context's. */
static void own(void)
{
	shipped_allowed(IN_DHCP "add_network");
	shipped_allowed(IN_DHCP "create_veth name=ns-1 peer=ns-2");
	shipped_allowed(IN_DHCP "set_state link=ns-1 up=true");
	shipped_allowed(IN_DHCP "set_state link=ns-2 up=true");
	shipped_allowed(IN_DHCP "add_address link=ns-1 address=192.0.2.2 length=24");
	shipped_says(IN_DHCP "list_addresses link=ns-1", "192.0.2.2/24\n");
	shipped_allowed(IN_DHCP "add_route link=ns-1 destination=198.51.100.0/24 table=254 "
				"gateway=192.0.2.254");
	tap(shipped_is(INSIDE(DHCP, "ip route | grep -q '198.51.100.0/24 via 192.0.2.254'")),
	    "root of the host sees the route inside");
	shipped_refused(IN_DHCP "set_state link=lo up=false", SHIPPED_BAD_ARGUMENT, "link");
	SHIPPED_DENIED(IN_DHCP "add_route link=ns-1 destination=2001:db8::/32 table=254",
		       "netns-own.add_route", "route RTM_NEWROUTE", "netns-own/context.yaml:");
	shipped_allowed(IN_DHCP "delete_link link=ns-1");
	shipped_refused(IN_DHCP "delete_link link=ns-1", SHIPPED_FAILED, "delete link ns-1");
	/* Granted, and refused by the kernel all the same: lo cannot be deleted. */
	shipped_refused(IN_DHCP "delete_link link=lo", SHIPPED_FAILED, "delete link lo");
}

static void removed(void)
{
	shipped_allowed(IN_ROUTER "delete_route link=qr-1 destination=0.0.0.0/0 table=254 "
				  "gateway=192.0.2.254");
	shipped_allowed(IN_ROUTER "delete_address link=qr-1 address=192.0.2.1 length=24");
	shipped_allowed(IN_ROUTER "delete_link link=qr-1");
	shipped_allowed(IN_ROUTER "remove_network");
	shipped_allowed(IN_OTHER "remove_network");
	shipped_allowed(IN_DHCP "remove_network");
	tap(!shipped_is("ls /run/netns | grep q"), "all namespaces are gone");
}

void contexts_netns(void)
{
	names();
	routers();
	routers_denied();
	own();
	removed();
}
