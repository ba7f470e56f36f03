/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* WireGuard interfaces: key and peers. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/wireguard.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "contexts/wireguard/key.h"
#include "contexts/wireguard/wireguard.h"

#define SECOND INT64_C(1000000000)

/* The number is asked for in each call: it is another one after the kernel's module was loaded
 * anew. */
int device_open(struct postern_invocation *call, struct wire *w, int *ret_family)
{
	const char *interface = postern_arg_string(call, "interface");
	int r = wire_open(w, call, NETLINK_GENERIC, interface);

	if (r < 0)
		return r;
	r = genl_ctrl_resolve(w->sock, WG_GENL_NAME);
	if (r < 0)
		return postern_fail(call, wire_errno(r),
				    "%s: find the generic netlink family " WG_GENL_NAME
				    " (is the module loaded?)",
				    interface);
	*ret_family = r;
	return 0;
}

struct nl_msg *device_message(struct postern_invocation *call, int family, int command, int flags)
{
	struct nl_msg *message = nlmsg_alloc();

	if (message &&
	    genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_REQUEST | flags,
			(uint8_t)command, WG_GENL_VERSION) &&
	    nla_put_string(message, WGDEVICE_A_IFNAME, postern_arg_string(call, "interface")) == 0)
		return message;
	nlmsg_free(message);
	return NULL;
}

/* ret: also wiped by the caller when the key is a secret. */
static int key_of(struct postern_invocation *call, const char *name, uint8_t ret[WG_KEY_LEN])
{
	if (key_read(postern_arg_string(call, name), ret))
		return 0;
	return postern_fail(call, EINVAL, "%s: %s is no key (base64 of %d bytes)",
			    postern_arg_string(call, "interface"), name, WG_KEY_LEN);
}

/* Sends what was put together; put: it was, all of it. */
static int device_set(struct postern_invocation *call, struct wire *w, struct nl_msg *message,
		      bool put, const char *what)
{
	if (put)
		return wire_result(call, w, wire_send(w, message), what);
	nlmsg_free(message);
	return -ENOMEM;
}

static int set_key(struct postern_invocation *call)
{
	cleanup_wire struct wire w = {};
	struct nl_msg *message;
	uint8_t key[WG_KEY_LEN];
	int family = 0, r = key_of(call, "private_key", key);
	bool put;

	if (r == 0)
		r = device_open(call, &w, &family);
	if (r == 0) {
		message = device_message(call, family, WG_CMD_SET_DEVICE, NLM_F_ACK);
		put = message && nla_put(message, WGDEVICE_A_PRIVATE_KEY, sizeof(key), key) == 0;
		if (put && postern_arg_given(call, "port"))
			put = nla_put_u16(message, WGDEVICE_A_LISTEN_PORT,
					  (uint16_t)postern_arg_integer(call, "port")) == 0;
		r = device_set(call, &w, message, put, "set the key of");
	}
	explicit_bzero(key, sizeof(key));
	return r;
}

/* -- peers */

static bool put_endpoint(struct postern_invocation *call, struct nl_msg *message)
{
	const char *text = postern_arg_string(call, "endpoint");
	const uint16_t port = htons((uint16_t)postern_arg_integer(call, "port"));
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = port};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = port};

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return nla_put(message, WGPEER_A_ENDPOINT, sizeof(four), &four) == 0;
	return inet_pton(AF_INET6, text, &six.sin6_addr) == 1 &&
	       nla_put(message, WGPEER_A_ENDPOINT, sizeof(six), &six) == 0;
}

