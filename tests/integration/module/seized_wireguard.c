/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a module of contexts/wireguard could try. */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>
#include <sys/socket.h>

#include "tests/integration/module/seized.h"
#include "tests/kernel/family.h"

#define NO_FAMILY 0x7ff0

/* The family's number when the worker was called first. */
static uint16_t remembered;

static void begin(struct message *m, uint16_t family, uint8_t command, uint16_t flags)
{
	const struct genlmsghdr header = {.cmd = command, .version = 1};

	m->len = m->current = 0;
	message_begin(m, family ? family : NO_FAMILY, NLM_F_REQUEST | flags, &header,
		      sizeof(header));
}

static void ask(struct message *m, uint16_t family)
{
	begin(m, family, WG_CMD_GET_DEVICE, NLM_F_DUMP);
	message_add_text(m, WGDEVICE_A_IFNAME, "wg0");
}

static void current(struct message *m)
{
	ask(m, message_family("wireguard", m));
}

static void as_remembered(struct message *m)
{
	ask(m, remembered);
}

static void set(struct message *m)
{
	begin(m, message_family("wireguard", m), WG_CMD_SET_DEVICE, NLM_F_ACK);
	message_add_text(m, WGDEVICE_A_IFNAME, "wg0");
}

static void other_command(struct message *m)
{
	begin(m, message_family("wireguard", m), 7, NLM_F_ACK);
}

static void ethtool(struct message *m)
{
	begin(m, message_family("ethtool", m), 4, NLM_F_DUMP);
}

/* The family that came after the first. */
static void macsec(struct message *m)
{
	begin(m, message_family("macsec", m), 0, NLM_F_DUMP);
}

static void policy(struct message *m)
{
	begin(m, GENL_ID_CTRL, CTRL_CMD_GETPOLICY, NLM_F_DUMP);
	message_add_text(m, CTRL_ATTR_FAMILY_NAME, "wireguard");
}

static int misuse(struct postern_invocation *call)
{
	static const struct seized_attempt attempts[] = {
		{"current", NETLINK_GENERIC, current},
		{"remembered", NETLINK_GENERIC, as_remembered},
		{"set", NETLINK_GENERIC, set},
		{"other_command", NETLINK_GENERIC, other_command},
		{"ethtool", NETLINK_GENERIC, ethtool},
		{"macsec", NETLINK_GENERIC, macsec},
		{"policy", NETLINK_GENERIC, policy},
		{"links", NETLINK_ROUTE, seized_links},
	};
	static struct message message;

	if (remembered == 0)
		remembered = message_family("wireguard", &message);
	return seized_try(call, attempts, sizeof(attempts) / sizeof(attempts[0]));
}

POSTERN_MODULE({"set_key", misuse}, {"set_peer", misuse}, {"remove_peer", misuse},
	       {"list_peers", misuse});
