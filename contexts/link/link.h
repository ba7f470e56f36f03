/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Entrypoint functions about links. Which links and bridges they may touch is not for them to say:
 * they try what they are asked for, and the manifest's rules stop them. */
#ifndef POSTERN_CONTEXTS_LINK_LINK_H
#define POSTERN_CONTEXTS_LINK_LINK_H

#include "postern-entrypoint.h"

/* arguments: name: interface; owner: integer, optional: the user who may attach to it */
int link_create_tap(struct postern_invocation *call);
/* name, peer: interface */
int link_create_veth(struct postern_invocation *call);
/* name: interface; vni: integer; local, remote: address; port: integer, optional, or 4789 */
int link_create_vxlan(struct postern_invocation *call);
/* link: interface */
int link_delete(struct postern_invocation *call);

/* link: interface; mtu: integer */
int link_set_mtu(struct postern_invocation *call);
/* link: interface; mac: mac */
int link_set_address(struct postern_invocation *call);
/* link: interface; up: boolean */
int link_set_state(struct postern_invocation *call);
/* bridge, link: interface */
int link_add_to_bridge(struct postern_invocation *call);
/* link: interface */
int link_remove_from_bridge(struct postern_invocation *call);

/* Result: a list of names. */
int link_list(struct postern_invocation *call);

#endif
