/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The files that attempts are about. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "tests/escape/driver_private.h"

#define SECRET "secret of the host\n"
#define OK     AREA "/ok"

static struct kept {
	const char *directory;
	struct stat file, parent;
} kept[] = {{.directory = AREA}, {.directory = OUTSIDE}};

static void must(int r, const char *what, const char *path)
{
	if (r < 0)
		driver_bail("%s %s: %s", what, path, strerror(errno));
}

static void make_directory(const char *path, mode_t mode)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		must(-1, "mkdir", path);
}

static void make_file(const char *path, const char *content, mode_t mode)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	must(fd, "make", path);
	if (write(fd, content, strlen(content)) != (ssize_t)strlen(content))
		must(-1, "write", path);
	must(fchmod(fd, mode), "chmod", path);
	must(fchown(fd, 0, 0), "chown", path);
}

static void copy_program(const char *path)
{
	cleanup_close int from = open(ESCAPE_DIR "/program", O_RDONLY | O_CLOEXEC);
	cleanup_close int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	char data[65536];
	ssize_t n;

	must(from, "open", ESCAPE_DIR "/program");
	must(to, "make", path);
	while ((n = read(from, data, sizeof(data))) > 0)
		if (write(to, data, (size_t)n) != n)
			must(-1, "write", path);
	must(fchmod(to, 0755), "chmod", path);
}

static void remove_tree(const char *path)
{
	struct stat st;
	DIR *dir;

	if (lstat(path, &st) < 0)
		return;
	dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
	if (dir) {
		const struct dirent *entry;

		while ((entry = readdir(dir))) {
			char below[4096];

			if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
				continue;
			(void)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
			remove_tree(below); /* NOLINT(misc-no-recursion): our own few levels */
		}
		(void)closedir(dir);
		(void)rmdir(path);
	} else {
		(void)unlink(path);
	}
}

/* What is in it, not the directory itself: a rule is tied to it. */
static void empty(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char below[4096];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		remove_tree(below);
	}
	if (dir)
		(void)closedir(dir);
}

void driver_files(void)
{
	empty(OK);
	make_file(OK "/file", "allowed\n", 0644);
	make_file(OK "/second", "allowed too\n", 0644);
	make_directory(OK "/dir", 0755);
	make_directory(OK "/empty", 0755);
	make_file(OK "/dir/file", "allowed\n", 0644);
	make_file(AREA "/motd", "welcome\n", 0644);
	make_file(AREA "/issue", "issue\n", 0644);
	make_file(AREA "/log", "first line of a log\n", 0644);
}

static void make_secrets(const char *directory)
{
	char path[256];

	make_directory(directory, directory[5] == 'o' ? 0700 : 0755);
	(void)snprintf(path, sizeof(path), "%s/secret", directory);
	make_file(path, SECRET, 0600);
	(void)snprintf(path, sizeof(path), "%s/dir", directory);
	make_directory(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/dir/secret", directory);
	make_file(path, SECRET, 0600);
	/* Kept from others by its directory alone. */
	(void)snprintf(path, sizeof(path), "%s/dir/readable", directory);
	make_file(path, SECRET, 0644);
	(void)snprintf(path, sizeof(path), "%s/empty", directory);
	make_directory(path, 0700);
	/* As long a prefix of an allowed name as can be. */
	(void)snprintf(path, sizeof(path), "%s/ok2", directory);
	make_directory(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/ok2/secret", directory);
	make_file(path, SECRET, 0600);
	(void)snprintf(path, sizeof(path), "%s/motd2", directory);
	make_file(path, SECRET, 0600);
}

static void secret_stat(const struct kept *k, struct stat *file, struct stat *parent)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/secret", k->directory);
	must(lstat(path, file), "stat", path);
	must(lstat(k->directory, parent), "stat", k->directory);
}

void files_make(void)
{
	make_directory("/srv", 0755);
	make_secrets(AREA);
	make_secrets(OUTSIDE);
	make_directory(OK, 0755);
	make_directory(AREA "/bin", 0755);
	copy_program(AREA "/bin/program");
	copy_program(AREA "/bin/denied");
	copy_program(AREA "/bin/data");
	driver_files();
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		secret_stat(&kept[i], &kept[i].file, &kept[i].parent);
}

/* Every change of content, mode, owner, links, attributes sets the change time; of names, that of
 * the directory. */
static bool differs(const struct stat *a, const struct stat *b, const char **what)
{
	if (a->st_ino != b->st_ino || a->st_dev != b->st_dev)
		*what = "is another";
	else if (a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid)
		*what = "has another mode or owner";
	else if (a->st_nlink != b->st_nlink)
		*what = "has another number of links";
	else if (a->st_size != b->st_size || a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
		 a->st_mtim.tv_nsec != b->st_mtim.tv_nsec)
		*what = "was written";
	else if (a->st_ctim.tv_sec != b->st_ctim.tv_sec || a->st_ctim.tv_nsec != b->st_ctim.tv_nsec)
		*what = "was changed";
	else
		return false;
	return true;
}

static bool content_kept(const char *directory)
{
	char path[256], content[64] = "";
	cleanup_file FILE *f = NULL;

	(void)snprintf(path, sizeof(path), "%s/secret", directory);
	f = fopen(path, "re");
	return f && fgets(content, sizeof(content), f) && strcmp(content, SECRET) == 0;
}

bool driver_secret_kept(const char *directory)
{
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		struct kept *k = &kept[i];
		struct stat file, parent;
		const char *what = "has another content";

		if (strcmp(k->directory, directory) != 0)
			continue;
		secret_stat(k, &file, &parent);
		if (!differs(&k->file, &file, &what) && content_kept(directory))
			return true;
		printf("# %s/secret %s\n", directory, what);
		k->file = file;
	}
	return false;
}
