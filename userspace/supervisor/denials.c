/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Denials. */
#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/rate.h"
#include "lib/netlink_words.h"
#include "lib/words.h"
#include "policy/sockets.h"
#include "supervisor/clock.h"
#include "supervisor/connection.h"
#include "supervisor/denials.h"
#include "supervisor/log.h"
#include "supervisor/retire.h"

/* The log gets so many lines of one entrypoint in a period, then one that counts the rest. */
#define LINES_PER_PERIOD 20
#define PERIOD_NS	 10000000000ull

struct denials {
	struct supervisor *supervisor;
	sd_event_source *source;
	struct admin_record kept[DENIALS_KEPT];
	size_t next, len;
	uint64_t dropped; /* events without room in the ring that the log has told of */
	denials_follow_fn follow;
	void *userdata;
};

/* By the rules under which it was denied, which may be those before the last reload. */
static const struct ruleset *rules_of(const struct context *c, uint32_t entrypoint, uint64_t policy)
{
	const struct ruleset *retired = retired_find(c, policy);

	if (retired)
		return retired;
	return entrypoint < c->manifest->entrypoints_len ? c->rules[entrypoint] : c->start_rules;
}

static void describe_rule(const struct context *c, const struct policy_rule *rule, char *to,
			  size_t size)
{
	char rights[WORDS_RIGHTS_MAX], place[ADMIN_PATH_BYTES];

	rights_text(POSTERN_OP_NONE, rule->rights, rights);
	(void)snprintf(to, size, "%s: %s%s [%s]",
		       policy_rule_place(rule, c->manifest->file, place, sizeof(place)), rule->path,
		       rule->subtree && strcmp(rule->path, "/") != 0 ? "/" : "", rights);
}

/* The rule of that message; or where it would have to stand. */
static void explain_message(const struct context *c, const struct manifest_entrypoint *e,
			    const struct ruleset *set, struct admin_record *d)
{
	const struct postern_message *m = &d->message;
	bool generic = m->protocol == NETLINK_GENERIC;
	const struct policy_message *rule = NULL;
	char name[MESSAGE_NAME_MAX], family[POSTERN_GENERIC_NAME + 1];

	(void)snprintf(family, sizeof(family), "%.*s", POSTERN_GENERIC_NAME, m->family);
	if (set)
		rule = policy_message_find(&set->policy->netlink, m->protocol,
					   generic ? m->command : m->type, family);
	d->line = e->place.line;
	if (rule) {
		d->line = rule->line;
		(void)snprintf(d->text, sizeof(d->text), "%s:%u: %s", c->manifest->file, d->line,
			       message_name(m->protocol, m->type, family, m->command, name));
	} else if (set && set->policy->netlink.line) {
		d->line = set->policy->netlink.line;
		(void)snprintf(d->text, sizeof(d->text), "%s:%u: `netlink` of %s does not name it",
			       c->manifest->file, d->line, e->name);
	} else {
		(void)snprintf(d->text, sizeof(d->text), "%s:%u: %s has no `netlink`",
			       c->manifest->file, d->line, e->name);
	}
}

/* Which line of the manifest the reader would look at: the nearest rule, or where the entrypoint
 * begins. */
static void explain(const struct context *c, uint32_t entrypoint, struct admin_record *d,
		    bool of_socket)
{
	const struct ruleset *set = rules_of(c, entrypoint, d->policy);
	const struct policy_rule *rule = set ? policy_nearest(set->policy, d->path) : NULL;
	const struct manifest_entrypoint *e;

	if (entrypoint >= c->manifest->entrypoints_len) {
		(void)snprintf(d->text, sizeof(d->text),
			       "%s: the start policy, which every context has", c->manifest->file);
		return;
	}
	e = &c->manifest->entrypoints[entrypoint];
	d->line = rule && !rule->is_program && !of_socket ? rule->line : e->place.line;
	if (d->operation == POSTERN_OP_NETLINK)
		explain_message(c, e, set, d);
	else if (d->operation == POSTERN_OP_CAPABILITY)
		(void)snprintf(d->text, sizeof(d->text),
			       "%s:%u: `capabilities` of %s does not hold it", c->manifest->file,
			       e->place.line, e->name);
	else if (d->reason == POSTERN_REASON_NO_RULE && of_socket)
		(void)snprintf(d->text, sizeof(d->text), "%s:%u: `%s` of %s does not hold it",
			       c->manifest->file, e->place.line, policy_socket_key(d->operation),
			       e->name);
	else if (d->reason == POSTERN_REASON_NEVER)
		(void)snprintf(d->text, sizeof(d->text), "%s:%u: no manifest can grant it",
			       c->manifest->file, e->place.line);
	else if (rule)
		describe_rule(c, rule, d->text, sizeof(d->text));
	else
		(void)snprintf(d->text, sizeof(d->text), "%s:%u: %s has no `paths`",
			       c->manifest->file, e->place.line, e->name);
}