/* The form was checked against the manifest. */
static bool put_prefix(struct nl_msg *message, const char *prefix)
{
	const char *slash = strchr(prefix, '/');
	struct nlattr *allowed = nla_nest_start(message, 0);
	int family = strchr(prefix, ':') ? AF_INET6 : AF_INET;
	char address[INET6_ADDRSTRLEN] = "";
	uint8_t bytes[16];

	if (!allowed || !slash || (size_t)(slash - prefix) >= sizeof(address))
		return false;
	memcpy(address, prefix, (size_t)(slash - prefix));
	return inet_pton(family, address, bytes) == 1 &&
	       nla_put_u16(message, WGALLOWEDIP_A_FAMILY, (uint16_t)family) == 0 &&
	       nla_put(message, WGALLOWEDIP_A_IPADDR, family == AF_INET ? 4 : 16, bytes) == 0 &&
	       nla_put_u8(message, WGALLOWEDIP_A_CIDR_MASK,
			  (uint8_t)strtoul(slash + 1, NULL, 10)) == 0 &&
	       nla_nest_end(message, allowed) == 0;
}

static bool put_prefixes(struct postern_invocation *call, struct nl_msg *message)
{
	struct nlattr *list = nla_nest_start(message, WGPEER_A_ALLOWEDIPS);
	bool put = list != NULL;

	for (size_t i = 0; put && i < postern_arg_list_len(call, "allowed"); i++)
		put = put_prefix(message, postern_arg_list_string(call, "allowed", i));
	return put && nla_nest_end(message, list) == 0;
}

static bool put_preshared(struct postern_invocation *call, struct nl_msg *message)
{
	uint8_t key[WG_KEY_LEN];
	bool put = key_read(postern_arg_string(call, "preshared_key"), key) &&
		   nla_put(message, WGPEER_A_PRESHARED_KEY, sizeof(key), key) == 0;

	explicit_bzero(key, sizeof(key));
	return put;
}

static bool put_details(struct postern_invocation *call, struct nl_msg *message)
{
	bool put = put_prefixes(call, message);

	if (put && postern_arg_given(call, "endpoint"))
		put = put_endpoint(call, message);
	if (put && postern_arg_given(call, "preshared_key"))
		put = put_preshared(call, message);
	if (put && postern_arg_given(call, "keepalive"))
		put = nla_put_u16(message, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,
				  (uint16_t)(postern_arg_integer(call, "keepalive") / SECOND)) == 0;
	return put;
}

/* One peer; flags: enum wgpeer_flag. */
static int peer_change(struct postern_invocation *call, uint32_t flags, const char *what)
{
	cleanup_wire struct wire w = {};
	struct nlattr *peers = NULL, *peer = NULL;
	uint8_t key[WG_KEY_LEN];
	struct nl_msg *message;
	int family = 0, r = key_of(call, "public_key", key);
	bool put;

	if (r == 0)
		r = device_open(call, &w, &family);
	if (r < 0)
		return r;
	message = device_message(call, family, WG_CMD_SET_DEVICE, NLM_F_ACK);
	if (message)
		peers = nla_nest_start(message, WGDEVICE_A_PEERS);
	if (peers)
		peer = nla_nest_start(message, 0);
	put = peer && nla_put(message, WGPEER_A_PUBLIC_KEY, sizeof(key), key) == 0 &&
	      nla_put_u32(message, WGPEER_A_FLAGS, flags) == 0;
	if (put && !(flags & WGPEER_F_REMOVE_ME))
		put = put_details(call, message);
	put = put && nla_nest_end(message, peer) == 0 && nla_nest_end(message, peers) == 0;
	return device_set(call, &w, message, put, what);
}

static int set_peer(struct postern_invocation *call)
{
	uint8_t key[WG_KEY_LEN];
	int r = 0;

	if (postern_arg_given(call, "endpoint") != postern_arg_given(call, "port"))
		return postern_fail(call, EINVAL, "%s: an endpoint is an address and a port",
				    postern_arg_string(call, "interface"));
	if (postern_arg_given(call, "preshared_key"))
		r = key_of(call, "preshared_key", key);
	explicit_bzero(key, sizeof(key));
	return r < 0 ? r : peer_change(call, WGPEER_F_REPLACE_ALLOWEDIPS, "set a peer of");
}

static int remove_peer(struct postern_invocation *call)
{
	return peer_change(call, WGPEER_F_REMOVE_ME, "remove a peer of");
}

POSTERN_MODULE({"set_key", set_key}, {"set_peer", set_peer}, {"remove_peer", remove_peer},
	       {"list_peers", list_peers});
