/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Internet addresses with a prefix and ports, as `connect` and `bind` of sockets list them. */
#include <arpa/inet.h>
#include <string.h>

#include "manifest/sockets.h"

#define MAPPED_BITS 96 /* an IPv4 address stands behind so many bits of ::ffff */

/* A whole decimal number up to `most`, without a sign and without leading zeros. */
static bool number_read(const char *text, size_t len, unsigned most, unsigned *ret)
{
	unsigned value = 0;

	if (len == 0 || len > 5 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*ret = value;
	return value <= most;
}

/* "443", "1024-65535" */
static bool ports_read(const char *text, struct manifest_address *a)
{
	const char *dash = strchr(text, '-');
	size_t len = dash ? (size_t)(dash - text) : strlen(text);
	unsigned first, last;

	if (!number_read(text, len, UINT16_MAX, &first))
		return false;
	last = first;
	if (dash && !number_read(dash + 1, strlen(dash + 1), UINT16_MAX, &last))
		return false;
	a->first = (uint16_t)first;
	a->last = (uint16_t)last;
	return first <= last;
}

/* "192.0.2.0/24"; text is changed. */
static bool prefix_read(char *text, struct manifest_address *a)
{
	unsigned bits = a->family == AF_INET ? 32 : 128, prefix = bits;
	char *slash = strchr(text, '/');

	if (slash) {
		*slash = '\0';
		if (!number_read(slash + 1, strlen(slash + 1), bits, &prefix))
			return false;
	}
	a->prefix = prefix + 128 - bits;
	if (a->family == AF_INET6)
		return inet_pton(AF_INET6, text, a->bytes) == 1;
	a->bytes[10] = a->bytes[11] = 0xff;
	return inet_pton(AF_INET, text, &a->bytes[12]) == 1;
}

/* Takes ADDRESS[/PREFIX][:PORTS] apart; an IPv6 address with ports stands in brackets. */
static bool address_read(const char *from, struct manifest_address *a)
{
	cleanup_free char *text = strdup(from);
	char *ports = NULL, *end;

	if (!text)
		return false;
	a->last = UINT16_MAX;
	if (a->family == AF_INET6 && text[0] == '[') {
		end = strchr(text, ']');
		if (!end)
			/* cppcheck-suppress memleak ; cleanup_free frees it */
			return false;
		*end = '\0';
		if (end[1] == ':')
			ports = end + 2;
		else if (end[1])
			/* cppcheck-suppress memleak ; cleanup_free frees it */
			return false;
		return prefix_read(text + 1, a) && (!ports || ports_read(ports, a));
	}
	if (a->family == AF_INET)
		ports = strchr(text, ':');
	if (ports)
		*ports++ = '\0';
	return prefix_read(text, a) && (!ports || ports_read(ports, a));
}

/* The first bit behind the prefix that is set; 128: none. */
static bool has_host_bits(const struct manifest_address *a)
{
	for (unsigned bit = a->prefix; bit < 128; bit++)
		if (a->bytes[bit / 8] >> (7 - bit % 8) & 1)
			return true;
	return false;
}

static bool is_mapped(const struct manifest_address *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return a->prefix >= MAPPED_BITS && memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

static void take_address(struct reader *r, const struct scalar *v, uint16_t family,
			 struct manifest_addresses *all)
{
	struct manifest_address *a = array_add(r, &all->items, &all->len, sizeof(*a));

	if (!a)
		return;
	a->place = v->place;
	a->family = family;
	text_store(r, &a->text, v->text, v->len);
	if (!address_read(v->text, a))
		problem(r, v->place,
			text_make("%s is no %s address", QUOTE(v->text, v->len),
				  family == AF_INET ? "IPv4" : "IPv6"),
			text_make("write ADDRESS, ADDRESS/PREFIX or either with :PORT or "
				  ":FIRST-LAST behind it, such as \"%s\"",
				  family == AF_INET ? "192.0.2.0/24:443" : "[2001:db8::/32]:443"));
	else if (has_host_bits(a))
		problem(r, v->place,
			text_make("the address %s has bits behind its prefix",
				  QUOTE(v->text, v->len)),
			text_make("write the prefix's first address"));
	else if (family == AF_INET6 && is_mapped(a))
		problem(r, v->place,
			text_make("%s is an IPv4 address, and is judged as one",
				  QUOTE(v->text, v->len)),
			text_make("write it below inet"));
	for (size_t i = 0; i + 1 < all->len; i++)
		if (all->items[i].text && strcmp(all->items[i].text, v->text) == 0)
			problem(r, v->place,
				text_make("%s is listed twice", QUOTE(v->text, v->len)),
				text_make("remove one"));
}

static void take_inet(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	(void)s;
	take_address(r, v, AF_INET, field);
}

static void take_inet6(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	(void)s;
	take_address(r, v, AF_INET6, field);
}

static const struct shape inet_address_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = "^[0-9.]+(/[0-9]+)?(:[0-9]+(-[0-9]+)?)?$",
	.wants = "an IPv4 address",
	.example = "192.0.2.0/24:443",
	.take = take_inet,
	.text_max = 64,
};

static const struct shape inet6_address_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern =
		"^([0-9a-fA-F:.]+(/[0-9]+)?|\\[[0-9a-fA-F:.]+(/[0-9]+)?\\](:[0-9]+(-[0-9]+)?)?)$",
	.wants = "an IPv6 address",
	.example = "[2001:db8::/32]:443",
	.take = take_inet6,
	.text_max = 128,
};

const struct shape inet_addresses_shape = {
	.form = FORM_LIST,
	.wants = "a list of IPv4 addresses",
	.example = "[\"192.0.2.0/24:443\"]",
	.element = &inet_address_shape,
	.least = 1,
	.most = MANIFEST_ADDRESSES_MAX,
};

const struct shape inet6_addresses_shape = {
	.form = FORM_LIST,
	.wants = "a list of IPv6 addresses",
	.example = "[\"[2001:db8::/32]:443\"]",
	.element = &inet6_address_shape,
	.least = 1,
	.most = MANIFEST_ADDRESSES_MAX,
};
