/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules on tmpfs, ext4, btrfs and xfs, and where directories are seen twice: by bind mounts, second
 * mounts, subvolumes and snapshots. */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/kernel/hand.h"
#include "tests/kernel/places.h"
#include "tests/kernel/together.h"
#include "tests/tap.h"

#define FS    "/srv/fs"
#define REUSE 500

/* Images lie on the disk; each file system is mounted at /srv/fs/NAME. */
static const struct {
	const char *name, *prepare, *mount;
} systems[] = {
	{"tmpfs", "", "mount -t tmpfs none"},
	/* A second mount of the guest's disk. */
	{"ext4", "", "mount -t ext4 /dev/vda"},
	{"btrfs", "truncate -s 120M /mnt/ext4/btrfs.img; mkfs.btrfs -q /mnt/ext4/btrfs.img",
	 "mount -t btrfs -o loop /mnt/ext4/btrfs.img"},
	/* The variables let it make one that is as small. */
	{"xfs",
	 "truncate -s 40M /mnt/ext4/xfs.img; "
	 "TEST_DIR=x TEST_DEV=x QA_CHECK_FS=1 mkfs.xfs -q /mnt/ext4/xfs.img",
	 "mount -t xfs -o loop /mnt/ext4/xfs.img"},
};

static void run_systems(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(systems); i++) {
		char path[64], command[256];

		(void)snprintf(path, sizeof(path), FS "/%s", systems[i].name);
		hand_directory(path);
		if (systems[i].prepare[0])
			places_command("%s", systems[i].prepare);
		(void)snprintf(command, sizeof(command), "%s %s", systems[i].mount, path);
		places_command("%s", command);
		places_fill(path);
		places_policy(path);
		places_run(systems[i].name, path);
	}
}

static void subvolume_make(const char *directory, const char *name)
{
	cleanup_close int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct btrfs_ioctl_vol_args args = {};

	(void)snprintf(args.name, sizeof(args.name), "%s", name);
	if (fd < 0 || ioctl(fd, BTRFS_IOC_SUBVOL_CREATE, &args) < 0)
		hand_bail("make the subvolume %s/%s: %s", directory, name, strerror(errno));
}

