/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * postern gen doc: a page in Markdown about what a context offers, and what it may do. It says what
 * the manifest says: groups of rules and programs by their names, since what they stand for differs
 * between hosts (`postern explain` lists that).
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/capability.h>

#include "base/units.h"
#include "cli/gen.h"
#include "cli/rule_text.h"
#include "policy/policy.h"

static void paragraph(FILE *to, const char *text)
{
	(void)fputc('\n', to);
	gen_markdown_text(to, text);
	(void)fputc('\n', to);
}

static void capabilities_write(FILE *to, uint64_t capabilities)
{
	const char *between = "";

	for (int i = 0; i < 64; i++) {
		char *name;

		if (!(capabilities & UINT64_C(1) << i))
			continue;
		name = cap_to_name(i);
		for (char *p = name; p && *p; p++)
			*p = (char)toupper((unsigned char)*p);
		(void)fprintf(to, "%s`%s`", between, name ? name : "?");
		(void)cap_free(name);
		between = ", ";
	}
	(void)fputs(capabilities ? "" : "none", to);
}

static void network_write(const struct manifest *m, FILE *to)
{
	switch (m->network_namespace) {
	case MANIFEST_NETWORK_HOST:
		(void)fputs("the host's", to);
		break;
	case MANIFEST_NETWORK_PATH:
		gen_markdown_code(to, m->network_path);
		break;
	case MANIFEST_NETWORK_NAMED:
		gen_markdown_code(to, m->network.name);
		if (manifest_network_template(m)) {
			(void)fputs(", which the caller names; ", to);
			gen_markdown_code(to, m->network.arguments[0].name);
			(void)fputs(": ", to);
			gen_constraint(to, &m->network.arguments[0], gen_markdown_code);
		}
		break;
	case MANIFEST_NETWORK_OWN:
	default:
		(void)fputs("its own, an empty one", to);
		break;
	}
}

static void path_write(const struct manifest_path *p, FILE *to)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s%s", p->path, p->subtree && strcmp(p->path, "/") != 0 ? "/" : "") <
	    0)
		path = NULL;
	(void)fputs("- ", to);
	gen_markdown_code(to, path ? path : p->path);
	(void)fputs(": ", to);
	rule_rights_write(to, p->rights);
	if (p->device.kind != MANIFEST_DEVICE_ANY) {
		(void)fprintf(to, ", %s device", rule_device_word(p->device.kind));
		if (p->device.driver) {
			(void)fputs(" of ", to);
			gen_markdown_code(to, p->device.driver);
		}
	}
	for (size_t i = 0; i < p->ioctls_len; i++) {
		(void)fputs(i ? ", `" : ", ioctl `", to);
		rule_command_write(to, p->ioctls[i]);
		(void)fputc('`', to);
	}
	(void)fputc('\n', to);
}

static void grant_write(void *userdata, const char *key, const char *text, unsigned line)
{
	FILE *to = userdata;

	(void)line;
	(void)fprintf(to, "- %s: ", key);
	gen_markdown_code(to, text);
	(void)fputc('\n', to);
}

static void names_write(FILE *to, const char *what, const struct manifest_name *names, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		(void)fprintf(to, "- %s ", what);
		gen_markdown_code(to, names[i].name);
		(void)fputc('\n', to);
	}
}

static int rules_write(const struct manifest *m, const struct manifest_entrypoint *e, FILE *to)
{
	if (e->does != MANIFEST_DOES_CALL) {
		(void)fprintf(to, "\nposternd %s the network namespace that the caller means.\n",
			      e->does == MANIFEST_DOES_MAKE_NETWORK ? "makes" : "removes");
		return 0;
	}
	(void)fprintf(to, "\nThe kernel lets its workers do this%s:\n\n",
		      e->mode == MANIFEST_AUDIT ? ", and reports all else (audit mode)"
						: ", and refuses all else");
	(void)fputs("- capabilities: ", to);
	capabilities_write(to, e->capabilities);
	(void)fputc('\n', to);
	if (m->guard_metadata)
		(void)fputs("- what files look like is decided by the rules too\n", to);
	for (size_t i = 0; i < e->paths_len; i++)
		path_write(&e->paths[i], to);
	names_write(to, "the group of rules", e->includes, e->includes_len);
	names_write(to, "execute, with all that it needs,", e->programs, e->programs_len);
	for (size_t i = 0; i < e->netlink.messages_len; i++) {
		cleanup_free char *text = policy_message_text(&e->netlink.messages[i]);

		if (!text)
			return -ENOMEM;
		grant_write(to, "netlink", text, 0);
	}
	for (size_t i = 0; i < e->netlink.listens_len; i++) {
		cleanup_free char *text = policy_listen_text(&e->netlink.listens[i]);

		if (!text)
			return -ENOMEM;
		grant_write(to, "netlink", text, 0);
	}
	return policy_sockets_describe(e, grant_write, to);
}

