/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Denials. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/words.h"
#include "supervisor/clock.h"
#include "supervisor/denials.h"
#include "supervisor/log.h"
#include "supervisor/retire.h"

/* The log gets so many lines of one entrypoint in a period, then one that counts the rest. */
#define LINES_PER_PERIOD 20
#define PERIOD_NS	 10000000000ull

struct denial_rate {
	uint64_t since;
	unsigned lines, left_out;
};

struct denials {
	struct supervisor *supervisor;
	sd_event_source *source;
	struct admin_record kept[DENIALS_KEPT];
	size_t next, len;
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
	char rights[WORDS_RIGHTS_MAX];

	rights_text(POSTERN_OP_NONE, rule->rights, rights);
	(void)snprintf(to, size, "%s:%u: %s%s%s [%s]", c->manifest->file, rule->line,
		       rule->directory, strcmp(rule->directory, "/") == 0 ? "" : "/",
		       rule->name ? rule->name : "", rights);
}

/* Which line of the manifest the reader would look at: the nearest rule, or where the entrypoint
 * begins. */
static void explain(const struct context *c, uint32_t entrypoint, struct admin_record *d)
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
	d->line = rule ? rule->line : e->place.line;
	if (d->operation == POSTERN_OP_CAPABILITY)
		(void)snprintf(d->text, sizeof(d->text),
			       "%s:%u: `capabilities` of %s does not hold it", c->manifest->file,
			       e->place.line, e->name);
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

static void fill(const struct context *c, const struct postern_event *event, struct admin_record *d)
{
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
		.policy = event->policy,
		.call = event->call,
		.time = realtime_of(event->time),
	};
	(void)snprintf(d->context, sizeof(d->context), "%s", c->manifest->name);
	(void)snprintf(d->entrypoint, sizeof(d->entrypoint), "%s",
		       event->entrypoint < c->manifest->entrypoints_len
			       ? c->manifest->entrypoints[event->entrypoint].name
			       : "(start)");
	(void)snprintf(d->comm, sizeof(d->comm), "%.*s", (int)sizeof(event->comm) - 1, event->comm);
	copy_path(event, d);
	explain(c, event->entrypoint, d);
}

static bool log_allowed(struct denial_rate *rate, const struct admin_record *d)
{
	uint64_t now = now_ns();

	if (now - rate->since > PERIOD_NS) {
		if (rate->left_out)
			log_line(LOG_NOTICE,
				 "%s.%s: %u more denials were not logged; `postern log` keeps the "
				 "last %d",
				 d->context, d->entrypoint, rate->left_out, DENIALS_KEPT);
		*rate = (struct denial_rate){.since = now};
	}
	if (rate->lines < LINES_PER_PERIOD) {
		rate->lines++;
		return true;
	}
	rate->left_out++;
	return false;
}

static void log_denial(const struct admin_record *d)
{
	char rights[WORDS_RIGHTS_MAX];

	rights_text(d->operation, d->rights, rights);
	log_line(d->audit ? LOG_NOTICE : LOG_WARNING,
		 "%s: %s.%s: %s%s%s%s%s%s (%s; pid %u %s; nearest rule: %s)",
		 d->audit ? "would be denied" : "denied", d->context, d->entrypoint,
		 operation_name(d->operation), d->path[0] ? " " : "", d->path_state ? "…" : "",
		 d->path, rights[0] ? " needs " : "", rights, reason_text(d->reason), d->pid,
		 d->comm, d->text);
}

static void on_event(void *userdata, const struct postern_event *event)
{
	struct denials *d = userdata;
	struct supervisor *s = d->supervisor;
	struct admin_record *record = &d->kept[d->next];
	const struct context *c = supervisor_context(s, event->context);
	size_t entrypoint;

	/* The start-up probe's denials belong to no context. */
	if (!c)
		return;
	fill(c, event, record);
	d->next = (d->next + 1) % DENIALS_KEPT;
	d->len = MIN_OF(d->len + 1, (size_t)DENIALS_KEPT);
	entrypoint = MIN_OF((size_t)event->entrypoint, c->manifest->entrypoints_len);
	if (entrypoint < c->manifest->entrypoints_len)
		c->denied[entrypoint]++;
	if (log_allowed(&c->rates[entrypoint], record))
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

struct denial_rate *denial_rates_new(size_t len)
{
	return calloc(len, sizeof(struct denial_rate));
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
