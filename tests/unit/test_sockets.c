/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a manifest's sockets to entries of the kernel's maps, and what a denial says of one. */
#include <linux/netlink.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/socket_names.h"
#include "base/util.h"
#include "policy/policy.h"

#define HEAD                                                                                       \
	"context: c\nmodule: c.so\nuser: root\ngroup: root\ncallers: {users: [root]}\n"            \
	"entrypoints:\n  e:\n    arguments: {link: interface}\n"

static struct manifest *manifest;

/* Compiles the entrypoint of which these are the lines. */
static struct policy *compiled(const char *lines)
{
	struct manifest_problems problems = {};
	cleanup_free char *text = NULL;
	struct policy *policy = NULL;
	struct error err = {};

	assert_true(asprintf(&text, HEAD "%s", lines) > 0);
	assert_int_equal(manifest_parse("c", text, strlen(text), 0, &manifest, &problems, &err), 0);
	assert_int_equal(policy_compile(manifest, &manifest->entrypoints[0], &policy, &err), 0);
	return policy;
}

static void done(struct policy *policy)
{
	policy_free(policy);
	manifest_free(manifest);
}

static const struct postern_socket_rule *find(const struct policy *p, uint16_t kind,
					      uint16_t family, uint32_t number)
{
	for (size_t i = 0; i < p->sockets.len; i++) {
		const struct postern_socket_key *key = &p->sockets.entries[i].key;

		if (key->kind == kind && key->family == family && key->number == number)
			return &p->sockets.entries[i].rule;
	}
	return NULL;
}

static bool makes(const struct policy *p, uint16_t family, unsigned type, unsigned protocol)
{
	return find(p, POSTERN_SOCKET_MAKE, family, postern_socket_number(type, protocol)) ||
	       find(p, POSTERN_SOCKET_MAKE_ANY, family, postern_socket_number(type, 0));
}

static void nothing_is_granted(void **state)
{
	struct policy *p = compiled("");

	(void)state;
	assert_int_equal(p->sockets.len, 0);
	assert_false(p->sockets.any);
	assert_false(manifest_has_sockets(&manifest->entrypoints[0]));
	done(p);
}

