/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files on overlayfs: the verdict is that of the merged name, whatever layer a file lies in and
 * whatever the kernel opens of the layers on behalf of it.
 *
 * What overlayfs does to its layers is let through by the credentials that it puts on meanwhile
 * (bpf/path.bpf.c, bpf/metadata.bpf.c). test_credentials.c tries to put on others.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/util.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/places.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

static const struct overlay {
	const char *name, *lower, *upper, *options;
} overlays[] = {
	{"tmpfs below, ext4 above", "/run/lower", "/mnt/ext4/first", ""},
	{"both ext4, metacopy and redirect_dir", "/mnt/ext4/lower", "/mnt/ext4/second",
	 ",metacopy=on,redirect_dir=on"},
	{"an overlay below", "/srv/over/0", "/mnt/ext4/third", ",index=off,redirect_dir=off"},
};

static void mount_overlay(const struct overlay *o, const char *merged)
{
	char options[2048], upper[512], work[512];

	hand_directory(o->upper);
	hand_directory(places_join(upper, o->upper, "upper", 0));
	hand_directory(places_join(work, o->upper, "work", 0));
	hand_directory(merged);
	(void)snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s%s", o->lower,
		       upper, work, o->options);
	if (mount("overlay", merged, "overlay", 0, options) < 0)
		hand_bail("mount %s: %s", options, strerror(errno));
}

static void run(const struct overlay *o, unsigned number)
{
	char merged[64], path[512];

	(void)snprintf(merged, sizeof(merged), "/srv/over/%u", number);
	mount_overlay(o, merged);
	places_policy(merged);
	places_run(o->name, merged);
	places_open("the same file in the layer below", places_join(path, o->lower, "ok/f0", 0),
		    false);
	places_open("a file's copy in the layer above",
		    places_join(path, o->upper, "upper/ok/f1", 0), false);
}

void test_overlay(void)
{
	hand_directory("/srv");
	hand_directory("/srv/over");
	places_fill("/run/lower");
	places_fill("/mnt/ext4/lower");
	/* Files that only the lower overlay has: in neither of its layers changed before. */
	for (unsigned i = 0; i < ARRAY_SIZE(overlays); i++) {
		if (i == 2) {
			(void)umount2("/srv/over/0", MNT_DETACH);
			places_fill("/run/lower2");
			mount_overlay(
				&(const struct overlay){"", "/run/lower2", "/mnt/ext4/base", ""},
				"/srv/over/0");
		}
		run(&overlays[i], i);
	}
}
