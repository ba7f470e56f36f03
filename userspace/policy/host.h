/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a host must have for Postern: one table of checks for `postern doctor` and for posternd's
 * start, so that both say it in the same words.
 */
#ifndef POSTERN_POLICY_HOST_H
#define POSTERN_POLICY_HOST_H

#include <stddef.h>

#include "base/error.h"

#define HOST_TEXT_MAX	512
#define HOST_CHECKS_MAX 32

enum host_verdict {
	HOST_OK,
	HOST_LACKING, /* posternd refuses to start */
	HOST_WARNING, /* posternd starts; something is worth a change */
	HOST_UNKNOWN, /* it could not be looked at: `found` says why */
};

enum host_check_flags {
	/* UNKNOWN refuses the start as LACKING does: nothing later would notice. */
	HOST_CHECK_STRICT = 1 << 0,
	/* Never refuses the start. */
	HOST_CHECK_ADVISORY = 1 << 1,
};

struct host;
struct host_finding;

struct host_check {
	const char *name;	 /* one word, for scripts */
	const char *title;	 /* what is wanted, as a statement */
	const char *consequence; /* what follows when it is not so */
	const char *remedy;	 /* what to do about it, unless the finding knows better */
	unsigned flags;
	/* Sets verdict and `found`, and `remedy` where it knows better. */
	void (*look)(struct host *host, struct host_finding *ret);
};

/* The result of one check. */
struct host_finding {
	const struct host_check *check; /* never NULL; static */
	enum host_verdict verdict;
	char found[HOST_TEXT_MAX];  /* what there is; not empty */
	char remedy[HOST_TEXT_MAX]; /* what to do; empty when the verdict is OK */
};

/*
 * Makes all checks. root: the directory below which /proc, /sys, /dev and /boot are looked for; ""
 * or NULL: the host itself (only then is the kernel asked by system calls). room: findings that fit
 * at ret, HOST_CHECKS_MAX is enough for all. Returns the number of findings.
 */
size_t host_checks(const char *root, struct host_finding *ret, size_t room);

/*
 * May posternd start here? root: as above. err: the first finding that refuses it, with its
 * consequence and, as the hint, its remedy. Returns 0, -EOPNOTSUPP when something is lacking, or
 * -ENOMEM.
 */
int host_require(const char *root, struct error *err);

/* Does this finding keep posternd from starting? */
bool host_refuses(const struct host_finding *finding);

/* "ok", "lacking", "warning", "unknown". */
const char *host_verdict_name(enum host_verdict verdict);

#endif
