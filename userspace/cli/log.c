/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern log: the denials that posternd keeps, and those that come. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "cli/admin_client.h"
#include "cli/exit.h"
#include "cli/jsonl.h"
#include "cli/options.h"
#include "cli/say.h"
#include "lib/netlink_words.h"
#include "lib/words.h"
#include "policy/hooks.h"

struct log_options {
	bool follow, json;
	const char *context, *socket;
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

/* What of a path is known: enum of admin_record.path_state. */
enum { PATH_WHOLE = 0, PATH_TAIL = 1, PATH_OUTSIDE = 2 };

static void print_object(const struct admin_record *d)
{
	if (!d->path[0])
		return;
	printf(" \"%s", d->path_state == PATH_TAIL ? "..." : "");
	say_escaped(stdout, d->path, strlen(d->path), ESCAPE_QUOTED);
	printf("\"%s", d->path_state == PATH_OUTSIDE ? " (outside the context's root)" : "");
}

/* Behind what people look for first. */
static void print_details(const struct admin_record *d)
{
	if (d->hook < hooks_len)
		printf("hook %s ", hook_name(d->hook));
	if (d->ino)
		printf("inode %" PRIu64 " of device %u:%u ", d->ino, d->dev >> 20,
		       d->dev & 0xfffff);
	printf("policy %" PRIu64 " pid %u (", d->policy, d->pid);
	say_escaped(stdout, d->comm, strlen(d->comm), 0);
	printf(") uid %u", d->uid);
}

/* What the worker says about whose call it was. */
static void print_claim(const struct admin_record *d)
{
	if (!d->call && !d->caller_known)
		return;
	printf(" (it claims");
	if (d->call)
		printf(" call %" PRIu64, d->call);
	if (d->caller_known)
		printf(" of uid %u", d->caller);
	printf(")");
}

/* What was refused, and why. */
static void print_what(const struct admin_record *d)
{
	char rights[WORDS_RIGHTS_MAX], object[MESSAGE_TEXT_MAX], fault[MESSAGE_TEXT_MAX];

	if (d->operation == POSTERN_OP_NETLINK) {
		printf(" ");
		(void)message_object(&d->message, object);
		say_escaped(stdout, object, strlen(object), 0);
		printf(": ");
		(void)message_fault(&d->message, fault);
		say_escaped(stdout, fault, strlen(fault), 0);
		printf("; ");
		return;
	}
	rights_text(d->operation, d->rights, rights);
	print_object(d);
	if (rights[0])
		printf(", needs %s", rights);
	printf(": %s; ", reason_text(d->reason));
}

static void print_text(const struct admin_record *d)
{
	say_time(stdout, d->time, SAY_LOCAL);
	printf(" ");
	say_escaped(stdout, d->context, strlen(d->context), 0);
	printf(".");
	say_escaped(stdout, d->entrypoint, strlen(d->entrypoint), 0);
	if (d->network[0]) {
		printf(" in ");
		say_escaped(stdout, d->network, strlen(d->network), 0);
	}
	printf(": %s %s", d->audit ? "audit" : "denied", operation_name(d->operation));
	print_what(d);
	print_details(d);
	print_claim(d);
	if (d->text[0]) {
		/* With a line the text is a rule, without one it is advice. */
		printf("; %s", d->line ? "nearest rule: " : "");
		say_escaped(stdout, d->text, strlen(d->text), 0);
	}
	printf("\n");
}

static bool has_rights(const struct admin_record *d)
{
	return d->operation != POSTERN_OP_CAPABILITY && d->operation != POSTERN_OP_NETLINK;
}

static void message_json(struct jsonl *j, const struct postern_message *m)
{
	char name[MESSAGE_NAME_MAX], text[MESSAGE_TEXT_MAX], family[POSTERN_GENERIC_NAME + 1];

	(void)snprintf(family, sizeof(family), "%.*s", POSTERN_GENERIC_NAME, m->family);
	jsonl_open(j, "message", '{');
	jsonl_string(
		j, "name",
		message_name(m->protocol, m->type, family[0] ? family : NULL, m->command, name));
	jsonl_unsigned(j, "protocol", m->protocol);
	jsonl_unsigned(j, "type", m->type);
	jsonl_string(j, "fault", message_fault_word(m->fault));
	jsonl_string(j, "why", message_fault(m, text));
	if (m->attribute)
		jsonl_string(j, "attribute", message_attribute(m, name));
	if (m->fault == POSTERN_MESSAGE_INTERFACE) {
		if (m->name[0]) {
			(void)snprintf(text, sizeof(text), "%.*s", (int)sizeof(m->name), m->name);
			jsonl_path(j, "interface", text);
		} else {
			jsonl_unsigned(j, "interface_index", m->index);
		}
	}
	jsonl_close(j, '}');
}

static void print_json(const struct admin_record *d)
{
	static const char *const states[] = {"whole", "tail", "outside"};
	struct jsonl j = {.to = stdout};

	jsonl_open(&j, NULL, '{');
	jsonl_string(&j, "type", d->audit ? "audit" : "denied");
	jsonl_time(&j, "time", d->time);
	jsonl_string(&j, "context", d->context);
	jsonl_string(&j, "entrypoint", d->entrypoint);
	if (d->network[0])
		jsonl_string(&j, "network", d->network);
	jsonl_string(&j, "operation", operation_name(d->operation));
	if (d->path[0]) {
		jsonl_path(&j, "path", d->path);
		jsonl_string(&j, "path_state",
			     d->path_state < ARRAY_SIZE(states) ? states[d->path_state]
								: "unknown");
	}
	jsonl_unsigned(&j, "device", d->dev);
	jsonl_unsigned(&j, "inode", d->ino);
	jsonl_open(&j, "missing", '[');
	for (uint32_t bit = 1; has_rights(d) && bit; bit <<= 1) {
		char word[WORDS_RIGHTS_MAX];

		rights_text(d->operation, d->rights & bit, word);
		if (word[0])
			jsonl_string(&j, NULL, word);
	}
	if (d->operation == POSTERN_OP_CAPABILITY)
		jsonl_string(&j, NULL, capability_name(d->rights));
	jsonl_close(&j, ']');
	if (d->operation == POSTERN_OP_NETLINK)
		message_json(&j, &d->message);
	jsonl_string(&j, "reason", reason_text(d->reason));
	jsonl_unsigned(&j, "pid", d->pid);
	jsonl_string(&j, "comm", d->comm);
	jsonl_unsigned(&j, "uid", d->uid);
	jsonl_unsigned(&j, "policy", d->policy);
	if (d->hook < hooks_len)
		jsonl_string(&j, "hook", hook_name(d->hook));
	jsonl_unsigned(&j, "call", d->call);
	if (d->caller_known)
		jsonl_unsigned(&j, "caller_uid", d->caller);
	jsonl_unsigned(&j, "line", d->line);
	jsonl_string(&j, "rule", d->text);
	jsonl_close(&j, '}');
	jsonl_end(&j);
}

static void print_lost(const struct log_options *o, uint64_t count)
{
	struct jsonl j = {.to = stdout};

	if (!o->json) {
		printf("(%" PRIu64 " denial%s lost: this reader was too slow)\n", count,
		       count == 1 ? " was" : "s were");
		return;
	}
	jsonl_open(&j, NULL, '{');
	jsonl_string(&j, "type", "lost");
	jsonl_unsigned(&j, "count", count);
	jsonl_close(&j, '}');
	jsonl_end(&j);
}

static void print_record(const struct log_options *o, const struct admin_record *r)
{
	if (r->type == ADMIN_LOST)
		print_lost(o, r->count);
	else if (o->context && strcmp(o->context, r->context) != 0)
		return;
	else if (o->json)
		print_json(r);
	else
		print_text(r);
}

/* Reads to the end. The reader of our output went away, or ^C: that is how following ends. */
static int read_log(const struct log_options *o, int fd, const sigset_t *mask)
{
	for (;;) {
		struct admin_record record;
		int r;

		r = admin_next(fd, o->follow ? -1 : ADMIN_WAIT_MS, mask,
			       o->follow ? STDOUT_FILENO : -1, &record);
		if (stopped || r == -EPIPE)
			return CLI_OK;
		if (r == -EINTR || r == -EAGAIN)
			continue;
		if (r > 0 && record.type == ADMIN_END)
			return CLI_OK;
		if (r <= 0 || (record.type != ADMIN_DENIAL && record.type != ADMIN_LOST))
			return admin_said(r, &record);
		print_record(o, &record);
		if (fflush(stdout) != 0 && errno == EPIPE) {
			clearerr(stdout);
			return CLI_OK;
		}
		if (ferror(stdout))
			return CLI_FAILED;
	}
}

/* SIGINT and SIGTERM are let in only while we wait, so that none is missed and no line is cut. */
static void signals_set(sigset_t *ret_mask)
{
	const struct sigaction action = {.sa_handler = stop};
	sigset_t blocked;

	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGINT);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &blocked, ret_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct log_options o = {};
	const struct option_spec specs[] = {
		{.name = "follow", .letter = 'f', .flag = &o.follow},
		{.name = "json", .flag = &o.json},
		{.name = "context", .value = &o.context, .meaning = "NAME"},
		{.name = "socket", .value = &o.socket, .meaning = "PATH"},
	};
	cleanup_error struct error err = {};
	cleanup_close int fd = -EBADF;
	sigset_t mask;
	int r;

	if (!options_read(verb, specs, ARRAY_SIZE(specs), &argc, argv, &r))
		return r;
	if (argc > 0)
		return options_usage(verb, "it takes no operands");
	fd = admin_ask(o.socket, ADMIN_ASK_LOG, o.follow ? ADMIN_FOLLOW : 0, &err);
	if (fd < 0) {
		say_struct(&err);
		return CLI_UNREACHABLE;
	}
	signals_set(&mask);
	return read_log(&o, fd, &mask);
}

const struct verb verb_log = {
	.name = "log",
	.operands = "[-f|--follow] [--json] [--context NAME] [--socket PATH]",
	.summary = "show what the kernel denied",
	.help = "Prints the denials that posternd keeps, a line each: time, entrypoint, denied "
		"or audit (reported\n"
		"and let through), operation, object, the rights that it needs and has not, and "
		"the rule of the\n"
		"manifest that comes nearest. Root only: paths tell what contexts do.\n\n"
		"  -f, --follow    go on with those that come, until ^C\n"
		"  --json          an object a line\n"
		"  --context NAME  of one context only\n"
		"  --socket PATH   posternd's admin socket",
	.run = run,
};
