/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets of families besides unix: made, bound, connected, sent to, and told options and ioctls,
 * as a manifest grants it; with nothing but the kernel programs in the way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/util.h"
#include "manifest/manifest.h"
#include "policy/policy.h"
#include "supervisor/enforcement.h"
#include "tests/escape/attack.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

enum { NARROW = 17, BARE = 18 };

static const char manifest_text[] = "context: net\n"
				    "module: net.so\n"
				    "user: root\n"
				    "group: root\n"
				    "callers: {users: [root]}\n"
				    "entrypoints:\n"
				    "  narrow:\n"
				    "    sockets:\n"
				    "      inet:\n"
				    "        types: [stream, dgram, raw]\n"
				    "        protocols: [tcp, udp, icmp]\n"
				    "        connect: [\"127.0.0.1:7000-7099\"]\n"
				    "        bind: [\"127.0.0.1:7000-7099\", \"127.0.0.1:0\"]\n"
				    "      inet6:\n"
				    "        types: [stream, dgram]\n"
				    "        connect: [\"[::1]:7000-7099\", \"::/96\"]\n"
				    "        bind: [\"[::1]:0\"]\n"
				    "      packet: {types: [raw], protocols: [arp]}\n"
				    "      key:\n"
				    "      vsock: {types: [stream]}\n"
				    "      can: {protocols: [bcm]}\n"
				    "    socket_ioctls:\n"
				    "      SIOCGIFINDEX:\n"
				    "      SIOCGIFMTU: {interfaces: [\"tap*\", \"e?0\"]}\n"
				    "      SIOCSIFFLAGS: {interfaces: [tap0]}\n"
				    "      TUNSETIFF: {interfaces: [\"tap*\"]}\n"
				    "    socket_options: [SO_MARK, IPT_SO_SET_REPLACE]\n"
				    "    kernel_modules: [net-pf-40, \"net-pf-15*\"]\n"
				    "  bare:\n"
				    "    description: nothing\n";

static struct manifest *manifest_make(void)
{
	struct manifest_problems problems = {};
	struct error err = {};
	struct manifest *m = NULL;

	if (manifest_parse("net", manifest_text, strlen(manifest_text), 0, &m, &problems, &err) <
	    0) {
		manifest_problems_print(&problems, "net", stdout);
		hand_bail("the manifest is wrong");
	}
	return m;
}

static void policy_make(struct enforcement *e, const struct manifest *m, size_t entrypoint,
			uint64_t id)
{
	/* NETLINK_ROUTE with the groups of links, NETLINK_GENERIC with all. */
	struct policy_listen listens[] = {
		{.protocol = NETLINK_ROUTE, .groups = {1}},
		{.protocol = NETLINK_GENERIC, .groups = {~0ull, ~0ull}},
	};
	const struct policy_netlink netlink = {
		.protocols = 1u << NETLINK_ROUTE | 1u << NETLINK_GENERIC,
		.listens = listens,
		.listens_len = ARRAY_SIZE(listens),
	};
	const struct hand_rule rules[] = {
		{"/srv", NULL, ALL_RIGHTS}, {"/dev", "null", ALL_RIGHTS}, {}};
	struct postern_policy value = hand_capable;
	struct policy_sockets s;
	int r;

	r = policy_sockets_compile(&m->entrypoints[entrypoint],
				   id == NARROW ? &netlink : &(struct policy_netlink){}, &s);
	if (r == 0)
		r = enforcement_sockets_set(e, id, &s);
	if (r < 0)
		hand_bail("write the rules of sockets: %s", strerror(-r));
	value.flags = s.any ? POSTERN_POLICY_NETWORK : 0;
	hand_policy(id, value, rules);
	policy_sockets_clear(&s);
}

/* The path rule of a file that takes TUNSETIFF, as /dev/net/tun does where there is one. */
static void grant_ioctl_of_file(struct enforcement *e)
{
	const struct postern_ioctl_key command = {
		.policy = NARROW, .list = 1, .command = 0x400454ca};
	const struct postern_rule rule = {.rights = ALL_RIGHTS, .ioctls = 1};
	cleanup_close int fd = open("/dev", O_PATH | O_CLOEXEC);
	struct postern_name_key key = {.directory.policy = NARROW, .name = "null"};
	struct postern_identity id;

	if (enforcement_identify(e, &fd, 1, &id) < 0)
		hand_bail("identify /dev");
	key.directory.ino = id.ino;
	key.directory.dev = id.dev;
	key.directory.generation = id.generation;
	if (enforcement_ioctl_set(e, &command) < 0 || enforcement_name_set(e, &key, &rule) < 0)
		hand_bail("set the rule for /dev/null");
}

