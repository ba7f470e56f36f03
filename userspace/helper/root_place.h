/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The directories and symbolic links in a new root that its mounts hang on. */
#ifndef POSTERN_HELPER_ROOT_PLACE_H
#define POSTERN_HELPER_ROOT_PLACE_H

#include <sys/types.h>

#include "helper/resolve.h"

struct root_place {
	int fd;	    /* the new root; owned */
	dev_t dev;  /* its tmpfs: only there are directories made, never in the host's files */
	bool whole; /* the host's tree is the root: nothing at all is made */
	struct resolve_link *links;
	size_t links_len;
};

/* To be called once place->fd is set. Returns 0 or a negative errno. */
int root_place_begin(struct root_place *place, bool whole);

/* Opens (O_PATH) a path below the root, without following any link. Returns an fd or a negative
 * errno. */
int root_place_open(int root_fd, const char *path);

/* Opens a directory as a place to mount on; those of its parents that lie in the tmpfs are made.
 * path: free of links. Returns 0 or a negative errno. */
int root_place_directory(struct root_place *place, const char *path, int *ret_fd);

/* Notes the links that led to a directory, to be made by root_place_links_make(). */
int root_place_links(struct root_place *place, const struct resolved *from, struct error *err);

/* Makes the links, so that a path resolves inside as it does on the host. Where a link's directory
 * is the host's, the link is there already. */
int root_place_links_make(struct root_place *place, struct error *err);

void root_place_clear(struct root_place *place);

#endif
