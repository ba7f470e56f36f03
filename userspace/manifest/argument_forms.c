/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The forms of network names and addresses, uuids and account names. */
#include <arpa/inet.h>
#include <limits.h>
#include <net/if.h>
#include <regex.h>
#include <string.h>

#include "base/util.h"
#include "manifest/argument_forms.h"

#define ACCOUNT_MAX 32 /* useradd(8): UT_NAMESIZE */

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* The kernel's isspace() (lib/ctype.c): Latin-1, so that it has the no-break space too. */
static bool kernel_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

/* net/core/dev.c, dev_valid_name(). */
const char *form_interface(const char *s)
{
	static const char expected[] = "an interface's name (1 to 15 bytes, no space, / or :)";
	size_t len = strlen(s);

	if (len == 0 || len >= IFNAMSIZ || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return expected;
	for (size_t i = 0; i < len; i++)
		if (s[i] == '/' || s[i] == ':' || kernel_space((unsigned char)s[i]))
			return expected;
	return NULL;
}

static bool hex_digit(char c, bool upper)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (upper && c >= 'A' && c <= 'F');
}

const char *form_mac(const char *s)
{
	static const char expected[] = "a MAC address (02:00:5e:10:00:ff)";

	if (strlen(s) != 17)
		return expected;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !hex_digit(s[i], true))
			return expected;
	return NULL;
}

/* Parses an address. Only the one spelling that inet_ntop(3) gives is taken: two spellings of one
 * address would pass a comparison as two. Returns its length in bytes, or 0. */
static size_t parse_address(const char *s, enum argument_family family, unsigned char to[16])
{
	char canonical[INET6_ADDRSTRLEN];
	int af = strchr(s, ':') ? AF_INET6 : AF_INET;

	if (family == ARGUMENT_FAMILY_IPV4 && af != AF_INET)
		return 0;
	if (family == ARGUMENT_FAMILY_IPV6 && af != AF_INET6)
		return 0;
	if (inet_pton(af, s, to) != 1 || !inet_ntop(af, to, canonical, sizeof(canonical)))
		return 0;
	if (strcmp(s, canonical) != 0)
		return 0;
	return af == AF_INET ? 4 : 16;
}

const char *form_address(const char *s, enum argument_family family)
{
	unsigned char bytes[16];

	if (parse_address(s, family, bytes))
		return NULL;
	switch (family) {
	case ARGUMENT_FAMILY_IPV4:
		return "an IPv4 address (192.0.2.1)";
	case ARGUMENT_FAMILY_IPV6:
		return "an IPv6 address in its shortest spelling (2001:db8::1)";
	case ARGUMENT_FAMILY_ANY:
	default:
		return "an IPv4 or IPv6 address in its shortest spelling (192.0.2.1, 2001:db8::1)";
	}
}

/* "0", "24": one to three digits, no leading zero. Returns the number, or -1. */
static int parse_length(const char *s)
{
	size_t len = strlen(s);
	int n = 0;

	if (len == 0 || len > 3 || strspn(s, DIGITS) != len || (len > 1 && s[0] == '0'))
		return -1;
	for (size_t i = 0; i < len; i++)
		n = 10 * n + (s[i] - '0');
	return n;
}

