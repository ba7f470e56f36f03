/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libpostern for clients: call an entrypoint of a context.
 *
 *	struct postern_failure *failure = NULL;
 *	struct postern_args *args = postern_args_new();
 *	struct postern_value *result = NULL;
 *	struct postern *motd = postern_new("motd");
 *
 *	postern_args_string(args, "message", "Hello\n");
 *	if (postern_call(motd, "update_motd", args, 0, &result, &failure) < 0)
 *		fprintf(stderr, "%s\n", postern_failure_message(failure));
 *
 * The library never exits, never raises a signal (SIGPIPE included), never logs, and no call waits
 * without an end. A handle may be used by many threads at once: calls that run at the same time use
 * connections of their own. After fork() the child opens its own connections; it does not disturb
 * its parent's.
 */
#ifndef POSTERN_H
#define POSTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "postern-bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

struct postern;
struct postern_args;
struct postern_value;
struct postern_failure;

/* How a call ended; the numbers are those of the wire (docs/protocol.md). */
enum postern_result {
	POSTERN_RESULT_OK = 0,
	POSTERN_RESULT_FAILED = 1,
	POSTERN_RESULT_BAD_ARGUMENT = 2,
	POSTERN_RESULT_NOT_PERMITTED = 3,
	POSTERN_RESULT_DENIED = 4,
	POSTERN_RESULT_TIMED_OUT = 5,
	POSTERN_RESULT_WORKER_DIED = 6,
	POSTERN_RESULT_PROTOCOL_ERROR = 7,
	POSTERN_RESULT_NOT_AVAILABLE = 8,
	POSTERN_RESULT_BUSY = 9,
	POSTERN_RESULT_CANCELLED = 10,
};

/* A value's kind on the wire. */
enum postern_kind {
	POSTERN_KIND_NIL,
	POSTERN_KIND_BOOLEAN,
	POSTERN_KIND_INTEGER,
	POSTERN_KIND_STRING,
	POSTERN_KIND_BYTES,
	POSTERN_KIND_LIST,
	POSTERN_KIND_RECORD,
	POSTERN_KIND_FD,
};

/*
 * A handle on a context; nothing is connected before the first call. context: a name, or a socket's
 * absolute path (for an application in a container). Returns NULL only when memory is lacking. The
 * caller frees it with postern_free(), which closes the connections; no call may be under way then.
 */
struct postern *postern_new(const char *context);

/* The same for a context whose manifest has a template for network namespaces: all calls of the
 * handle are for the one of that name ("qrouter-..."). network: NULL: none is named. */
struct postern *postern_new_network(const char *context, const char *network);
void postern_free(struct postern *p);

/*
 * What functions log while they run (postern_log() in postern-entrypoint.h), and what they print
 * (as LOG_WARNING), comes to `log`, in order, in the thread that called, before postern_call()
 * returns. level: the least important that is wanted, as syslog(3) numbers them: less important
 * lines are not sent at all. text: one line, valid during the call of `log`, which may not use the
 * handle. NULL: no more. Lines are lost when the caller does not read them as fast as they come;
 * the last line says how many. Not to be called while calls are under way.
 */
typedef void (*postern_log_fn)(void *userdata, const char *entrypoint, int level, const char *text);
void postern_set_log(struct postern *p, int level, postern_log_fn log, void *userdata);

/*
 * Arguments by name; the order does not matter. Each setter copies its value and returns 0 or a
 * negative errno (-ENOMEM, -E2BIG when the whole is larger than any call, -EEXIST for a name
 * given twice, -EINVAL for a NULL or empty name or a NULL value, -EILSEQ for a string that is not
 * UTF-8); the first error is kept and reported by
 * postern_call() too, so that a caller may check once.
 */
struct postern_args *postern_args_new(void);
void postern_args_free(struct postern_args *args);

/*
 * The same in memory of the caller's, mostly on its stack, so that a call allocates nothing. To be
 * freed all the same, before `room` goes. The names that the setters get are not copied: they must
 * stay as they are until then. Never NULL.
 */
struct postern_args_room {
	uint64_t words[129];
};
struct postern_args *postern_args_in(struct postern_args_room *room);

int postern_args_boolean(struct postern_args *args, const char *name, bool value);
int postern_args_integer(struct postern_args *args, const char *name, int64_t value);
int postern_args_string(struct postern_args *args, const char *name, const char *value);
int postern_args_bytes(struct postern_args *args, const char *name, const void *data, size_t len);
int postern_args_strings(struct postern_args *args, const char *name, const char *const *values,
			 size_t len);
int postern_args_integers(struct postern_args *args, const char *name, const int64_t *values,
			  size_t len);
int postern_args_booleans(struct postern_args *args, const char *name, const bool *values,
			  size_t len);
int postern_args_bytes_list(struct postern_args *args, const char *name,
			    const struct postern_bytes *values, size_t len);

/* The same without a copy: what is pointed to must stay as it is until the last call with these
 * arguments has returned. What the library does not copy it does not wipe either. */
int postern_args_borrow_string(struct postern_args *args, const char *name, const char *value);
int postern_args_borrow_bytes(struct postern_args *args, const char *name, const void *data,
			      size_t len);

/*
 * Records are built as arguments are, by the names of their fields, and copied. The one that is
 * built has no records itself (-EINVAL), and none or its error. fields, records: not consumed.
 */
int postern_args_record(struct postern_args *args, const char *name,
			const struct postern_args *fields);
int postern_args_records(struct postern_args *args, const char *name,
			 const struct postern_args *const *records, size_t len);

