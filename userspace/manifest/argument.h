/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The types of an entrypoint's arguments and result, as a manifest declares them.
 *
 * The types are frozen: their numbers travel in the OPENED record, so a type is added at the end
 * and never renumbered. Values are checked against them in the worker before the function runs
 * (userspace/helper), and turned from text into values by `postern call` (userspace/cli).
 */
#ifndef POSTERN_MANIFEST_ARGUMENT_H
#define POSTERN_MANIFEST_ARGUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/postern.h"

#define ARGUMENT_NAME_MAX 63
#define ARGUMENTS_MAX	  32
#define FIELDS_MAX	  32 /* of a record: what a map on the wire holds */
/* The most that one string or blob may take, and all of an entrypoint's together. */
#define ARGUMENT_BYTES_MAX (64 * 1024 * 1024)

enum argument_type {
	ARGUMENT_NONE = 0,    /* no result */
	ARGUMENT_BOOLEAN = 1, /* wire: bool */
	ARGUMENT_INTEGER = 2, /* wire: int; minimum..maximum */
	ARGUMENT_STRING =
		3, /* wire: str, valid UTF-8, no NUL; min_length..max_length bytes, pattern */
	ARGUMENT_BYTES = 4, /* wire: bin; min_length..max_length */
	ARGUMENT_ENUM = 5,  /* wire: str, one of values */
	ARGUMENT_PATH = 6,  /* wire: str: absolute, normalised, no ".."; below `below`; exists */
	ARGUMENT_INTERFACE =
		7,	  /* wire: str: a network interface's name as dev_valid_name() takes it */
	ARGUMENT_MAC = 8, /* wire: str: six hex bytes with colons */
	ARGUMENT_ADDRESS = 9,	/* wire: str: IPv4 or IPv6 address; family */
	ARGUMENT_PREFIX = 10,	/* wire: str: address/length, no host bits set; family */
	ARGUMENT_UUID = 11,	/* wire: str: 8-4-4-4-12 lower-case hex */
	ARGUMENT_USER = 12,	/* wire: str: a user's name */
	ARGUMENT_GROUP = 13,	/* wire: str: a group's name */
	ARGUMENT_SIZE = 14,	/* wire: int, bytes; text form "10 MiB"; minimum..maximum */
	ARGUMENT_DURATION = 15, /* wire: int, nanoseconds; text form "1500ms"; minimum..maximum */
	ARGUMENT_LIST = 16,	/* wire: array of `element`, a scalar type or a record;
				   min_length..max_length     elements */
	ARGUMENT_FD = 17,	/* wire: int: its number among the descriptors that come with the
				   record; kinds, mode */
	ARGUMENT_RECORD = 18,	/* wire: map by the fields' names; no record within a record */
	ARGUMENT_TYPES
};

#define ARGUMENT_FDS_MAX 8 /* descriptors in one call */

/* What a descriptor may be, by the numbers of bpf/abi.h; and for what it is open, by those of open
 * files' modes. */
enum argument_fd_kind {
	ARGUMENT_FD_FILE,
	ARGUMENT_FD_PIPE,
	ARGUMENT_FD_SOCKET,
	ARGUMENT_FD_MEMFD,
	ARGUMENT_FD_KINDS
};
enum argument_fd_mode { ARGUMENT_FD_READ = 1, ARGUMENT_FD_WRITE, ARGUMENT_FD_READ_WRITE };

enum argument_exists { ARGUMENT_EXISTS_ANY, ARGUMENT_EXISTS_MUST, ARGUMENT_EXISTS_MUST_NOT };
enum argument_family {
	ARGUMENT_FAMILY_ANY = 0,
	ARGUMENT_FAMILY_IPV4 = 4,
	ARGUMENT_FAMILY_IPV6 = 6
};

/* One argument, field of a record, element of a list, or the result (the last two have no name).
 * What a type does not use is zero. */
struct argument {
	char *name;
	enum argument_type type;
	bool optional;		  /* may be nil on the wire; the function sees that it is absent */
	bool secret;		  /* never in a log, an event or an error's text */
	int64_t minimum, maximum; /* INTEGER, SIZE, DURATION; defaults: INT64_MIN or 0, INT64_MAX */
	size_t min_length, max_length; /* STRING, BYTES (default 0..4096); LIST (default 0..256) */
	char *pattern; /* STRING: POSIX extended regex that the whole value must match; NULL: any */
	char **values; /* ENUM */
	size_t values_len;
	char *below; /* PATH: the directory it must lie in; NULL: anywhere */
	enum argument_exists exists;
	enum argument_family family;
	struct argument *element; /* LIST */
	struct argument *fields;  /* RECORD */
	size_t fields_len;
	/* What the worker fills in for one that is not given; it is optional then. */
	bool has_default;
	int64_t default_number; /* INTEGER, SIZE, DURATION; BOOLEAN: 0 or 1 */
	char *default_text;	/* of the types that are strings on the wire */
	uint32_t fd_kinds;	/* FD: 1u << enum argument_fd_kind */
	enum argument_fd_mode fd_mode;
};

/* The word of a type as the manifest writes it ("string"); NULL for a number that is no type. */
const char *argument_type_name(enum argument_type type);

/* The words of kinds and modes as the manifest writes them. */
const char *argument_fd_kind_name(enum argument_fd_kind kind);
const char *argument_fd_mode_name(enum argument_fd_mode mode);

/* How many of the arguments are descriptors. */
size_t argument_fds(const struct argument *arguments, size_t len);

/* How a value of the type travels; POSTERN_KIND_NIL for none, and for types that are reserved. */
enum postern_kind argument_kind(enum argument_type type);

/* Is it a record, or a list of records? Returns the record's type, or NULL. */
const struct argument *argument_record(const struct argument *a);

/* Frees what the argument holds, not the struct itself. */
void argument_clear(struct argument *a);

#endif