static void snapshot_make(const char *of, const char *directory, const char *name)
{
	cleanup_close int from = open(of, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct btrfs_ioctl_vol_args_v2 args = {.fd = from};

	(void)snprintf(args.name, sizeof(args.name), "%s", name);
	if (fd < 0 || ioctl(fd, BTRFS_IOC_SNAP_CREATE_V2, &args) < 0)
		hand_bail("snapshot %s to %s/%s: %s", of, directory, name, strerror(errno));
}

/* A snapshot's inodes have the numbers and generations of what they are copies of. */
static void run_subvolumes(void)
{
	subvolume_make(FS "/btrfs/ok", "below");
	hand_file(FS "/btrfs/ok/below/file", "x");
	places_open("a subvolume below the rule", FS "/btrfs/ok/below/file", true);
	subvolume_make(FS "/btrfs", "one");
	subvolume_make(FS "/btrfs", "two");
	hand_directory(FS "/btrfs/one/ok");
	hand_directory(FS "/btrfs/two/ok");
	hand_file(FS "/btrfs/one/ok/file", "x");
	hand_file(FS "/btrfs/one/ok/f0", "x");
	hand_file(FS "/btrfs/two/ok/file", "secret");
	hand_policy(PLACES_POLICY, hand_capable,
		    (const struct hand_rule[]){{FS "/btrfs/one/ok", NULL, ALL_RIGHTS},
					       {NULL, NULL, 0}});
	places_open("a directory in a subvolume", FS "/btrfs/one/ok/file", true);
	places_open("its like in another subvolume", FS "/btrfs/two/ok/file", false);
	snapshot_make(FS "/btrfs/one", FS "/btrfs", "snapshot");
	places_open("its copy in a snapshot", FS "/btrfs/snapshot/ok/file", false);
	snapshot_make(FS "/btrfs", FS "/btrfs/two", "whole");
	places_open("the copy of a rule's directory in a snapshot of the whole",
		    FS "/btrfs/two/whole/ok/f0", false);
}

/* Layers in different subvolumes lie in one file system to overlayfs, and their numbers are its
 * own. */
static void run_overlay_of_subvolumes(void)
{
	subvolume_make(FS "/btrfs", "left");
	subvolume_make(FS "/btrfs", "right");
	hand_directory(FS "/btrfs/left/ok");
	hand_directory(FS "/btrfs/right/other");
	hand_file(FS "/btrfs/left/ok/file", "x");
	hand_file(FS "/btrfs/right/other/file", "secret");
	hand_directory(FS "/merged");
	if (mount("overlay", FS "/merged", "overlay", 0,
		  "lowerdir=" FS "/btrfs/left:" FS "/btrfs/right") < 0)
		hand_bail("mount an overlay of subvolumes: %s", strerror(errno));
	hand_policy(
		PLACES_POLICY, hand_capable,
		(const struct hand_rule[]){{FS "/merged/ok", NULL, ALL_RIGHTS}, {NULL, NULL, 0}});
	places_open("a directory in an overlay of subvolumes", FS "/merged/ok/file", true);
	places_open("its like in another layer", FS "/merged/other/file", false);
}

static void bind_mount(const char *from, const char *to)
{
	hand_directory(to);
	if (mount(from, to, NULL, MS_BIND, NULL) < 0)
		hand_bail("bind %s to %s: %s", from, to, strerror(errno));
}

static void run_mounts(void)
{
	bind_mount(FS "/ext4", FS "/again");
	places_open("the rule's directory by a second mount", FS "/again/ok/f0", true);
	places_open("what lies beside it there", FS "/again/s0", false);
	bind_mount(FS "/ext4/ok/d0", FS "/elsewhere");
	places_open("what lies below the rule, but is seen elsewhere", FS "/elsewhere/deep", false);
	bind_mount(FS "/ext4/ok", FS "/same");
	places_open("the rule's directory itself, seen elsewhere", FS "/same/f0", true);
	places_open("the same in a second mount of the file system", FS "/again/ok/d0/deep", true);
	bind_mount(FS "/ext4/d1", FS "/ext4/ok/e1");
	places_open("a directory that no rule names, bound below one", FS "/ext4/ok/e1/deep", true);
	places_open("and where it lies", FS "/ext4/d1/deep", false);
	bind_mount(FS "/tmpfs/d1", FS "/xfs/ok");
	places_open("a directory mounted over the rule's", FS "/xfs/ok/deep", false);
	(void)umount2(FS "/xfs/ok", MNT_DETACH);
	places_open("the rule's directory, uncovered", FS "/xfs/ok/d2/deep", true);
}

static int replace(void *path)
{
	return attack_failed(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
}

/*
 * A file that may be written, but not created, opened as if it may have to be. What the kernel does
 * not remember it has to look for on the disk, and asks for the right to create it before that
 * (fs/namei.c, lookup_open()). It goes on without it when the file is there: the event of the
 * refusal has come by then.
 */
static void run_replace(const char *what, bool known)
{
	static char own[] = FS "/ext4/known/own", other[] = FS "/ext4/known/other";
	static char lacking[] = FS "/ext4/known/lacking";
	int r;

	hand_forget();
	r = hand_confined(PLACES_POLICY, replace, own);
	tap(r == 0 && !hand_event(POSTERN_OP_OPEN) &&
		    (hand_event(POSTERN_OP_CREATE) == NULL) == known,
	    "%s, which may be written, is opened with O_CREAT: %s", what, strerror(r));
	hand_forget();
	r = hand_confined(PLACES_POLICY, replace, other);
	tap(r == EACCES && hand_event(POSTERN_OP_OPEN), "%s, which may not, is not: %s", what,
	    strerror(r));
	hand_forget();
	r = hand_confined(PLACES_POLICY, replace, lacking);
	tap(r == EACCES && hand_event(POSTERN_OP_CREATE) && !hand_event(POSTERN_OP_OPEN),
	    "beside %s, none is made where one may be written: %s", what, strerror(r));
}

static void run_known(void)
{
	hand_directory(FS "/ext4/known");
	hand_file(FS "/ext4/known/own", "x");
	hand_file(FS "/ext4/known/other", "x");
	hand_policy(PLACES_POLICY, hand_capable,
		    (const struct hand_rule[]){{FS "/ext4/known", "own", POSTERN_WRITE},
					       {FS "/ext4/known", "lacking", POSTERN_WRITE},
					       {NULL, NULL, 0}});
	run_replace("a file that was looked up", true);
	places_command("sync; echo 2 > /proc/sys/vm/drop_caches");
	run_replace("a file that was not", false);
}

void test_filesystems(void)
{
	hand_directory("/srv");
	hand_directory(FS);
	run_systems();
	run_subvolumes();
	run_overlay_of_subvolumes();
	run_mounts();
	run_known();
}
