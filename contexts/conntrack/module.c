/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Entries of connection tracking: listed, and deleted one by one, each by its own tuple. */
#include <errno.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <netlink/addr.h>
#include <netlink/netfilter/ct.h>
#include <netlink/netfilter/nfnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "contexts/common/lines.h"
#include "contexts/common/wire.h"
#include "postern-entrypoint.h"

#define LINES_MAX 256
#define LINE_SIZE 160
#define ORIGINAL  0 /* the direction that began; libnl's `repl` */

static const struct {
	const char *word;
	uint8_t number;
} protocols[] = {
	{"tcp", IPPROTO_TCP},	    {"udp", IPPROTO_UDP},   {"icmp", IPPROTO_ICMP},
	{"icmpv6", IPPROTO_ICMPV6}, {"sctp", IPPROTO_SCTP},
};

#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

/* What is left out is NULL, or below 0. */
struct filter {
	int protocol;
	struct nl_addr *source, *destination;
	int64_t source_port, destination_port;
};

/* 0: none of ours. Enumerations were checked against the manifest. */
static uint8_t protocol_number(const char *word)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (strcmp(protocols[i].word, word) == 0)
			return protocols[i].number;
	return 0;
}

static int64_t port_of(struct postern_invocation *call, const char *name)
{
	return postern_arg_given(call, name) ? postern_arg_integer(call, name) : -1;
}

static int address_of(struct postern_invocation *call, const char *name, struct nl_addr **ret)
{
	const char *text;
	int r;

	if (!postern_arg_given(call, name))
		return 0;
	text = postern_arg_string(call, name);
	r = nl_addr_parse(text, strchr(text, ':') ? AF_INET6 : AF_INET, ret);
	return r < 0 ? postern_fail(call, wire_errno(r), "%s %s", name, text) : 0;
}

static void filter_clear(struct filter *f)
{
	nl_addr_put(f->source);
	nl_addr_put(f->destination);
}

/* ret is cleared by the caller, also after an error. */
static int filter_take(struct postern_invocation *call, struct filter *ret)
{
	int r;

	*ret = (struct filter){.protocol = -1};
	if (postern_arg_given(call, "protocol"))
		ret->protocol = protocol_number(postern_arg_string(call, "protocol"));
	ret->source_port = port_of(call, "source_port");
	ret->destination_port = port_of(call, "destination_port");
	r = address_of(call, "source", &ret->source);
	return r < 0 ? r : address_of(call, "destination", &ret->destination);
}

static bool filter_empty(const struct filter *f)
{
	return f->protocol < 0 && !f->source && !f->destination && f->source_port < 0 &&
	       f->destination_port < 0;
}

static bool address_fits(struct nl_addr *wanted, struct nl_addr *found)
{
	return !wanted || (found && nl_addr_cmp(wanted, found) == 0);
}

static bool fits(const struct filter *f, const struct nfnl_ct *ct)
{
	if (f->protocol >= 0 && nfnl_ct_get_proto(ct) != f->protocol)
		return false;
	if (f->source_port >= 0 && (!nfnl_ct_test_src_port(ct, ORIGINAL) ||
				    nfnl_ct_get_src_port(ct, ORIGINAL) != f->source_port))
		return false;
	if (f->destination_port >= 0 && (!nfnl_ct_test_dst_port(ct, ORIGINAL) ||
					 nfnl_ct_get_dst_port(ct, ORIGINAL) != f->destination_port))
		return false;
	return address_fits(f->source, nfnl_ct_get_src(ct, ORIGINAL)) &&
	       address_fits(f->destination, nfnl_ct_get_dst(ct, ORIGINAL));
}

/* -- the table */

static int table_open(struct postern_invocation *call, struct wire *w)
{
	return wire_open(w, call, NETLINK_NETFILTER, "the connection tracking table");
}

/* What is done with an entry; a negative errno ends it. */
struct visit {
	const struct filter *filter;
	int (*entry)(struct visit *v, struct nfnl_ct *ct);
	int error;
	/* list */
	struct lines *lines;
	/* delete: the keys of those that are to go */
	struct nfnl_ct **keys;
	size_t len, room;
};

static int take(struct nl_msg *message, void *arg)
{
	struct visit *v = arg;
	struct nfnl_ct *ct;
	int r = nfnlmsg_ct_parse(nlmsg_hdr(message), &ct);

	if (r < 0) {
		v->error = wire_errno(r);
		return NL_OK;
	}
	if (v->error == 0 && fits(v->filter, ct))
		v->error = v->entry(v, ct);
	nfnl_ct_put(ct);
	return NL_OK;
}

