/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading files of /proc, /sys and /boot below a root that tests choose. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "policy/host_look.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"

static int path_below(const struct host *host, const char *path, char to[PATH_MAX])
{
	int n = snprintf(to, PATH_MAX, "%s%s", host->root, path);

	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int host_open(const struct host *host, const char *path)
{
	char whole[PATH_MAX];
	int r, fd;

	r = path_below(host, path, whole);
	if (r < 0)
		return r;
	/* O_NONBLOCK: /dev/kmsg would wait for the next line. */
	fd = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

int host_read(const struct host *host, const char *path, char *to, size_t size)
{
	cleanup_close int fd = host_open(host, path);
	size_t len = 0;

	if (fd < 0)
		return fd;
	while (len < size) {
		ssize_t n = read(fd, to + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len == size)
		return -E2BIG;
	while (len > 0 && to[len - 1] == '\n')
		len--;
	to[len] = '\0';
	return 0;
}

int host_link(const struct host *host, const char *path, char *to, size_t size)
{
	char whole[PATH_MAX];
	ssize_t n;
	int r;

	r = path_below(host, path, whole);
	if (r < 0)
		return r;
	n = readlink(whole, to, size);
	if (n < 0)
		return -errno;
	if ((size_t)n >= size)
		return -E2BIG;
	to[n] = '\0';
	return 0;
}

/* A line of mountinfo (proc(5)): the mount point is its fifth field, the type follows " - ". */
static bool mountinfo_line(char *line, const char *directory, const char **ret_type)
{
	char *type = strstr(line, " - "), *field = line;

	if (!type)
		return false;
	*type = '\0';
	type += strlen(" - ");
	type[strcspn(type, " \n")] = '\0';
	*ret_type = type;
	for (int i = 1; i < 5; i++) {
		field = strchr(field, ' ');
		if (!field)
			return false;
		field++;
	}
	field[strcspn(field, " ")] = '\0';
	return strcmp(field, directory) == 0;
}

int host_mount_type(const struct host *host, const char *directory, char *to, size_t size)
{
	cleanup_close int fd = host_open(host, "/proc/self/mountinfo");
	cleanup_file FILE *file = NULL;
	cleanup_free char *line = NULL;
	size_t room = 0;
	const char *type;
	int r = -ENODATA;

	if (fd < 0)
		return fd;
	file = fdopen(fd, "re");
	if (!file)
		return -errno;
	(void)steal_fd(&fd);
	/* The last one lies on top. */
	while (getline(&line, &room, file) > 0)
		if (mountinfo_line(line, directory, &type))
			r = snprintf(to, size, "%s", type) < (int)size ? 0 : -E2BIG;
	return ferror(file) ? -EIO : r;
}

unsigned host_version(const struct host *host)
{
	char release[128], *end;
	unsigned long major, minor;

	if (host_read(host, "/proc/sys/kernel/osrelease", release, sizeof(release)) < 0)
		return HOST_NO_VERSION;
	if (release[0] < '0' || release[0] > '9')
		return HOST_NO_VERSION;
	major = strtoul(release, &end, 10);
	if (*end != '.' || end[1] < '0' || end[1] > '9')
		return HOST_NO_VERSION;
	minor = strtoul(end + 1, &end, 10);
	return major > 0xffff || minor > 0xffff ? HOST_NO_VERSION : HOST_VERSION(major, minor);
}

const struct btf *host_btf(struct host *host)
{
	libbpf_print_fn_t print;
	char whole[PATH_MAX];

	if (host->btf_tried)
		return host->btf;
	host->btf_tried = true;
	host->btf_error = path_below(host, BTF_PATH, whole);
	if (host->btf_error < 0)
		return NULL;
	/* libbpf writes to stderr what we say better. */
	print = libbpf_set_print(NULL);
	host->btf = btf__parse(whole, NULL);
	host->btf_error = host->btf ? 0 : -errno;
	(void)libbpf_set_print(print);
	return host->btf;
}

bool host_word(const char *text, const char *separators, const char *word)
{
	size_t word_len = strlen(word);

	for (const char *p = text; *p;) {
		size_t len = strcspn(p, separators);

		if (len == word_len && strncmp(p, word, len) == 0)
			return true;
		p += len;
		p += strspn(p, separators);
	}
	return false;
}

void host_found(struct host_finding *f, enum host_verdict verdict, const char *format, ...)
{
	va_list args;

	f->verdict = verdict;
	va_start(args, format);
	(void)vsnprintf(f->found, sizeof(f->found), format, args);
	va_end(args);
}

void host_remedy(struct host_finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(f->remedy, sizeof(f->remedy), format, args);
	va_end(args);
}

void host_unreadable(struct host_finding *f, const char *path, int error)
{
	host_found(f, HOST_UNKNOWN, "%s: %s", path, strerror(-error));
	if (error == -EACCES || error == -EPERM)
		host_remedy(f, "only root may read it: sudo postern doctor");
}
