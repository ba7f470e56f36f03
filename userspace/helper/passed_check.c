/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a descriptor is, held against what the manifest declares. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "helper/passed.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* What is there: a kind, or ARGUMENT_FD_KINDS and a word for it. */
struct found {
	unsigned kind;
	const char *what;
	unsigned mode; /* enum argument_fd_mode; 0: neither */
	int seals;     /* of a memfd */
};

/* Files of tmpfs have seals too: a memfd lies in the kernel's own one, as those do that this
 * process makes. 0: nothing can be told, and so there is none. */
static dev_t memfd_device(void)
{
	static dev_t device;
	struct stat st;
	int fd;

	if (device)
		return device;
	fd = memfd_create("postern", MFD_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0)
		device = st.st_dev;
	if (fd >= 0)
		(void)close(fd);
	return device;
}

static int socket_option(int fd, int option)
{
	socklen_t len = sizeof(int);
	int value = -1;

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0 ? -1 : value;
}

static void look_at_socket(int fd, struct found *f)
{
	int domain = socket_option(fd, SO_DOMAIN), protocol = socket_option(fd, SO_PROTOCOL);
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	f->what = "a socket that is no stream";
	if (socket_option(fd, SO_TYPE) != SOCK_STREAM)
		return;
	f->what = "a socket of another family than unix, IPv4 and IPv6, or not of TCP";
	if (domain != AF_UNIX &&
	    ((domain != AF_INET && domain != AF_INET6) || protocol != IPPROTO_TCP))
		return;
	f->what = "a socket that is not connected";
	if (socket_option(fd, SO_ACCEPTCONN) != 0 ||
	    getpeername(fd, (struct sockaddr *)&peer, &len) < 0)
		return;
	f->kind = ARGUMENT_FD_SOCKET;
	f->what = "a socket";
}

static void look_at_file(int fd, const struct stat *st, struct found *f)
{
	f->kind = ARGUMENT_FD_FILE;
	f->what = "a file";
	if (!memfd_device() || st->st_dev != memfd_device())
		return;
	f->kind = ARGUMENT_FD_MEMFD;
	f->what = "a memfd";
	f->seals = fcntl(fd, F_GET_SEALS);
}

static void look_at(int fd, struct found *f)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	*f = (struct found){.kind = ARGUMENT_FD_KINDS, .what = "no open descriptor"};
	if (flags < 0 || fstat(fd, &st) < 0)
		return;
	f->mode = flags & O_PATH ? 0 : ((unsigned)flags & O_ACCMODE) + 1;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		f->mode = 0;
	f->what = "a descriptor of another kind";
	if (S_ISDIR(st.st_mode)) {
		f->what = "a directory";
	} else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
		f->what = "a device";
	} else if (S_ISFIFO(st.st_mode)) {
		f->kind = ARGUMENT_FD_PIPE;
		f->what = "a pipe";
	} else if (S_ISSOCK(st.st_mode)) {
		look_at_socket(fd, f);
	} else if (S_ISREG(st.st_mode)) {
		look_at_file(fd, &st, f);
	}
}

static const char *mode_text(unsigned mode)
{
	static const char *const texts[] = {
		[0] = ", opened for neither reading nor writing",
		[ARGUMENT_FD_READ] = ", open for reading",
		[ARGUMENT_FD_WRITE] = ", open for writing",
		[ARGUMENT_FD_READ_WRITE] = ", open for reading and writing",
	};

	return texts[mode];
}

/* Is it open as it has to be? A socket is open for both, and so is a memfd, which is why one that
 * is only to be read has to be sealed; otherwise its sender could change it meanwhile. */
static const char *mode_misfit(const struct argument *a, const struct found *f)
{
	switch (f->kind) {
	case ARGUMENT_FD_SOCKET:
		return NULL;
	case ARGUMENT_FD_MEMFD:
		if (a->fd_mode == ARGUMENT_FD_READ && (f->seals < 0 || (f->seals & SEALS) != SEALS))
			return " that is not sealed (F_SEAL_SHRINK, GROW, WRITE and SEAL)";
		if (a->fd_mode != ARGUMENT_FD_READ && (f->seals < 0 || f->seals & F_SEAL_WRITE))
			return " that is sealed against writing";
		return f->mode & ARGUMENT_FD_READ ? NULL : mode_text(f->mode);
	default:
		return f->mode == a->fd_mode ? NULL : mode_text(f->mode);
	}
}

/* "a file or pipe", as the manifest lists them. */
static void kinds_text(const struct argument *a, char *to, size_t size)
{
	size_t used = 0, left = 0;

	for (unsigned kind = 0; kind < ARGUMENT_FD_KINDS; kind++)
		left += a->fd_kinds >> kind & 1;
	to[0] = '\0';
	for (unsigned kind = 0; kind < ARGUMENT_FD_KINDS && used < size; kind++) {
		if (!(a->fd_kinds & 1u << kind))
			continue;
		left--;
		used += (size_t)snprintf(to + used, size - used, "%s%s",
					 argument_fd_kind_name(kind),
					 left > 1   ? ", "
					 : left > 0 ? " or "
						    : "");
	}
}

int passed_check(const struct argument *a, int fd, char message[PASSED_MESSAGE_MAX])
{
	const char *misfit = "";
	struct found found;
	char kinds[64];

	look_at(fd, &found);
	if (found.kind < ARGUMENT_FD_KINDS && a->fd_kinds & 1u << found.kind)
		misfit = mode_misfit(a, &found);
	if (!misfit)
		return 0;
	kinds_text(a, kinds, sizeof(kinds));
	(void)snprintf(message, PASSED_MESSAGE_MAX, "expected a descriptor of a %s%s, got %s%s",
		       kinds, mode_text(a->fd_mode), found.what, misfit);
	return -EINVAL;
}