static int table_visit(struct postern_invocation *call, struct wire *w, struct visit *v)
{
	int r = wire_ask(w,
			 nfnlmsg_alloc_simple(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET, NLM_F_DUMP,
					      AF_UNSPEC, 0),
			 take, v);

	return wire_result(call, w, r < 0 ? r : v->error, "list");
}

/* -- list */

static void end_write(FILE *to, struct nl_addr *address, bool has_port, uint16_t port)
{
	char text[64] = "?";

	if (address)
		(void)nl_addr2str(address, text, sizeof(text));
	if (has_port && strchr(text, ':'))
		(void)fprintf(to, " [%s]:%u", text, port);
	else if (has_port)
		(void)fprintf(to, " %s:%u", text, port);
	else
		(void)fprintf(to, " %s", text);
}

/* "udp 192.0.2.1:1234 198.51.100.7:53" */
static void line_write(char line[LINE_SIZE], const struct nfnl_ct *ct)
{
	FILE *to = fmemopen(line, LINE_SIZE, "w");
	const char *word = NULL;

	line[0] = '\0';
	if (!to)
		return;
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (protocols[i].number == nfnl_ct_get_proto(ct))
			word = protocols[i].word;
	if (word)
		(void)fputs(word, to);
	else
		(void)fprintf(to, "protocol-%u", nfnl_ct_get_proto(ct));
	end_write(to, nfnl_ct_get_src(ct, ORIGINAL), nfnl_ct_test_src_port(ct, ORIGINAL),
		  nfnl_ct_get_src_port(ct, ORIGINAL));
	end_write(to, nfnl_ct_get_dst(ct, ORIGINAL), nfnl_ct_test_dst_port(ct, ORIGINAL),
		  nfnl_ct_get_dst_port(ct, ORIGINAL));
	(void)fclose(to);
}

static int line_take(struct visit *v, struct nfnl_ct *ct)
{
	char line[LINE_SIZE];

	if (v->lines->len == v->room)
		return 0;
	line_write(line, ct);
	lines_add(v->lines, "%s", line);
	return 0;
}

static int list(struct postern_invocation *call)
{
	cleanup_wire struct wire w = {};
	cleanup_lines struct lines lines = {};
	struct filter f;
	struct visit v = {.filter = &f, .entry = line_take, .lines = &lines, .room = LINES_MAX};
	int r = filter_take(call, &f);

	if (postern_arg_given(call, "limit"))
		v.room = (size_t)postern_arg_integer(call, "limit");
	if (r == 0)
		r = table_open(call, &w);
	if (r == 0)
		r = table_visit(call, &w, &v);
	if (r == 0)
		r = lines_return(call, &lines);
	filter_clear(&f);
	return r;
}

/* -- delete */

/* The tuple by which the kernel finds an entry, and its zone: all else that was read would be held
 * against the entry as well. NULL without memory. */
static struct nfnl_ct *key_of(const struct nfnl_ct *from)
{
	struct nfnl_ct *key = nfnl_ct_alloc();

	if (!key)
		return NULL;
	nfnl_ct_set_family(key, nfnl_ct_get_family(from));
	nfnl_ct_set_proto(key, nfnl_ct_get_proto(from));
	if (nfnl_ct_set_src(key, ORIGINAL, nfnl_ct_get_src(from, ORIGINAL)) < 0 ||
	    nfnl_ct_set_dst(key, ORIGINAL, nfnl_ct_get_dst(from, ORIGINAL)) < 0) {
		nfnl_ct_put(key);
		return NULL;
	}
	if (nfnl_ct_test_src_port(from, ORIGINAL))
		nfnl_ct_set_src_port(key, ORIGINAL, nfnl_ct_get_src_port(from, ORIGINAL));
	if (nfnl_ct_test_dst_port(from, ORIGINAL))
		nfnl_ct_set_dst_port(key, ORIGINAL, nfnl_ct_get_dst_port(from, ORIGINAL));
	if (nfnl_ct_test_icmp_id(from, ORIGINAL))
		nfnl_ct_set_icmp_id(key, ORIGINAL, nfnl_ct_get_icmp_id(from, ORIGINAL));
	if (nfnl_ct_test_icmp_type(from, ORIGINAL))
		nfnl_ct_set_icmp_type(key, ORIGINAL, nfnl_ct_get_icmp_type(from, ORIGINAL));
	if (nfnl_ct_test_icmp_code(from, ORIGINAL))
		nfnl_ct_set_icmp_code(key, ORIGINAL, nfnl_ct_get_icmp_code(from, ORIGINAL));
	if (nfnl_ct_test_zone(from))
		nfnl_ct_set_zone(key, nfnl_ct_get_zone(from));
	return key;
}