static void families(void **state)
{
	struct policy *p = compiled("    sockets:\n"
				    "      inet: {types: [stream, dgram]}\n"
				    "      inet6: {types: [raw], protocols: [icmpv6]}\n"
				    "      packet: {types: [dgram], protocols: [arp]}\n"
				    "      alg:\n");

	(void)state;
	assert_true(p->sockets.any);
	assert_true(manifest_has_sockets(&manifest->entrypoints[0]));
	assert_true(makes(p, AF_INET, SOCK_STREAM, 0) &&
		    makes(p, AF_INET, SOCK_STREAM, IPPROTO_TCP));
	assert_true(makes(p, AF_INET, SOCK_DGRAM, IPPROTO_UDP));
	assert_false(makes(p, AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
	assert_false(makes(p, AF_INET, SOCK_STREAM, IPPROTO_SCTP));
	assert_false(makes(p, AF_INET, SOCK_RAW, IPPROTO_ICMP));
	assert_true(makes(p, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
	assert_false(makes(p, AF_INET6, SOCK_RAW, 0) || makes(p, AF_INET6, SOCK_STREAM, 0));
	assert_true(makes(p, AF_PACKET, SOCK_DGRAM, htons(0x0806)) &&
		    makes(p, AF_PACKET, SOCK_DGRAM, 0));
	assert_false(makes(p, AF_PACKET, SOCK_DGRAM, htons(0x0003)) ||
		     makes(p, AF_PACKET, SOCK_RAW, 0));
	assert_true(makes(p, AF_ALG, SOCK_SEQPACKET, 7));
	done(p);
}

static void addresses(void **state)
{
	struct policy *p = compiled(
		"    sockets:\n"
		"      inet: {types: [stream], connect: [\"192.0.2.0/24:443\", \"198.51.100.1\"]}\n"
		"      inet6: {types: [stream], bind: [\"[2001:db8::/33]:1-2\"]}\n");
	const struct postern_address *a = p->sockets.connect.address;
	uint8_t bytes[16], mask[16];

	(void)state;
	assert_int_equal(p->sockets.connect.len, 2);
	memcpy(bytes, a[0].address, 16);
	memcpy(mask, a[0].mask, 16);
	assert_memory_equal(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\0", 16);
	assert_memory_equal(mask, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0",
			    16);
	assert_true(a[0].first == 443 && a[0].last == 443 && a[0].family == AF_INET);
	assert_true(a[1].first == 0 && a[1].last == 65535);
	assert_int_equal(p->sockets.bind.len, 1);
	a = p->sockets.bind.address;
	memcpy(mask, a[0].mask, 16);
	assert_memory_equal(mask, "\xff\xff\xff\xff\x80\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_true(a[0].first == 1 && a[0].last == 2 && a[0].family == AF_INET6);
	done(p);
}

static void narrowed(void **state)
{
	struct policy *p =
		compiled("    socket_ioctls:\n"
			 "      SIOCGIFINDEX:\n"
			 "      SIOCSIFFLAGS: {interfaces: [lo, \"tap*\", \"x{link}y\"]}\n"
			 "      TUNSETIFF: {interfaces: [\"tap?\"]}\n"
			 "    socket_options: [SO_MARK, IP6T_SO_SET_REPLACE]\n"
			 "    kernel_modules: [\"net-pf-*\"]\n");
	const struct postern_socket_rule *rule;
	const struct postern_words *words;

	(void)state;
	assert_false(p->sockets.any);
	assert_true(manifest_has_socket_ioctls(manifest));
	rule = find(p, POSTERN_SOCKET_IOCTL, 0, 0x8933);
	assert_true(rule && !rule->names);
	rule = find(p, POSTERN_SOCKET_IOCTL, 0, 0x8914);
	assert_true(rule && rule->names >= POSTERN_LIST_SOCKETS);
	words = &p->sockets.names[rule->names - POSTERN_LIST_SOCKETS];
	assert_int_equal(words->len, 3);
	assert_true(words->word[0].kind == POSTERN_PART_LITERAL && words->word[0].len == 2);
	assert_true(words->word[1].kind == POSTERN_PART_PREFIX);
	assert_true(words->word[2].kind == POSTERN_PART_SLOT && words->word[2].before == 1 &&
		    words->word[2].len == 2 && memcmp(words->word[2].text, "xy", 2) == 0);
	assert_non_null(find(p, POSTERN_FILE_IOCTL, 0, 0x400454ca));
	assert_null(find(p, POSTERN_SOCKET_IOCTL, 0, 0x400454ca));
	assert_non_null(find(p, POSTERN_SOCKET_OPTION, SOL_SOCKET, SO_MARK));
	assert_non_null(find(p, POSTERN_SOCKET_OPTION, IPPROTO_IPV6, 64));
	assert_null(find(p, POSTERN_SOCKET_OPTION, IPPROTO_IP, 64));
	rule = find(p, POSTERN_SOCKET_MODULES, 0, 0);
	assert_true(rule && rule->names != 0);
	done(p);
}

static void netlink_sockets(void **state)
{
	struct policy_listen listen = {.protocol = NETLINK_AUDIT, .groups = {5, 0}};
	const struct policy_netlink netlink = {
		.protocols = 1u << NETLINK_AUDIT,
		.listens = &listen,
		.listens_len = 1,
	};
	const struct manifest_entrypoint none = {};
	struct policy p = {};
	const struct postern_socket_rule *rule;

	(void)state;
	assert_int_equal(policy_sockets_compile(&none, &netlink, &p.sockets), 0);
	assert_true(p.sockets.any);
	rule = find(&p, POSTERN_SOCKET_MAKE, AF_NETLINK, postern_socket_number(0, NETLINK_AUDIT));
	assert_true(rule && rule->groups[0] == 5);
	assert_int_equal(p.sockets.len, 1);
	policy_sockets_clear(&p.sockets);
}

/* Every name is there once, and its number leads back to it. */
static void tables(void **state)
{
	(void)state;
	assert_int_equal(socket_families_len, MANIFEST_SOCKET_FAMILIES);
	for (const struct socket_name *a = socket_options; a->name; a++) {
		assert_string_equal(socket_name_of(socket_options, a->level, a->number), a->name);
		assert_ptr_equal(socket_name_find(socket_options, UINT16_MAX, a->name), a);
		for (const char *c = a->name; *c; c++)
			assert_true((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
				    *c == '_');
	}
	for (const struct socket_name *a = socket_ioctls; a->name; a++)
		assert_string_equal(socket_name_of(socket_ioctls, 0, a->number), a->name);
	assert_null(socket_name_find(socket_ioctls, 0, "SIOCGSKNS"));
	assert_null(socket_name_of(socket_ioctls, 0, 0x89f0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_granted), cmocka_unit_test(families),
		cmocka_unit_test(addresses),	      cmocka_unit_test(narrowed),
		cmocka_unit_test(netlink_sockets),    cmocka_unit_test(tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
