/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading /etc/ld.so.cache, in which the loader looks libraries up (ld.so(8), ldconfig(8)). */
#ifndef POSTERN_POLICY_LD_CACHE_H
#define POSTERN_POLICY_LD_CACHE_H

#include <stddef.h>
#include <stdint.h>

#define LD_CACHE_FILE "/etc/ld.so.cache"

struct ld_cache {
	char *data; /* NULL: there is none, or it has another format */
	size_t size;
	uint32_t len; /* entries */
};

/* Reads the file. Without one that can be read the cache is empty, as it is for the loader. */
void ld_cache_read(const char *file, struct ld_cache *ret);

/* The next entry of a library's name from entry *index on; *index moves behind it. Returns the
 * path, which lives as long as the cache, or NULL. */
const char *ld_cache_find(const struct ld_cache *cache, const char *name, uint32_t *index);

void ld_cache_clear(struct ld_cache *cache);

#endif