/* The table is read to its end before anything is deleted: the answers would mix. */
static int key_take(struct visit *v, struct nfnl_ct *ct)
{
	if (v->len == v->room) {
		size_t room = v->room ? 2 * v->room : 64;
		struct nfnl_ct **grown = reallocarray(v->keys, room, sizeof(struct nfnl_ct *));

		if (!grown)
			return -ENOMEM;
		v->keys = grown;
		v->room = room;
	}
	v->keys[v->len] = key_of(ct);
	return v->keys[v->len] ? (v->len++, 0) : -ENOMEM;
}

static int entry_delete(struct postern_invocation *call, struct wire *w, const struct nfnl_ct *key)
{
	struct nl_msg *message = NULL;
	int r = nfnl_ct_build_delete_request(key, 0, &message);
	char line[LINE_SIZE];

	r = r < 0 ? wire_errno(r) : wire_send(w, message);
	if (r == 0)
		return 0;
	line_write(line, key);
	return postern_fail(call, r, "delete entry %s%s", line, w->why);
}

static int delete_all(struct postern_invocation *call, struct wire *w, const struct visit *v)
{
	int64_t deleted = 0;

	for (size_t i = 0; i < v->len; i++) {
		int r = entry_delete(call, w, v->keys[i]);

		/* It may have ended since the table was read. */
		if (r < 0 && r != -ENOENT)
			return r;
		deleted += r == 0;
	}
	return postern_return_integer(call, deleted);
}

static int delete_matching(struct postern_invocation *call)
{
	cleanup_wire struct wire w = {};
	struct filter f;
	struct visit v = {.filter = &f, .entry = key_take};
	int r = filter_take(call, &f);

	if (r == 0 && filter_empty(&f))
		r = postern_fail(call, EINVAL, "no filter is given, which would be every entry");
	if (r == 0)
		r = table_open(call, &w);
	if (r == 0)
		r = table_visit(call, &w, &v);
	if (r == 0)
		r = delete_all(call, &w, &v);
	for (size_t i = 0; i < v.len; i++)
		nfnl_ct_put(v.keys[i]);
	free(v.keys);
	filter_clear(&f);
	return r;
}

/* NULL without memory. */
static struct nfnl_ct *key_make(const struct filter *f)
{
	struct nfnl_ct *key = nfnl_ct_alloc();

	if (!key)
		return NULL;
	nfnl_ct_set_family(key, (uint8_t)nl_addr_get_family(f->source));
	nfnl_ct_set_proto(key, (uint8_t)f->protocol);
	nfnl_ct_set_src_port(key, ORIGINAL, (uint16_t)f->source_port);
	nfnl_ct_set_dst_port(key, ORIGINAL, (uint16_t)f->destination_port);
	if (nfnl_ct_set_src(key, ORIGINAL, f->source) == 0 &&
	    nfnl_ct_set_dst(key, ORIGINAL, f->destination) == 0)
		return key;
	nfnl_ct_put(key);
	return NULL;
}

static int delete_one(struct postern_invocation *call, const struct filter *f)
{
	cleanup_wire struct wire w = {};
	struct nfnl_ct *key;
	int r;

	if (nl_addr_get_family(f->source) != nl_addr_get_family(f->destination))
		return postern_fail(call, EINVAL,
				    "source %s and destination %s are of different families",
				    postern_arg_string(call, "source"),
				    postern_arg_string(call, "destination"));
	r = table_open(call, &w);
	if (r < 0)
		return r;
	key = key_make(f);
	r = key ? entry_delete(call, &w, key) : -ENOMEM;
	nfnl_ct_put(key);
	return r;
}

static int delete (struct postern_invocation *call)
{
	struct filter f;
	int r = filter_take(call, &f);

	if (r == 0)
		r = delete_one(call, &f);
	filter_clear(&f);
	return r;
}

POSTERN_MODULE({"list", list}, {"delete", delete}, {"delete_matching", delete_matching});
