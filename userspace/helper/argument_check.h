/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Holds a decoded value against what the manifest declares, before a function sees it.
 *
 * What is checked here is for the function's good: it gets no path with "..", no interface name
 * that is an option. What a worker may do is held by the kernel's policy, not by this.
 */
#ifndef POSTERN_HELPER_ARGUMENT_CHECK_H
#define POSTERN_HELPER_ARGUMENT_CHECK_H

#include <stddef.h>

#include "base/error.h"
#include "lib/wire.h"
#include "manifest/manifest.h"

#define ARGUMENT_MESSAGE_MAX 512
#define ARGUMENT_WHERE_MAX   (ARGUMENT_NAME_MAX + 33)

/* An entrypoint's arguments and result with their patterns compiled: made once, at a worker's
 * start. */
struct argument_checks;

/* e must outlive the checks. Returns 0, -EINVAL for a pattern that does not compile, or -ENOMEM. */
int argument_checks_new(const struct manifest_entrypoint *e, struct argument_checks **ret,
			struct error *err);
void argument_checks_free(struct argument_checks *c);

/* What does not fit. */
struct argument_misfit {
	char where[ARGUMENT_WHERE_MAX]; /* in the argument: "[3].via"; "": all of it */
	char message[ARGUMENT_MESSAGE_MAX];
};

/*
 * Checks the value of the index-th argument. Returns 0, or -EINVAL with what was expected and,
 * unless the argument is secret, what came ("expected an integer from 1 to 10, got 12"). Paths with
 * `below` or `exists` are looked up in the caller's root.
 */
int argument_check(const struct argument_checks *c, size_t index, const struct postern_value *v,
		   struct argument_misfit *ret);

/* The same for the result; the entrypoint declares one. */
int argument_check_result(const struct argument_checks *c, const struct postern_value *v,
			  struct argument_misfit *ret);

/* Is some argument a descriptor; a record, or a list of records? Known once, so that a call need
 * not look at each. */
bool argument_checks_descriptors(const struct argument_checks *c);
bool argument_checks_records(const struct argument_checks *c);

/* The value of an argument or field that has a default and was not given. */
struct postern_value argument_default(const struct argument *a);

#endif
