/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file on FUSE, and who serves it (include/uapi/linux/fuse.h). */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/kernel/fuse.h"
#include "tests/kernel/hand.h"

#define ROOM (1 << 20) /* more than the kernel asks a server to read at a time */

static void answer(int device, const struct fuse_in_header *in, int error, const void *data,
		   size_t len)
{
	const struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + len), .error = error, .unique = in->unique};
	const struct iovec parts[] = {{(void *)(uintptr_t)&out, sizeof(out)},
				      {(void *)(uintptr_t)data, len}};

	(void)!writev(device, parts, len ? 2 : 1);
}

/* What the kernel asks without a need for it is answered with ENOSYS: then it does without. */
static _Noreturn void serve(int device)
{
	static const struct fuse_init_out begun = {
		.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096};
	static char room[ROOM] __attribute__((aligned(8)));

	while (read(device, room, sizeof(room)) >= (ssize_t)sizeof(struct fuse_in_header)) {
		const struct fuse_in_header *in = (const void *)room;

		if (in->opcode == FUSE_INIT)
			answer(device, in, 0, &begun, sizeof(begun));
		else if (in->opcode != FUSE_FORGET && in->opcode != FUSE_INTERRUPT)
			answer(device, in, -ENOSYS, NULL, 0);
	}
	_exit(EXIT_SUCCESS);
}

/* The root of a file system may be a file. */
static void mount_over(const char *path, const char *block)
{
	cleanup_close int device = -EBADF;
	char options[96];
	pid_t server;

	/* Built into some kernels. */
	(void)!system("modprobe -q fuse");
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=100000,user_id=0,group_id=0",
		       device);
	if (device < 0 || mount(block ? block : "fuse", path, block ? "fuseblk" : "fuse",
				MS_NOSUID | MS_NODEV, options) < 0)
		hand_bail("mount a file on FUSE: %s", strerror(errno));
	server = fork();
	if (server < 0)
		hand_bail("serve a file on FUSE: %s", strerror(errno));
	if (server == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		serve(device);
	}
}

int fuse_open(const char *path, const char *device)
{
	int fd;

	mount_over(path, device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
