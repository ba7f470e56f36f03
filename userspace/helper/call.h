/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A call as invocation.c and the module's API share it. Internal to the helper. */
#ifndef POSTERN_HELPER_CALL_H
#define POSTERN_HELPER_CALL_H

#include "helper/argument_check.h"
#include "helper/invocation.h"
#include "lib/reply.h"
#include "lib/wire.h"

/* Of postern_fail_field(). */
struct invocation_field {
	char key[POSTERN_WIRE_NAME];
	char value[REPLY_WORD_MAX + 1];
};

/* What a module's function holds; on the stack of invocation_serve(). Of the texts only the first
 * bytes are cleared: to clear them all would take longer than the rest of a small call. */
struct postern_invocation {
	const struct invocation_target *target;
	const struct invocation_caller *caller;
	const struct argument_checks *checks;
	const struct postern_value *values; /* one for each argument of the manifest, checked */
	uint64_t call;
	int log_level;			/* the least important that the client wants; -1: none */
	unsigned log_lost;		/* that it did not get */
	struct invocation_reply *reply; /* the RETURN is written here at once */
	int failed;			/* what postern_fail() was told, negative; 0: not called */
	size_t fields_len;
	struct record_block *records;	    /* of arguments; NULL: none is a record */
	struct result_build *build;	    /* NULL: no record of a result was begun */
	char text[REPLY_MESSAGE_MAX + 1];   /* of postern_fail() */
	char error_name[POSTERN_WIRE_NAME]; /* of postern_fail_named(); "": none */
	/* What the module did wrong; empty: nothing. */
	char mistake[ARGUMENT_MESSAGE_MAX + ARGUMENT_WHERE_MAX + 128];
	struct invocation_field fields[REPLY_FIELDS_MAX];
};

/* invocation_fail.c: the name that the function gave its error, and what it says of it. */
void invocation_fail_name(const struct postern_invocation *call, struct reply_error *e);

/* entrypoint_api.c: a module that asks for what its manifest does not declare cannot be answered.
 */
_Noreturn void invocation_abort(const struct postern_invocation *call, const char *name,
				const char *what);
/* The place of an argument of that name in the signature. */
size_t invocation_argument(const struct postern_invocation *call, const char *name);
/* Checks the result and writes the RETURN. The last one counts. */
int invocation_give(struct postern_invocation *call, const struct postern_value *v);
/* Notes what is wrong with a result, for the caller's error and the module's author. Returns error.
 */
int invocation_wrong_result(struct postern_invocation *call, int error, const char *what);

/* record_arguments.c: makes what the getters of records hand out, for arguments that were checked.
 * Returns 0 or -ENOMEM; free in any case. */
int invocation_records_make(struct postern_invocation *call);
void invocation_records_free(struct postern_invocation *call);

/* record_results.c */
void invocation_build_free(struct postern_invocation *call);

/* invocation_secret.c: is the value of a secret argument in the text, as in the name of what a
 * function made of it? Callers log the errors that they get. */
bool invocation_tells_secret(const struct postern_invocation *call, const char *text);

/* invocation_log.c: around the function. What it printed and did not log itself is told at the end,
 * and how many lines the client did not get, if it lacks any. */
void invocation_log_begin(struct postern_invocation *call);
/* A line for the journal alone, whatever its level. */
void invocation_journal(const struct postern_invocation *call, int level, const char *text);
void invocation_log_end(struct postern_invocation *call);

#endif
