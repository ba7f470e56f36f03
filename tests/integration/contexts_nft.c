/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* contexts/nft as alice calls it: what packets come through, and a module that was taken over. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/common/seized.h"
#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/integration/contexts.h"
#include "tests/kernel/message.h"
#include "tests/tap.h"

#define REPLACE "nft replace "
#define PORT	7001
#define COME_MS 20000 /* that only a hang would exceed */

static struct message message;

/* Root's own, without confinement: makes "table inet other", or asks for it. */
static int table(uint16_t type, const char *name)
{
	const struct nfgenmsg bound = {.res_id = htons(NFNL_SUBSYS_NFTABLES)};
	const struct nfgenmsg header = {.nfgen_family = NFPROTO_INET};
	bool changes = type != NFT_MSG_GETTABLE;
	/* Of answers only the first is read. */
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	message.len = message.current = 0;
	/* Linux 6.1 does not acknowledge a batch's beginning. */
	if (changes)
		message_begin(&message, NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST | NLM_F_ACK, &bound,
			      sizeof(bound));
	message_begin(&message, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
		      NLM_F_REQUEST | NLM_F_ACK | (changes ? NLM_F_CREATE : 0), &header,
		      sizeof(header));
	message_add_text(&message, NFTA_TABLE_NAME, name);
	if (changes)
		message_begin(&message, NFNL_MSG_BATCH_END, NLM_F_REQUEST, &bound, sizeof(bound));
	return message_send(fd, &message);
}

static int udp(const char *address, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
	    bind(fd, (const void *)&to, sizeof(to)) < 0)
		trial_bail("bind to %s: %s", address, strerror(errno));
	return fd;
}

static void datagram(const char *from, const char *text)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(PORT),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = udp(from, 0);

	/* What a rule of input drops was sent all the same. */
	if (sendto(fd, text, strlen(text), 0, (const void *)&to, sizeof(to)) < 0)
		trial_bail("send from %s: %s", from, strerror(errno));
	(void)close(fd);
}

/* What is sent first comes first: so the first that comes tells which were dropped. */
static void comes(int fd, const char *expected, const char *what)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char text[16] = "";

	datagram("127.0.0.2", "two");
	datagram("127.0.0.3", "three");
	datagram("127.0.0.4", "four");
	if (poll(&p, 1, COME_MS) == 1)
		(void)recv(fd, text, sizeof(text) - 1, 0);
	tap(strcmp(text, expected) == 0, "%s: the first that comes is %s, expected %s", what, text,
	    expected);
	while (recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0)
		;
}

static void allowed(void)
{
	int fd = udp("127.0.0.1", PORT);

	comes(fd, "two", "no table");
	shipped_allowed(REPLACE "protocols=udp,tcp ports=7001,22 sources=127.0.0.2/32,0.0.0.0/0 "
				"verdicts=drop,accept otherwise=accept");
	shipped_prints("nft list", "udp 7001 127.0.0.2/32 drop\ntcp 22 0.0.0.0/0 accept\n");
	comes(fd, "three", "127.0.0.2 is dropped");
	shipped_allowed(REPLACE "protocols=any,any,udp ports=0,0,0 "
				"sources=127.0.0.4/31,2001:db8::/33,127.0.0.0/8 "
				"verdicts=accept,drop,drop otherwise=accept");
	shipped_prints("nft list", "any 0 127.0.0.4/31 accept\nany 0 2001:db8::/33 drop\n"
				   "udp 0 127.0.0.0/8 drop\n");
	comes(fd, "four", "all others are dropped");
	shipped_allowed(REPLACE "protocols=udp ports=7001 sources=127.0.0.3/32 verdicts=accept "
				"otherwise=drop");
	comes(fd, "three", "dropped by default");
	shipped_allowed(REPLACE "protocols= ports= sources= verdicts= otherwise=accept");
	shipped_prints("nft list", "");
	comes(fd, "two", "no rule");
	(void)close(fd);
}

