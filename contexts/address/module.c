/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and routes of the host: what this context can be asked for. */
#include "contexts/address/address.h"

POSTERN_MODULE({"add_address", address_add}, {"delete_address", address_delete},
	       {"list_addresses", address_list}, {"add_route", route_add},
	       {"delete_route", route_delete}, {"list_routes", route_list}, {"add_rule", rule_add},
	       {"delete_rule", rule_delete}, {"add_neighbour", neighbour_add},
	       {"delete_neighbour", neighbour_delete}, {"list_neighbours", neighbour_list});
