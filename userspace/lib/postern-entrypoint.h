/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the authors of modules: what an entrypoint function gets and how it answers.
 *
 *	static int update_motd(struct postern_invocation *call)
 *	{
 *		const char *message = postern_arg_string(call, "message");
 *		...
 *		if (write(...) < 0)
 *			return postern_fail(call, errno, "write /etc/motd");
 *		return 0;
 *	}
 *
 *	POSTERN_MODULE({"update_motd", update_motd});
 *
 * Arguments were checked against the manifest before the function runs, so the getters cannot fail:
 * asking for a name or kind that the manifest does not declare ends the worker with a message (it
 * is a mistake in the module, found by its first test). Whatever a function returns, nothing of it
 * outlives the call but what it did.
 */
#ifndef POSTERN_ENTRYPOINT_H
#define POSTERN_ENTRYPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "postern-bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

struct postern_invocation;

/*
 * Returns 0, with the result set when the manifest declares one; or what postern_fail() returned,
 * or any negative errno. It runs in a worker of this entrypoint: one call at a time,
 * single-threaded, SIGPIPE ignored, cwd "/", umask 022.
 */
typedef int (*postern_function)(struct postern_invocation *call);

struct postern_entry {
	const char *name;
	postern_function function;
};

struct postern_module {
	uint32_t version; /* POSTERN_MODULE_VERSION */
	uint32_t entries_len;
	const struct postern_entry *entries;
};

#define POSTERN_MODULE_VERSION 1
#define POSTERN_MODULE_SYMBOL  "postern_module"

/* The table by which the helper finds functions, by exact name: a name from a client is never
 * looked up as a symbol. */
#define POSTERN_MODULE(...)                                                                        \
	static const struct postern_entry postern_entries_[] = {__VA_ARGS__};                      \
	__attribute__((visibility("default"))) extern const struct postern_module postern_module;  \
	const struct postern_module postern_module = {                                             \
		POSTERN_MODULE_VERSION,                                                            \
		sizeof(postern_entries_) / sizeof(postern_entries_[0]),                            \
		postern_entries_,                                                                  \
	}

/* Was an optional argument given? */
bool postern_arg_given(const struct postern_invocation *call, const char *name);
bool postern_arg_boolean(const struct postern_invocation *call, const char *name);
/* integer, size (bytes) and duration (nanoseconds) */
int64_t postern_arg_integer(const struct postern_invocation *call, const char *name);
/* every type that travels as a string; NUL-terminated; lives as long as the call */
const char *postern_arg_string(const struct postern_invocation *call, const char *name);
const void *postern_arg_bytes(const struct postern_invocation *call, const char *name,
			      size_t *ret_len);
/*
 * Opens the path that an argument of type path names, as openat2(2) with these flags (and
 * O_CLOEXEC) and mode: the file that was checked, below the manifest's `below`, over no symbolic
 * link, though somebody may have changed the tree since. With `exists: must` nothing is made; with
 * `must_not`, which takes O_CREAT, nothing that is there is opened. What may be done is decided by
 * `paths`. Returns a descriptor, which the function closes; -EINVAL when the argument was not
 * given; or another negative errno: -ELOOP or -EXDEV for a link.
 */
int postern_arg_path_open(const struct postern_invocation *call, const char *name, int flags,
			  mode_t mode);
/* Owned by the call, which closes it and all its copies, and placed where the caller had it: a
 * file's position is shared. -1: an optional one that was not given. */
int postern_arg_fd(const struct postern_invocation *call, const char *name);
size_t postern_arg_list_len(const struct postern_invocation *call, const char *name);
const char *postern_arg_list_string(const struct postern_invocation *call, const char *name,
				    size_t i);
int64_t postern_arg_list_integer(const struct postern_invocation *call, const char *name, size_t i);
bool postern_arg_list_boolean(const struct postern_invocation *call, const char *name, size_t i);
const void *postern_arg_list_bytes(const struct postern_invocation *call, const char *name,
				   size_t i, size_t *ret_len);
int postern_arg_list_path_open(const struct postern_invocation *call, const char *name, size_t i,
			       int flags, mode_t mode);

/*
 * Records. NULL stands for an optional argument that was not given; an element of a list is always
 * there. What is handed out lives as long as the call. The getters of fields are like those of
 * arguments: a field that was not given is false, 0 or NULL, one with a default has it.
 */
struct postern_record;
const struct postern_record *postern_arg_record(const struct postern_invocation *call,
						const char *name);
const struct postern_record *postern_arg_list_record(const struct postern_invocation *call,
						     const char *name, size_t i);
