/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* contexts/conntrack as alice calls it: its own module, and one that was taken over. */
#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/common/seized.h"
#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/integration/contexts.h"
#include "tests/kernel/message.h"
#include "tests/tap.h"

#define KEPT	"udp 192.0.2.9:9 198.51.100.9:9\n"
#define FIRST	"udp 192.0.2.1:1001 198.51.100.1:53\n"
#define SECOND	"udp 192.0.2.1:1002 198.51.100.1:53\n"
#define SIX	"udp [2001:db8::1]:1001 [2001:db8::2]:53\n"
#define TIMEOUT 3600 /* seconds: longer than the test */

static int netfilter = -1;
static struct message message;

static void begin(uint8_t type, uint8_t family, uint16_t flags)
{
	const struct nfgenmsg header = {.nfgen_family = family};

	message.len = message.current = 0;
	message_begin(&message, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type),
		      NLM_F_REQUEST | NLM_F_ACK | flags, &header, sizeof(header));
}

static void tuple(uint16_t type, const struct sockaddr_storage *from,
		  const struct sockaddr_storage *to)
{
	const struct sockaddr_in *from4 = (const void *)from, *to4 = (const void *)to;
	const struct sockaddr_in6 *from6 = (const void *)from, *to6 = (const void *)to;
	const uint8_t protocol = IPPROTO_UDP;
	size_t outer = message_nest(&message, type | NLA_F_NESTED);
	size_t inner = message_nest(&message, CTA_TUPLE_IP | NLA_F_NESTED);

	if (from->ss_family == AF_INET) {
		message_add(&message, CTA_IP_V4_SRC, &from4->sin_addr, 4);
		message_add(&message, CTA_IP_V4_DST, &to4->sin_addr, 4);
	} else {
		message_add(&message, CTA_IP_V6_SRC, &from6->sin6_addr, 16);
		message_add(&message, CTA_IP_V6_DST, &to6->sin6_addr, 16);
	}
	message_nest_end(&message, inner);
	inner = message_nest(&message, CTA_TUPLE_PROTO | NLA_F_NESTED);
	message_add(&message, CTA_PROTO_NUM, &protocol, sizeof(protocol));
	/* The port is at the same place in both. */
	message_add(&message, CTA_PROTO_SRC_PORT, &from4->sin_port, 2);
	message_add(&message, CTA_PROTO_DST_PORT, &to4->sin_port, 2);
	message_nest_end(&message, inner);
	message_nest_end(&message, outer);
}

static struct sockaddr_storage end_of(const char *address, uint16_t port)
{
	struct sockaddr_storage end = {.ss_family = strchr(address, ':') ? AF_INET6 : AF_INET};
	struct sockaddr_in *four = (void *)&end;
	struct sockaddr_in6 *six = (void *)&end;

	four->sin_port = htons(port);
	if (inet_pton(end.ss_family, address,
		      end.ss_family == AF_INET ? (void *)&four->sin_addr
					       : (void *)&six->sin6_addr) != 1)
		trial_bail("%s is no address", address);
	return end;
}

/* An entry as traffic would leave it, which takes neither traffic nor a rule of a firewall. */
static void entry(const char *source, uint16_t source_port, const char *destination,
		  uint16_t destination_port)
{
	const struct sockaddr_storage from = end_of(source, source_port),
				      to = end_of(destination, destination_port);
	int r;

	begin(IPCTNL_MSG_CT_NEW, (uint8_t)from.ss_family, NLM_F_CREATE | NLM_F_EXCL);
	tuple(CTA_TUPLE_ORIG, &from, &to);
	tuple(CTA_TUPLE_REPLY, &to, &from);
	message_add_number(&message, CTA_TIMEOUT, htonl(TIMEOUT));
	r = message_send(netfilter, &message);
	if (r)
		trial_bail("make an entry for %s: %d", source, r);
}

static void entries(void)
{
	entry("192.0.2.9", 9, "198.51.100.9", 9);
	entry("192.0.2.1", 1001, "198.51.100.1", 53);
	entry("192.0.2.1", 1002, "198.51.100.1", 53);
	entry("2001:db8::1", 1001, "2001:db8::2", 53);
}

#define LIST "conntrack list "

