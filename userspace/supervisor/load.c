/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads all manifests of a folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "manifest/trust.h"
#include "policy/bundle.h"
#include "supervisor/load.h"
#include "supervisor/log.h"

#define COPY_BYTES_MAX (16 * 1024 * 1024)

static uint64_t ns(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000ull + (uint64_t)t->tv_nsec;
}

static struct file_identity identity_of(const struct stat *st)
{
	return (struct file_identity){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = (uint64_t)st->st_size,
		.modified = ns(&st->st_mtim),
		.changed = ns(&st->st_ctim),
	};
}

void file_identify(const char *file, struct file_identity *ret)
{
	struct stat st;

	*ret = (struct file_identity){};
	if (stat(file, &st) == 0)
		*ret = identity_of(&st);
}

bool file_same(const struct file_identity *a, const struct file_identity *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->modified == b->modified && a->changed == b->changed;
}

/* Puts the bytes into a memfd that can no longer change: what was parsed is what a later
 * supervisor will parse. */
static int seal(const char *file, const char *data, size_t len, int *ret, struct error *err)
{
	cleanup_close int to = memfd_create("postern-manifest", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t done = 0;

	if (to < 0)
		return error_set(err, errno, "copy %s", file);
	while (done < len) {
		ssize_t n = write(to, data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set(err, n < 0 ? errno : EIO, "copy %s", file);
		done += (size_t)n;
	}
	if (fcntl(to, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return error_set(err, errno, "seal the copy of %s", file);
	*ret = steal_fd(&to);
	return 0;
}

/* Reads a manifest with its groups and programs, all of it root's alone. */
static int seal_copy(const char *file, int *ret, struct file_identity *ret_identity,
		     struct error *err)
{
	struct manifest_problems problems = {};
	cleanup_free char *data = NULL;
	size_t len = 0;
	int r;

	/* Before it is read: what changes meanwhile is another file. */
	file_identify(file, ret_identity);
	r = bundle_make(file, NULL, MANIFEST_TRUSTED_ONLY, &data, &len, &problems, err);
	manifest_problems_print(&problems, file, stderr);
	manifest_problems_clear(&problems);
	return r < 0 ? r : seal(file, data, len, ret, err);
}

static int parse(const char *file, int fd, unsigned flags, FILE *problems_to, struct manifest **ret,
		 struct error *err)
{
	struct manifest_problems problems = {};
	struct stat st;
	const char *data = "";
	int r;

	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "read %s", file);
	if (st.st_size > 0)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return error_set(err, errno, "read %s", file);
	r = manifest_parse(file, data, (size_t)st.st_size, flags | MANIFEST_BUNDLE, ret, &problems,
			   err);
	if (problems_to)
		manifest_problems_print(&problems, file, problems_to);
	manifest_problems_clear(&problems);
	if (st.st_size > 0)
		(void)munmap((void *)(uintptr_t)data, (size_t)st.st_size);
	return r;
}

/* Whoever can write a module has what its context has. That it is missing is told when the context
 * is started. */
int load_module(const struct manifest *m, struct error *err)
{
	cleanup_close int fd = trust_open(m->module, err);

	if (fd >= 0)
		return 0;
	if (err->code == -ENOENT) {
		log_line(LOG_WARNING, "context %s: there is no module %s yet", m->name, m->module);
		error_clear(err);
		return 0;
	}
	return error_prefix(err, "module of context %s", m->name);
}

int load_bytes(const char *directory, const char *name, struct loaded *ret, struct error *err)
{
	cleanup_free char *file = NULL;

	ret->fd = -EBADF;
	if (asprintf(&file, "%s/%s/context.yaml", directory, name) < 0)
		return error_set(err, ENOMEM, "load context %s", name);
	return seal_copy(file, &ret->fd, &ret->file, err);
}

/* Such a rule is in force on the program's name alone, which is no use before it is there and its
 * libraries are listed. */
static void warn_missing_programs(const struct manifest *m)
{
	for (size_t i = 0; i < m->parts_len; i++)
		if (m->parts[i].program && access(m->parts[i].program, F_OK) < 0)
			log_line(LOG_WARNING,
				 "context %s: there is no program %s yet; what it needs is listed "
				 "when the context is read again",
				 m->name, m->parts[i].program);
}

int load_checked(const char *directory, const char *name, struct loaded *loaded, struct error *err)
{
	cleanup_free char *file = NULL;
	struct manifest *m = NULL;
	int r;

	if (asprintf(&file, "%s/%s/context.yaml", directory, name) < 0)
		return error_set(err, ENOMEM, "load context %s", name);
	r = parse(file, loaded->fd, 0, stderr, &m, err);
	if (r < 0 || !m)
		return r < 0 ? r : -EBADMSG;
	/* The folder is how an operator finds the context again. */
	if (strcmp(m->name, name) != 0)
		r = error_say(err, -EBADMSG,
			      "%s: its context is named %s, its folder %s; rename one of them",
			      file, m->name, name);
	else
		r = load_module(m, err);
	if (r < 0) {
		manifest_free(m);
		return r;
	}
	warn_missing_programs(m);
	loaded->manifest = m;
	return 0;
}

int load_again(const char *directory, const char *name, int fd, struct manifest **ret,
	       struct error *err)
{
	cleanup_free char *file = NULL;

	if (asprintf(&file, "%s/%s/context.yaml", directory, name) < 0)
		return error_set(err, ENOMEM, "load context %s", name);
	return parse(file, fd, MANIFEST_NAMES_UNKNOWN, NULL, ret, err);
}

static int load_one(const char *directory, const char *name, struct loaded *ret, struct error *err)
{
	int r = load_bytes(directory, name, ret, err);

	if (r == 0)
		r = load_checked(directory, name, ret, err);
	if (r < 0 && ret->fd >= 0)
		(void)close(steal_fd(&ret->fd));
	return r;
}

int load_manifest_copy(const char *copy, const char *file, struct loaded *ret, struct error *err)
{
	cleanup_close int from = trust_open(copy, err), fd = -EBADF;
	cleanup_free char *data = NULL;
	struct stat st;
	int r;

	if (from < 0)
		return from;
	/* It is a bundle already. */
	if (fstat(from, &st) < 0 || st.st_size <= 0 || st.st_size > COPY_BYTES_MAX)
		return error_say(err, -EBADMSG, "%s is no copy of a manifest", copy);
	data = malloc((size_t)st.st_size);
	if (!data || pread(from, data, (size_t)st.st_size, 0) != st.st_size)
		return error_set(err, data ? EIO : ENOMEM, "read %s", copy);
	r = seal(file, data, (size_t)st.st_size, &fd, err);
	if (r == 0)
		r = parse(file, fd, 0, stderr, &ret->manifest, err);
	if (r == 0)
		ret->fd = steal_fd(&fd);
	return r;
}

void loaded_clear(struct loaded *l)
{
	manifest_free(l->manifest);
	if (l->fd >= 0)
		(void)close(l->fd);
	*l = (struct loaded){.fd = -EBADF};
}

static int wanted(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

static void loaded_free(struct loaded *all, size_t len)
{
	for (size_t i = 0; i < len; i++)
		loaded_clear(&all[i]);
	free(all);
}

/* Goes on after a bad one, so that the operator sees all at once. */
static int load_all(const char *directory, struct dirent **names, int n, struct loaded *all,
		    size_t *len, struct error *err)
{
	int r = 0;

	for (int i = 0; i < n; i++) {
		cleanup_error struct error one = {};
		int failed = load_one(directory, names[i]->d_name, &all[*len], &one);

		if (failed == 0) {
			(*len)++;
			continue;
		}
		log_error(LOG_ERR, names[i]->d_name, &one);
		r = failed;
	}
	if (r < 0)
		error_say(err, r, "not every manifest in %s can be used; see the lines above",
			  directory);
	return r;
}

int load_names(const char *directory, struct dirent ***ret, struct error *err)
{
	int n = scandir(directory, ret, wanted, alphasort);

	return n < 0 ? error_set(err, errno, "read the folder of contexts %s", directory) : n;
}

int load_nothing(const char *directory, struct error *err)
{
	int r = error_say(err, -ENOENT, "no context in %s", directory);

	error_hint(err, "each is a folder NAME with a manifest NAME/context.yaml; see "
			"postern(1), `postern check`");
	return r;
}

int load_manifests(const char *directory, struct loaded **ret, size_t *ret_len, struct error *err)
{
	struct dirent **names;
	struct loaded *all;
	size_t len = 0;
	int n, r;

	n = load_names(directory, &names, err);
	if (n < 0)
		return n;
	all = calloc((size_t)n + 1, sizeof(*all));
	r = all ? load_all(directory, names, n, all, &len, err)
		: error_set(err, ENOMEM, "load contexts");
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	if (r == 0 && len == 0)
		r = load_nothing(directory, err);
	if (r < 0) {
		loaded_free(all, len);
		return r;
	}
	*ret = all;
	*ret_len = len;
	return 0;
}
