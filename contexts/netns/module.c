/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What can be asked for inside a network namespace: the functions of contexts/link and
 * contexts/address. Which namespace a call is about, none of them knows: the worker runs in it. */
#include "contexts/address/address.h"
#include "contexts/link/link.h"

POSTERN_MODULE({"create_veth", link_create_veth}, {"delete_link", link_delete},
	       {"set_mtu", link_set_mtu}, {"set_state", link_set_state}, {"list_links", link_list},
	       {"add_address", address_add}, {"delete_address", address_delete},
	       {"list_addresses", address_list}, {"add_route", route_add},
	       {"delete_route", route_delete}, {"list_routes", route_list});