static void allowed(void)
{
	shipped_prints(LIST "source=192.0.2.9", KEPT);
	shipped_prints(LIST "destination=2001:db8::2", SIX);
	shipped_prints(LIST "protocol=udp source=192.0.2.1 destination=198.51.100.1 "
			    "source_port=1001 destination_port=53",
		       FIRST);
	shipped_prints(LIST "protocol=tcp", "");
	shipped_allowed("conntrack delete protocol=udp source=192.0.2.1 destination=198.51.100.1 "
			"source_port=1001 destination_port=53");
	shipped_prints(LIST "source=192.0.2.1", SECOND);
	shipped_prints("conntrack delete_matching source=192.0.2.1", "1\n");
	shipped_prints(LIST "source=192.0.2.1", "");
	shipped_prints("conntrack delete_matching destination=2001:db8::2 protocol=udp", "1\n");
	shipped_prints(LIST "destination=2001:db8::2", "");
	shipped_prints(LIST "source=192.0.2.9 limit=1", KEPT);
}

static void wrong(void)
{
	shipped_refused("conntrack delete protocol=udp source=192.0.2.1 destination=198.51.100.1 "
			"source_port=1001 destination_port=53",
			SHIPPED_FAILED, "entry udp 192.0.2.1:1001 198.51.100.1:53: No such");
	shipped_refused("conntrack delete_matching", SHIPPED_FAILED, "no filter is given");
	shipped_refused("conntrack delete protocol=udp source=192.0.2.1 destination=2001:db8::2 "
			"source_port=1 destination_port=1",
			SHIPPED_FAILED, "different families");
	shipped_refused(LIST "protocol=pigeon", SHIPPED_BAD_ARGUMENT, "expected one of");
	shipped_refused(LIST "source_port=65536", SHIPPED_BAD_ARGUMENT, "from 0 to 65535");
	shipped_stranger(LIST "protocol=tcp");
}

#define TRIED                                                                                      \
	"flush=1 flush_filtered=1 flush_behind=1 make=1 read_and_reset=1 expectations=1 links=1;"

static void seized(void)
{
	seized_tried("seized-conntrack list", TRIED);
	seized_tried("seized-conntrack delete_matching", TRIED);
	seized_tried("seized-conntrack delete protocol=udp source=192.0.2.1 destination=192.0.2.2 "
		     "source_port=1 destination_port=1",
		     TRIED);
	shipped_prints(LIST "source=192.0.2.9", KEPT);
	SEIZED_LOGGED("seized-conntrack.delete: denied netlink netfilter conntrack "
		      "IPCTNL_MSG_CT_DELETE",
		      "CTA_TUPLE_ORIG has to be there", "context.yaml:53: netfilter conntrack");
	SEIZED_LOGGED("seized-conntrack.delete_matching: denied netlink netfilter conntrack "
		      "IPCTNL_MSG_CT_DELETE",
		      "CTA_FILTER may not be there", "context.yaml:68: netfilter conntrack");
	SEIZED_LOGGED("seized-conntrack.list: denied netlink netfilter conntrack "
		      "IPCTNL_MSG_CT_GET_CTRZERO",
		      "no rule grants it", "context.yaml:34: `netlink` of list does not name it");
}

/* What was refused would have worked. */
static void unconfined(void)
{
	size_t filter;

	/* Linux 6.1 takes the tuple, and does not look at the filter here. */
	if (strcmp(getenv("VM_TEST_KERNEL") ?: "", "6.1") != 0) {
		const struct sockaddr_storage none = end_of("203.0.113.1", 1);

		begin(IPCTNL_MSG_CT_DELETE, AF_INET, 0);
		tuple(CTA_TUPLE_ORIG, &none, &none);
		filter = message_nest(&message, CTA_FILTER | NLA_F_NESTED);
		message_add_number(&message, 1 /* CTA_FILTER_ORIG_FLAGS */, 0);
		message_add_number(&message, 2 /* CTA_FILTER_REPLY_FLAGS */, 0);
		message_nest_end(&message, filter);
		tap(message_send(netfilter, &message) == 0, "root's flush by a filter is taken");
		shipped_prints(LIST "source=192.0.2.9", "");
		entry("192.0.2.9", 9, "198.51.100.9", 9);
	}
	begin(IPCTNL_MSG_CT_DELETE, AF_UNSPEC, 0);
	tap(message_send(netfilter, &message) == 0, "root's flush is taken");
	shipped_prints(LIST "source=192.0.2.9", "");
}

void contexts_conntrack_before(void)
{
	if (system("modprobe nf_conntrack_netlink") != 0)
		trial_bail("cannot load nf_conntrack_netlink");
	netfilter = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (netfilter < 0)
		trial_bail("open a netfilter socket");
	seized_context("conntrack");
}

void contexts_conntrack(void)
{
	entries();
	allowed();
	wrong();
	seized();
	unconfined();
}