/* A descriptor that goes with the call. It stays the caller's, and must stay open until the calls
 * that the arguments are for have returned. -EBADF: it is not open. */
int postern_args_fd(struct postern_args *args, const char *name, int fd);

/*
 * Calls an entrypoint and waits.
 *
 * args: may be NULL for no arguments; not consumed. timeout_ms: how long to wait at most,
 * connecting included; 0: the entrypoint's own timeout and a second. ret: the result, set on
 * success only; free with postern_value_free(); may be NULL. failure: set on failure only; free
 * with postern_failure_free(); may be NULL. Returns 0 or a negative errno that stands for the
 * failure's result: the function's own errno for FAILED and DENIED, -EINVAL BAD_ARGUMENT, -EACCES
 * NOT_PERMITTED, -ETIMEDOUT, -ECONNRESET WORKER_DIED, -EPROTO, -ENOENT or -ECONNREFUSED
 * NOT_AVAILABLE, -EBUSY, -ECANCELED.
 */
int postern_call(struct postern *p, const char *entrypoint, const struct postern_args *args,
		 unsigned timeout_ms, struct postern_value **ret, struct postern_failure **failure);

/*
 * Ends all calls of the handle that are under way in other threads: their functions are killed,
 * with all that they started, and their postern_call() ends with -ECANCELED within moments, or with
 * what it would have ended with, if it was over before. Whether a function that was killed has done
 * its work is not known. Calls that begin later are not affected. To be called from any thread; not
 * in a signal's handler.
 */
void postern_cancel(struct postern *p);

/* What an entrypoint takes and gives, as the worker tells it when the connection is opened. */
struct postern_parameter {
	const char *name;
	int type;    /* by docs/protocol.md */
	int element; /* of a list: the type of its elements; else 0 */
	bool optional;
	bool secret;
	unsigned fd_kinds; /* of a descriptor: 1 file, 2 pipe, 4 socket, 8 memfd; else 0 */
	unsigned fd_mode;  /* of a descriptor: 1 to read, 2 to write, 3 both */
	const struct postern_parameter *fields; /* of a record, or a list of records */
	size_t fields_len;
};

struct postern_signature {
	const struct postern_parameter *parameters;
	size_t len;
	int result;
	int result_element;			       /* of a list */
	const struct postern_parameter *result_fields; /* of a record, or a list of records */
	size_t result_fields_len;
	uint64_t timeout_ns;
	size_t most; /* bytes that a call's arguments may take together */
	bool result_secret;
};

/* Connects and fetches an entrypoint's signature. ret lives as long as the handle. Result and
 * errors as postern_call(). */
int postern_describe(struct postern *p, const char *entrypoint, unsigned timeout_ms,
		     const struct postern_signature **ret, struct postern_failure **failure);

/* Results. A getter returns 0, or -EPROTO when the value is of another kind; what it hands out
 * lives as long as the value. That of an entrypoint with a secret is wiped when it is freed. */
enum postern_kind postern_value_kind(const struct postern_value *v);
int postern_value_boolean(const struct postern_value *v, bool *ret);
int postern_value_integer(const struct postern_value *v, int64_t *ret);
int postern_value_string(const struct postern_value *v, const char **ret, size_t *ret_len);
int postern_value_bytes(const struct postern_value *v, const void **ret, size_t *ret_len);
/* The descriptor of a result, which is the caller's from then on; -EPROTO also when it was taken
 * already. One that nobody takes is closed with the value. */
int postern_value_fd(struct postern_value *v);
size_t postern_value_list_len(const struct postern_value *v);
const struct postern_value *postern_value_list_item(const struct postern_value *v, size_t i);
/* Of a record: the value of a field, NULL when it was not given or `v` is no record; and its fields
 * in order, NULL behind the last. */
const struct postern_value *postern_value_record_get(const struct postern_value *v,
						     const char *field);
const struct postern_value *postern_value_record_at(const struct postern_value *v, size_t i,
						    const char **ret_field);
void postern_value_free(struct postern_value *v);

/* Failures. Texts live as long as the failure; those that do not apply are NULL, numbers 0. */
enum postern_result postern_failure_result(const struct postern_failure *f);
const char *postern_failure_result_name(const struct postern_failure *f); /* "denied" */
const char *postern_failure_message(const struct postern_failure *f);	  /* never NULL */
const char *postern_failure_hint(const struct postern_failure *f);
const char *postern_failure_argument(const struct postern_failure *f);
int postern_failure_errno(const struct postern_failure *f);
int postern_failure_signal(const struct postern_failure *f);
const char *postern_failure_denied_operation(const struct postern_failure *f);
const char *postern_failure_denied_object(const struct postern_failure *f);
const char *postern_failure_denied_rights(const struct postern_failure *f); /* "read, write" */
const char *postern_failure_denied_rule(const struct postern_failure *f);   /* what was lacking */
/* The name that the application gave the error ("no_such_volume"), and what it says of it; NULL:
 * none. i: from 0; ret_key may be NULL. */
const char *postern_failure_name(const struct postern_failure *f);
const char *postern_failure_field(const struct postern_failure *f, const char *key);
const char *postern_failure_field_at(const struct postern_failure *f, size_t i,
				     const char **ret_key);
void postern_failure_free(struct postern_failure *f);

/* For generated code (postern-generated.h): sets a failure of PROTOCOL_ERROR, since the result is
 * not of the type that the code was made for. Returns -EPROTO. */
int postern_result_mismatch(struct postern_failure **failure, const char *entrypoint);

#ifdef __cplusplus
}
#endif

#endif
