/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* contexts/wireguard as alice calls it, a module that was taken over, and a family whose number
 * changes while posternd runs. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/common/seized.h"
#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/integration/contexts.h"
#include "tests/kernel/family.h"
#include "tests/tap.h"

/* 32 times 0x40, 0x01 and 0x02. */
#define PRIVATE	 "QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEA="
#define FIRST	 "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define SECOND	 "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
#define KEY_FILE "/run/wireguard-key"
#define LIST	 "wireguard list_peers interface=wg0"
#define SET	 "wireguard set_peer interface=wg0 public_key="
#define BYTE	 0x40 /* of the private key */

static struct message message;

/* Root asks, without confinement: has wg0 this private key, and this port? */
static bool has_key(uint16_t port)
{
	const struct genlmsghdr header = {.cmd = WG_CMD_GET_DEVICE, .version = 1};
	_Alignas(struct nlmsghdr) char answer[8192];
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	uint16_t family = message_family("wireguard", &message);
	bool key = false, has_port = false;
	ssize_t n;

	message.len = message.current = 0;
	message_begin(&message, family, NLM_F_REQUEST | NLM_F_DUMP, &header, sizeof(header));
	message_add_text(&message, WGDEVICE_A_IFNAME, "wg0");
	if (send(fd, message.data, message.len, 0) < 0)
		trial_bail("ask for wg0: %s", strerror(errno));
	n = recv(fd, answer, sizeof(answer), 0);
	for (size_t at = NLMSG_HDRLEN + GENL_HDRLEN; n > 0 && at + NLA_HDRLEN <= (size_t)n;) {
		const struct nlattr *attribute = (const void *)(answer + at);
		const char *value = answer + at + NLA_HDRLEN;
		char expected[WG_KEY_LEN];

		memset(expected, BYTE, sizeof(expected));
		if (attribute->nla_type == WGDEVICE_A_PRIVATE_KEY)
			key = memcmp(value, expected, sizeof(expected)) == 0;
		if (attribute->nla_type == WGDEVICE_A_LISTEN_PORT)
			has_port = memcmp(value, &port, sizeof(port)) == 0;
		if (attribute->nla_len < NLA_HDRLEN)
			break;
		at += NLA_ALIGN(attribute->nla_len);
	}
	return key && has_port;
}

static void allowed(void)
{
	trial_write(KEY_FILE, PRIVATE, 0600, ALICE);
	shipped_allowed("wireguard set_key interface=wg0 private_key=@" KEY_FILE " port=51820");
	tap(has_key(51820), "wg0 has the key and the port");
	shipped_prints(LIST, "");
	shipped_allowed(SET FIRST " allowed=10.0.0.0/24,2001:db8::/64 endpoint=192.0.2.1 port=4500 "
				  "keepalive=25s");
	shipped_allowed(SET SECOND " allowed= preshared_key=@" KEY_FILE
				   " endpoint=2001:db8::1 port=1");
	shipped_says(LIST, FIRST " 192.0.2.1:4500 10.0.0.0/24 2001:db8::/64\n");
	shipped_says(LIST, SECOND " [2001:db8::1]:1\n");
	shipped_allowed("wireguard remove_peer interface=wg0 public_key=" SECOND);
	shipped_prints(LIST, FIRST " 192.0.2.1:4500 10.0.0.0/24 2001:db8::/64\n");
	shipped_allowed(SET FIRST " allowed=10.0.1.0/24");
	shipped_prints(LIST, FIRST " 192.0.2.1:4500 10.0.1.0/24\n");
}

/* The kernel tells of so many prefixes in more than one message. */
static void many(void)
{
	char words[4096] = SET FIRST " allowed=", expected[4096] = FIRST " 192.0.2.1:4500";
	size_t used = strlen(words), known = strlen(expected);

	for (int i = 0; i < 64; i++) {
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s2001:db8:0:%x::/64",
					 i ? "," : "", i + 1);
		known += (size_t)snprintf(expected + known, sizeof(expected) - known,
					  " 2001:db8:0:%x::/64", i + 1);
	}
	(void)snprintf(expected + known, sizeof(expected) - known, "\n");
	shipped_allowed(words);
	shipped_prints(LIST, expected);
}

