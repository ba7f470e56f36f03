/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Peers as the kernel has them. What else it tells of the interface, its private key among it, is
 * passed over. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/wireguard.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "contexts/common/lines.h"
#include "contexts/wireguard/key.h"
#include "contexts/wireguard/wireguard.h"

static void endpoint_write(FILE *to, const struct nlattr *endpoint)
{
	union {
		sa_family_t family;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} at = {};
	char text[INET6_ADDRSTRLEN] = "?";

	if (!endpoint) {
		(void)fputs(" -", to);
		return;
	}
	memcpy(&at, nla_data(endpoint),
	       (size_t)nla_len(endpoint) < sizeof(at) ? (size_t)nla_len(endpoint) : sizeof(at));
	if (at.family == AF_INET) {
		(void)inet_ntop(AF_INET, &at.four.sin_addr, text, sizeof(text));
		(void)fprintf(to, " %s:%u", text, ntohs(at.four.sin_port));
	} else {
		(void)inet_ntop(AF_INET6, &at.six.sin6_addr, text, sizeof(text));
		(void)fprintf(to, " [%s]:%u", text, ntohs(at.six.sin6_port));
	}
}

static void prefix_write(FILE *to, const struct nlattr *allowed)
{
	const struct nlattr *address =
		nla_find(nla_data(allowed), nla_len(allowed), WGALLOWEDIP_A_IPADDR);
	const struct nlattr *bits =
		nla_find(nla_data(allowed), nla_len(allowed), WGALLOWEDIP_A_CIDR_MASK);
	char text[INET6_ADDRSTRLEN] = "?";

	if (!address || !bits)
		return;
	(void)inet_ntop(nla_len(address) == 4 ? AF_INET : AF_INET6, nla_data(address), text,
			sizeof(text));
	(void)fprintf(to, " %s/%u", text, nla_get_u8(bits));
}

struct listing {
	struct lines lines;
	char key[KEY_TEXT + 1]; /* of the last peer */
};

/* "PUBLIC-KEY ENDPOINT PREFIX...". A peer whose prefixes do not fit into one message of the
 * kernel's comes again in the next one, with its key and the others. */
static void peer_write(FILE *to, struct listing *l, struct nlattr *peer)
{
	const struct nlattr *key = nla_find(nla_data(peer), nla_len(peer), WGPEER_A_PUBLIC_KEY);
	const struct nlattr *list = nla_find(nla_data(peer), nla_len(peer), WGPEER_A_ALLOWEDIPS);
	const struct nlattr *allowed;
	char text[KEY_TEXT + 1] = "?";
	int left;

	if (key && nla_len(key) == WG_KEY_LEN)
		key_write(nla_data(key), text);
	if (l->lines.len > 0 && strcmp(l->key, text) == 0) {
		(void)fputs(l->lines.line[--l->lines.len], to);
		free(l->lines.line[l->lines.len]);
	} else {
		(void)fputs(text, to);
		endpoint_write(to, nla_find(nla_data(peer), nla_len(peer), WGPEER_A_ENDPOINT));
	}
	memcpy(l->key, text, sizeof(text));
	if (!list)
		return;
	nla_for_each_nested(allowed, list, left)
	{
		prefix_write(to, allowed);
	}
}

static int take(struct nl_msg *message, void *arg)
{
	struct nlattr *peers = nlmsg_find_attr(nlmsg_hdr(message), GENL_HDRLEN, WGDEVICE_A_PEERS);
	struct listing *l = arg;
	struct nlattr *peer;
	int left;

	if (!peers)
		return NL_OK;
	nla_for_each_nested(peer, peers, left)
	{
		char *text = NULL;
		size_t len = 0;
		FILE *to = open_memstream(&text, &len);

		if (to)
			peer_write(to, l, peer);
		if (to && fclose(to) == 0)
			lines_add(&l->lines, "%s", text);
		else
			l->lines.error = -ENOMEM;
		free(text);
	}
	return NL_OK;
}

int list_peers(struct postern_invocation *call)
{
	cleanup_wire struct wire w = {};
	struct listing l = {};
	int family = 0, r = device_open(call, &w, &family);

	if (r < 0)
		return r;
	r = wire_ask(&w, device_message(call, family, WG_CMD_GET_DEVICE, NLM_F_DUMP), take, &l);
	r = r < 0 ? wire_result(call, &w, r, "list the peers of") : lines_return(call, &l.lines);
	lines_free(&l.lines);
	return r;
}
