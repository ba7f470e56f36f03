/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words name=value of `postern call`, turned into arguments by the entrypoint's signature. */
#ifndef POSTERN_CLI_CALL_VALUES_H
#define POSTERN_CLI_CALL_VALUES_H

#include <stdio.h>

#include "base/error.h"
#include "lib/postern.h"

struct call_value {
	char *name;
	const char **texts; /* one for each time that the name was given; they are argv's */
	size_t texts_len;
	const struct postern_parameter *parameter; /* NULL: the entrypoint has none of that name */
	char *data; /* what @FILE holds, with a NUL behind it; NULL: the text is the value */
	size_t data_len;
	int fd;		   /* of an argument that is a descriptor */
	bool fd_open;	   /* it was opened for the call */
	const char *where; /* of a field: what stands before its name, "routes[3]."; else NULL */
	bool whole;	   /* each text is an element, or the text, as it is */
	bool secret;	   /* of a field: what it is a part of is secret */
};

/* Zero-initialise; free with call_values_clear(). */
struct call_values {
	struct call_value *items;
	size_t len;
};

/* Takes the words apart. Returns 0; -EINVAL with the number of the word that is no name=value in
 * *ret_at (its text is not for messages: it may be a secret); or -ENOMEM. */
int call_values_split(struct call_values *v, char **words, int len, int *ret_at);

/* Finds each value's parameter and reads the files. Returns 0 or a negative errno. */
int call_values_bind(struct call_values *v, const struct postern_signature *s, struct error *err);

/* Turns all into arguments. ret: to be freed by the caller; a setter's error is in it, for
 * postern_call() to tell. err names the argument and what was expected; never a secret's value.
 * Returns 0, -EINVAL or -ENOMEM. */
int call_values_build(const struct call_values *v, struct postern_args **ret, struct error *err);

/* Adds one value to the arguments, or to the fields of a record. As above. */
int call_value_build(const struct call_value *v, struct postern_args *args, struct error *err);

/* call_records.c: the same for a record or a list of records. */
int call_records_build(const struct call_value *v, struct postern_args *args, struct error *err);

/* Is it a record or a list of records? */
bool call_is_record(const struct postern_parameter *p);

/* call_descriptor.c: finds or opens the descriptor that the text stands for. */
int call_descriptor_bind(struct call_value *value, struct error *err);

/* Copies what a result can be read for to stdout. Returns 0, or a negative errno that was said. */
int call_descriptor_print(struct postern_value *v);

/* Writes "filename=/etc/shadow, content=..." for messages: values cut, secrets left out. */
void call_values_show(const struct call_values *v, FILE *to);

void call_values_clear(struct call_values *v);

#endif