/* As many as a list holds. */
static void many(void)
{
	char words[9000] = REPLACE "otherwise=accept", more[4][2048];
	size_t used[4] = {};

	for (int i = 0; i < 256; i++) {
		const char *between = i ? "," : "";

		used[0] += (size_t)snprintf(more[0] + used[0], 2048 - used[0], "%stcp", between);
		used[1] +=
			(size_t)snprintf(more[1] + used[1], 2048 - used[1], "%s%d", between, i + 1);
		used[2] += (size_t)snprintf(more[2] + used[2], 2048 - used[2], "%s::/1", between);
		used[3] += (size_t)snprintf(more[3] + used[3], 2048 - used[3], "%sdrop", between);
	}
	(void)snprintf(words + strlen(words), sizeof(words) - strlen(words),
		       " protocols=%s ports=%s sources=%s verdicts=%s", more[0], more[1], more[2],
		       more[3]);
	shipped_allowed(words);
	shipped_says("nft list", "tcp 256 ::/1 drop\n");
}

static void wrong(void)
{
	shipped_refused(REPLACE "protocols=any ports=80 sources=0.0.0.0/0 verdicts=drop "
				"otherwise=accept",
			SHIPPED_FAILED, "rule 1: port 80 of any protocol");
	shipped_refused(REPLACE "protocols=tcp ports=80,81 sources=0.0.0.0/0 verdicts=drop "
				"otherwise=accept",
			SHIPPED_FAILED, "a rule takes one of each");
	shipped_refused(REPLACE "protocols=tcp ports=80 sources=192.0.2.1/24 verdicts=drop "
				"otherwise=accept",
			SHIPPED_BAD_ARGUMENT, "sources");
	shipped_refused(REPLACE "protocols=tcp ports=80 sources=0.0.0.0/0 verdicts=queue "
				"otherwise=accept",
			SHIPPED_BAD_ARGUMENT, "verdicts");
	shipped_says("nft list", "tcp 256 ::/1 drop\n");
	shipped_stranger("nft list");
}

static void seized(void)
{
	seized_tried("seized-nft replace protocols= ports= sources= verdicts= otherwise=drop",
		     "other_table=1 other_family=1 remove_table=1 remove_all=1 other_chain=1 "
		     "other_rules=1 no_chain=1 second=1 set=1 list_all=1 list_other=1 entries=1;");
	seized_tried("seized-nft list",
		     "other_table=1 other_family=1 remove_table=1 remove_all=1 other_chain=1 "
		     "other_rules=1 no_chain=1 second=1 set=1 list_all=1 list_other=1 entries=1;");
	SEIZED_LOGGED("seized-nft.replace: denied netlink netfilter nftables NFT_MSG_NEWTABLE",
		      "its rule does not name table \"mine\"", "context.yaml:40: netfilter");
	SEIZED_LOGGED("seized-nft.replace: denied netlink netfilter nftables NFT_MSG_NEWCHAIN",
		      "its rule does not name chain \"output\"", "context.yaml:41: netfilter");
	SEIZED_LOGGED("seized-nft.replace: denied netlink netfilter nftables NFT_MSG_DELTABLE",
		      "no rule grants it", "`netlink` of replace does not name it");
	SEIZED_LOGGED("seized-nft.list: denied netlink netfilter nftables NFT_MSG_GETRULE",
		      "its rule does not name table \"other\"", "context.yaml:51: netfilter");
	shipped_says("nft list", "tcp 256 ::/1 drop\n");
	tap(table(NFT_MSG_GETTABLE, "other") == 0, "table other is there");
	tap(table(NFT_MSG_GETTABLE, "mine") == MESSAGE_ANSWERED + ENOENT, "table mine is not");
}

void contexts_nft_before(void)
{
	shipped_root("modprobe nf_tables");
	if (table(NFT_MSG_NEWTABLE, "other"))
		trial_bail("make table other");
	seized_context("nft");
}

void contexts_nft(void)
{
	allowed();
	many();
	wrong();
	seized();
}
