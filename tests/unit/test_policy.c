/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From manifests with every kind of rule to the entries of the kernel's maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/fs.h>
#include <string.h>

#include "manifest/parts.h"
#include "manifest/rule_path.h"
#include "policy/policy.h"
#include "policy/rule_entries.h"

#define HEAD                                                                                       \
	"context: probe\nmodule: probe.so\nuser: root\ngroup: root\ncallers: {users: [root]}\n"    \
	"entrypoints:\n  e:\n"

static struct manifest *parsed(const char *text, unsigned flags)
{
	struct manifest_problems problems = {};
	struct error err = {};
	struct manifest *m = NULL;

	if (manifest_parse("probe.yaml", text, strlen(text), flags, &m, &problems, &err) < 0) {
		manifest_problems_print(&problems, "probe.yaml", stderr);
		fail_msg("%s", error_text(&err));
	}
	manifest_problems_clear(&problems);
	return m;
}

static struct policy *compiled(const struct manifest *m)
{
	struct policy *p = NULL;

	assert_int_equal(policy_compile(m, &m->entrypoints[0], &p, NULL), 0);
	return p;
}

static void test_globs(void **state)
{
	static const struct {
		const char *glob, *name;
		bool matches;
	} cases[] = {
		{"*", "", true},
		{"*", "anything", true},
		{"*.conf", "a.conf", true},
		{"*.conf", ".conf", true},
		{"*.conf", "a.confx", false},
		{"dm-*", "dm-0", true},
		{"dm-*", "dm", false},
		{"?", "a", true},
		{"?", "", false},
		{"?", "ab", false},
		{"a?c", "abc", true},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXcYb", false},
		{"*a", "bbba", true},
		{"*aab", "aaaab", true},
		{"", "", true},
		{"", "a", false},
		{"abc", "abc", true},
		{"abc", "abd", false},
		{"*?", "", false},
		{"*?", "x", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (policy_glob_matches(cases[i].glob, strlen(cases[i].glob), cases[i].name,
					strlen(cases[i].name)) != cases[i].matches)
			fail_msg("%s and %s", cases[i].glob, cases[i].name);
}

static void test_path_parts(void **state)
{
	const char *at = "/a/eth{link}0/*.x";
	struct rule_part part;

	(void)state;
	assert_int_equal(rule_path_literal(at), 2);
	assert_int_equal(rule_path_literal("/a/b"), 4);
	assert_int_equal(rule_path_literal("/*"), 0);
	assert_false(rule_path_is_pattern("/"));
	assert_true(rule_path_is_pattern("/{a}"));
	assert_true(rule_path_next(&at, &part));
	assert_int_equal(part.kind, RULE_LITERAL);
	assert_true(rule_path_next(&at, &part));
	assert_int_equal(part.kind, RULE_SLOT);
	assert_int_equal(part.before, 3);
	assert_int_equal(part.behind, 1);
	assert_int_equal(part.argument_len, 4);
	assert_true(rule_path_next(&at, &part));
	assert_int_equal(part.kind, RULE_GLOB);
	assert_false(rule_path_next(&at, &part));
}

static void test_rules(void **state)
{
	struct manifest *m = parsed(
		HEAD
		"    arguments: {x: uuid, link: interface}\n"
		"    paths:\n"
		"      /etc/motd: [read]\n"
		"      /srv/ok/: [list]\n"
		"      /var/lib/a{x}b/*/{link}: [read]\n"
		"      /dev/dm-*: {allow: [ioctl], ioctl: [BLKFLSBUF], device: {block: d-m}}\n",
		0);
	struct policy *p = compiled(m);
	struct postern_pattern pattern;

	(void)state;
	assert_int_equal(p->len, 4);
	assert_string_equal(p->rules[0].directory, "/etc");
	assert_string_equal(p->rules[0].name, "motd");
	assert_string_equal(p->rules[1].directory, "/srv/ok");
	assert_null(p->rules[1].name);
	assert_true(p->rules[1].subtree);
	assert_string_equal(p->rules[2].directory, "/var/lib");
	assert_int_equal(p->rules[2].parts_len, 3);
	assert_int_equal(p->rules[2].parts[0].kind, POSTERN_PART_SLOT);
	assert_string_equal(p->rules[2].parts[0].text, "ab");
	assert_int_equal(p->rules[2].parts[0].before, 1);
	assert_int_equal(p->rules[2].parts[0].slot, 0);
	assert_int_equal(p->rules[2].parts[2].slot, 1);
	assert_string_equal(p->rules[3].device.driver, "d-m");
	assert_int_equal(p->rules[3].ioctls[0], BLKFLSBUF);

	assert_int_equal(policy_pattern(&p->rules[2], "devices/net", &pattern), 0);
	assert_int_equal(pattern.parts, 5);
	assert_int_equal(pattern.gap, 5);
	assert_int_equal(pattern.flags, 0);
	assert_int_equal(pattern.part[0].kind, POSTERN_PART_LITERAL);
	assert_memory_equal(pattern.text, "devicesnetab*", 13);
	assert_int_equal(pattern.part[2].at, 10);
	assert_int_equal(pattern.part[2].len, 2);
	assert_int_equal(pattern.part[3].kind, POSTERN_PART_GLOB);
	assert_int_equal(pattern.part[4].len, 0);
	assert_int_equal(pattern.part[4].slot, 1);
	/* A name rule as a pattern, for proc and sysfs. */
	assert_int_equal(policy_pattern(&p->rules[0], "a/b", &pattern), 0);
	assert_int_equal(pattern.parts, 3);
	assert_int_equal(policy_pattern(&p->rules[1], "a", &pattern), 0);
	assert_int_equal(pattern.flags, POSTERN_PATTERN_SUBTREE);
	assert_int_equal(policy_pattern(&p->rules[0], "a/b/c/d/e/f/g/h/i/j/k/l", &pattern), -E2BIG);
	policy_free(p);
	manifest_free(m);
}

static void test_nearest(void **state)
{
	struct manifest *m = parsed(HEAD "    arguments: {link: interface}\n"
					 "    paths:\n"
					 "      /sys/class/net/{link}/mtu: [read]\n"
					 "      /var/lib/*/x.conf: [read]\n"
					 "      /var/log/: [read]\n",
				    0);
	struct policy *p = compiled(m);
	char place[64];

	(void)state;
	assert_string_equal(policy_nearest(p, "/sys/class/net/eth0/address")->path,
			    "/sys/class/net/{link}/mtu");
	assert_string_equal(policy_nearest(p, "/var/lib/any/y.conf")->path, "/var/lib/*/x.conf");
	assert_string_equal(policy_nearest(p, "/var/log/x")->path, "/var/log");
	assert_string_equal(
		policy_rule_place(policy_nearest(p, "/var/log/x"), "f.yaml", place, sizeof(place)),
		"f.yaml:12");
	policy_free(p);
	manifest_free(m);
}

static void test_bundle(void **state)
{
	static const char bundle[] =
		HEAD "    include: [own]\n    exec: [/bin/x]\n    paths: {/etc/motd: [read]}\n"
		     "\n" BUNDLE_MARK "/g/own.yaml\n# first\ngroup: own\npaths:\n"
		     "  /srv/own/: [read, list]\n"
		     "\n" BUNDLE_MARK "/bin/x\nprogram: \"/bin/x\"\npaths:\n"
		     "  \"/bin/x\": [read, execute]\n  \"/lib/l.so\": [read, execute]\n";
	struct manifest *m = parsed(bundle, MANIFEST_BUNDLE);
	struct policy *p = compiled(m);
	char place[64];

	(void)state;
	assert_int_equal(p->len, 4);
	assert_string_equal(policy_rule_place(&p->rules[0], "f", place, sizeof(place)), "f:10");
	assert_string_equal(p->rules[1].path, "/srv/own");
	/* Lines count from the part's own beginning. */
	assert_string_equal(policy_rule_place(&p->rules[1], "f", place, sizeof(place)),
			    "/g/own.yaml:4");
	assert_string_equal(p->rules[3].path, "/lib/l.so");
	assert_string_equal(policy_rule_place(&p->rules[3], "f", place, sizeof(place)),
			    "exec of /bin/x");
	policy_free(p);
	manifest_free(m);
}

static void bundle_fails(const char *text, const char *said)
{
	struct manifest_problems problems = {};
	struct error err = {};
	struct manifest *m = NULL;

	assert_true(manifest_parse("b", text, strlen(text), MANIFEST_BUNDLE, &m, &problems, &err) <
		    0);
	assert_null(m);
	if (!strstr(error_text(&err), said))
		fail_msg("%s instead of %s", error_text(&err), said);
	error_clear(&err);
	manifest_problems_clear(&problems);
}

static void test_bundle_wrong(void **state)
{
	struct manifest_problems problems = {};
	struct manifest *m = NULL;
	static const char alone[] = HEAD "    paths: {/a: [read]}\n" BUNDLE_MARK "x\ngroup: g\n";

	(void)state;
	bundle_fails(HEAD "    include: [own]\n", "lacks the group own");
	bundle_fails(HEAD "    exec: [/x]\n", "lacks the program /x");
	bundle_fails(HEAD "    include: [own]\n" BUNDLE_MARK "g\ngroup: own\n", "\"paths\"");
	bundle_fails(HEAD "    include: [own]\n" BUNDLE_MARK "g\n", "empty");
	bundle_fails(HEAD "    include: [own]\n" BUNDLE_MARK "g", "cut off");
	bundle_fails(HEAD "    include: [own]\n" BUNDLE_MARK
			  "g\ngroup: own\npaths: {\"/{x}/a\": [read]}\n",
		     "a group has not");
	/* By itself a manifest cannot bring its parts along. */
	assert_int_equal(manifest_parse("a", alone, strlen(alone), 0, &m, &problems, NULL),
			 -EBADMSG);
	manifest_problems_clear(&problems);
}

/* Ties every rule to one directory, with the kernel's pattern for those that are one. */
static int tied(const struct policy *p, struct rule_entries *all, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < p->len && r == 0; i++) {
		struct postern_pattern pattern;
		struct rule_tie tie = {.policy = p, .rule = i, .key = {.policy = 7, .ino = 9}};

		if (p->rules[i].parts) {
			assert_int_equal(policy_pattern(&p->rules[i], "", &pattern), 0);
			tie.pattern = &pattern;
		}
		tie.device =
			p->rules[i].device.kind == MANIFEST_DEVICE_BLOCK ? POSTERN_DEVICE_BLOCK : 0;
		r = rule_entries_add(all, &tie, err);
	}
	return r == 0 ? rule_entries_finish(all, 7) : r;
}

static void test_entries(void **state)
{
	struct rule_entries *all = calloc(1, sizeof(*all));
	struct manifest *m = parsed(
		HEAD "    paths:\n"
		     "      /d/: [list]\n"
		     "      /d/a: {allow: [read, ioctl], ioctl: [BLKROGET, BLKFLSBUF]}\n"
		     "      /e/a: {allow: [write, ioctl], ioctl: [BLKSSZGET]}\n"
		     "      /d/b: {allow: [ioctl], ioctl: [BLKSSZGET, BLKFLSBUF, BLKROGET]}\n"
		     "      /d/*.x: [read]\n"
		     "      /e/?/y: {allow: [ioctl], ioctl: [BLKROGET]}\n",
		0);
	const struct postern_directory_key above = {.policy = 7, .ino = 8};
	struct policy *p = compiled(m);

	(void)state;
	assert_int_equal(tied(p, all, NULL), 0);
	assert_int_equal(rule_entries_lead(all, &above), 0);
	assert_int_equal(all->directories_len, 2);
	assert_int_equal(all->directories[0].grant.rule.rights, POSTERN_LIST);
	assert_int_equal(all->directories[0].grant.rule.flags,
			 POSTERN_RULE_NAMES | POSTERN_RULE_PATTERNS);
	assert_int_equal(all->directories[1].grant.rule.rights, 0);
	assert_int_equal(all->directories[1].grant.rule.flags, POSTERN_RULE_LEADS);
	/* Two paths to one entry add up, and lists of the same commands are one. */
	assert_int_equal(all->names_len, 2);
	assert_int_equal(all->names[0].grant.rule.rights,
			 POSTERN_READ | POSTERN_WRITE | POSTERN_IOCTL);
	assert_int_equal(all->names[0].grant.rule.ioctls, 1);
	assert_int_equal(all->names[1].grant.rule.ioctls, 1);
	assert_int_equal(all->patterns_len, 2);
	assert_int_equal(all->patterns[0].key.index, 0);
	assert_int_equal(all->patterns[1].key.index, 1);
	assert_int_equal(all->patterns[0].pattern.rule.rights, POSTERN_READ);
	assert_int_equal(all->patterns[1].pattern.rule.ioctls, 2);
	assert_int_equal(all->ioctls_len, 4);
	assert_int_equal(all->ioctls[3].list, 2);
	assert_int_equal(all->ioctls[3].command, BLKROGET);
	rule_entries_free(all);
	policy_free(p);
	manifest_free(m);
}

static void test_contradiction(void **state)
{
	struct rule_entries *all = calloc(1, sizeof(*all));
	struct manifest *m = parsed(HEAD "    paths:\n"
					 "      /d/a: {allow: [read], device: block}\n"
					 "      /e/a: [write]\n",
				    0);
	struct policy *p = compiled(m);
	struct error err = {};

	(void)state;
	assert_int_equal(tied(p, all, &err), -EINVAL);
	assert_non_null(strstr(error_text(&err), ":9"));
	assert_non_null(strstr(error_text(&err), ":10"));
	error_clear(&err);
	rule_entries_free(all);
	policy_free(p);
	manifest_free(m);
}

static void test_too_many_patterns(void **state)
{
	struct rule_entries *all = calloc(1, sizeof(*all));
	char text[16384] = HEAD "    paths:\n";
	size_t len = strlen(text);
	struct manifest *m;
	struct policy *p;
	struct error err = {};

	(void)state;
	for (int i = 0; i <= POSTERN_PATTERNS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "      /d/*%d: [read]\n",
					i);
	m = parsed(text, 0);
	p = compiled(m);
	assert_int_equal(tied(p, all, &err), -E2BIG);
	assert_non_null(strstr(error_text(&err), "/d/*64"));
	error_clear(&err);
	rule_entries_free(all);
	policy_free(p);
	manifest_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_path_parts),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_bundle),
		cmocka_unit_test(test_bundle_wrong),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_contradiction),
		cmocka_unit_test(test_too_many_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