static uint64_t realtime_of(uint64_t monotonic)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec -
	       (now_ns() - monotonic);
}

/* path_len comes from the kernel program, but an index is checked where it is used. */
static void copy_path(const struct postern_event *event, struct admin_record *d)
{
	uint32_t len = event->path_len;

	if (len == 0 || len > POSTERN_PATH_BYTES)
		return;
	(void)snprintf(d->path, sizeof(d->path), "%.*s", (int)len,
		       &event->path[POSTERN_PATH_BYTES - len]);
	if (!d->path[0] && event->ino)
		(void)snprintf(d->path, sizeof(d->path), "/");
	d->path_state = event->path_truncated;
}

/* Whose call it was, by the connection that the worker claims to serve. Only one that posternd gave
 * to that entrypoint counts. */
static void find_caller(struct context *c, const struct postern_event *event,
			struct admin_record *d)
{
	const struct connection *conn =
		event->connection ? connection_find(c, event->connection) : NULL;

	if (!conn || conn->state != CONNECTION_SERVED || conn->entrypoint != event->entrypoint)
		return;
	d->caller_known = 1;
	d->caller = conn->uid;
}

static void fill(struct context *c, const struct postern_event *event, struct admin_record *d)
{
	bool of_socket = event->message.attribute == POSTERN_MESSAGE_OF_SOCKET &&
			 policy_socket_key(event->operation);

	*d = (struct admin_record){
		.type = ADMIN_DENIAL,
		.pid = event->pid,
		.uid = event->uid,
		.audit = event->audit,
		.rights = event->rights,
		.operation = event->operation,
		.reason = event->reason,
		.dev = event->dev,
		.ino = event->ino,
		.hook = event->hook,
		.policy = event->policy,
		.call = event->call,
		.time = realtime_of(event->time),
		.message = event->message,
	};
	(void)snprintf(d->context, sizeof(d->context), "%s", c->manifest->name);
	(void)snprintf(d->entrypoint, sizeof(d->entrypoint), "%s",
		       event->entrypoint < c->manifest->entrypoints_len
			       ? c->manifest->entrypoints[event->entrypoint].name
			       : "(start)");
	memcpy(d->network, c->network, sizeof(d->network));
	(void)snprintf(d->comm, sizeof(d->comm), "%.*s", (int)sizeof(event->comm) - 1, event->comm);
	copy_path(event, d);
	/* What was refused stands where the path of others does. */
	if (of_socket)
		(void)policy_socket_text(event->operation, &event->message, d->path,
					 sizeof(d->path));
	find_caller(c, event, d);
	explain(c, event->entrypoint, d, of_socket);
}

static void log_left_out(const struct context *c, size_t entrypoint, unsigned left_out)
{
	if (left_out)
		log_line(LOG_NOTICE,
			 "%s.%s: %u more denials were not logged; `postern log` keeps the last %d",
			 c->manifest->name,
			 entrypoint < c->manifest->entrypoints_len
				 ? c->manifest->entrypoints[entrypoint].name
				 : "(start)",
			 left_out, DENIALS_KEPT);
}

static bool log_allowed(const struct context *c, size_t entrypoint, struct rate *rate)
{
	log_left_out(c, entrypoint, rate_turn(rate, now_ns(), PERIOD_NS));
	return rate_allows(rate, LINES_PER_PERIOD);
}

static void write_caller(const struct admin_record *d, char *to, size_t size)
{
	to[0] = '\0';
	if (d->caller_known)
		(void)snprintf(to, size, " call %" PRIu64 " of uid %u, as it claims", d->call,
			       d->caller);
	else if (d->call)
		(void)snprintf(to, size, " call %" PRIu64 ", as it claims", d->call);
}

