/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern explain: what an entrypoint may do, rule by rule, and where each rule stands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/context_file.h"
#include "cli/exit.h"
#include "cli/jsonl.h"
#include "cli/options.h"
#include "cli/rule_text.h"
#include "cli/say.h"
#include "policy/bundle.h"
#include "policy/policy.h"

#define TEXT_MAX 4096

struct explain {
	const char *contexts, *groups;
	bool json;
	const struct manifest *manifest;
	const struct manifest_entrypoint *entrypoint;
};

static void fault(const char *file, const struct manifest_problems *problems,
		  const struct error *err)
{
	(void)fflush(stdout);
	manifest_problems_print(problems, file, stderr);
	if (problems->len == 0)
		say_struct(err);
}

/* "CONTEXT", "CONTEXT.ENTRYPOINT", or a path (it holds a slash) to a manifest or its folder, and
 * behind a colon the entrypoint. */
static char *manifest_file(const struct explain *x, const char *operand,
			   const char **ret_entrypoint)
{
	bool path = strchr(operand, '/') != NULL;
	const char *cut = path ? strrchr(operand, ':') : strchr(operand, '.');
	cleanup_free char *front =
		strndup(operand, cut ? (size_t)(cut - operand) : strlen(operand));

	*ret_entrypoint = cut ? cut + 1 : NULL;
	return front ? context_file(x->contexts, front, path) : NULL;
}

static const char *rule_path(const struct policy_rule *rule, char *to)
{
	(void)snprintf(to, TEXT_MAX + 1, "%s%s", rule->path,
		       rule->subtree && strcmp(rule->path, "/") != 0 ? "/" : "");
	return to;
}

static void rule_print(const struct explain *x, const struct policy_rule *rule)
{
	char text[TEXT_MAX + 1];

	(void)fputs("  ", stdout);
	(void)rule_path(rule, text);
	say_escaped(stdout, text, strlen(text), 0);
	(void)fputs("  [", stdout);
	rule_rights_write(stdout, rule->rights);
	(void)fputc(']', stdout);
	if (rule->device.kind != MANIFEST_DEVICE_ANY) {
		printf(", %s device", rule_device_word(rule->device.kind));
		if (rule->device.driver) {
			(void)fputs(" of ", stdout);
			say_escaped(stdout, rule->device.driver, strlen(rule->device.driver), 0);
		}
	}
	for (size_t i = 0; i < rule->ioctls_len; i++) {
		(void)fputs(i ? ", " : ", ioctl ", stdout);
		rule_command_write(stdout, rule->ioctls[i]);
	}
	(void)fputs("  (", stdout);
	(void)policy_rule_place(rule, x->manifest->file, text, sizeof(text));
	say_escaped(stdout, text, strlen(text), 0);
	(void)fputs(")\n", stdout);
}

static void rule_json(const struct explain *x, const struct manifest_entrypoint *e,
		      const struct policy_rule *rule)
{
	struct jsonl j = {.to = stdout};
	char text[TEXT_MAX + 1];

	jsonl_open(&j, NULL, '{');
	jsonl_string(&j, "context", x->manifest->name);
	jsonl_string(&j, "entrypoint", e->name);
	jsonl_path(&j, "path", rule_path(rule, text));
	jsonl_open(&j, "rights", '[');
	for (unsigned i = 0; i < MANIFEST_RIGHTS; i++)
		if (rule->rights & 1u << i)
			jsonl_string(&j, NULL, manifest_right_name(i));
	jsonl_close(&j, ']');
	jsonl_open(&j, "ioctl", '[');
	for (size_t i = 0; i < rule->ioctls_len; i++)
		jsonl_unsigned(&j, NULL, rule->ioctls[i]);
	jsonl_close(&j, ']');
	jsonl_string(&j, "device",
		     rule->device.kind == MANIFEST_DEVICE_ANY
			     ? NULL
			     : rule_device_word(rule->device.kind));
	jsonl_string(&j, "driver", rule->device.driver);
	if (rule->is_program) {
		jsonl_string(&j, "exec_of", rule->source + strlen("exec of "));
	} else {
		jsonl_path(&j, "file", rule->source ? rule->source : x->manifest->file);
		jsonl_unsigned(&j, "line", rule->line);
	}
	jsonl_close(&j, '}');
	jsonl_end(&j);
}

/* One line of what is allowed of sockets. */
static void grant_print(void *userdata, const char *key, const char *text, unsigned line)
{
	const struct explain *x = userdata;
	struct jsonl j = {.to = stdout};

	if (x->json) {
		jsonl_open(&j, NULL, '{');
		jsonl_string(&j, "context", x->manifest->name);
		jsonl_string(&j, "entrypoint", x->entrypoint->name);
		jsonl_string(&j, "key", key);
		jsonl_string(&j, "grants", text);
		jsonl_path(&j, "file", x->manifest->file);
		jsonl_unsigned(&j, "line", line);
		jsonl_close(&j, '}');
		jsonl_end(&j);
		return;
	}
	printf("  %s: ", key);
	say_escaped(stdout, text, strlen(text), 0);
	(void)fputs("  (", stdout);
	say_escaped(stdout, x->manifest->file, strlen(x->manifest->file), 0);
	printf(":%u)\n", line);
}