struct row {
	const char *attempt, *path, *other;
	int expected;	    /* under NARROW */
	uint32_t operation; /* of the event, when it is refused */
};

#define MAKE	 POSTERN_OP_SOCKET
#define BIND	 POSTERN_OP_BIND
#define CONNECT	 POSTERN_OP_CONNECT
#define SEND	 POSTERN_OP_SEND
#define NETLINK	 POSTERN_OP_NETLINK
#define OPTION	 POSTERN_OP_SOCKET_OPTION
#define IOCTL	 POSTERN_OP_IOCTL
#define FINE	 0, 0
#define GRANTED	 "127.0.0.1:7001"
#define OTHER	 "127.0.0.2:7001"
#define GRANTED6 "[::1]:7001"

/* clang-format off */
/* Numbers of sys/socket.h and netinet/in.h; of packet sockets in network order. */
static const struct row made[] = {
	{"net make", "2:1:0", "", FINE}, {"net make", "2:1:6", "", FINE},
	{"net make", "2:2:0", "", FINE}, {"net make", "2:2:17", "", FINE},
	{"net make", "2:2:1", "", FINE}, {"net make", "2:3:1", "", FINE},
	{"net make", "2:1:132", "", EPERM, MAKE}, {"net make", "2:1:262", "", EPERM, MAKE},
	{"net make", "2:3:255", "", EPERM, MAKE}, {"net make", "2:3:0", "", EPERM, MAKE},
	{"net make", "2:3:2", "", EPERM, MAKE}, {"net make", "2:2:136", "", EPERM, MAKE},
	{"net make", "2:10:3", "", EPERM, MAKE}, /* SOCK_PACKET of old */
	{"net make", "10:1:0", "", FINE}, {"net make", "10:2:17", "", FINE},
	{"net make", "10:2:58", "", EPERM, MAKE}, {"net make", "10:3:58", "", EPERM, MAKE},
	{"net make", "17:3:1544", "", FINE}, {"net make", "17:3:0", "", FINE},
	{"net make", "17:3:768", "", EPERM, MAKE}, {"net make", "17:2:1544", "", EPERM, MAKE},
	{"net make", "40:1:0", "", FINE}, {"net make", "40:2:0", "", EPERM, MAKE},
	{"net make", "38:5:0", "", EPERM, MAKE}, {"net make", "44:3:0", "", EPERM, MAKE},
	{"net make", "31:3:1", "", EPERM, MAKE}, {"net make", "29:3:1", "", EPERM, MAKE}, {"net make", "29:2:2", "", FINE},
	{"net make", "16:3:0", "", FINE}, {"net make", "16:2:16", "", FINE},
	{"net make", "16:3:4", "", EPERM, MAKE}, {"net make", "16:3:6", "", EPERM, MAKE},
	{"net make", "16:3:9", "", EPERM, MAKE}, {"net make", "16:3:12", "", EPERM, MAKE},
	{"net make", "16:3:15", "", EPERM, MAKE}, {"net make", "16:3:11", "", EPERM, MAKE},
	{"net make", "16:3:21", "", EPERM, MAKE}, {"net make", "16:3:8", "", EPERM, MAKE},
	{"net make", "16:3:18", "", EPERM, MAKE}, {"net make", "16:3:20", "", EPERM, MAKE},
	{"net make", "1:1:0", "", FINE},
};

