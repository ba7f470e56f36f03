/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The supervisor's state: contexts, their helpers and workers, and the clients' connections.
 *
 * One thread, one sd-event loop. Who asks whom: connection.c asks context.c for a worker, context.c
 * starts helpers and workers, a worker serves connections; denials.c and admin.c only look.
 */
#ifndef POSTERN_SUPERVISOR_SUPERVISOR_H
#define POSTERN_SUPERVISOR_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/rate.h"
#include "lib/control.h"
#include "lib/protocol.h"
#include "manifest/manifest.h"
#include "supervisor/enforcement.h"
#include "supervisor/rules.h"

struct adoption;
struct canary;
struct context;
struct denials;
struct network_job;
struct reload;
struct remade;
struct replacement;
struct retired_rules;
struct rule_watch;
struct upgrade;

/* Which file was read: another file in its place, or a changed one, has another identity. */
struct file_identity {
	uint64_t dev, ino, size;
	uint64_t modified, changed; /* CLOCK_REALTIME ns */
};

/* Which namespace it is; a number is another's after its end. */
struct network_identity {
	uint64_t dev, ino;
};

struct supervisor {
	sd_event *loop;
	struct enforcement *enforcement;
	int contexts_cgroup;
	const char *directory; /* of the contexts */
	/* Those that serve, and behind them those that are being set up or end after their calls.
	 */
	struct context **contexts;
	size_t contexts_len;
	/* Never given twice, by no supervisor since the boot: they begin at its microseconds. */
	uint64_t last_policy, last_connection;
	uint64_t first_policy; /* of this supervisor: above all that it adopted */
	struct denials *denials;
	struct canary *canary;
	sd_event_source *deadline_timer;
	sd_event_source *settle_timer; /* retire.c */
	struct reload *reload;
	struct remade *remade;
	bool serves; /* its end is a stop: contexts end too */
	struct upgrade *upgrade;
	sd_event_source *idle_timer;
	struct network_job *network_jobs; /* network namespaces that are being made or removed */
	struct adoption *adoptions; /* while contexts are made: one for each manifest, and then for
				       each instance that runs */
	size_t adoptions_len;
	char failure[256]; /* why enforcement has failed; empty: it has not */
	uint64_t started;  /* CLOCK_REALTIME ns */
};

enum helper_state {
	HELPER_STOPPED,
	HELPER_CONFINING, /* the set-up child works, as host root */
	HELPER_LOADING,	  /* the start policy holds; it loads the module */
	HELPER_ADOPTING,  /* one of an earlier supervisor, that is to say what it has */
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
	struct rate log_rate;
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
	uint32_t number;     /* above all that an earlier supervisor gave, and never given twice */
	uint32_t entrypoint; /* index in the manifest */
	uid_t caller;	     /* isolation: caller: the one whose calls it serves */
	uint32_t slot, slots;
	uint32_t bank; /* which half of the workers: generations of an entrypoint's rules alternate,
			  so that the next one's start while the last one's finish their calls */
	const struct ruleset *rules; /* that it runs under, or will */
	uint64_t timeout_ns;	     /* of its calls */
	bool retired;		     /* it takes no further call, and ends */
	uint64_t retired_since;	     /* CLOCK_MONOTONIC ns */
	pid_t pid;
	int pidfd, channel, cgroup;
	sd_event_source *channel_source;
	bool timed_out;	     /* it was killed at a call's deadline */
	bool cancelled;	     /* it was killed since its call's client wanted that */
	uint64_t not_before; /* CLOCK_MONOTONIC ns: its last start failed, and others serve */
	uint64_t seen_call, seen_connection, seen_deadline,
		seen_since; /* the call that its page shows, and since when it does */
};

