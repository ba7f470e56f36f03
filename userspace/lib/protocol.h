/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The wire between client, supervisor and worker: record layouts and codes (docs/protocol.md says
 * the same in words).
 *
 * One SOCK_SEQPACKET record is one message. All integers are little-endian. A connection serves one
 * entrypoint: the first record is OPEN, of fixed size, the only one that the supervisor reads; all
 * later ones are the worker's.
 */
#ifndef POSTERN_LIB_PROTOCOL_H
#define POSTERN_LIB_PROTOCOL_H

#include <assert.h>
#include <stdint.h>

#define POSTERN_SOCKET_DIR	 "/run/postern"
#define POSTERN_PROTOCOL_VERSION 1
#define POSTERN_MAGIC		 0x4e545350u /* "PSTN" */
#define POSTERN_RECORD_MAX	 (64 * 1024)
#define POSTERN_WIRE_NAME	 64 /* a name with its NUL, padded with NULs */

enum postern_record_type {
	POSTERN_OPEN = 1,   /* client: struct postern_open */
	POSTERN_OPENED = 2, /* worker: header, then the signature */
	POSTERN_CALL = 3,   /* client: header, then the array of arguments by position */
	POSTERN_RETURN = 4, /* worker: header, then the value */
	POSTERN_ERROR = 5,  /* worker or supervisor: header, then the error as a map */
	POSTERN_LOG = 6,    /* worker: header, then [level, text] */
};

/* Frozen. Everything after `version` is version 1's; bytes that are not used are zero and are
 * refused otherwise. */
struct postern_open {
	uint32_t magic;
	uint16_t type; /* POSTERN_OPEN */
	uint16_t version;
	uint32_t flags;	   /* none defined: zero */
	uint32_t reserved; /* zero */
	char entrypoint[POSTERN_WIRE_NAME];
	char network[POSTERN_WIRE_NAME]; /* name of a network namespace where the manifest takes
					    one; else empty */
	uint8_t padding[112];		 /* zero */
};
static_assert(sizeof(struct postern_open) == 256, "OPEN is frozen");

/* Starts every record but OPEN. The payload that follows is one msgpack object, and nothing after
 * it. */
struct postern_header {
	uint16_t type;
	uint16_t flags;	   /* below; else zero */
	uint32_t reserved; /* zero */
	uint64_t call; /* chosen by the client, not 0; 0 in OPENED and in an ERROR that concerns the
			  connection */
	uint64_t deadline; /* CALL: nanoseconds that the client will wait, 0: as long as the
			      entrypoint may take; else zero */
};
static_assert(sizeof(struct postern_header) == 24, "the header is frozen");

/* How a call ends. Numbers are frozen: they travel in ERROR records and are the base of `postern
 * call`'s exit status. */
enum postern_code {
	POSTERN_OK = 0,
	POSTERN_FAILED = 1,	   /* the function itself reports an error (errno, message) */
	POSTERN_BAD_ARGUMENT = 2,  /* `argument` says which, `message` why */
	POSTERN_NOT_PERMITTED = 3, /* the caller is not listed */
	POSTERN_DENIED = 4, /* the function failed after the kernel refused an operation; `denial`
			       says which */
	POSTERN_TIMED_OUT =
		5, /* the worker was killed at its deadline, or the client stopped waiting */
	POSTERN_WORKER_DIED = 6,    /* `signal` or `status` says how */
	POSTERN_PROTOCOL_ERROR = 7, /* a record that does not parse */
	POSTERN_NOT_AVAILABLE = 8,  /* no such context or entrypoint, or it cannot be started */
	POSTERN_BUSY = 9,	    /* too many connections or calls */
	POSTERN_CANCELLED = 10,	    /* the client took its call back */
	POSTERN_CODES
};

/* In the flags of a CALL's or RETURN's record: the next one goes on with the same message. */
#define POSTERN_MORE 0x8000u

/* In a CALL's flags, which LOG records the client wants: one more than the least important of their
 * levels, as syslog(3) numbers them; 0: none. */
#define POSTERN_CALL_LOG      0x000fu
#define POSTERN_CALL_LOG_MOST 8u

/*
 * An ERROR's payload is a msgpack map; absent keys do not apply:
 *   "code": int, "message": str, "hint": str, "argument": str, "errno": int, "signal": int,
 *   "denial": map { "operation": str, "object": str, "rights": str, "rule": str }.
 * OPENED's payload is a map: "context": str, "entrypoint": str, "timeout": int (ns),
 *   "arguments": array of [name str, type int (enum argument_type), flags int (1 optional, 2
 * secret)], "result": int (type), "result_flags": int (2 secret), "most": int (bytes of a CALL's
 * payload; absent: as many as one record holds).
 */
#define POSTERN_ARGUMENT_OPTIONAL 1u
#define POSTERN_ARGUMENT_SECRET	  2u
/* Of a list: the type of its elements, in eight bits of the flags. */
#define POSTERN_ARGUMENT_ELEMENT_SHIFT 8
#define POSTERN_ARGUMENT_ELEMENT_MASK  0xffu
/* Of a descriptor: what it is open for (1 to read, 2 to write), and what it may be (1 file, 2 pipe,
 * 4 socket, 8 memfd). */
#define POSTERN_ARGUMENT_FD_MODE_SHIFT	16
#define POSTERN_ARGUMENT_FD_MODE_MASK	0x3u
#define POSTERN_ARGUMENT_FD_KINDS_SHIFT 20
#define POSTERN_ARGUMENT_FD_KINDS_MASK	0xfu

#endif
