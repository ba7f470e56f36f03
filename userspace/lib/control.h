/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What supervisor, helper and workers say to each other, over SOCK_SEQPACKET pairs that no client
 * sees.
 *
 * Records have one fixed size, so that neither side parses anything. What comes from a helper after
 * CONTROL_GO, or from a worker, comes from a process that runs a module's code: the supervisor
 * believes of it only what cannot hurt other contexts.
 */
#ifndef POSTERN_LIB_CONTROL_H
#define POSTERN_LIB_CONTROL_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Descriptors that a set-up child is started with, and that a helper keeps. */
enum {
	CONTROL_FD_SUPERVISOR = 3, /* the control socket */
	CONTROL_FD_MANIFEST = 4,   /* sealed memfd: the manifest's image (manifest/image.h) */
	CONTROL_FD_PAGES = 5, /* the context's record pages; mappable under the start policy only */
	CONTROL_FD_LISTENER = 6, /* on which the helper waits for the next supervisor */
	CONTROL_FD_LOG = 7,	 /* where the log is read; kept for the next supervisor */
	CONTROL_FD_HELPER = 8, /* O_PATH|O_CLOEXEC: the helper's own program, for the second exec */
	/* For the set-up alone, where the manifest names network namespaces: the one that the
	 * supervisor chose and held against what it knows of it. Otherwise not open. */
	CONTROL_FD_NETWORK = 9,
	CONTROL_FD_FIRST_FREE = 10,
};

/* Said by a helper that a supervisor adopts: with another version it is ended. Grows with any
 * change to what travels between a supervisor and what an earlier one may have started. */
#define CONTROL_VERSION 2

/* More descriptors and groups than these are refused. */
#define CONTROL_FDS_MAX	   2
#define CONTROL_GROUPS_MAX 64
#define CONTROL_TEXT_MAX   512

enum control_type {
	/* set-up child and helper, towards the supervisor */
	CONTROL_MAP_IDS = 1,  /* the user namespace exists: write its maps. Not sent with
				 namespaces.user: host */
	CONTROL_CONFINED = 2, /* everything is given up; fd: O_PATH of "/". Waits for GO, then execs
				 the helper */
	CONTROL_LOADED = 3,   /* the module is loaded, its entrypoints match the manifest */
	CONTROL_SPAWNED = 4, /* worker, entrypoint; fds: pidfd, the supervisor's end of the worker's
				channel */
	CONTROL_EXITED = 5,  /* worker, status as waitpid() gives it */
	CONTROL_FAILED = 6,  /* status: negative errno; text. The sender exits */
	CONTROL_SAID = 10, /* worker, status: a level; text: a line that it printed before it ended,
			      for the client of its call. EXITED follows */
	/* helper, towards a supervisor that connected to its listener */
	CONTROL_HELLO =
		7, /* flags: CONTROL_VERSION; slots: how many KEPT follow; fd: CONTROL_FD_LOG */
	CONTROL_KEPT = 8,	 /* worker, entrypoint, slot; fds: as with SPAWNED */
	CONTROL_THAT_IS_ALL = 9, /* after KEPT, and EXITED for what ended meanwhile */

	/* supervisor, towards the set-up child and the helper */
	CONTROL_MAPPED = 16, /* answer to MAP_IDS */
	CONTROL_GO = 17,     /* the start policy holds */
	/* worker (a number of the supervisor's), entrypoint (index in the manifest); slot, slots:
	 * the pages that the worker maps before SPAWNED is sent: an entrypoint's policy refuses it;
	 * timeout: of its calls, which a reload can change under a running helper
	 */
	CONTROL_SPAWN = 18,

	/* supervisor, towards a worker */
	/* the entrypoint's policy holds: reduce capabilities, begin. Said again by a supervisor
	 * that adopts the worker, in case that the one before had no time to: then it means nothing
	 */
	CONTROL_START = 32,
	CONTROL_SERVE = 33, /* fd: a client's connection; connection, caller, groups; flags */
	CONTROL_RETIRE =
		34, /* take no further call, end after those under way. It wakes the worker: the
		       order itself stands on its record pages, before this is sent */

	/* worker, towards the supervisor */
	CONTROL_READY = 48,	 /* after START */
	CONTROL_CLOSED = 49,	 /* connection: the client closed it, or broke the protocol */
	CONTROL_CALL_ENDED = 50, /* isolation: call: connection, call, status: a call's process died
				    without an answer; flags: CONTROL_TIMED_OUT when its deadline
				    killed it, CONTROL_CANCELLED when its client had it ended. The
				    zygote has told the client */
	CONTROL_OPENED = 51,	 /* connection: its OPENED was sent; the next worker sends none */
	CONTROL_RELEASED = 52, /* connection: a retired worker's call on it is over: it is the next
				  worker's */
};

enum {
	CONTROL_RESUMED =
		1u << 0, /* SERVE: the client had its OPENED from the worker before this one */
	CONTROL_TIMED_OUT = 1u << 1, /* CALL_ENDED */
	CONTROL_SHUT = 1u << 2, /* SERVE: the supervisor lets no more records in; the client has not
				   cancelled what came before */
	CONTROL_CANCELLED = 1u << 3, /* CALL_ENDED */
};

struct control_record {
	uint32_t type;
	uint32_t flags;
	uint32_t worker;
	uint32_t entrypoint;
	uint32_t slot;
	uint32_t slots;
	int32_t status;
	uint32_t reserved;
	uint64_t connection;
	union {
		uint64_t call;
		uint64_t timeout; /* SPAWN: ns; 0: the manifest's */
	};
	uint32_t uid, gid; /* the caller, in the initial user namespace */
	int32_t pid;
	uint32_t groups_len;
	uint32_t groups[CONTROL_GROUPS_MAX];
	char text[CONTROL_TEXT_MAX]; /* NUL-terminated */
};
static_assert(sizeof(struct control_record) == 64 + 4 * CONTROL_GROUPS_MAX + CONTROL_TEXT_MAX,
	      "layout");

/*
 * Sends one record with up to CONTROL_FDS_MAX descriptors, which stay the caller's. flags:
 * MSG_DONTWAIT or 0. Returns 0 or a negative errno; -EPIPE when the other end is gone (never
 * SIGPIPE).
 */
int control_send(int fd, const struct control_record *record, const int *fds, size_t fds_len,
		 int flags);

/*
 * Receives one record. Descriptors that came with it go to ret_fds (room for CONTROL_FDS_MAX),
 * O_CLOEXEC, owned by the caller; *ret_fds_len says how many. A record of another size, with more
 * descriptors, or whose text does not end is -EBADMSG, and its descriptors are closed. Returns 1, 0
 * at the end of the stream, or a negative errno (-EAGAIN).
 */
int control_receive(int fd, struct control_record *ret, int *ret_fds, size_t *ret_fds_len,
		    int flags);

#endif
