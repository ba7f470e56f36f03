/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The descriptors that a helper is started with. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "helper/descriptors.h"
#include "lib/control.h"
#include "manifest/image.h"

static int socket_check(int fd, int listens, struct error *err)
{
	int type = 0, domain = 0, listening = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0)
		return error_set(err, errno, "descriptor %d, a control socket", fd);
	if (type != SOCK_SEQPACKET || domain != AF_UNIX || listening != listens)
		return error_say(err, EPROTOTYPE, "descriptor %d is no SOCK_SEQPACKET %s", fd,
				 listens ? "listener" : "control socket");
	return 0;
}

/* Unsealed, the manifest could change between the two readings, or shrink under one. */
static int manifest_fd_check(struct error *err)
{
	const int wanted = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = fcntl(CONTROL_FD_MANIFEST, F_GET_SEALS);

	if (seals < 0)
		return error_set(err, errno, "descriptor %d, the manifest's memfd",
				 CONTROL_FD_MANIFEST);
	if ((seals & wanted) != wanted)
		return error_say(err, EPERM, "the manifest's memfd is not sealed (seals 0x%x)",
				 (unsigned)seals);
	return 0;
}

static int helper_fd_check(struct error *err)
{
	int flags = fcntl(CONTROL_FD_HELPER, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(CONTROL_FD_HELPER, &st) < 0)
		return error_set(err, errno, "descriptor %d, the helper's own program",
				 CONTROL_FD_HELPER);
	if (!(flags & O_PATH) || !S_ISREG(st.st_mode))
		return error_say(err, EBADF, "descriptor %d is no O_PATH of a program",
				 CONTROL_FD_HELPER);
	return 0;
}

int descriptors_check(bool helper_fd, struct error *err)
{
	int first_free = helper_fd ? CONTROL_FD_FIRST_FREE : CONTROL_FD_HELPER;
	int r;

	if (close_range((unsigned)first_free, ~0U, 0) < 0)
		return error_set(err, errno, "close all descriptors from %d on", first_free);
	/* A missing one of the first three would be taken by the next file that is opened. */
	for (int fd = 0; fd <= CONTROL_FD_LOG; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return error_set(err, errno, "descriptor %d", fd);
	r = socket_check(CONTROL_FD_SUPERVISOR, 0, err);
	if (r == 0)
		r = socket_check(CONTROL_FD_LISTENER, 1, err);
	if (r < 0)
		return r;
	r = manifest_fd_check(err);
	if (r < 0)
		return r;
	return helper_fd ? helper_fd_check(err) : 0;
}

bool descriptors_supervisor_alive(void)
{
	struct pollfd p = {.fd = CONTROL_FD_SUPERVISOR};

	return poll(&p, 1, 0) == 0;
}

int descriptors_cloexec(bool cloexec, struct error *err)
{
	for (int fd = CONTROL_FD_SUPERVISOR; fd <= CONTROL_FD_LOG; fd++)
		if (fcntl(fd, F_SETFD, cloexec ? FD_CLOEXEC : 0) < 0)
			return error_set(err, errno, "set close-on-exec of descriptor %d", fd);
	return 0;
}

/* All of it, from the start: the two stages share the file's position. */
static int memfd_bytes(char **ret, size_t *ret_len, struct error *err)
{
	cleanup_free char *data = NULL;
	struct stat st;
	size_t len = 0;

	if (fstat(CONTROL_FD_MANIFEST, &st) < 0)
		return error_set(err, errno, "fstat the manifest's memfd");
	if (st.st_size <= 0 || st.st_size > (off_t)MANIFEST_IMAGE_MAX)
		return error_say(err, EFBIG, "the manifest has %lld bytes, 1 to %zu are possible",
				 (long long)st.st_size, MANIFEST_IMAGE_MAX);
	data = malloc((size_t)st.st_size);
	if (!data)
		return error_set(err, ENOMEM, "read the manifest");
	while (len < (size_t)st.st_size) {
		ssize_t n = pread(CONTROL_FD_MANIFEST, data + len, (size_t)st.st_size - len,
				  (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set(err, n < 0 ? errno : EIO, "read the manifest's memfd");
		len += (size_t)n;
	}
	*ret = steal_ptr(data);
	*ret_len = len;
	return 0;
}

int descriptors_manifest(struct manifest **ret, struct error *err)
{
	cleanup_free char *data = NULL;
	size_t len = 0;
	int r;

	r = memfd_bytes(&data, &len, err);
	if (r < 0)
		return r;
	r = manifest_image_take(data, len, ret);
	if (r == -ESTALE) {
		(void)error_say(err, r, "this helper is of another build than the supervisor");
		error_hint(err, "restart posternd, or let it take over by `postern upgrade`");
		return r;
	}
	if (r < 0)
		return error_say(err, r, "the manifest's image is damaged");
	(void)steal_ptr(data);
	return 0;
}

int descriptors_outlive_supervisor(struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0)
		return error_set(err, errno, "ask to outlive the supervisor");
	return 0;
}

int descriptors_die_with_supervisor(struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_set(err, errno, "ask to die with the supervisor");
	if (!descriptors_supervisor_alive())
		return error_say(err, EPIPE, "the supervisor is gone");
	return 0;
}
