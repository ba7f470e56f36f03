/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The supervisor's state: contexts, their helpers and workers, and the clients' connections.
 *
 * One thread, one sd-event loop. A context's files call downwards only: connection.c asks context.c
 * for a worker, context.c starts helpers (helper_start.c, helper_control.c), worker.c serves;
 * denials.c and admin.c only look.
 */
#ifndef POSTERN_SUPERVISOR_SUPERVISOR_H
#define POSTERN_SUPERVISOR_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "lib/control.h"
#include "lib/protocol.h"
#include "manifest/manifest.h"
#include "supervisor/enforcement.h"
#include "supervisor/rules.h"

struct context;
struct denials;

struct supervisor {
	sd_event *loop;
	struct enforcement *enforcement;
	int contexts_cgroup;
	struct context **contexts;
	size_t contexts_len;
	uint64_t last_policy;	  /* ids are never given twice */
	uint64_t last_connection; /* likewise */
	struct denials *denials;
	sd_event_source *deadline_timer;
	uint64_t started; /* CLOCK_REALTIME ns */
};

enum helper_state {
	HELPER_STOPPED,
	HELPER_CONFINING, /* the set-up child works, as host root */
	HELPER_LOADING,	  /* the start policy holds; it loads the module */
	HELPER_RUNNING,
	HELPER_ENDING, /* killed; not yet gone */
};

struct helper {
	enum helper_state state;
	bool served; /* a worker of it was ready */
	pid_t pid;
	int pidfd, control, log,
		root; /* -EBADF while there is none; root: O_PATH of the context's root */
	sd_event_source *pidfd_source, *control_source, *log_source, *timer;
	char log_line[512]; /* what came of a line so far */
	size_t log_len;
};

enum worker_state {
	WORKER_NONE,
	WORKER_SPAWNING, /* the helper was asked for it */
	WORKER_STARTING, /* it has its policy */
	WORKER_READY,
	WORKER_ENDING, /* killed; the helper has not told its end yet */
};

struct worker {
	enum worker_state state;
	struct context *context;
	uint32_t number;     /* never given twice by a supervisor */
	uint32_t entrypoint; /* index in the manifest */
	uint32_t slot, slots;
	pid_t pid;
	int pidfd, channel, cgroup;
	sd_event_source *channel_source;
	bool timed_out;	     /* it was killed at a call's deadline */
	uint64_t not_before; /* CLOCK_MONOTONIC ns: its last start failed, and others serve */
	uint64_t seen_call, seen_connection,
		seen_since; /* the call that its page shows, and since when it does */
};

enum connection_state {
	CONNECTION_OPENING, /* nothing was read yet */
	CONNECTION_WAITING, /* for a worker */
	CONNECTION_SERVED,
};

/* A client's connection. The supervisor keeps its own descriptor, to tell the client when a worker
 * can no longer. */
struct connection {
	struct connection *next;
	struct context *context;
	enum connection_state state;
	uint64_t number;
	int fd;
	sd_event_source *source, *timer;
	uint32_t entrypoint;
	struct worker *worker; /* SERVED */
	bool resumed;	       /* an earlier worker answered its OPEN */
	bool listed;	       /* among the callers of the manifest */
	uid_t uid;
	gid_t gid;
	pid_t pid;
	uint32_t groups[CONTROL_GROUPS_MAX];
	size_t groups_len;
};

struct context {
	struct supervisor *supervisor;
	uint32_t number; /* index in supervisor->contexts, and in the kernel's map of pages */
	struct manifest *manifest;
	int manifest_fd; /* sealed memfd with the bytes that were read */
	int pages_fd;
	volatile struct postern_page *pages;
	uint32_t slots;
	struct worker *workers; /* one for each that the manifest allows */
	size_t workers_len;
	int listener;
	sd_event_source *listener_source;
	int cgroup;
	struct helper helper;
	struct ruleset *start_rules;
	struct ruleset **rules; /* one for each entrypoint; NULL while no helper runs */
	uint64_t *denied;	/* denials of each entrypoint so far */
	struct connection *connections;
	unsigned connections_len;
	unsigned starts;
	unsigned failures;   /* starts in a row that came to nothing */
	uint64_t not_before; /* CLOCK_MONOTONIC us: after a failure, no start earlier */
	char failure[256];   /* why the last start failed; empty: it did not */
};

/* context.c */

/* Takes over the manifest and its memfd. ret: set on success only. */
int context_new(struct supervisor *s, struct manifest *m, int manifest_fd, struct context **ret,
		struct error *err);

/* Listens on POSTERN_SOCKET_DIR/NAME.sock, or on a socket that systemd made for it. */
int context_listen(struct context *c, struct error *err);

/* Sees to it that connections that wait get a worker: starts the helper, or workers, or hands over.
 */
void context_serve(struct context *c);

/* Ends the helper with all workers. Connections are told; those without a call under way wait for
 * the next helper. */
void context_end_helper(struct context *c, const char *why);

/* Called when the helper's process is gone and its descriptors are closed. */
void context_helper_gone(struct context *c, const char *why);

void context_free(struct context *c);

/* helper_start.c, helper_control.c */

int helper_start(struct context *c, struct error *err);

/* One record from the helper. Returns 0, or a negative errno when it broke the order of things:
 * then it is to be ended. */
int helper_control(struct context *c, struct error *err);

/* Closes what belongs to a helper's process. */
void helper_close(struct helper *h);

/* worker.c */

/* A worker of the entrypoint that can take one more connection: a ready one, or NULL after a new
 * one was asked for. */
struct worker *worker_for(struct context *c, uint32_t entrypoint);

/* SPAWNED and EXITED from the helper. fds: taken over. */
int worker_spawned(struct context *c, const struct control_record *record, int pidfd, int channel,
		   struct error *err);
void worker_exited(struct context *c, uint32_t number, int status);

/* Kills it with all that it started; its end is told by the helper. */
void worker_kill(struct worker *w);

/* Forgets a worker whose process is gone. status: as waitpid() gives it, -1 when it is not known.
 */
void worker_gone(struct worker *w, int status);

/* Gives a connection to a ready worker. -EAGAIN: it has no room now, and context_serve() is called
 * when it has. */
int worker_serve(struct worker *w, struct connection *conn);

/* The call that the worker's page claims to be running on a connection; 0: none. */
bool worker_claims(const struct worker *w, uint64_t connection, uint64_t *ret_call);

/* connection.c */

int connection_accept(sd_event_source *source, int fd, uint32_t events, void *context);
struct connection *connection_find(struct context *c, uint64_t number);

/* Sends an ERROR; call 0 concerns the connection. Never waits: a client that does not read loses
 * it. */
void connection_error(struct connection *conn, uint64_t call, enum postern_code code,
		      const char *message, const char *hint, int signal);
void connection_close(struct connection *conn);

/* callers.c */

/* Reads the peer's credentials from the kernel into the connection. Any failure is a refusal. */
int caller_identify(struct connection *conn, struct error *err);
bool caller_listed(const struct manifest *m, const struct connection *conn);

/* deadlines.c */

/* Runs the coarse timer while any worker may be in a call. */
int deadlines_start(struct supervisor *s, struct error *err);
void deadlines_wake(struct supervisor *s);

/* time */

uint64_t now_ns(void); /* CLOCK_MONOTONIC */

#endif