static const struct row addressed[] = {
	{"net connect", GRANTED, "4s", FINE}, {"net connect", GRANTED, "4d", FINE},
	{"net connect", OTHER, "4s", EACCES, CONNECT}, {"net connect", OTHER, "4d", EACCES, CONNECT},
	{"net connect", "127.0.0.1:7100", "4s", EACCES, CONNECT},
	{"net connect", "127.0.0.1:6999", "4d", EACCES, CONNECT},
	{"net connect", "0.0.0.0:7001", "4s", EACCES, CONNECT},
	{"net connect", "127.0.0.1:9", "4dp", FINE}, {"net connect", "127.0.0.2:9", "4dp", EACCES, CONNECT},
	{"net connect", GRANTED6, "6s", FINE}, {"net connect", GRANTED6, "6d", FINE},
	{"net connect", "[::1]:7100", "6s", FINE}, /* by ::/96 */
	{"net connect", "[::]:7001", "6s", EACCES, CONNECT},
	{"net connect", "[2001:db8::1]:7001", "6s", EACCES, CONNECT},
	{"net connect", "[::ffff:127.0.0.1]:7001", "6s", FINE},
	{"net connect", "[::ffff:127.0.0.2]:7001", "6s", EACCES, CONNECT},
	{"net connect", "[::ffff:127.0.0.2]:7001", "6d", EACCES, CONNECT},
	{"net connect", GRANTED, "6d", FINE}, {"net connect", OTHER, "6d", EACCES, CONNECT},
	{"net disconnect", GRANTED, "4d", FINE}, {"net disconnect", GRANTED6, "6d", FINE},
	{"net bind", GRANTED, "4s", FINE}, {"net bind", "127.0.0.1:0", "4d", FINE},
	{"net bind", OTHER, "4s", EACCES, BIND}, {"net bind", "0.0.0.0:7001", "4d", EACCES, BIND},
	{"net bind", "0.0.0.0:0", "4du", EACCES, BIND}, {"net bind", "127.0.0.1:80", "4s", EACCES, BIND},
	{"net bind", "[::1]:0", "6s", FINE}, {"net bind", "[::]:0", "6s", EACCES, BIND},
	{"net bind", "[::ffff:127.0.0.1]:7003", "6d", FINE},
	{"net bind", "[::ffff:0.0.0.0]:7003", "6d", EACCES, BIND},
	{"net listen", "", "4s", EACCES, BIND}, {"net listen", "", "6s", EACCES, BIND},
	{"net serve", "127.0.0.1:7004", "4s", FINE},
	{"net sendto", GRANTED, "4d", FINE}, {"net sendto", OTHER, "4d", EACCES, SEND},
	{"net sendto", OTHER, "4du", EACCES, SEND}, {"net sendto", GRANTED, "4du", FINE},
	{"net sendto", OTHER, "6d", EACCES, SEND}, {"net sendto", GRANTED, "6d", FINE},
	{"net sendto", "[::ffff:127.0.0.2]:7001", "6d", EACCES, SEND},
	{"net sendto", OTHER, "4sf", EACCES, SEND}, {"net sendto", GRANTED, "4sf", FINE},
	{"net sendto", "[2001:db8::1]:7001", "6sf", EACCES, SEND},
	{"net sendmsg", GRANTED, "4d", FINE}, {"net sendmsg", OTHER, "4d", EACCES, SEND},
	{"net sendmmsg", GRANTED, "4d", FINE}, {"net sendmmsg", OTHER, "4d", EACCES, SEND},
	{"net source route", GRANTED, "4d", EPERM, SEND},
};

static const struct row netlink[] = {
	{"net connect", "0", "n", FINE}, {"net connect", "1", "n", EACCES, NETLINK},
	{"net connect", "2", "ng", EACCES, NETLINK}, {"net connect", "1", "nu", FINE},
	{"net bind", "0", "n", FINE}, {"net bind", "1", "ng", FINE},
	{"net bind", "2", "ng", EACCES, NETLINK}, {"net bind", "0xffffffff", "ng", EACCES, NETLINK},
	{"net sendto", "1", "n", EACCES, NETLINK}, {"net sendto", "1", "nu", EACCES, NETLINK},
	{"net sendto", "2", "ng", EACCES, NETLINK}, {"net sendmsg", "77", "n", EACCES, NETLINK},
	{"net option", "270:1", "n", EPERM, OPTION}, {"net option", "270:2", "n", FINE},
	{"net option", "270:11", "n", FINE}, {"net option", "270:8", "n", EPERM, OPTION},
};