bool postern_record_given(const struct postern_record *record, const char *field);
bool postern_record_boolean(const struct postern_record *record, const char *field);
int64_t postern_record_integer(const struct postern_record *record, const char *field);
const char *postern_record_string(const struct postern_record *record, const char *field);
const void *postern_record_bytes(const struct postern_record *record, const char *field,
				 size_t *ret_len);
int postern_record_path_open(const struct postern_record *record, const char *field, int flags,
			     mode_t mode);
size_t postern_record_list_len(const struct postern_record *record, const char *field);
const char *postern_record_list_string(const struct postern_record *record, const char *field,
				       size_t i);
int64_t postern_record_list_integer(const struct postern_record *record, const char *field,
				    size_t i);
bool postern_record_list_boolean(const struct postern_record *record, const char *field, size_t i);
const void *postern_record_list_bytes(const struct postern_record *record, const char *field,
				      size_t i, size_t *ret_len);
int postern_record_list_path_open(const struct postern_record *record, const char *field, size_t i,
				  int flags, mode_t mode);

/* The caller as the kernel told it to the supervisor. */
uid_t postern_caller_uid(const struct postern_invocation *call);
gid_t postern_caller_gid(const struct postern_invocation *call);
pid_t postern_caller_pid(const struct postern_invocation *call);

/* Sets the result (copied); it must be of the kind that the manifest declares. Returns 0 or a
 * negative errno (-E2BIG when it is larger than any result may be), which the function may return
 * as it is. */
int postern_return_boolean(struct postern_invocation *call, bool value);
int postern_return_integer(struct postern_invocation *call, int64_t value);
int postern_return_string(struct postern_invocation *call, const char *value);
int postern_return_bytes(struct postern_invocation *call, const void *data, size_t len);
/* fd: the call's from now on, whatever is returned. */
int postern_return_fd(struct postern_invocation *call, int fd);
int postern_return_strings(struct postern_invocation *call, const char *const *values, size_t len);
int postern_return_integers(struct postern_invocation *call, const int64_t *values, size_t len);
int postern_return_booleans(struct postern_invocation *call, const bool *values, size_t len);
int postern_return_bytes_list(struct postern_invocation *call, const struct postern_bytes *values,
			      size_t len);

/*
 * A result that is a record, or a list of records:
 *
 *	struct postern_fields *route = postern_result_record(call);
 *
 *	postern_set_string(route, "to", "192.0.2.0/24");
 *	return postern_return_records(call);
 *
 * postern_result_record() adds a record: one, or one for each element of the list. Values are
 * copied; the last one of a field counts; optional fields may be left unset. Whatever goes wrong
 * before is kept (NULL for lack of memory may be passed on) and returned by
 * postern_return_records(), which gives what was added, none for an empty list, and forgets it.
 */
struct postern_fields;
struct postern_fields *postern_result_record(struct postern_invocation *call);
int postern_set_boolean(struct postern_fields *record, const char *field, bool value);
int postern_set_integer(struct postern_fields *record, const char *field, int64_t value);
int postern_set_string(struct postern_fields *record, const char *field, const char *value);
int postern_set_bytes(struct postern_fields *record, const char *field, const void *data,
		      size_t len);
int postern_set_strings(struct postern_fields *record, const char *field, const char *const *values,
			size_t len);
int postern_set_integers(struct postern_fields *record, const char *field, const int64_t *values,
			 size_t len);
int postern_set_booleans(struct postern_fields *record, const char *field, const bool *values,
			 size_t len);
int postern_set_bytes_list(struct postern_fields *record, const char *field,
			   const struct postern_bytes *values, size_t len);
int postern_return_records(struct postern_invocation *call);

/* Reports an error: code is an errno, positive or negative; the text says which object. Returns the
 * negative errno. */
int postern_fail(struct postern_invocation *call, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with a name of the application's own ("no_such_volume", formed like an entrypoint's), by
 * which callers tell one kind of failure from another. */
int postern_fail_named(struct postern_invocation *call, const char *name, int code,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));
/* What a named error says besides: at most 8 texts of 255 bytes by keys formed like names. The last
 * one of a key counts. */
void postern_fail_field(struct postern_invocation *call, const char *key, const char *value);

/*
 * Tells the caller and the journal something while the function runs: one line, at most 1024 bytes,
 * of a level as syslog(3) numbers them (LOG_DEBUG...). Which levels the caller wants it says with
 * each call, which ones the journal gets is the manifest's `log`: what neither wants costs next to
 * nothing. Never waits; what the caller does not read in time is lost, and counted.
 *
 * What the function prints, on standard output or standard error, is told in the same way and in
 * order with these lines, as warnings; a line that begins with "<3>" has that level (sd-daemon(3)).
 * 64 KiB and 1000 lines of it between two calls of postern_log(); more is counted.
 */
void postern_log(struct postern_invocation *call, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif

#endif
