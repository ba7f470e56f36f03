/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What contexts have, or have left behind: in the kernel's maps, in posternd, among cgroups. */
#ifndef POSTERN_TESTS_INTEGRATION_COMMON_LEFTOVERS_H
#define POSTERN_TESTS_INTEGRATION_COMMON_LEFTOVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct leftovers {
	size_t policies, directories, names, pages; /* entries of maps */
	size_t fds;				    /* of posternd */
	size_t cgroups;				    /* of contexts and workers */
};

/* How many entries a map of the kernel side has; 0: none, or it is not to be seen. */
size_t leftovers_entries(const char *map);

struct leftovers leftovers_of(pid_t posternd);
void leftovers_show(const char *what, const struct leftovers *l);
/* Waits until there is no more than there was: what was retired goes when its processes have. */
bool leftovers_settle(pid_t posternd, const struct leftovers *before, struct leftovers *ret);

#endif
