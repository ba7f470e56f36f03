/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between the helper and postern-python.so (userspace/python_host), which runs functions that are
 * written in Python. The helper itself stays free of the interpreter: it loads the library for
 * contexts that name a Python file, and the library calls back what is declared here. Both are
 * built from one tree and installed together.
 */
#ifndef POSTERN_HELPER_HOST_H
#define POSTERN_HELPER_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/postern-entrypoint.h"
#include "lib/wire.h"

#define HOST_LIBRARY POSTERN_LIBEXECDIR "/postern-python.so"
#define HOST_SYMBOL  "postern_python_load"
#define HOST_TEXT    512 /* of what is wrong with a module */

/* What the manifest says of an argument, a result or a record's field: types by the numbers of
 * docs/protocol.md. */
struct host_field {
	const char *name; /* "" for a result */
	int type;
	int element; /* of a list; else 0 */
	bool optional;
	struct postern_value otherwise; /* of a field that was not given; NIL: none */
	struct host_field *fields;	/* of a record, or of the records of a list */
	size_t fields_len;
};

/* What it says of a function. */
struct host_entrypoint {
	const char *name;
	struct host_field *arguments;
	size_t arguments_len;
	struct host_field result;
};

/* How the library is used from then on. */
struct host {
	postern_function function; /* of all entrypoints: which one is meant, the call says */
	/* Around each fork of the helper's own; in the parent and in the child. */
	void (*fork_before)(void);
	void (*fork_parent)(void);
	void (*fork_child)(void);
};

/*
 * Starts the interpreter and imports the file. ret: set on success only. text: why not, of
 * HOST_TEXT bytes. Returns 0, -ENOEXEC when the interpreter cannot be started or the file not be
 * imported, -EBADMSG when it lacks a function or one takes other arguments.
 */
typedef int (*host_load_fn)(const char *file, const struct host_entrypoint *entrypoints, size_t len,
			    struct host *ret, char *text);

/* -- what the library asks of a call (host.c) */

const char *postern_host_entrypoint(const struct postern_invocation *call);
/* The arguments one after the other: the name, or NULL behind the last one. ret: checked, lives as
 * long as the call; of kind NIL when it was not given. */
const char *postern_host_argument(const struct postern_invocation *call, size_t i,
				  const struct postern_value **ret);
/*
 * Opens a path that the call has as an argument, in a list or a record as well, as
 * postern_arg_path_open() does. Returns a descriptor, -ESRCH when no argument of type path has that
 * value, or another negative errno.
 */
int postern_host_path_open(const struct postern_invocation *call, const char *path, int flags,
			   mode_t mode);
/* Is any argument, or the result, secret, or a field of theirs? */
bool postern_host_secret(const struct postern_invocation *call);
/* The least important level that the caller or the journal wants of a function's lines; and that
 * the journal wants. */
int postern_host_level(const struct postern_invocation *call);
int postern_host_journal(const struct postern_invocation *call);

/* A line for the journal, and not for the caller, whatever the levels. */
void postern_host_tell(const struct postern_invocation *call, int level, const char *text);

/* Sets the result, as postern_return_...() do; its strings need no NUL at their end. */
int postern_host_return(struct postern_invocation *call, const struct postern_value *v);
/* The function did what the manifest does not say. Returns -EPROTO, to be returned from it. */
int postern_host_mistake(struct postern_invocation *call, const char *text);

#endif
