/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two records that worker and supervisor build and the client takes apart: ERROR and OPENED. */
#ifndef POSTERN_LIB_REPLY_H
#define POSTERN_LIB_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/postern.h"
#include "lib/protocol.h"

#define REPLY_MESSAGE_MAX   1024 /* bytes of a message or hint */
#define REPLY_OBJECT_MAX    1024
#define REPLY_WORD_MAX	    255 /* of any other text */
#define REPLY_LOG_MAX	    (REPLY_MESSAGE_MAX + 64)
#define REPLY_ERROR_MAX	    (8 * 1024)	/* room that every ERROR record fits into */
#define REPLY_OPENED_MAX    (16 * 1024) /* the same for OPENED; a longer one is refused */
#define REPLY_ARGUMENTS_MAX 32
#define REPLY_FIELDS_MAX    8  /* of an application's error */
#define REPLY_RECORD_MAX    32 /* fields of a record */
#define REPLY_TYPE_LIST	    16
#define REPLY_TYPE_FD	    17
#define REPLY_TYPE_RECORD   18

/* What the kernel refused. Texts that do not apply are NULL. */
struct reply_denial {
	const char *operation; /* NULL: there is no denial */
	const char *object;
	const char *rights;
	const char *rule;
};

/* What an application says of an error with a name of its own. */
struct reply_field {
	const char *key, *value;
};

/* An error as it goes into a record. Texts that do not apply are NULL, numbers 0. */
struct reply_error {
	enum postern_code code;
	const char *message;
	const char *hint;
	const char *argument;
	int error; /* an errno, positive */
	int signal;
	struct reply_denial denial;
	const char *name; /* the application's, for POSTERN_FAILED and POSTERN_DENIED */
	struct reply_field fields[REPLY_FIELDS_MAX];
	size_t fields_len;
};

/*
 * Writes an ERROR record. Texts may hold anything: they are cleaned (text_clean()) and cut.
 *
 * buf: room for REPLY_ERROR_MAX bytes. call: 0 when the error concerns the connection. Returns the
 * record's length; it cannot fail.
 */
size_t reply_error_write(void *buf, uint64_t call, const struct reply_error *e);

/* The same for errors that consist of these parts; hint may be NULL, signal and err 0. */
size_t reply_error(void *buf, uint64_t call, enum postern_code code, const char *message,
		   const char *hint, int signal, int err);

/* Writes a LOG record. text: clean, of at most REPLY_MESSAGE_MAX bytes. buf: room for REPLY_LOG_MAX
 * bytes. Returns the record's length, or 0 when the text is none. */
size_t reply_log(void *buf, uint64_t call, int level, const char *text, size_t len);

/* May a LOG record of that length be sent? Returns 0, -EAGAIN when the client has so much unread
 * that there would be no room for a last line and the answer behind it, or another negative errno.
 */
int reply_log_room(int fd, size_t len);

/*
 * Reads an ERROR's payload (what follows the header). ret: its texts lie in *ret_tree, which the
 * caller frees with postern_value_free() after use; numbers are in range (code from 1 to
 * POSTERN_CODES - 1, error up to 4095, signal up to 64; 0: not said). Unknown keys are passed over.
 * Returns 0, -EBADMSG or -ENOMEM.
 */
int reply_error_read(const void *payload, size_t len, struct reply_error *ret,
		     struct postern_value **ret_tree);

/*
 * Writes an OPENED record. signature->len is at most REPLY_ARGUMENTS_MAX, fields at most
 * REPLY_RECORD_MAX a record, names at most REPLY_WORD_MAX bytes long. buf: room for
 * REPLY_OPENED_MAX bytes. Returns the record's length; 0 when the signature cannot be sent (too
 * many arguments, a name that is not UTF-8).
 */
size_t reply_opened_write(void *buf, const char *context, const char *entrypoint,
			  const struct postern_signature *signature);

/* An OPENED taken apart. Zero-initialise. */
struct reply_opened {
	const char *context;
	const char *entrypoint;
	struct postern_signature signature; /* its parameters point to the array below */
	struct postern_parameter parameters[REPLY_ARGUMENTS_MAX];
	struct postern_parameter *fields; /* owned; of all records */
	struct postern_value *tree;	  /* owned; holds the names */
};

/*
 * Reads an OPENED's payload into *o, which must stay where it is. Names are not empty and distinct,
 * fields are there where there are records, and are no records; the timeout is not 0. Returns 0,
 * -EBADMSG or -ENOMEM; *o holds nothing unless it is 0.
 */
int reply_opened_read(const void *payload, size_t len, struct reply_opened *o);
void reply_opened_clear(struct reply_opened *o);

#endif
