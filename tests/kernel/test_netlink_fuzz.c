/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random netlink messages to a real kernel socket, confined: does one take effect on what is not
 * granted? The same ones unconfined say that they would. Rules with a check taken out say that it
 * would be seen.
 *
 * usage: netlink_fuzz [MESSAGES [SEED]]
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "manifest/manifest.h"
#include "policy/policy.h"
#include "tests/kernel/fuzz.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/netlink_rules.h"
#include "tests/kernel/netlink_try.h"
#include "tests/tap.h"

#define MESSAGES     10000 /* where nothing else is said */
#define SEED	     1
#define FRESH	     10	 /* batches in one namespace */
#define PLANTED_MAX  80	 /* batches until a planted hole must be found */
#define PLANTED_FROM 100 /* policies */

const char fuzz_manifest[] =
	"context: fuzz\nmodule: fuzz.so\nuser: root\ngroup: root\ncallers: {users: [root]}\n"
	"entrypoints:\n"
	"  e:\n"
	"    netlink:\n"
	"      route:\n"
	"        RTM_NEWLINK:\n"
	"          {interfaces: ['tap*', ok0, 'p?\?'], kinds: [dummy, veth], masters: [br0]}\n"
	"        RTM_SETLINK: {interfaces: ['tap*', ok0, 'p?\?'], masters: [br0]}\n"
	"        RTM_DELLINK: {interfaces: ['tap*', ok0, 'p?\?']}\n"
	"        RTM_NEWADDR: {interfaces: ['tap*', ok0, 'p?\?']}\n"
	"        RTM_DELADDR: {interfaces: ['tap*', ok0, 'p?\?']}\n"
	"        RTM_NEWROUTE: {tables: [100, 1000], interfaces: ['tap*', ok0, 'p?\?']}\n"
	"        RTM_DELROUTE: {tables: [100, 1000], interfaces: ['tap*', ok0, 'p?\?']}\n"
	"        RTM_NEWRULE: {tables: [100, 1000], interfaces: ['tap*', ok0, 'p?\?']}\n"
	"        RTM_DELRULE: {tables: [100, 1000], interfaces: ['tap*', ok0, 'p?\?']}\n"
	"        RTM_NEWNEIGH: {interfaces: ['tap*', ok0, 'p?\?']}\n"
	"        RTM_DELNEIGH: {interfaces: ['tap*', ok0, 'p?\?']}\n"
	"        RTM_NEWQDISC: {interfaces: ['tap*', ok0, 'p?\?'], kinds: [pfifo]}\n"
	"        RTM_DELQDISC: {interfaces: ['tap*', ok0, 'p?\?'], kinds: [pfifo]}\n"
	"      netfilter:\n"
	"        nftables:\n"
	"          NFT_MSG_NEWTABLE: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_DELTABLE: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_NEWCHAIN: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_DELCHAIN: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_NEWRULE: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_DELRULE: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_NEWSET: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_DELSET: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_NEWSETELEM: {families: [inet], tables: [postern]}\n"
	"          NFT_MSG_DELSETELEM: {families: [inet], tables: [postern]}\n";

static struct policy *policy;
static struct enforcement *enforcement;
static struct fuzz_state before, after;
/* What the children that send say of it. */
static struct counts {
	uint64_t sent, refused, done, failed;
} * counts;

static void start(void)
{
	struct manifest_problems problems = {};
	struct manifest *manifest = NULL;
	struct error err = {};

	if (system("modprobe -a dummy veth bridge nf_tables sch_ingress") != 0)
		hand_bail("cannot load what the messages are about");
	if (manifest_parse("fuzz", fuzz_manifest, strlen(fuzz_manifest), 0, &manifest, &problems,
			   &err) < 0) {
		manifest_problems_print(&problems, "fuzz", stdout);
		hand_bail("read the manifest");
	}
	if (policy_compile(manifest, &manifest->entrypoints[0], &policy, NULL) < 0)
		hand_bail("compile the policy");
	manifest_free(manifest);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED)
		hand_bail("memory: %s", strerror(errno));
	/* Interfaces go by the hundred, and each waits for the kernel's readers. */
	hand_file("/sys/kernel/rcu_expedited", "1");
	enforcement = hand_start();
}

static void policy_make(uint64_t id, const struct policy_netlink *rules)
{
	const struct hand_rule paths[] = {{.directory = "/", .rights = ALL_RIGHTS}, {}};

	hand_policy(id, hand_capable, paths);
	if (enforcement_netlink_set(enforcement, id, rules) < 0)
		hand_bail("set the rules");
}

