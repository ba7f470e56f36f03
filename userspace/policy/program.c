/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a program needs to start. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/trust.h"
#include "policy/elf_needs.h"
#include "policy/ld_cache.h"
#include "policy/program.h"

#define LINKS_MAX   40 /* as the kernel's own MAXSYMLINKS */
#define SCRIPTS_MAX 5  /* of scripts whose interpreters are scripts (fs/exec.c) */

struct look {
	struct program found;
	bool trusted;
	struct ld_cache cache;
	int machine, class;	   /* of the program: a library of another one is passed over */
	char loader_dir[PATH_MAX]; /* where the loader lies: its libraries lie beside it */
	char rpath[PATH_MAX];	   /* the program's own, which holds for what it loads too */
};

/* Returns 1 when it was added, 0 when it was there. */
static int file_add(struct look *l, const char *path, bool execute)
{
	struct program_file *grown;

	for (size_t i = 0; i < l->found.len; i++)
		if (strcmp(l->found.files[i].path, path) == 0)
			return 0;
	if (l->found.len >= PROGRAM_FILES_MAX)
		return -E2BIG;
	grown = reallocarray(l->found.files, l->found.len + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	l->found.files = grown;
	grown[l->found.len] = (struct program_file){.path = strdup(path), .execute = execute};
	return grown[l->found.len++].path ? 1 : -ENOMEM;
}

/* The same place with its directory free of links. to: PATH_MAX bytes. */
static int directory_real(const char *path, char *to)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX], real[PATH_MAX];

	if (!slash || slash - path >= PATH_MAX)
		return -EINVAL;
	(void)snprintf(directory, sizeof(directory), "%.*s", (int)MAX_OF(slash - path, 1), path);
	if (!realpath(directory, real))
		return -errno;
	if (snprintf(to, PATH_MAX, "%s%s", strcmp(real, "/") == 0 ? "" : real, slash) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

/*
 * Adds a path, and every place that its links lead through, to where the file lies. real: PATH_MAX
 * bytes. Returns 1 when the file itself was not yet there, 0 when it was.
 */
static int path_follow(struct look *l, const char *path, char *real)
{
	char at[PATH_MAX], target[PATH_MAX];
	int r;

	(void)snprintf(at, sizeof(at), "%s", path);
	for (int links = 0; links < LINKS_MAX; links++) {
		struct stat st = {};
		int added = file_add(l, at, true);
		ssize_t n;

		r = added < 0 ? added : directory_real(at, real);
		if (r == 0 && lstat(real, &st) < 0)
			r = -errno;
		if (r < 0)
			return r;
		if (!S_ISLNK(st.st_mode))
			return strcmp(at, real) == 0 ? added : file_add(l, real, true);
		r = file_add(l, real, true);
		n = readlink(real, target, sizeof(target) - 1);
		if (r < 0 || n < 0)
			return r < 0 ? r : -errno;
		target[n] = '\0';
		if (target[0] == '/')
			(void)snprintf(at, sizeof(at), "%s", target);
		else if (snprintf(at, sizeof(at), "%.*s/%s", (int)(strrchr(real, '/') - real), real,
				  target) >= (int)sizeof(at))
			return -ENAMETOOLONG;
		/* What is listed holds no "..": a rule's path may not. All else stays as the link
		 * says it, so that the context's root gets every place on the way. */
		if (!strstr(at, "/../") && !strstr(at, "/./"))
			continue;
		r = directory_real(at, target);
		if (r < 0)
			return r;
		(void)snprintf(at, sizeof(at), "%s", target);
	}
	return -ELOOP;
}

static int file_open(const struct look *l, const char *real, struct error *err)
{
	int fd;

	if (l->trusted)
		return trust_open(real, err);
	fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? error_set(err, errno, "%s", real) : fd;
}

/* Is there a library of the program's kind? */
static bool library_fits(const struct look *l, const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct elf_needs needs;
	bool fits;

	if (fd < 0 || elf_needs_read(fd, path, &needs, NULL) < 0)
		return false;
	fits = needs.machine == l->machine && needs.class == l->class;
	elf_needs_clear(&needs);
	return fits;
}

static int library_look(struct look *l, const char *path, struct error *err);

/* One element of a search path, with $ORIGIN. */
static int element_try(struct look *l, const char *element, size_t len, const char *origin,
		       const char *name, struct error *err)
{
	static const char *const spellings[] = {"$ORIGIN", "${ORIGIN}"};
	char path[PATH_MAX], real[PATH_MAX];
	size_t skip = 0;
	int n;

	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++)
		if (strncmp(element, spellings[i], MIN_OF(len, strlen(spellings[i]))) == 0 &&
		    len >= strlen(spellings[i]))
			skip = strlen(spellings[i]);
	n = snprintf(path, sizeof(path), "%s%.*s/%s", skip ? origin : "", (int)(len - skip),
		     element + skip, name);
	if (n >= (int)sizeof(path) || path[0] != '/' || directory_real(path, real) < 0 ||
	    !library_fits(l, real))
		return 0;
	n = library_look(l, real, err);
	return n < 0 ? n : 1;
}