static const char *isolation_text(enum manifest_isolation isolation)
{
	switch (isolation) {
	case MANIFEST_ISOLATION_CALL:
		return " Each call has a process of its own.";
	case MANIFEST_ISOLATION_CALLER:
		return " Each user who calls has a process of its own.";
	case MANIFEST_ISOLATION_ENTRYPOINT:
	default:
		return "";
	}
}

static int entrypoint_write(const struct manifest *m, const struct manifest_entrypoint *e, FILE *to)
{
	char timeout[UNITS_TEXT_MAX];

	(void)fputs("\n## ", to);
	gen_markdown_text(to, e->name);
	(void)fputc('\n', to);
	if (e->description)
		paragraph(to, e->description);
	(void)fputs(e->arguments_len ? "\nArguments:\n\n" : "\nNo arguments.\n", to);
	for (size_t i = 0; i < e->arguments_len; i++) {
		(void)fprintf(to, "- `%s`: ", e->arguments[i].name);
		gen_constraint(to, &e->arguments[i], gen_markdown_code);
		(void)fputc('\n', to);
	}
	(void)fputs("\nResult: ", to);
	gen_constraint(to, &e->result, gen_markdown_code);
	(void)fprintf(to, ". Timeout: %s.%s\n", units_format_duration(timeout, e->timeout_ns),
		      isolation_text(e->isolation));
	for (size_t i = 0; i < e->slots_len; i++)
		(void)fprintf(to, "\n`{%s}` below is the value of that argument in each call.\n",
			      e->arguments[e->slots[i]].name);
	return rules_write(m, e, to);
}

static const char errors[] =
	"\n## Errors\n\n"
	"A call that fails says which of these it was. In C it returns the negative errno.\n\n"
	"| result | errno | meaning |\n"
	"|---|---|---|\n"
	"| failed | the function's | the function reports an error that is no denial |\n"
	"| denied | the function's | the kernel refused what no rule above grants |\n"
	"| bad argument | EINVAL | an argument is missing, unknown or wrong; the function did not "
	"run |\n"
	"| not permitted | EACCES | this user may not call the context |\n"
	"| timed out | ETIMEDOUT | it took too long |\n"
	"| worker died | ECONNRESET | the worker ended before it answered |\n"
	"| protocol error | EPROTO | an answer does not follow the protocol |\n"
	"| not available | ENOENT, ECONNREFUSED | there is no such context or entrypoint, or it "
	"does "
	"not start |\n"
	"| busy | EBUSY | too many connections or calls |\n"
	"| cancelled | ECANCELED | the caller took its call back, and what ran of it was killed "
	"|\n";

int gen_doc(const struct manifest *m, const char *prefix, FILE *to, struct error *err)
{
	int r = 0;

	(void)prefix;
	(void)fputs("# The context ", to);
	gen_markdown_text(to, m->name);
	(void)fputc('\n', to);
	if (m->description)
		paragraph(to, m->description);
	(void)fputs("\nNetwork namespace: ", to);
	network_write(m, to);
	(void)fputs(
		".\n\nMade by `postern gen doc` from the manifest, which also says who may call.\n",
		to);
	for (size_t i = 0; i < m->entrypoints_len && r == 0; i++)
		r = entrypoint_write(m, &m->entrypoints[i], to);
	(void)fputs(errors, to);
	return r < 0 ? error_set(err, -ENOMEM, "context %s", m->name) : 0;
}
