/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A module whose entrypoints do whatever the test tells them, as a worker under attack would. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* How many descriptors are open. */
static int count_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* With the first descriptor that was given. */
static int passed(struct postern_invocation *call)
{
	static const char *const names[] = {"file", "pipe", "peer", "memory"};
	const char *name = postern_arg_string(call, "name");
	char number[16] = "-1";
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < sizeof(names) / sizeof(names[0]); i++)
		fd = postern_arg_fd(call, names[i]);
	(void)snprintf(number, sizeof(number), "%d", fd);
	if (strcmp(name, "keep copies") == 0)
		return postern_return_integer(call, fcntl(fd, F_DUPFD, 3) < 0 ||
								    fcntl(fd, F_DUPFD, 200) < 0 ||
								    dup2(fd, 100) < 0
							    ? errno
							    : 0);
	if (strcmp(name, "count open") == 0)
		return postern_return_integer(call, count_open());
	return postern_return_integer(call,
				      attack_run(name, postern_arg_string(call, "path"), number));
}

static int given(struct postern_invocation *call)
{
	const char *name = postern_arg_string(call, "name"),
		   *path = postern_arg_string(call, "path");
	int flags = strcmp(name, "give") == 0		? O_RDONLY
		    : strcmp(name, "give to both") == 0 ? O_RDWR
							: O_PATH;
	int r;

	if (strncmp(name, "give", 4) != 0) {
		r = attack_run(name, path, "");
		return postern_fail(call, r ? r : EALREADY, "%s", name);
	}
	r = open(path, flags | O_CLOEXEC);
	return r < 0 ? postern_fail(call, errno, "open %s", path) : postern_return_fd(call, r);
}

#define IS(name)                                                                                   \
	{                                                                                          \
		name, attempt                                                                      \
	}

/* clang-format off */
POSTERN_MODULE(IS("attempt"), IS("reader"), IS("bare"), IS("powerless"), IS("processes"), IS("each"), IS("audited"),
	       IS("sentinel"), IS("whole"), IS("tools"), {"passed", passed}, {"passed_each", passed}, {"given", given},
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
