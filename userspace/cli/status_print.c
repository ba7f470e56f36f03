/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The status for people and for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/util.h"
#include "cli/admin_client.h"
#include "cli/jsonl.h"
#include "cli/say.h"
#include "cli/status.h"
#include "lib/words.h"

#define NS_PER_MS UINT64_C(1000000)

static uint64_t since_ms(uint64_t monotonic_ns)
{
	struct timespec now;
	uint64_t ns;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
	return ns > monotonic_ns ? (ns - monotonic_ns) / NS_PER_MS : 0;
}

static void escaped(const char *text)
{
	say_escaped(stdout, text, strlen(text), 0);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void text_supervisor(const struct admin_record *r)
{
	printf("posternd: pid %u, since ", r->pid);
	say_time(stdout, r->time, SAY_LOCAL);
	if (r->count)
		printf(", %" PRIu64 " event%s lost", r->count, plural(r->count));
	printf("\n");
	if (r->state == ADMIN_FAILED) {
		printf("ENFORCEMENT HAS FAILED: ");
		escaped(r->text);
		printf("\n");
		return;
	}
	if (r->text[0]) {
		printf("note: ");
		escaped(r->text);
		printf("\n");
	}
	printf("canary: passed %" PRIu64 ".%03" PRIu64 " s ago, every %u s\n",
	       since_ms(r->calls_since) / 1000, since_ms(r->calls_since) % 1000, r->connections);
}

/* Is the manifest on disk another than the one that was read? Only who may look there sees it. */
static bool changed_on_disk(const struct admin_record *r)
{
	struct stat st;

	return r->time && stat(r->path, &st) == 0 &&
	       (st.st_ino != r->ino ||
		(uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec != r->time);
}

static void text_context(const struct admin_record *r)
{
	printf("\ncontext ");
	escaped(r->context);
	if (r->network[0]) {
		printf(" in network namespace ");
		escaped(r->network);
	}
	printf(": %s", admin_state_name(r->state));
	if (r->pid)
		printf(", helper %u%s", r->pid, r->adopted ? " (adopted)" : "");
	printf(", %u connection%s, %" PRIu64 " start%s\n", r->connections, plural(r->connections),
	       r->count, plural(r->count));
	if (r->text[0]) {
		printf(r->state == ADMIN_FAILED ? "  why: " : "  note: ");
		escaped(r->text);
		printf("\n");
	}
	printf("  manifest: ");
	escaped(r->path);
	printf("%s\n", changed_on_disk(r) ? " (changed since it was read: postern reload)" : "");
}

static void text_entrypoint(const struct admin_record *r)
{
	printf("  ");
	escaped(r->entrypoint);
	printf(": %s, %" PRIu64 " denial%s\n",
	       r->audit ? "AUDIT ONLY (nothing is refused)" : "enforce", r->count,
	       plural(r->count));
}

static void text_worker(const struct admin_record *r)
{
	printf("    worker %-7u %s", r->pid, admin_state_name(r->state));
	if (r->call) {
		uint64_t ms = since_ms(r->calls_since);

		printf(", call %" PRIu64 " for %" PRIu64 ".%03" PRIu64 " s", r->call, ms / 1000,
		       ms % 1000);
	} else if (r->state == ADMIN_RUNNING) {
		printf(", idle");
	}
	printf(", %u connection%s", r->connections, plural(r->connections));
	if (r->caller_known)
		printf(", of uid %u alone", r->caller);
	if (r->text[0]) {
		printf(": ");
		escaped(r->text);
	}
	printf("\n");
}

/* Rules of one entrypoint are set in columns. */
static int path_width(const struct admin_record *r, const struct admin_record *end)
{
	size_t width = 0;

	for (; r < end && r->type != ADMIN_CONTEXT && r->type != ADMIN_ENTRYPOINT; r++)
		if (r->type == ADMIN_RULE && r->operation != POSTERN_OP_NETLINK)
			width = MAX_OF(width, strlen(r->path));
	return (int)MIN_OF(width, (size_t)40);
}

static void text_rule(const struct admin_record *r, int width)
{
	char rights[WORDS_RIGHTS_MAX];
	int len = (int)strlen(r->path);

	printf("    %s", r->operation == POSTERN_OP_NETLINK ? "netlink " : "rule   ");
	escaped(r->path);
	if (r->operation != POSTERN_OP_NETLINK) {
		rights_text(POSTERN_OP_NONE, r->rights, rights);
		printf("%*s  %s", MAX_OF(width - len, 0), "", rights);
	}
	printf("  (line %u)  %s", r->line, r->in_force ? "enforced" : "not enforced: ");
	if (!r->in_force)
		escaped(r->text[0] ? r->text : "posternd does not say why");
	printf("\n");
}

void status_print_text(const struct status *s, const char *context)
{
	size_t contexts = 0;
	int width = 0;

	for (size_t i = 0; i < s->len; i++) {
		const struct admin_record *r = &s->records[i];

		if (r->type == ADMIN_SUPERVISOR)
			text_supervisor(r);
		if (r->type == ADMIN_SUPERVISOR || !status_wanted(r, context))
			continue;
		if (r->type == ADMIN_CONTEXT) {
			contexts++;
			text_context(r);
		} else if (r->type == ADMIN_ENTRYPOINT) {
			width = path_width(r + 1, s->records + s->len);
			text_entrypoint(r);
		} else if (r->type == ADMIN_WORKER) {
			text_worker(r);
		} else {
			text_rule(r, width);
		}
	}
	if (contexts == 0)
		printf("no contexts\n");
}

static void json_rights(struct jsonl *j, const struct admin_record *r)
{
	jsonl_path(j, "path", r->path);
	jsonl_open(j, "rights", '[');
	for (uint32_t bit = 1; bit && bit <= POSTERN_RIGHTS_ALL; bit <<= 1) {
		char word[WORDS_RIGHTS_MAX];

		rights_text(POSTERN_OP_NONE, r->rights & bit, word);
		if (word[0])
			jsonl_string(j, NULL, word);
	}
	jsonl_close(j, ']');
}

static void json_rule(struct jsonl *j, const struct admin_record *r)
{
	jsonl_open(j, NULL, '{');
	if (r->operation == POSTERN_OP_NETLINK)
		jsonl_string(j, "netlink", r->path);
	else
		json_rights(j, r);
	jsonl_unsigned(j, "line", r->line);
	jsonl_boolean(j, "enforced", r->in_force != 0);
	if (!r->in_force)
		jsonl_string(j, "why", r->text);
	jsonl_close(j, '}');
}

static void json_worker(struct jsonl *j, const struct admin_record *r)
{
	jsonl_open(j, NULL, '{');
	jsonl_unsigned(j, "pid", r->pid);
	jsonl_string(j, "state", admin_state_name(r->state));
	jsonl_unsigned(j, "connections", r->connections);
	if (r->caller_known)
		jsonl_unsigned(j, "caller", r->caller);
	if (r->call) {
		jsonl_unsigned(j, "call", r->call);
		jsonl_unsigned(j, "running_ms", since_ms(r->calls_since));
	}
	if (r->text[0])
		jsonl_string(j, "why", r->text);
	jsonl_close(j, '}');
}

/* The records of one type up to the next entrypoint or context, as an array. */
static void json_members(struct jsonl *j, const char *key, const struct admin_record *r,
			 const struct admin_record *end, enum admin_type type)
{
	jsonl_open(j, key, '[');
	for (; r < end && r->type != ADMIN_CONTEXT && r->type != ADMIN_ENTRYPOINT; r++) {
		if (r->type != type)
			continue;
		if (type == ADMIN_RULE)
			json_rule(j, r);
		else
			json_worker(j, r);
	}
	jsonl_close(j, ']');
}

static void json_entrypoint(struct jsonl *j, const struct admin_record *r,
			    const struct admin_record *end)
{
	jsonl_open(j, NULL, '{');
	jsonl_string(j, "name", r->entrypoint);
	jsonl_string(j, "mode", r->audit ? "audit" : "enforce");
	jsonl_unsigned(j, "policy", r->policy);
	jsonl_unsigned(j, "denials", r->count);
	json_members(j, "workers", r + 1, end, ADMIN_WORKER);
	json_members(j, "rules", r + 1, end, ADMIN_RULE);
	jsonl_close(j, '}');
}

static void json_context(struct jsonl *j, const struct admin_record *r,
			 const struct admin_record *end)
{
	jsonl_open(j, NULL, '{');
	jsonl_string(j, "name", r->context);
	if (r->network[0])
		jsonl_string(j, "network", r->network);
	jsonl_string(j, "state", admin_state_name(r->state));
	if (r->text[0])
		jsonl_string(j, "why", r->text);
	jsonl_unsigned(j, "helper", r->pid);
	jsonl_boolean(j, "adopted", r->adopted != 0);
	jsonl_unsigned(j, "starts", r->count);
	jsonl_unsigned(j, "connections", r->connections);
	jsonl_path(j, "manifest", r->path);
	jsonl_boolean(j, "changed_on_disk", changed_on_disk(r));
	jsonl_open(j, "entrypoints", '[');
	for (r++; r < end && r->type != ADMIN_CONTEXT; r++)
		if (r->type == ADMIN_ENTRYPOINT)
			json_entrypoint(j, r, end);
	jsonl_close(j, ']');
	jsonl_close(j, '}');
}

void status_print_json(const struct status *s, const char *context)
{
	const struct admin_record *r = s->records, *end = s->records + s->len;
	struct jsonl j = {.to = stdout};

	jsonl_open(&j, NULL, '{');
	jsonl_open(&j, "supervisor", '{');
	if (r < end) {
		jsonl_unsigned(&j, "pid", r->pid);
		jsonl_time(&j, "since", r->time);
		jsonl_unsigned(&j, "events_lost", r->count);
		jsonl_boolean(&j, "enforcing", r->state != ADMIN_FAILED);
		if (r->text[0])
			jsonl_string(&j, "why", r->text);
		jsonl_unsigned(&j, "canary_interval_s", r->connections);
		jsonl_unsigned(&j, "canary_passed_ms_ago", since_ms(r->calls_since));
	}
	jsonl_close(&j, '}');
	jsonl_open(&j, "contexts", '[');
	for (; r < end; r++)
		if (r->type == ADMIN_CONTEXT && status_wanted(r, context))
			json_context(&j, r, end);
	jsonl_close(&j, ']');
	jsonl_close(&j, '}');
	jsonl_end(&j);
}