/* Returns 1 when it was found, 0 when not. */
static int path_search(struct look *l, const char *list, const char *origin, const char *name,
		       struct error *err)
{
	int r = 0;

	while (list && *list && r == 0) {
		size_t len = strcspn(list, ":");

		if (len > 0)
			r = element_try(l, list, len, origin, name, err);
		list += len;
		list += *list == ':';
	}
	return r;
}

/* All that the cache has of that name and the program's kind: which one is taken depends on the
 * processor. */
static int cache_search(struct look *l, const char *name, struct error *err)
{
	const char *path;
	uint32_t index = 0;
	int found = 0, r;

	while ((path = ld_cache_find(&l->cache, name, &index))) {
		if (path[0] != '/' || !library_fits(l, path))
			continue;
		r = library_look(l, path, err);
		if (r < 0)
			return r;
		found = 1;
	}
	return found;
}

/* Debian's loader has its multiarch folder built in, and /etc/ld.so.cache may be missing. The
 * folder is found by its form; one of another machine is passed over, because nothing in it fits.
 */
static int multiarch_search(struct look *l, const char *name, struct error *err)
{
	cleanup_free char *pattern = NULL;
	glob_t found = {};
	int r = 0;

	if (asprintf(&pattern, "/usr/lib/*-linux-*/%s", name) < 0)
		return error_set(err, -ENOMEM, "%s", name);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && r == 0; i++) {
			if (!library_fits(l, found.gl_pathv[i]))
				continue;
			r = library_look(l, found.gl_pathv[i], err);
			r = r < 0 ? r : 1;
		}
	globfree(&found);
	return r;
}

static int needed_find(struct look *l, const struct elf_needs *needs, const char *who,
		       const char *name, struct error *err)
{
	static const char standard[] = "/lib:/usr/lib:/lib64:/usr/lib64:/usr/local/lib";
	char origin[PATH_MAX];
	int r;

	if (strchr(name, '/'))
		return library_look(l, name, err);
	(void)snprintf(origin, sizeof(origin), "%s", who);
	*strrchr(origin, '/') = '\0';
	/* ld.so(8): DT_RUNPATH puts DT_RPATH out of force. */
	r = path_search(l, needs->runpath ? needs->runpath : needs->rpath, origin, name, err);
	if (r == 0 && !needs->runpath)
		r = path_search(l, l->rpath, origin, name, err);
	if (r == 0)
		r = cache_search(l, name, err);
	if (r == 0)
		r = path_search(l, l->loader_dir, origin, name, err);
	if (r == 0)
		r = path_search(l, standard, origin, name, err);
	if (r == 0)
		r = multiarch_search(l, name, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = error_say(err, -ENOENT, "%s needs %s, which is not found", who, name);
	error_hint(err, "install the package that holds it; ldd %s lists what is there", who);
	return r;
}

static int needs_follow(struct look *l, const struct elf_needs *needs, const char *who,
			struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < needs->needed_len && r == 0; i++)
		r = needed_find(l, needs, who, needs->needed[i], err);
	return r;
}