static void log_message(const struct admin_record *d)
{
	char object[MESSAGE_TEXT_MAX], fault[MESSAGE_TEXT_MAX], caller[96];

	write_caller(d, caller, sizeof(caller));
	log_line(d->audit ? LOG_NOTICE : LOG_WARNING,
		 "%s: %s.%s: netlink %s: %s (policy %" PRIu64 ", pid %u %s%s; nearest rule: %s)",
		 d->audit ? "would be denied" : "denied", d->context, d->entrypoint,
		 message_object(&d->message, object), message_fault(&d->message, fault), d->policy,
		 d->pid, d->comm, caller, d->text);
}

static void log_denial(const struct admin_record *d)
{
	char rights[WORDS_RIGHTS_MAX], caller[96];

	if (d->operation == POSTERN_OP_NETLINK) {
		log_message(d);
		return;
	}
	rights_text(d->operation, d->rights, rights);
	write_caller(d, caller, sizeof(caller));
	log_line(d->audit ? LOG_NOTICE : LOG_WARNING,
		 "%s: %s.%s: %s%s%s%s%s%s (%s; policy %" PRIu64 ", pid %u %s%s; nearest rule: %s)",
		 d->audit ? "would be denied" : "denied", d->context, d->entrypoint,
		 operation_name(d->operation), d->path[0] ? " " : "", d->path_state ? "…" : "",
		 d->path, rights[0] ? " needs " : "", rights, reason_text(d->reason), d->policy,
		 d->pid, d->comm, caller, d->text);
}

/* Is it the policy of one that runs on from an earlier supervisor? */
static void on_event(void *userdata, const struct postern_event *event)
{
	struct denials *d = userdata;
	struct supervisor *s = d->supervisor;
	struct admin_record *record = &d->kept[d->next];
	struct context *c = supervisor_context(s, event->context);
	size_t entrypoint;

	/* The canary's denials belong to no context; what the ring still holds of contexts that
	 * were not adopted belongs to none of this supervisor's. */
	if (!c || (event->policy <= s->first_policy && !context_ruleset(c, event->policy)))
		return;
	fill(c, event, record);
	d->next = (d->next + 1) % DENIALS_KEPT;
	d->len = MIN_OF(d->len + 1, (size_t)DENIALS_KEPT);
	entrypoint = MIN_OF((size_t)event->entrypoint, c->manifest->entrypoints_len);
	if (entrypoint < c->manifest->entrypoints_len)
		c->denied[entrypoint]++;
	if (log_allowed(c, entrypoint, &c->rates[entrypoint]))
		log_denial(record);
	if (d->follow)
		d->follow(d->userdata, record);
}

static int on_ring(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	const struct denials *d = userdata;

	(void)source;
	(void)fd;
	(void)events;
	(void)enforcement_events_read(d->supervisor->enforcement);
	return 0;
}

int denials_start(struct supervisor *s, struct error *err)
{
	struct denials *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return error_set(err, ENOMEM, "watch denials");
	d->supervisor = s;
	s->denials = d;
	r = enforcement_events_open(s->enforcement, on_event, d);
	if (r >= 0)
		r = sd_event_add_io(s->loop, &d->source, enforcement_events_fd(s->enforcement),
				    EPOLLIN, on_ring, d);
	return r < 0 ? error_set(err, r, "watch the ring of denials") : 0;
}

void denials_free(struct denials *d)
{
	if (!d)
		return;
	sd_event_source_disable_unref(d->source);
	free(d);
}

void denials_look(struct denials *d)
{
	const struct supervisor *s = d->supervisor;
	uint64_t dropped = enforcement_events_dropped(s->enforcement), now = now_ns();

	if (dropped > d->dropped)
		log_line(LOG_WARNING,
			 "%" PRIu64
			 " denials found no room in the ring and are not in the log, %" PRIu64
			 " since the start; they were denied all the same",
			 dropped - d->dropped, dropped);
	d->dropped = dropped;
	for (size_t i = 0; i < s->contexts_len; i++)
		for (size_t e = 0; e <= s->contexts[i]->manifest->entrypoints_len; e++)
			log_left_out(s->contexts[i], e,
				     rate_turn(&s->contexts[i]->rates[e], now, PERIOD_NS));
}

const struct admin_record *denials_kept(const struct denials *d, size_t i)
{
	if (i >= d->len)
		return NULL;
	return &d->kept[(d->next + DENIALS_KEPT - d->len + i) % DENIALS_KEPT];
}

void denials_follow(struct denials *d, denials_follow_fn follow, void *userdata)
{
	d->follow = follow;
	d->userdata = userdata;
}
