/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which network namespaces there are, whose they are, and which the supervisor made. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "supervisor/log.h"
#include "supervisor/network.h"

#define NOTES_DIR POSTERN_SOCKET_DIR "/networks"

bool network_same(const struct network_identity *a, const struct network_identity *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static int identify(int fd, struct network_identity *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (struct network_identity){.dev = st.st_dev, .ino = st.st_ino};
	return 0;
}

int network_of(pid_t pid, struct network_identity *ret)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat(path, &st) < 0)
		return -errno;
	*ret = (struct network_identity){.dev = st.st_dev, .ino = st.st_ino};
	return 0;
}

bool network_pinned(const char *name, const struct network_identity *identity)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof(path), NETWORK_DIR "/%s", name);
	return lstat(path, &st) == 0 && st.st_dev == identity->dev && st.st_ino == identity->ino;
}

int network_check(struct context *c, struct error *err)
{
	struct network_identity own = {}, now = {};
	bool right = true;
	int r = network_of(getpid(), &own);

	if (r == 0)
		r = network_of(c->helper.pid, &now);
	if (r < 0)
		return error_set(err, r, "look at the helper's network namespace");
	switch (c->manifest->network_namespace) {
	case MANIFEST_NETWORK_OWN:
		right = !network_same(&now, &own);
		break;
	case MANIFEST_NETWORK_HOST:
		right = network_same(&now, &own);
		break;
	case MANIFEST_NETWORK_NAMED:
		right = network_same(&now, &c->network_identity);
		break;
	case MANIFEST_NETWORK_PATH: /* the set-up child looked where the path led it */
	default:
		break;
	}
	if (!right)
		return error_say(err, -EPERM,
				 "the helper is not in the network namespace of its manifest");
	c->network_identity = now;
	return 0;
}

/* -- notes: one small file for each namespace, which only root can read or write */

static int notes_open(void)
{
	if (mkdir(NOTES_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	return open(NOTES_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

int network_note_read(const char *name, struct network_note *ret)
{
	cleanup_close int dir = notes_open(), fd = -EBADF;
	struct network_note note = {};
	char text[160] = "", end;

	if (dir < 0)
		return -errno;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		return -errno;
	if (sscanf(text, "%63s %" SCNu64 " %" SCNu64 "%c", note.context, &note.identity.dev,
		   &note.identity.ino, &end) != 4 ||
	    end != '\n')
		return -EBADMSG;
	*ret = note;
	return 0;
}

int network_note_write(const char *name, const struct network_note *note)
{
	cleanup_close int dir = notes_open(), fd = -EBADF;
	char text[160];
	int len;

	if (dir < 0)
		return -errno;
	/* Names begin with a letter, so that this is none. */
	fd = openat(dir, ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	len = snprintf(text, sizeof(text), "%s %" PRIu64 " %" PRIu64 "\n", note->context,
		       note->identity.dev, note->identity.ino);
	if (len < 0 || (size_t)len >= sizeof(text) || write(fd, text, (size_t)len) != len)
		return -EIO;
	return renameat(dir, ".new", dir, name) < 0 ? -errno : 0;
}

void network_note_remove(const char *name)
{
	cleanup_close int dir = notes_open();

	if (dir >= 0)
		(void)unlinkat(dir, name, 0);
}

/* -- what is pinned */

/* No symbolic link on the way: who could place one could have the name mean another file. */
static int open_pin(const char *name)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			       .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
					  RESOLVE_BENEATH};
	cleanup_close int dir = open(NETWORK_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int fd;

	if (dir < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
	return fd < 0 ? -errno : fd;
}

/* A file of the name that is no namespace: ip-netns(8) leaves one when it fails half way. */
static bool is_network(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC &&
	       ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

/* Is the namespace owned by the user namespace that posternd is in, the initial one? */
static int owned_by_host(int fd, bool *ret)
{
	cleanup_close int owner = ioctl(fd, NS_GET_USERNS);
	struct stat own, st;

	if (owner < 0)
		return -errno;
	if (fstat(owner, &st) < 0 || stat("/proc/self/ns/user", &own) < 0)
		return -errno;
	*ret = st.st_dev == own.st_dev && st.st_ino == own.st_ino;
	return 0;
}

/* Was it made for the context? */
static bool made_for(const char *context, const char *name, const struct network_identity *identity)
{
	struct network_note note = {};

	return network_note_read(name, &note) == 0 && strcmp(note.context, context) == 0 &&
	       network_same(&note.identity, identity);
}

static int check_owner(const struct manifest *m, const char *name, int fd,
		       const struct network_identity *identity, struct error *err)
{
	bool hosts = false;
	int r = owned_by_host(fd, &hosts);

	if (r < 0)
		return error_set(err, r, "ask for the owner of network namespace %s", name);
	if (m->user_namespace == MANIFEST_USER_HOST)
		return hosts ? 0
			     : error_say(err, -EPERM,
					 "network namespace %s is owned by a user namespace that "
					 "is not the host's",
					 name);
	if (!hosts && made_for(m->name, name, identity))
		return 0;
	(void)error_say(err, -EPERM, "network namespace %s was not made for context %s", name,
			m->name);
	error_hint(err, "with `namespaces: user: own` a context works in those that posternd made "
			"for it alone");
	return -EPERM;
}

int network_open(const struct manifest *m, const char *name, struct network_identity *ret,
		 struct error *err)
{
	cleanup_close int fd = open_pin(name);
	struct network_identity identity = {};
	int r;

	if (fd < 0) {
		r = error_set(err, fd, "open network namespace %s", name);
		if (r == -ENOENT)
			error_hint(err, "make it first, by an entrypoint that does make-network "
					"or with `ip netns add`");
		return r;
	}
	if (!is_network(fd))
		return error_say(err, -EINVAL, NETWORK_DIR "/%s is no network namespace", name);
	r = identify(fd, &identity);
	if (r < 0)
		return error_set(err, r, "identify network namespace %s", name);
	r = check_owner(m, name, fd, &identity, err);
	if (r < 0)
		return r;
	*ret = identity;
	return steal_fd(&fd);
}

static int unlink_file(const char *name)
{
	cleanup_close int dir = open(NETWORK_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return dir < 0 || unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

/*
 * A note is written before its namespace is pinned, and taken away after it was unpinned. So one
 * without its namespace is that of a supervisor that died in between, or somebody else removed it.
 * The file of it is ours then, unless something is mounted on it.
 */
static void settle(const char *name)
{
	cleanup_close int fd = open_pin(name);
	struct network_identity identity = {};
	struct network_note note = {};

	if (network_note_read(name, &note) == 0 && fd >= 0 && is_network(fd)) {
		if (identify(fd, &identity) == 0 && network_same(&identity, &note.identity))
			return;
	} else if (fd >= 0) {
		(void)unlink_file(name);
	}
	log_line(LOG_NOTICE, "network namespace %s, made by an earlier posternd, is gone", name);
	network_note_remove(name);
}

void network_settle(void)
{
	int fd = notes_open();
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			settle(entry->d_name);
	(void)closedir(dir);
}
