/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Entrypoint functions about addresses, routes, policy rules and neighbours. They try what they are
 * asked for: links and tables are the manifest's to narrow. */
#ifndef POSTERN_CONTEXTS_ADDRESS_ADDRESS_H
#define POSTERN_CONTEXTS_ADDRESS_ADDRESS_H

#include "contexts/common/wire.h"

/* link: interface; address: address; length: integer, bits of the network */
int address_add(struct postern_invocation *call);
int address_delete(struct postern_invocation *call);
/* link: interface. Result: a list, "192.0.2.1/24" */
int address_list(struct postern_invocation *call);

/* link: interface; destination: prefix; table: integer; gateway: address, optional */
int route_add(struct postern_invocation *call);
int route_delete(struct postern_invocation *call);
/* table: integer. Result: a list, "198.51.100.0/24 via 192.0.2.9" */
int route_list(struct postern_invocation *call);

/* Which table is asked for what comes in by a link. link: interface; source: prefix; table,
 * priority: integer */
int rule_add(struct postern_invocation *call);
int rule_delete(struct postern_invocation *call);

/* link: interface; address: address; mac: mac */
int neighbour_add(struct postern_invocation *call);
/* link: interface; address: address */
int neighbour_delete(struct postern_invocation *call);
/* link: interface. Result: a list, "192.0.2.9 02:00:00:00:00:09" */
int neighbour_list(struct postern_invocation *call);

#endif