/* LEVEL:OPTION. */
static const struct row options[] = {
	{"net option", "1:7", "4d", FINE}, {"net option", "1:2", "4s", FINE}, {"net option", "6:1", "4s", FINE},
	{"net option", "1:36", "4d", FINE}, /* SO_MARK */
	{"net option", "0:64", "4d", FINE}, /* IPT_SO_SET_REPLACE */
	{"net option", "0:65", "4d", EPERM, OPTION}, {"net option", "0:96", "4d", EPERM, OPTION},
	{"net option", "0:128", "4d", EPERM, OPTION}, {"net option", "41:64", "6d", EPERM, OPTION},
	{"net option", "1:25", "4d", EPERM, OPTION}, {"net option", "1:26", "4d", EPERM, OPTION},
	{"net option", "1:50", "4d", EPERM, OPTION}, {"net option", "0:4", "4d", EPERM, OPTION},
	{"net option", "0:3", "4d", EPERM, OPTION}, {"net option", "41:1", "6d", EPERM, OPTION},
	{"net option", "6:31", "4s", EPERM, OPTION}, {"net option", "1:32", "4d", EPERM, OPTION},
	{"net option", "1:50", "unix", EPERM, OPTION}, {"net option", "1:7", "unix", FINE},
	{"net option", "65537:7", "4d", EPERM, OPTION}, {"net option", "-1:7", "4d", EPERM, OPTION},
};

/* COMMAND:INTERFACE, from a socket of that family. 0x8933 SIOCGIFINDEX, 0x8921 SIOCGIFMTU, 0x8914
 * SIOCSIFFLAGS, 0x8922 SIOCSIFMTU, 0x8923 SIOCSIFNAME, 0x8946 SIOCETHTOOL, 0x400454ca TUNSETIFF. */
static const struct row ioctls[] = {
	{"net ioctl", "8933:lo", "1", FINE}, {"net ioctl", "8933:lo", "2", FINE},
	{"net ioctl", "8922:lo", "1", EACCES, IOCTL}, {"net ioctl", "8946:lo", "2", EACCES, IOCTL},
	{"net ioctl", "8912:", "2", EACCES, IOCTL}, {"net ioctl", "890b:", "2", EACCES, IOCTL},
	{"net ioctl", "89f0:lo", "2", EACCES, IOCTL}, {"net ioctl", "8b00:lo", "1", EACCES, IOCTL},
	{"net ioctl", "8921:tap0", "1", FINE}, {"net ioctl", "8921:tap", "2", FINE},
	{"net ioctl", "8921:et0", "2", FINE}, {"net ioctl", "8921:eth0", "2", EACCES, IOCTL},
	{"net ioctl", "8921:e0", "1", EACCES, IOCTL}, {"net ioctl", "8921:e00", "1", FINE},
	{"net ioctl", "8921:e10", "1", FINE},
	{"net ioctl", "8921:lo", "1", EACCES, IOCTL}, {"net ioctl", "8921:", "1", EACCES, IOCTL},
	{"net ioctl", "8921:xtap0", "1", EACCES, IOCTL}, {"net ioctl", "8921:tap0:1", "2", EACCES, IOCTL},
	{"net ioctl", "8921:tap%d", "2", EACCES, IOCTL}, {"net ioctl", "8921:tap0", "10", EACCES, IOCTL},
	{"net ioctl", "8914:tap0", "1", FINE}, {"net ioctl", "8914:tap1", "1", EACCES, IOCTL},
	{"net ioctl", "8914:tap", "1", EACCES, IOCTL},
	{"net ioctl", "8923:tap0", "1", EACCES, IOCTL},
	{"net ioctl from shared memory", "8921:tap0", "1", EACCES, IOCTL},
	{"net ioctl from a file's mapping", "8921:tap0", "1", EACCES, IOCTL},
	{"net ioctl from shared memory", "8933:lo", "1", FINE},
	{"net ioctl of 32-bit code", "8933:lo", "1", FINE},
	{"net ioctl of 32-bit code", "8922:lo", "1", EACCES, IOCTL},
	{"net ioctl of 32-bit code", "8921:tap0", "1", FINE},
	{"net ioctl of 32-bit code", "8921:lo", "1", EACCES, IOCTL},
	{"net ioctl", "400454ca:tap0", "/dev/null", FINE},
	{"net ioctl", "400454ca:lo", "/dev/null", EACCES, IOCTL},
	{"net ioctl", "400454ca:tap%d", "/dev/null", EACCES, IOCTL},
	{"net ioctl", "400454ca:", "/dev/null", EACCES, IOCTL},
	{"net ioctl", "400454cb:tap0", "/dev/null", EACCES, IOCTL},
	{"net ioctl", "400454ca:tap0", "1", EACCES, IOCTL},
	{"net ioctl from shared memory", "400454ca:tap0", "/dev/null", EACCES, IOCTL},
	{"net ioctl, a thread swaps the name", "8921:lo", "1", EACCES, IOCTL},
	{"net ioctl, a child swaps the name", "8921:lo", "1", EACCES, IOCTL},
	{"net ioctl, a process with its memory swaps the name", "8921:lo", "1", EACCES, IOCTL},
};
/* clang-format on */

