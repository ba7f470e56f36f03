/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One entrypoint's netlink messages, from the manifest's text to the policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "netlink_fixture.h"

#define HEAD                                                                                       \
	"context: probe\nmodule: probe.so\nuser: root\ngroup: root\ncallers: {users: [root]}\n"    \
	"entrypoints:\n  e:\n    arguments: {name: interface, id: uuid}\n    netlink:\n"

void compile(struct fixture *f, const char *netlink)
{
	struct manifest_problems problems = {};
	cleanup_free char *text = NULL;
	struct error err = {};

	assert_true(asprintf(&text, "%s%s", HEAD, netlink) > 0);
	if (manifest_parse("probe.yaml", text, strlen(text), 0, &f->manifest, &problems, &err) <
	    0) {
		manifest_problems_print(&problems, "probe.yaml", stderr);
		fail_msg("%s", error_text(&err));
	}
	manifest_problems_clear(&problems);
	assert_int_equal(
		policy_compile(f->manifest, &f->manifest->entrypoints[0], &f->policy, NULL), 0);
}

int set_up(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

int tear_down(void **state)
{
	struct fixture *f = *state;

	policy_free(f->policy);
	manifest_free(f->manifest);
	free(f);
	return 0;
}

const struct postern_netlink_rule *rule_of(const struct fixture *f, uint16_t protocol,
					   uint32_t type, const char *family)
{
	const struct policy_message *m =
		policy_message_find(&f->policy->netlink, protocol, type, family);

	assert_non_null(m);
	return &m->rule;
}

const struct postern_netlink_check *check_of(const struct postern_netlink_rule *rule,
					     enum postern_check_kind kind, unsigned at)
{
	const struct postern_netlink_check *found = NULL;

	for (size_t i = 0; i < CHECKS_MAX; i++) {
		if (rule->checks[i].kind != kind || rule->checks[i].at != at)
			continue;
		assert_null(found);
		found = &rule->checks[i];
	}
	return found;
}

size_t checks_len(const struct postern_netlink_rule *rule)
{
	uint64_t checked[2] = {0, 0};
	size_t n = 0;

	for (; n < CHECKS_MAX && rule->checks[n].kind; n++)
		if (rule->checks[n].kind != POSTERN_CHECK_INDEX_HEADER &&
		    rule->checks[n].kind != POSTERN_CHECK_NUMBER_HEADER)
			checked[rule->checks[n].at / 64] |= BIT(rule->checks[n].at % 64);
	assert_memory_equal(rule->checked, checked, sizeof(checked));
	return n;
}

const struct postern_words *words_of(const struct fixture *f,
				     const struct postern_netlink_check *check)
{
	assert_non_null(check);
	assert_in_range(check->list, 1, f->policy->netlink.words_len);
	return &f->policy->netlink.words[check->list - 1];
}
