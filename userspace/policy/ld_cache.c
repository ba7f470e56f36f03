/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading /etc/ld.so.cache: the format that glibc writes by itself since 2.32 (dl-cache.h,
 * struct cache_file_new). Nothing in it is believed: offsets are held against the file's size.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "policy/ld_cache.h"

#define MAGIC	   "glibc-ld.so.cache1.1"
#define BYTES_MAX  (64 * 1024 * 1024)
#define HEAD_BYTES 48

struct entry {
	int32_t flags;
	uint32_t key, value; /* offsets of the name and the path from the file's beginning */
	uint32_t os_version;
	uint64_t hwcap;
};

_Static_assert(sizeof(struct entry) == 24, "the layout in the file");

void ld_cache_read(const char *file, struct ld_cache *ret)
{
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_free char *data = NULL;
	struct stat st;
	uint32_t len;

	*ret = (struct ld_cache){};
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < HEAD_BYTES || st.st_size > BYTES_MAX)
		return;
	data = malloc((size_t)st.st_size + 1);
	if (!data || pread(fd, data, (size_t)st.st_size, 0) != (ssize_t)st.st_size)
		return;
	data[st.st_size] = '\0'; /* so that every string ends */
	memcpy(&len, data + strlen(MAGIC), sizeof(len));
	if (memcmp(data, MAGIC, strlen(MAGIC)) != 0 ||
	    len > ((size_t)st.st_size - HEAD_BYTES) / sizeof(struct entry))
		return;
	*ret = (struct ld_cache){.data = steal_ptr(data), .size = (size_t)st.st_size, .len = len};
}

const char *ld_cache_find(const struct ld_cache *cache, const char *name, uint32_t *index)
{
	while (*index < cache->len) {
		struct entry e;

		memcpy(&e, cache->data + HEAD_BYTES + (size_t)(*index)++ * sizeof(e), sizeof(e));
		if (e.key < cache->size && e.value < cache->size &&
		    strcmp(cache->data + e.key, name) == 0)
			return cache->data + e.value;
	}
	return NULL;
}

void ld_cache_clear(struct ld_cache *cache)
{
	free(cache->data);
	*cache = (struct ld_cache){};
}
