/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a supervisor leaves for the next one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/protocol.h"
#include "lib/wire.h"
#include "supervisor/kept.h"

#define KEPT_DIR POSTERN_SOCKET_DIR "/helpers"

static int make_directory(struct error *err)
{
	if (mkdir(KEPT_DIR, 0700) < 0 && errno != EEXIST)
		return error_set(err, errno, "make " KEPT_DIR);
	return 0;
}

static char *path_of(const char *name, const char *end)
{
	char *path;

	return asprintf(&path, KEPT_DIR "/%s%s", name, end) < 0 ? NULL : path;
}

static int copy_whole(int from, int to)
{
	struct stat st;
	off_t at = 0;

	if (fstat(from, &st) < 0)
		return -errno;
	while (at < st.st_size) {
		ssize_t n = sendfile(to, from, &at, (size_t)(st.st_size - at));

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	return 0;
}

/* In one step, so that what is read is whole. */
static int replace(const char *cgroup, const char *end, int from, const void *data, size_t len)
{
	cleanup_free char *path = path_of(cgroup, end), *new = path_of(cgroup, ".new");
	cleanup_close int to = -EBADF;
	int r = 0;

	if (!path || !new)
		return -ENOMEM;
	to = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (to < 0)
		return -errno;
	if (from >= 0)
		r = copy_whole(from, to);
	else if (write(to, data, len) != (ssize_t)len)
		r = -EIO;
	if (r == 0 && rename(new, path) < 0)
		r = -errno;
	return r;
}

static void forget(const char *cgroup, const char *end)
{
	cleanup_free char *path = path_of(cgroup, end);

	if (path)
		(void)unlink(path);
}

/* Over an earlier one, of the same size: what is read is whole, or too short to be taken. */
static int module_note(const char *cgroup, const struct file_identity *module)
{
	cleanup_free char *path = path_of(cgroup, ".module");
	cleanup_close int to = -EBADF;

	if (!path)
		return -ENOMEM;
	to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (to < 0)
		return -errno;
	return write(to, module, sizeof(*module)) == (ssize_t)sizeof(*module) ? 0 : -EIO;
}

int kept_save(const struct context *c, struct error *err)
{
	int r = make_directory(err);

	if (r < 0)
		return r;
	/* First: what has a manifest and no network is no instance. */
	r = c->network[0] ? replace(c->cgroup_name, ".network", -1, c->network, sizeof(c->network))
			  : 0;
	if (r == 0)
		r = module_note(c->cgroup_name, &c->module);
	/* An earlier one's, in a cgroup of that name. */
	forget(c->cgroup_name, ".draining");
	if (r == 0)
		r = replace(c->cgroup_name, ".yaml", c->manifest_fd, NULL, 0);
	return r < 0 ? error_set(err, r, "keep the manifest of context %s", c->manifest->name) : 0;
}

static int address_of(const char *name, struct sockaddr_un *ret)
{
	cleanup_free char *path = path_of(name, ".sock");

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (!path)
		return -ENOMEM;
	if (strlen(path) >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, path, strlen(path));
	return 0;
}

int kept_listener_make(const struct context *c, int *ret_listener, struct error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	int r = make_directory(err);

	if (r == 0) {
		r = fd < 0 ? -errno : address_of(c->cgroup_name, &address);
		if (r == 0)
			(void)unlink(address.sun_path);
		if (r == 0 && (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
			       listen(fd, 1) < 0))
			r = -errno;
		if (r < 0)
			(void)error_set(err, r, "make a socket for the helper of context %s",
					c->manifest->name);
	}
	if (r < 0)
		return r;
	*ret_listener = steal_fd(&fd);
	return 0;
}

/* Where it cannot be read, no module is the one that was loaded. */
static void load_module_identity(const char *cgroup, struct file_identity *ret)
{
	cleanup_free char *path = path_of(cgroup, ".module");
	cleanup_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -EBADF;

	if (fd < 0 || read(fd, ret, sizeof(*ret)) != (ssize_t)sizeof(*ret))
		*ret = (struct file_identity){};
}

void kept_drain(const char *cgroup)
{
	cleanup_free char *from = path_of(cgroup, ".yaml"), *to = path_of(cgroup, ".draining");

	if (from && to)
		(void)rename(from, to);
}

bool kept_drains(const char *cgroup)
{
	cleanup_free char *path = path_of(cgroup, ".draining");

	return path && access(path, F_OK) == 0;
}

int kept_load(const char *cgroup, const char *name, const char *file, struct loaded *ret,
	      struct file_identity *ret_module, struct error *err)
{
	cleanup_free char *path = path_of(cgroup, kept_drains(cgroup) ? ".draining" : ".yaml");
	int r;

	if (!path)
		return error_set(err, ENOMEM, "read the manifest that context %s runs by", name);
	r = load_manifest_copy(path, file, ret, err);
	if (r == 0 && strcmp(ret->manifest->name, name) != 0) {
		loaded_clear(ret);
		r = error_say(err, -EBADMSG, "%s is the manifest of another context", path);
	}
	if (r == 0)
		load_module_identity(cgroup, ret_module);
	return r;
}

bool kept_network(const char *cgroup, char ret[POSTERN_WIRE_NAME])
{
	cleanup_free char *path = path_of(cgroup, ".network");
	cleanup_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -EBADF;

	return fd >= 0 && read(fd, ret, POSTERN_WIRE_NAME) == POSTERN_WIRE_NAME &&
	       wire_name_valid(ret);
}

int kept_since(const char *cgroup, struct timespec *ret)
{
	cleanup_free char *path = path_of(cgroup, ".yaml");
	struct stat st;

	if (!path)
		return -ENOMEM;
	if (stat(path, &st) < 0)
		return -errno;
	*ret = st.st_mtim;
	return 0;
}

int kept_connect(const char *cgroup, struct error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	int r = fd < 0 ? -errno : address_of(cgroup, &address);

	if (r == 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	if (r < 0)
		return error_set(err, r, "connect to the helper");
	return steal_fd(&fd);
}

void kept_forget(const char *cgroup)
{
	static const char *const ends[] = {".yaml", ".draining", ".sock", ".module", ".network"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		forget(cgroup, ends[i]);
}
