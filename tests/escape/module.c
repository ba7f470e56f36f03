/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A module whose entrypoints do whatever the test tells them, as a worker under attack would. */
#include <string.h>

#include "lib/postern-entrypoint.h"
#include "tests/escape/attack.h"

/* The same attempts from the code that runs when the module is loaded, in the helper. */
static int constructed_read, constructed_thread, constructed_netlink;

__attribute__((constructor)) static void on_load(void)
{
	constructed_read = attack_run("open to read", "/srv/area/secret", "");
	constructed_thread = attack_run("thread", "/srv/area/secret", "");
	constructed_netlink = attack_run("netlink", "get:lo:4", "send");
}

/* As an honest function would: fails with what it met. */
static int fail_to_read(struct postern_invocation *call, const char *path)
{
	int r = attack_run("open to read", path, "");

	return r ? postern_fail(call, r, "read %s", path) : postern_return_integer(call, 0);
}

static int attempt(struct postern_invocation *call)
{
	const char *name = postern_arg_string(call, "name");
	int r;

	if (strcmp(name, "fail to read") == 0)
		return fail_to_read(call, postern_arg_string(call, "path"));
	if (strcmp(name, "constructor: open to read") == 0)
		r = constructed_read;
	else if (strcmp(name, "constructor: thread") == 0)
		r = constructed_thread;
	else if (strcmp(name, "constructor: netlink") == 0)
		r = constructed_netlink;
	else
		r = attack_run(name, postern_arg_string(call, "path"),
			       postern_arg_string(call, "other"));
	return postern_return_integer(call, r);
}

#define IS(name)                                                                                   \
	{                                                                                          \
		name, attempt                                                                      \
	}

/* clang-format off */
POSTERN_MODULE(IS("attempt"), IS("reader"), IS("bare"), IS("powerless"), IS("processes"), IS("each"), IS("audited"),
	       IS("sentinel"), IS("whole"), IS("tools"),
	       /* Those of the shipped contexts whose place it takes: link, address, netns, */
	       IS("create_tap"), IS("create_veth"), IS("create_vxlan"), IS("delete_link"), IS("set_mtu"),
	       IS("set_address"), IS("set_state"), IS("add_to_bridge"), IS("remove_from_bridge"), IS("list_links"),
	       IS("add_address"), IS("delete_address"), IS("list_addresses"), IS("add_route"), IS("delete_route"),
	       IS("list_routes"), IS("add_rule"), IS("delete_rule"), IS("add_neighbour"), IS("delete_neighbour"),
	       IS("list_neighbours"),
	       /* conntrack, nft, wireguard */
	       IS("list"), IS("delete"), IS("delete_matching"), IS("replace"),
	       IS("set_key"), IS("set_peer"), IS("remove_peer"), IS("list_peers"));
/* clang-format on */
