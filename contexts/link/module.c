/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Links of the host: what this context can be asked for. */
#include "contexts/link/link.h"

POSTERN_MODULE({"create_tap", link_create_tap}, {"create_veth", link_create_veth},
	       {"create_vxlan", link_create_vxlan}, {"delete_link", link_delete},
	       {"set_mtu", link_set_mtu}, {"set_address", link_set_address},
	       {"set_state", link_set_state}, {"add_to_bridge", link_add_to_bridge},
	       {"remove_from_bridge", link_remove_from_bridge}, {"list_links", link_list});