enum connection_state {
	CONNECTION_OPENING, /* nothing was read yet */
	CONNECTION_WAITING, /* for a worker */
	CONNECTION_SERVED,
	CONNECTION_OURS, /* by the supervisor: its entrypoint does make-network or the like */
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
	char network[POSTERN_WIRE_NAME]; /* in which it is to be served; "": the context's one */
	uint64_t call;			 /* OURS: that is under way */
	bool unpinned;			 /* OURS: the namespace is, its last process is not gone */
	struct worker *worker;		 /* SERVED */
	bool resumed;			 /* an earlier worker answered its OPEN */
	bool shut;			 /* connection_is_quiet() let nothing more in */
	bool cancelled;			 /* its client wants the call under way to end */
	bool listed;			 /* among the callers of the manifest */
	bool under_way;			 /* its worker is retired, and may be reading from it */
	uid_t uid;
	gid_t gid;
	pid_t pid;
	uint32_t groups[CONTROL_GROUPS_MAX];
	size_t groups_len;
};

struct context {
	struct supervisor *supervisor;
	uint32_t number; /* in the kernel's policies, events and map of pages */
	struct manifest *manifest;
	int manifest_fd;	     /* sealed memfd with the bytes that were read */
	int image_fd;		     /* the same with what helpers get; negative: none yet */
	struct file_identity file;   /* that they were read from */
	struct file_identity module; /* when the helper was started */
	int pages_fd;
	volatile struct postern_page *pages;
	uint32_t slots;
	struct worker *workers; /* one for each that the manifest allows */
	size_t workers_len;
	int listener;
	bool listener_made; /* here, and not held for us by systemd */
	sd_event_source *listener_source;
	int cgroup;
	char cgroup_name[MANIFEST_NAME_MAX + 16];
	struct helper helper;
	struct ruleset *start_rules;
	struct ruleset **rules; /* one for each entrypoint; NULL while no helper runs */
	uint32_t banks[MANIFEST_ENTRYPOINTS_MAX]; /* of each entrypoint's workers under `rules` */
	struct retired_rules *retired;		  /* of earlier generations, still in use */
	struct rule_watch *watches;		  /* remade.c: of its rules' directories */
	size_t watches_len;
	uint64_t remake_at;  /* CLOCK_MONOTONIC us: one of them was made again; 0: none was */
	uint64_t *denied;    /* denials of each entrypoint so far */
	struct rate *rates;  /* one for each entrypoint, and the start policy */
	struct rate refused; /* lines about callers that are not listed */
	struct replacement *replacement; /* replace.c: with `pending` */
	/* Of an instance (instance.h), the network namespace that it is in; "" otherwise. */
	char network[POSTERN_WIRE_NAME];
	struct network_identity network_identity; /* that its helper is in */
	bool unpublished; /* its record pages are on their way into the kernel's map */
	bool outdated;	  /* adopted, and the manifest is another now */
	bool idle;	  /* it ends, since nobody called */
	bool leaving; /* its last connection was closed: it ends, and what comes waits for the next
		       */
	bool removed; /* it ends, since its network namespace was removed */
	bool routing, route_again; /* instances_serve() is at work, and was asked for meanwhile */
	uint64_t idle_since, used_us; /* CLOCK_MONOTONIC ns; what its cgroup had used then */
	struct context *successor;    /* serves in its place; it ends after its calls */
	bool pending;		      /* being set up: does not serve yet */
	bool draining;		      /* replaced or removed: ends after its calls */
	bool withdrawing;	      /* the last step of its end is under way */
	char note[256];		      /* for the status: why what runs is not what is on disk */
	struct connection *connections;
	unsigned connections_len;
	bool adopted;		    /* the helper, from an earlier supervisor */
	unsigned kept, kept_wanted; /* while adopting: how many workers it told of, and is to */
	unsigned starts;
	unsigned failures;   /* starts in a row that came to nothing */
	uint64_t not_before; /* CLOCK_MONOTONIC us: after a failure, no start earlier */
	char failure[256];   /* why the last start failed; empty: it did not */
};

/* The context of that number, or NULL. */
struct context *supervisor_context(const struct supervisor *s, uint32_t number);

#endif