/* Are all bits of an address from bit number `from` on zero? */
static bool host_bits_clear(const unsigned char *bytes, size_t len, size_t from)
{
	for (size_t bit = from; bit < 8 * len; bit++)
		if (bytes[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

static const char *prefix_expected(enum argument_family family)
{
	switch (family) {
	case ARGUMENT_FAMILY_IPV4:
		return "an IPv4 prefix, address/length (192.0.2.0/24)";
	case ARGUMENT_FAMILY_IPV6:
		return "an IPv6 prefix, address/length in its shortest spelling (2001:db8::/32)";
	case ARGUMENT_FAMILY_ANY:
	default:
		return "a prefix, address/length in its shortest spelling (192.0.2.0/24, "
		       "2001:db8::/32)";
	}
}

const char *form_prefix(const char *s, enum argument_family family)
{
	const char *slash = strchr(s, '/');
	char address[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	size_t len;
	int length;

	if (!slash || (size_t)(slash - s) >= sizeof(address))
		return prefix_expected(family);
	memcpy(address, s, (size_t)(slash - s));
	address[slash - s] = '\0';
	len = parse_address(address, family, bytes);
	if (!len)
		return prefix_expected(family);
	length = parse_length(slash + 1);
	if (length < 0 || (size_t)length > 8 * len)
		return len == 4 ? "a prefix length from 0 to 32" : "a prefix length from 0 to 128";
	if (!host_bits_clear(bytes, len, (size_t)length))
		return "a prefix without host bits (192.0.2.0/24, not 192.0.2.1/24)";
	return NULL;
}

const char *form_uuid(const char *s)
{
	static const char expected[] = "a UUID (lower-case hex, 8-4-4-4-12 digits)";

	if (strlen(s) != 36)
		return expected;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !hex_digit(s[i], false))
			return expected;
	}
	return NULL;
}

const char *form_account(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > ACCOUNT_MAX || strspn(s, LOWER "_") == 0 ||
	    strspn(s, LOWER DIGITS "_-") != len)
		return "a name that begins with a-z or _, made of a-z, 0-9, _ and -, at most 32 "
		       "bytes";
	return NULL;
}

const char *form_path(const char *s)
{
	size_t total = strlen(s);

	if (s[0] != '/')
		return "an absolute path";
	if (total >= PATH_MAX)
		return "a path of at most 4095 bytes";
	if (total == 1)
		return NULL;
	for (const char *p = s; *p; p += strcspn(p, "/")) {
		size_t len = strcspn(++p, "/");

		if (len == 0)
			return "a path without // and without / at its end";
		if (len > NAME_MAX)
			return "a path whose components have at most 255 bytes";
		if ((len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
			return "a path without . and .. components";
	}
	return NULL;
}

bool path_lies_below(const char *s, const char *directory)
{
	size_t len = strlen(directory);

	if (len == 1)
		return s[1] != '\0'; /* "/": everything but itself */
	return strncmp(s, directory, len) == 0 && s[len] == '/' && s[len + 1] != '\0';
}

/* Patterns are of the manifest's, and were held against what makes matching dear (pattern.c). */
static bool matches(const char *pattern, const char *value)
{
	cleanup_free char *anchored = NULL;
	regmatch_t whole;
	regex_t regex;
	bool fits;

	if (asprintf(&anchored, "^(%s)$", pattern) < 0) {
		anchored = NULL;
		return false;
	}
	if (regcomp(&regex, anchored, REG_EXTENDED) != 0)
		return false;
	fits = regexec(&regex, value, 1, &whole, 0) == 0 && whole.rm_so == 0 &&
	       value[whole.rm_eo] == '\0';
	regfree(&regex);
	return fits;
}

static const char *form_string(const struct argument *a, const char *s)
{
	size_t len = strlen(s);

	if (len < a->min_length || len > a->max_length)
		return "a text of another length";
	return !a->pattern || matches(a->pattern, s) ? NULL : "a text of the manifest's pattern";
}

static const char *form_enum(const struct argument *a, const char *s)
{
	for (size_t i = 0; i < a->values_len; i++)
		if (strcmp(a->values[i], s) == 0)
			return NULL;
	return "one of the manifest's values";
}

static const char *form_path_below(const struct argument *a, const char *s)
{
	const char *expected = form_path(s);

	if (expected || !a->below || path_lies_below(s, a->below))
		return expected;
	return "a path below the manifest's directory";
}

const char *form_text(const struct argument *a, const char *s)
{
	switch ((int)a->type) {
	case ARGUMENT_STRING:
		return form_string(a, s);
	case ARGUMENT_ENUM:
		return form_enum(a, s);
	case ARGUMENT_PATH:
		return form_path_below(a, s);
	case ARGUMENT_INTERFACE:
		return form_interface(s);
	case ARGUMENT_MAC:
		return form_mac(s);
	case ARGUMENT_ADDRESS:
		return form_address(s, a->family);
	case ARGUMENT_PREFIX:
		return form_prefix(s, a->family);
	case ARGUMENT_UUID:
		return form_uuid(s);
	case ARGUMENT_USER:
	case ARGUMENT_GROUP:
		return form_account(s);
	default:
		return "a type that is a text";
	}
}