static int library_look(struct look *l, const char *path, struct error *err)
{
	cleanup_close int fd = -EBADF;
	struct elf_needs needs;
	char real[PATH_MAX];
	int r;

	r = path_follow(l, path, real);
	if (r <= 0)
		return r < 0 ? error_set(err, r, "%s", path) : 0;
	fd = file_open(l, real, err);
	if (fd < 0)
		return fd;
	r = elf_needs_read(fd, real, &needs, err);
	if (r < 0)
		return r;
	r = needs_follow(l, &needs, real, err);
	elf_needs_clear(&needs);
	return r;
}

static int elf_look(struct look *l, int fd, const char *real, struct error *err)
{
	struct elf_needs needs;
	char loader[PATH_MAX];
	int r;

	r = elf_needs_read(fd, real, &needs, err);
	if (r < 0)
		return r;
	l->machine = needs.machine;
	l->class = needs.class;
	(void)snprintf(l->rpath, sizeof(l->rpath), "%s",
		       needs.rpath && !needs.runpath ? needs.rpath : "");
	l->loader_dir[0] = '\0';
	if (needs.interpreter) {
		r = library_look(l, needs.interpreter, err);
		if (r == 0 && realpath(needs.interpreter, loader))
			(void)snprintf(l->loader_dir, sizeof(l->loader_dir), "%s", dirname(loader));
		if (r == 0)
			r = file_add(l, LD_CACHE_FILE, false);
	}
	if (r >= 0)
		r = needs_follow(l, &needs, real, err);
	elf_needs_clear(&needs);
	return r;
}

/* The interpreter in a "#!" line (execve(2)). ret: PATH_MAX bytes. Returns 1, or 0 when it is no
 * script. */
static int script_read(int fd, const char *real, char *ret, struct error *err)
{
	char line[256];
	ssize_t n = pread(fd, line, sizeof(line) - 1, 0);
	char *at;

	if (n < 2 || memcmp(line, "#!", 2) != 0)
		return 0;
	line[n] = '\0';
	at = line + 2 + strspn(line + 2, " \t");
	at[strcspn(at, " \t\n")] = '\0';
	if (at[0] != '/')
		return error_say(err, -ENOEXEC, "%s: its #! line names no absolute path", real);
	(void)snprintf(ret, PATH_MAX, "%s", at);
	return 1;
}

static int program_follow(struct look *l, const char *path, int depth, struct error *err)
{
	char real[PATH_MAX], interpreter[PATH_MAX];
	cleanup_close int fd = -EBADF;
	int r;

	if (depth > SCRIPTS_MAX)
		return error_set(err, -ELOOP, "%s: scripts whose interpreters are scripts", path);
	r = path_follow(l, path, real);
	if (r < 0)
		return error_set(err, r, "%s", path);
	fd = file_open(l, real, err);
	if (fd < 0)
		return fd;
	r = script_read(fd, real, interpreter, err);
	if (r < 0)
		return r;
	return r > 0 ? program_follow(l, interpreter, depth + 1, err) : elf_look(l, fd, real, err);
}

int program_look(const char *path, bool trusted, struct program *ret, struct error *err)
{
	struct look l = {.trusted = trusted};
	struct stat st;
	int r;

	if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		l.found.missing = true;
		r = file_add(&l, path, true);
	} else {
		ld_cache_read(LD_CACHE_FILE, &l.cache);
		r = program_follow(&l, path, 0, err);
	}
	ld_cache_clear(&l.cache);
	if (r == -E2BIG || r == -ENOMEM)
		(void)error_set(err, r, "what %s needs", path);
	if (r < 0) {
		program_clear(&l.found);
		return r;
	}
	*ret = l.found;
	return 0;
}

void program_clear(struct program *p)
{
	for (size_t i = 0; i < p->len; i++)
		free(p->files[i].path);
	free(p->files);
	*p = (struct program){};
}