/* Of the right form, with a bit too many; and no key by its form. */
static void secret(void)
{
	static const char *const values[] = {"QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB=",
					     "QEBA"};
	char *log;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct trial_program p;

		trial_write(KEY_FILE, values[i], 0600, ALICE);
		TRIAL_RUN(&p, ALICE, POSTERN, "call", "wireguard", "set_key", "interface=wg0",
			  "private_key=@" KEY_FILE);
		tap(p.status == (i ? SHIPPED_BAD_ARGUMENT : SHIPPED_FAILED) &&
			    strstr(p.err, "private_key") && !strstr(p.err, values[i]),
		    "an error does not have the key: %.*s", (int)strcspn(p.err, "\n"), p.err);
		trial_program_clear(&p);
	}
	log = trial_read(TRIAL_LOG);
	tap(*log && !strstr(log, "QEBA"), "posternd's log does not have it");
	free(log);
}

static void wrong(void)
{
	shipped_refused("wireguard list_peers interface=eth0", SHIPPED_BAD_ARGUMENT, "interface");
	shipped_refused("wireguard list_peers interface=wg9", SHIPPED_FAILED,
			"wg9: No such device");
	shipped_refused("wireguard list_peers interface=wgdummy", SHIPPED_FAILED,
			"wgdummy: Operation not supported");
	shipped_refused(SET FIRST " allowed=10.0.0.0/24 endpoint=192.0.2.1", SHIPPED_FAILED,
			"an endpoint is an address and a port");
	shipped_refused(SET "short allowed=", SHIPPED_BAD_ARGUMENT, "public_key");
	shipped_stranger(LIST);
}

#define OTHERS "other_command=1 ethtool=1 macsec=1 policy=1 links=1;"

static void seized(void)
{
	seized_tried("seized-wireguard list_peers interface=wg0",
		     "current=0 remembered=0 set=1 " OTHERS);
	seized_tried("seized-wireguard remove_peer interface=wg0 public_key=" FIRST,
		     "current=1 remembered=1 set=0 " OTHERS);
	SEIZED_LOGGED("seized-wireguard.list_peers: denied netlink generic wireguard "
		      "WG_CMD_SET_DEVICE",
		      "no rule grants it", "`netlink` of list_peers does not name it");
	SEIZED_LOGGED("seized-wireguard.remove_peer: denied netlink generic wireguard "
		      "WG_CMD_GET_DEVICE",
		      "no rule grants it", "`netlink` of remove_peer does not name it");
	SEIZED_LOGGED("seized-wireguard.list_peers: denied netlink generic ethtool",
		      "no rule grants it", "context.yaml:");
}

/* The module is loaded anew, with another family's in between. */
static void renumbered(void)
{
	uint16_t before = message_family("wireguard", &message), between, after;
	char denied[80];

	shipped_root("ip link del wg0 && modprobe -r wireguard");
	tap(message_family("wireguard", &message) == 0, "there is no family wireguard");
	shipped_root("modprobe macsec");
	between = message_family("macsec", &message);
	shipped_refused(LIST, SHIPPED_DENIED, "");
	SEIZED_LOGGED("wireguard.list_peers: denied", "family-wireguard", "context.yaml:");
	shipped_root("modprobe wireguard && ip link add wg0 type wireguard");
	after = message_family("wireguard", &message);
	tap(between && after && before != after, "wireguard was %u, macsec is %u, wireguard is %u",
	    before, between, after);
	shipped_prints(LIST, "");
	shipped_allowed(SET FIRST " allowed=10.0.0.0/24");
	shipped_prints(LIST, FIRST " - 10.0.0.0/24\n");
	seized_tried("seized-wireguard list_peers interface=wg0",
		     "current=0 remembered=1 set=1 " OTHERS);
	(void)snprintf(denied, sizeof(denied),
		       "seized-wireguard.list_peers: denied netlink generic family %u: ", before);
	SEIZED_LOGGED(denied, "no family of that number is granted", "context.yaml:");
	SEIZED_LOGGED("seized-wireguard.list_peers: denied netlink generic macsec",
		      "no rule grants it", "`netlink` of list_peers does not name it");
}

void contexts_wireguard_before(void)
{
	shipped_root("modprobe wireguard && ip link add wg0 type wireguard && "
		     "ip link add wgdummy type dummy");
	seized_context("wireguard");
}

void contexts_wireguard(void)
{
	allowed();
	many();
	wrong();
	secret();
	seized();
	renumbered();
}
