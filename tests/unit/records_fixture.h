/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An entrypoint that takes a record and a list of records. */
#ifndef POSTERN_TESTS_RECORDS_FIXTURE_H
#define POSTERN_TESTS_RECORDS_FIXTURE_H

#include "invocation_fixture.h"

#define ROUTE_FIELDS 7

/* route, routes and mode; none of them is needed. */
extern struct argument record_arguments[];
extern struct manifest_entrypoint with_records;
extern struct argument route; /* as an element or a result has it */

/* The beginning of a CALL, to which the values of its arguments are added. */
void records_start(struct wire_writer *w);
void put_text(struct wire_writer *w, const char *text);
void put_pair(struct wire_writer *w, const char *name, const char *value);
/* Runs it. */
struct answer run_records(postern_function function, struct wire_writer *w);

#endif