static void netlink_explain(struct explain *x, const struct manifest_entrypoint *e)
{
	for (size_t i = 0; i < e->netlink.messages_len; i++) {
		const struct manifest_message *m = &e->netlink.messages[i];
		cleanup_free char *text = policy_message_text(m);

		if (text)
			grant_print(x, "netlink", text, m->place.line);
	}
	for (size_t i = 0; i < e->netlink.listens_len; i++) {
		const struct manifest_listen *listen = &e->netlink.listens[i];
		cleanup_free char *text = policy_listen_text(listen);

		if (text)
			grant_print(x, "netlink", text, listen->place.line);
	}
}

static void head_print(const struct explain *x, const struct manifest_entrypoint *e)
{
	printf("%s.%s  (", x->manifest->name, e->name);
	say_escaped(stdout, x->manifest->file, strlen(x->manifest->file), 0);
	printf(":%u)", e->place.line);
	if (e->mode == MANIFEST_AUDIT)
		(void)fputs(", audit: what no rule grants is allowed and reported", stdout);
	if (e->isolation == MANIFEST_ISOLATION_CALL)
		(void)fputs(", a process for each call", stdout);
	if (e->isolation == MANIFEST_ISOLATION_CALLER)
		printf(", a process for each of %u callers at one time", e->workers);
	if (x->manifest->guard_metadata)
		(void)fputs(", guarded metadata", stdout);
	(void)fputc('\n', stdout);
	for (size_t i = 0; i < e->slots_len; i++)
		printf("  {%s} is the value of that argument in each call\n",
		       e->arguments[e->slots[i]].name);
	if (e->does != MANIFEST_DOES_CALL)
		printf("  posternd %s the network namespace that the caller means\n",
		       e->does == MANIFEST_DOES_MAKE_NETWORK ? "makes" : "removes");
	else if (e->paths_len == 0)
		(void)fputs("  no path\n", stdout);
}

static int entrypoint_explain(struct explain *x, const struct manifest_entrypoint *e)
{
	cleanup_error struct error err = {};
	struct policy *policy = NULL;

	if (policy_compile(x->manifest, e, &policy, &err) < 0) {
		say_struct(&err);
		return CLI_FAILED;
	}
	if (!x->json)
		head_print(x, e);
	for (size_t i = 0; i < policy->len; i++) {
		if (x->json)
			rule_json(x, e, &policy->rules[i]);
		else
			rule_print(x, &policy->rules[i]);
	}
	policy_free(policy);
	x->entrypoint = e;
	netlink_explain(x, e);
	if (policy_sockets_describe(e, grant_print, x) < 0) {
		say_error("out of memory");
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int entrypoint_unknown(const struct manifest *m, const char *name)
{
	struct nearest n = {.text = name, .len = strlen(name)};

	for (size_t i = 0; i < m->entrypoints_len; i++)
		nearest_offer(&n, m->entrypoints[i].name);
	say_error("context %s has no entrypoint \"%s\"", m->name, name);
	if (n.best)
		say_hint("did you mean %s.%s?", m->name, n.best);
	return CLI_FAILED;
}

static int explain(struct explain *x, const struct manifest *m, const char *entrypoint)
{
	int r = CLI_OK;

	x->manifest = m;
	if (entrypoint && !manifest_entrypoint(m, entrypoint))
		return entrypoint_unknown(m, entrypoint);
	for (size_t i = 0; i < m->entrypoints_len && r == CLI_OK; i++)
		if (!entrypoint || strcmp(m->entrypoints[i].name, entrypoint) == 0)
			r = entrypoint_explain(x, &m->entrypoints[i]);
	return r;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct explain x = {.contexts = POSTERN_CONTEXT_DIR};
	const struct option_spec specs[] = {
		{.name = "contexts", .value = &x.contexts, .meaning = "DIR"},
		{.name = "groups", .value = &x.groups, .meaning = "DIR"},
		{.name = "json", .flag = &x.json},
	};
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	cleanup_free char *file = NULL;
	struct manifest *m = NULL;
	const char *entrypoint;
	int r;

	if (!options_read(verb, specs, ARRAY_SIZE(specs), &argc, argv, &r))
		return r;
	if (argc != 1)
		return options_usage(verb, argc ? "one context at a time" : "which context?");
	file = manifest_file(&x, argv[0], &entrypoint);
	if (!file) {
		say_error("out of memory");
		return CLI_FAILED;
	}
	if (bundle_read(file, x.groups, 0, &m, &problems, &err) < 0) {
		fault(file, &problems, &err);
		r = CLI_FAILED;
	} else {
		r = explain(&x, m, entrypoint);
	}
	manifest_problems_clear(&problems);
	manifest_free(m);
	return r;
}

const struct verb verb_explain = {
	.name = "explain",
	.operands = "[--json] [--contexts DIR] [--groups DIR] CONTEXT[.ENTRYPOINT]",
	.summary = "list what an entrypoint may do",
	.help = "Lists every rule of a context's entrypoints, with the line of the manifest or of "
		"the group that\n"
		"says it, or the program of `exec` that needs it. Interpreters, shared libraries "
		"and groups are\n"
		"listed one by one, as this host has them now. Only files are read.\n\n"
		"With a slash in it, the operand is the path of a manifest or of its folder; an "
		"entrypoint\n"
		"stands behind a colon then (./context.yaml:update_motd).\n\n"
		"  --contexts DIR  folder of contexts (default " POSTERN_CONTEXT_DIR ")\n"
		"  --groups DIR    folder in which groups are looked for first\n"
		"  --json          one JSON object a line for each rule",
	.run = run,
};
