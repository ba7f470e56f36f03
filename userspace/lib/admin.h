/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What `postern status`, `postern log`, `postern reload` and `postern upgrade` ask of the
 * supervisor, over SOCK_SEQPACKET at POSTERN_ADMIN_SOCKET.
 *
 * One request a connection; answers are records of one fixed size, ended by ADMIN_END or, for a
 * followed log, by either side's closing. Both ends are built together, so the layout has no
 * version of its own: a request of another size is refused. Texts are UTF-8 where they come from a
 * manifest; names in paths are what the kernel has, so a reader escapes them.
 */
#ifndef POSTERN_LIB_ADMIN_H
#define POSTERN_LIB_ADMIN_H

#include <assert.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "lib/protocol.h"

#define POSTERN_ADMIN_SOCKET POSTERN_SOCKET_DIR "/admin"
/* Why the last posternd ended, when enforcement had failed; one line. */
#define ADMIN_FAILURE_FILE POSTERN_SOCKET_DIR "/failed"
#define ADMIN_PATH_BYTES   1024
#define ADMIN_TEXT_BYTES   256
#define ADMIN_NAMES_MAX	   16384

enum admin_ask {
	ADMIN_ASK_STATUS = 1, /* anyone may */
	ADMIN_ASK_LOG = 2,    /* root may: the denials kept; flags: ADMIN_FOLLOW */
	ADMIN_ASK_RELOAD = 3, /* root may: read manifests anew; names of contexts follow */
	ADMIN_ASK_HOOKS = 4,  /* anyone may */
	/* root may: posternd executes its program anew; ADMIN_END: it does */
	ADMIN_ASK_UPGRADE = 5,
};

enum {
	ADMIN_FOLLOW = 1u << 0,
};

struct admin_request {
	uint32_t magic; /* POSTERN_MAGIC */
	uint32_t ask;
	uint32_t flags;
	uint32_t names_len; /* RELOAD: bytes that follow: names, each ended by NUL; 0: all contexts
			     */
};
static_assert(sizeof(struct admin_request) == 16, "layout");

enum admin_type {
	ADMIN_END = 1,	      /* RELOAD: state FAILED: not all that was asked for is in force */
	ADMIN_REFUSED = 2,    /* text */
	ADMIN_SUPERVISOR = 3, /* first record of a status */
	ADMIN_CONTEXT = 4,
	ADMIN_ENTRYPOINT = 5, /* of the context before it */
	ADMIN_RULE = 6,	      /* of the entrypoint before it */
	ADMIN_WORKER = 7,     /* of the entrypoint before it */
	ADMIN_DENIAL = 8,
	ADMIN_LOST = 9,	    /* count: denials that this reader missed, since it was too slow */
	ADMIN_PROBLEM = 10, /* of a reload; path: the whole line */
	ADMIN_RELOADED =
		11,	 /* context; text; state: RUNNING or FAILED; count: us since the order */
	ADMIN_HOOK = 12, /* of the answer to ADMIN_ASK_HOOKS, in the order of the table */
};

enum admin_state {
	ADMIN_STOPPED = 0,  /* starts with its first call */
	ADMIN_STARTING = 1, /* helper: being set up; worker: not ready yet */
	ADMIN_RUNNING = 2,
	ADMIN_FAILED = 3, /* text says why; it is tried again with the next call, but not at once */
};

/* HOOK: is its program attached? */
enum admin_hook_state {
	ADMIN_HOOK_ATTACHED = 1,
	ADMIN_HOOK_ABSENT = 2,	/* this kernel does not have the hook */
	ADMIN_HOOK_UNASKED = 3, /* no context asked for it yet */
};

struct admin_record {
	uint32_t type;
	uint32_t state;	   /* SUPERVISOR (RUNNING or FAILED), CONTEXT, WORKER; HOOK: enum
			      admin_hook_state */
	uint32_t pid;	   /* SUPERVISOR, CONTEXT (helper), WORKER, DENIAL */
	uint32_t uid;	   /* DENIAL: the acting task's, in the initial user namespace */
	uint32_t in_force; /* RULE: 1: the kernel holds it; 0: text says why not (then what it would
			      allow is refused) */
	uint32_t audit;	   /* ENTRYPOINT, DENIAL: reported and let through */
	uint32_t
		rights; /* RULE: granted; DENIAL: asked for and not granted (capability's number) */
	uint32_t operation;   /* DENIAL: enum postern_operation; RULE: POSTERN_OP_NETLINK: `path` is
				 a message or groups with what narrows them, and there are no rights
			       */
	uint32_t reason;      /* DENIAL: enum postern_reason */
	uint32_t line;	      /* RULE, DENIAL: of the manifest */
	uint32_t connections; /* CONTEXT: open now; WORKER: served now; SUPERVISOR: seconds between
				 two rounds of the canary */
	uint32_t path_state;  /* DENIAL: 0 whole, 1 only its end, 2 does not lie below the context's
				 root */
	uint32_t dev;
	uint32_t hook;	       /* DENIAL, HOOK: enum postern_hook; POSTERN_HOOKS_LEN: not known */
	uint32_t caller_known; /* DENIAL: 1: caller holds the uid of the one whose call it was, by
				  the connection that the worker claims; WORKER: 1: it serves
				  that caller's calls alone */
	uint32_t caller;
	uint32_t adopted; /* CONTEXT: 1: its helper was started by an earlier supervisor */
	uint32_t reserved;
	uint64_t ino;	 /* DENIAL; CONTEXT: of the manifest that was read */
	uint64_t policy; /* ENTRYPOINT, DENIAL */
	uint64_t
		call; /* WORKER: running now, 0: none; DENIAL: during which, as the worker claims */
	uint64_t calls_since; /* WORKER: CLOCK_MONOTONIC ns at which the running call began, 0:
				 none; SUPERVISOR: at which the canary's last round passed */
	uint64_t count;	      /* LOST; CONTEXT: helper starts so far; ENTRYPOINT: denials so far;
				 SUPERVISOR: events dropped */
	uint64_t time; /* DENIAL: CLOCK_REALTIME ns; SUPERVISOR: its start; CONTEXT: modification of
			  the manifest that was read */
	char context[POSTERN_WIRE_NAME];
	char entrypoint[POSTERN_WIRE_NAME]; /* "(start)": the helper before it is a worker */
	char network[POSTERN_WIRE_NAME];    /* CONTEXT, DENIAL: in which it is; "": it is no
					       instance for a network namespace */
	char comm[16];			    /* DENIAL */
	struct postern_message message;	    /* DENIAL: of POSTERN_OP_NETLINK */
	char path[ADMIN_PATH_BYTES];	    /* RULE, DENIAL; CONTEXT: manifest */
	char text[ADMIN_TEXT_BYTES]; /* SUPERVISOR: why enforcement has failed; DENIAL: nearest
					rule, as "file:line: path [rights]" or what to add where */
};
static_assert(sizeof(struct admin_record) == 72 + 48 + 3 * POSTERN_WIRE_NAME + 16 +
						     sizeof(struct postern_message) +
						     ADMIN_PATH_BYTES + ADMIN_TEXT_BYTES,
	      "layout");

#endif