/* Answers to what was sent: how many requests were done. */
static void count_answers(int fd)
{
	_Alignas(struct nlmsghdr) char answer[16384];
	ssize_t n;

	while ((n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *h = (const void *)answer;
		const struct nlmsgerr *error = NLMSG_DATA(h);

		if (n < (ssize_t)sizeof(*h) || h->nlmsg_type != NLMSG_ERROR)
			continue;
		if (error->error)
			counts->failed++;
		else
			counts->done++;
	}
}

struct batch {
	struct fuzz_world *world;
	uint64_t seed, first;
	size_t len;
};

static void send_one(const struct fuzz_world *w, const struct fuzz_message *m)
{
	int fd = m->protocol == NETLINK_ROUTE ? w->sender_route : w->sender_filter;

	counts->sent++;
	if (send(fd, m->data, m->len, MSG_DONTWAIT) < 0)
		counts->refused++;
	else
		count_answers(fd);
}

static int send_batch(void *userdata)
{
	static struct fuzz_message m;
	const struct batch *b = userdata;
	const struct fuzz_places places = {.pid = (uint32_t)b->world->keeper, .fd = FUZZ_EXTERNAL};

	if (dup2(b->world->other, FUZZ_EXTERNAL) < 0)
		return 1;
	for (size_t i = 0; i < b->len; i++) {
		fuzz_generate(b->seed, b->first + i, &places, &m);
		send_one(b->world, &m);
	}
	return 0;
}

static void world_enter(struct fuzz_world *w)
{
	if (setns(w->net, CLONE_NEWNET) < 0)
		hand_bail("enter a network namespace: %s", strerror(errno));
}

static void restock(struct fuzz_world *w)
{
	world_enter(w);
	fuzz_world_restock(w);
}

/* id: 0 unconfined. Returns how many objects that are not granted changed. */
static size_t run(uint64_t id, struct batch *b, FILE *out)
{
	world_enter(b->world);
	fuzz_state_take(b->world, &before);
	if (id && (netlink_map_put("sockets", &b->world->sender_route, &id) < 0 ||
		   netlink_map_put("sockets", &b->world->sender_filter, &id) < 0))
		hand_bail("tag a socket");
	if (hand_confined(id, send_batch, b) != 0)
		hand_bail("send a batch");
	fuzz_state_take(b->world, &after);
	return fuzz_state_differ(&before, &after, out);
}

/* Which message of a batch it was: all that its namespace saw before it once more, then one after
 * the other. Returns whether one was found. */
static bool bisect(uint64_t id, uint64_t seed, size_t batch, FILE *out)
{
	static struct fuzz_message m;
	struct fuzz_world w;
	bool found = false;

	fuzz_world_make(&w);
	for (size_t i = batch - batch % FRESH; i < batch; i++) {
		struct batch b = {&w, seed, i * FUZZ_BATCH, FUZZ_BATCH};

		(void)run(id, &b, NULL);
		restock(&w);
	}
	for (size_t i = 0; i < FUZZ_BATCH && !found; i++) {
		struct batch one = {&w, seed, batch * FUZZ_BATCH + i, 1};
		const struct fuzz_places places = {.pid = (uint32_t)w.keeper, .fd = FUZZ_EXTERNAL};

		found = run(id, &one, out) > 0;
		if (!found)
			continue;
		fuzz_generate(one.seed, one.first, &places, &m);
		printf("# by message %llu of seed %llu:\n", (unsigned long long)one.first,
		       (unsigned long long)one.seed);
		fuzz_print(&m);
	}
	fuzz_world_free(&w);
	return found;
}

/* Batches of messages until one changes what is not granted. Returns its number, or the number of
 * batches when there was none. */
static size_t search(uint64_t id, uint64_t seed, size_t batches, FILE *out)
{
	struct fuzz_world w;
	size_t differ = 0, i;

	for (i = 0; i < batches && differ == 0; i++) {
		struct batch b = {&w, seed, i * FUZZ_BATCH, FUZZ_BATCH};

		if (i % FRESH == 0)
			fuzz_world_make(&w);
		else
			restock(&w);
		differ = run(id, &b, out);
		if (differ > 0 || i % FRESH == FRESH - 1 || i == batches - 1)
			fuzz_world_free(&w);
	}
	return differ > 0 ? i - 1 : batches;
}

static void forget_counts(void)
{
	memset(counts, 0, sizeof(*counts));
}

/* The generator's teeth: how much of it would take effect. */
static void run_unconfined(uint64_t seed, size_t batches)
{
	size_t hit = 0;

	forget_counts();
	for (size_t i = 0; i < batches; i++) {
		struct fuzz_world w;
		struct batch b = {&w, seed, i * FUZZ_BATCH, FUZZ_BATCH};

		fuzz_world_make(&w);
		hit += run(0, &b, NULL) > 0;
		fuzz_world_free(&w);
	}
	(void)tap(counts->done * 8 >= counts->sent,
		  "unconfined, of %llu sends %llu messages are done, %llu fail",
		  (unsigned long long)counts->sent, (unsigned long long)counts->done,
		  (unsigned long long)counts->failed);
	(void)tap(hit == batches, "they change what is not granted in %zu of %zu batches", hit,
		  batches);
}

static void run_confined(uint64_t seed, size_t batches)
{
	size_t clean;

	forget_counts();
	clean = search(POLICY, seed, batches, stdout);
	if (clean < batches && !bisect(POLICY, seed, clean, stdout))
		printf("# by batch %zu, but by none of its messages alone\n", clean);
	(void)tap(clean == batches,
		  "confined, %zu of %zu batches of %u sends change nothing that is not granted",
		  clean, batches, FUZZ_BATCH);
	(void)tap(counts->done * 20 >= counts->sent && counts->refused * 4 >= counts->sent,
		  "of %llu sends %llu are refused, %llu messages are done, %llu fail",
		  (unsigned long long)counts->sent, (unsigned long long)counts->refused,
		  (unsigned long long)counts->done, (unsigned long long)counts->failed);
}

/* Rules with something taken out. */
struct hole {
	const char *what;
	uint16_t protocol, type;
	uint8_t kind, at;    /* the check that is not made */
	uint64_t attributes; /* those that are allowed besides */
	uint64_t families;
};

static void check_remove(struct postern_netlink_rule *rule, const struct hole *h)
{
	for (size_t i = 0; i < POSTERN_NETLINK_CHECKS; i++)
		if (rule->checks[i].kind == h->kind && rule->checks[i].at == h->at)
			rule->checks[i].list = 0;
	rule->attributes[0] |= h->attributes;
	rule->families |= h->families;
}

#define BIT(n)	     (UINT64_C(1) << (n))
#define FILTER(type) (NFNL_SUBSYS_NFTABLES << 8 | (type))

static void run_planted(uint64_t seed)
{
	static const struct hole holes[] = {
		{"a new link's name is not checked", NETLINK_ROUTE, RTM_NEWLINK, POSTERN_CHECK_NAME,
		 IFLA_IFNAME, 0, 0},
		{"a link's index is not checked", NETLINK_ROUTE, RTM_SETLINK,
		 POSTERN_CHECK_INDEX_HEADER, 4, 0, 0},
		{"links may go to other namespaces", NETLINK_ROUTE, RTM_SETLINK, 0, 0,
		 BIT(IFLA_NET_NS_PID) | BIT(IFLA_NET_NS_FD), 0},
		{"an address's interface is not checked", NETLINK_ROUTE, RTM_NEWADDR,
		 POSTERN_CHECK_INDEX_HEADER, 4, 0, 0},
		{"a route's table is not checked in its attribute", NETLINK_ROUTE, RTM_NEWROUTE,
		 POSTERN_CHECK_NUMBER, RTA_TABLE, 0, 0},
		{"next hops are not checked", NETLINK_ROUTE, RTM_NEWROUTE, POSTERN_CHECK_NEXT_HOPS,
		 RTA_MULTIPATH, 0, 0},
		{"a neighbour's family is not checked", NETLINK_ROUTE, RTM_NEWNEIGH,
		 POSTERN_CHECK_INDEX_HEADER, 4, 0, BIT(AF_BRIDGE)},
		{"a chain's table is not checked", NETLINK_NETFILTER, FILTER(NFT_MSG_NEWCHAIN),
		 POSTERN_CHECK_NAME, NFTA_CHAIN_TABLE, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(holes); i++) {
		const struct hole *h = &holes[i];
		struct policy_netlink rules = policy->netlink;
		cleanup_free struct policy_message *messages =
			calloc(rules.messages_len, sizeof(*messages));
		size_t found;

		if (!messages)
			hand_bail("memory");
		memcpy(messages, rules.messages, rules.messages_len * sizeof(*messages));
		rules.messages = messages;
		for (size_t j = 0; j < rules.messages_len; j++)
			if (messages[j].key.protocol == h->protocol &&
			    messages[j].key.type == h->type)
				check_remove(&messages[j].rule, h);
		policy_make(PLANTED_FROM + i, &rules);
		found = search(PLANTED_FROM + i, seed, PLANTED_MAX, NULL);
		(void)tap(found < PLANTED_MAX, "a planted hole, %s: found in batch %zu", h->what,
			  found);
		/* What names the message takes longer than the search. */
		if (i == 0 && found < PLANTED_MAX)
			(void)tap(bisect(PLANTED_FROM + i, seed, found, NULL),
				  "and the message that it came by");
	}
}

int main(int argc, char **argv)
{
	size_t messages = argc > 1 ? strtoul(argv[1], NULL, 10) : MESSAGES;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : SEED;

	start();
	policy_make(POLICY, &policy->netlink);
	run_unconfined(seed, 5);
	run_confined(seed, (messages + FUZZ_BATCH - 1) / FUZZ_BATCH);
	run_planted(seed);
	policy_free(policy);
	return tap_done();
}
