/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A policy's rules as entries of the kernel's maps, before they are written. Pure: no kernel, no
 * file system.
 *
 * Rules that meet in one entry are joined: rights and ioctl commands add up. Patterns are numbered
 * from 0 without a gap in each directory, lists of ioctl commands from 1 in the policy, both in the
 * order of the rules.
 */
#ifndef POSTERN_POLICY_RULE_ENTRIES_H
#define POSTERN_POLICY_RULE_ENTRIES_H

#include "policy/policy.h"

/* What one entry grants, and by which rule first. */
struct entry_grant {
	struct postern_rule rule;
	size_t first;	    /* index of the policy's rule; SIZE_MAX: it grants nothing */
	uint32_t *commands; /* of ioctl; owned */
	size_t commands_len;
};

struct directory_entry {
	struct postern_directory_key key;
	struct entry_grant grant;
};

struct name_entry {
	struct postern_name_key key;
	struct entry_grant grant;
};

struct pattern_entry {
	struct postern_pattern_key key;
	struct postern_pattern pattern;
	struct entry_grant grant;
};

struct rule_entries {
	struct directory_entry *directories;
	size_t directories_len;
	struct name_entry *names;
	size_t names_len;
	struct pattern_entry *patterns;
	size_t patterns_len;
	struct postern_ioctl_key *ioctls;
	size_t ioctls_len;
	uint16_t lists; /* of ioctl commands */
};

/* One rule, tied to a directory. */
struct rule_tie {
	const struct policy *policy;
	size_t rule; /* index */
	struct postern_directory_key key;
	const struct postern_pattern *pattern; /* NULL: the rule's own name, or its subtree */
	uint32_t device;		       /* POSTERN_DEVICE_*; 0: any */
};

/* Adds one rule. Returns 0, -ENOMEM, -EINVAL when it contradicts a rule of the same entry, or
 * -E2BIG when the directory has too many patterns; the error names the lines. */
int rule_entries_add(struct rule_entries *all, const struct rule_tie *tie, struct error *err);

/* Notes that a directory leads to a rule. Returns 0 or -ENOMEM. */
int rule_entries_lead(struct rule_entries *all, const struct postern_directory_key *key);

/* To be called once all are added: makes the lists of ioctl commands. Returns 0, -ENOMEM or -E2BIG.
 */
int rule_entries_finish(struct rule_entries *all, uint64_t policy);

void rule_entries_free(struct rule_entries *all);

#endif