static void run(const struct row *rows, size_t len, const char *what)
{
	for (size_t i = 0; i < len; i++) {
		const struct row *row = &rows[i];
		const char *seen;
		int r;

		hand_forget();
		r = hand_attempt(NARROW, row->attempt, row->path, row->other);
		seen = hand_event(row->operation);
		tap(r == row->expected && (r == 0 || seen), "%s: %s %s %s: %s%s", what,
		    row->attempt, row->path, row->other,
		    r < ATTEMPT_SIGNAL ? strerror(r) : "broken",
		    r == 0 || seen ? "" : ", without an event");
	}
}

/* Nobody but the tagged is refused, also with all programs attached. */
static void run_unconfined(const struct row *rows, size_t len, const char *what)
{
	size_t refused = 0;

	hand_forget();
	for (size_t i = 0; i < len; i++) {
		int r = hand_unconfined_attempt(rows[i].attempt, rows[i].path, rows[i].other);

		if (!rows[i].expected || r != rows[i].expected)
			continue;
		/* What the kernel refuses to everyone: other processes' sockets, wrong values. */
		printf("# unconfined: %s %s %s: %s\n", rows[i].attempt, rows[i].path, rows[i].other,
		       strerror(r));
		refused++;
	}
	tap(hand_events() == 0, "%s: without a tag nothing is reported, %zu refused by the kernel",
	    what, refused);
}

/* Without a rule of sockets. */
static void run_bare(void)
{
	static const struct row bare[] = {
		{"net make", "2:1:0", "", EPERM, MAKE},
		{"net make", "16:3:0", "", EPERM, MAKE},
		{"net make", "17:3:0", "", EPERM, MAKE},
		{"net make", "1:1:0", "", FINE},
		{"net ioctl", "8933:lo", "1", EACCES, IOCTL},
		{"net option", "1:7", "unix", FINE},
		{"net option", "1:26", "unix", EPERM, OPTION},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bare); i++) {
		int r = hand_attempt(BARE, bare[i].attempt, bare[i].path, bare[i].other);

		tap(r == bare[i].expected, "no rule: %s %s: %s", bare[i].attempt, bare[i].path,
		    strerror(r));
	}
}

/* The kernel asks for the module of a family that it does not have yet; the guest has none. */
static void run_modules(void)
{
	const char *refused;

	hand_forget();
	(void)hand_attempt(NARROW, "net make", "15:3:2", "");
	tap(!hand_event(POSTERN_OP_MODULE), "a module that is named is asked for");
	hand_forget();
	(void)hand_attempt(NARROW, "net make", "29:2:2", "");
	refused = hand_event(POSTERN_OP_MODULE);
	tap(refused && strncmp(refused, "net-pf-29", strlen("net-pf-29")) == 0,
	    "one that is not named is refused: %s", refused ? refused : "not");
}

/* What a denial tells. */
static void run_texts(void)
{
	static const struct {
		const char *attempt, *path, *other;
		uint32_t operation;
		const char *text;
	} texts[] = {
		{"net make", "2:3:2", "", MAKE, "inet raw igmp"},
		{"net make", "16:3:9", "", MAKE, "netlink raw 9"},
		{"net make", "37:3:0", "", MAKE, "37 raw"},
		{"net connect", OTHER, "6d", CONNECT, OTHER},
		{"net sendto", "[2001:db8::1]:7001", "6d", SEND, "[2001:db8::1]:7001"},
		{"net bind", "0.0.0.0:0", "4d", BIND, "0.0.0.0:0"},
		{"net option", "1:25", "4d", OPTION, "SO_BINDTODEVICE"},
		{"net option", "270:1", "n", OPTION, "NETLINK_ADD_MEMBERSHIP"},
		{"net option", "99:98", "4d", OPTION, "option 98 of level 99"},
		{"net ioctl", "8922:lo", "1", IOCTL, "SIOCSIFMTU"},
		{"net ioctl", "8921:lo", "1", IOCTL, "SIOCGIFMTU of lo"},
		{"net ioctl", "89f1:lo", "1", IOCTL, "0x89f1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text;

		hand_forget();
		(void)hand_attempt(NARROW, texts[i].attempt, texts[i].path, texts[i].other);
		text = hand_event(texts[i].operation);
		tap(text && strcmp(text, texts[i].text) == 0, "the event tells of %s: %s",
		    texts[i].text, text ? text : "none came");
	}
}

/* A unix socket with a name that is no path. */
static int bind_abstract(void *userdata)
{
	struct sockaddr abstract = {.sa_family = AF_UNIX, .sa_data = "\0name"};
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = userdata ? sizeof(sa_family_t) : sizeof(abstract);

	return fd < 0 ? ATTEMPT_BROKEN : attack_failed(bind(fd, &abstract, len));
}

/* A packet socket of no protocol becomes one of all by its address. */
static int bind_packet(void *userdata)
{
	const unsigned short *protocol = userdata;
	cleanup_close int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct {
		unsigned short family, protocol;
		int index;
		char rest[12];
	} address = {.family = AF_PACKET, .protocol = htons(*protocol)};

	if (fd < 0)
		return ATTEMPT_BROKEN;
	return attack_failed(bind(fd, (const struct sockaddr *)(void *)&address, sizeof(address)));
}

/* Without a system call filter: by sendmsg, which the hook is asked about. */
static int give_fd(void *userdata UNUSED)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return ATTEMPT_BROKEN;
	return attack_give(pair[0], pair[1]);
}

static void run_others(void)
{
	unsigned short arp = 0x0806, all = 0x0003;

	tap(hand_confined(NARROW, bind_abstract, NULL) == EPERM, "bind to an abstract name");
	tap(hand_confined(NARROW, bind_abstract, &arp) == 0,
	    "bind to a name of the kernel's choice");
	tap(hand_confined(NARROW, bind_packet, &arp) == 0, "a packet socket bound to its protocol");
	tap(hand_confined(NARROW, bind_packet, &all) == EPERM, "and to another one");
	tap(hand_confined(NARROW, give_fd, NULL) == EPERM, "send a descriptor by sendmsg");
	tap(hand_unconfined(give_fd, NULL) == 0, "the same without a tag");
}

static void loopback_up(void)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		hand_bail("lo cannot be set up: %s", strerror(errno));
	/* Datagrams of ping, which the kernel allows to nobody otherwise. */
	hand_file("/proc/sys/net/ipv4/ping_group_range", "0 65535");
}

/* What the ioctls left lo with is too little for IPv4, of which the next test finds nothing. Its
 * addresses come back when it is set up again. */
static void loopback_restore(void)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq size = {.ifr_name = "lo", .ifr_mtu = 65536}, down = {.ifr_name = "lo"};

	if (fd < 0 || ioctl(fd, SIOCSIFMTU, &size) < 0 || ioctl(fd, SIOCSIFFLAGS, &down) < 0)
		hand_bail("lo cannot be put back: %s", strerror(errno));
	loopback_up();
}

void test_sockets(struct enforcement *e)
{
	struct manifest *m = manifest_make();
	bool exists;

	loopback_up();
	hand_directory("/srv");
	tap(!enforcement_attached(e, POSTERN_HOOK_socket_sendmsg, &exists) && exists,
	    "nobody's messages are looked at");
	policy_make(e, m, 1, BARE);
	run_bare();
	tap(!enforcement_attached(e, POSTERN_HOOK_socket_sendmsg, &exists),
	    "with a policy without sockets neither");
	policy_make(e, m, 0, NARROW);
	grant_ioctl_of_file(e);
	tap(enforcement_attached(e, POSTERN_HOOK_socket_sendmsg, &exists),
	    "with the first one of sockets they are");
	run(made, ARRAY_SIZE(made), "make");
	run(addressed, ARRAY_SIZE(addressed), "address");
	run(netlink, ARRAY_SIZE(netlink), "netlink");
	run(options, ARRAY_SIZE(options), "option");
	run(ioctls, ARRAY_SIZE(ioctls), "ioctl");
	run_others();
	run_modules();
	run_texts();
	run_unconfined(made, ARRAY_SIZE(made), "make");
	run_unconfined(addressed, ARRAY_SIZE(addressed), "address");
	run_unconfined(netlink, ARRAY_SIZE(netlink), "netlink");
	run_unconfined(ioctls, ARRAY_SIZE(ioctls), "ioctl");
	loopback_restore();
	manifest_free(m);
}
