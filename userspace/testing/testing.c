/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libpostern-testing: contexts in this process, made from manifests. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "lib/client.h"
#include "testing/in_process.h"

/* Handles are looked up here, by whatever thread calls. */
static pthread_mutex_t contexts_lock = PTHREAD_MUTEX_INITIALIZER;
static struct postern_testing *contexts;

static void context_add(struct postern_testing *t)
{
	(void)pthread_mutex_lock(&contexts_lock);
	t->next = contexts;
	contexts = t;
	(void)pthread_mutex_unlock(&contexts_lock);
}

static void context_remove(const struct postern_testing *t)
{
	(void)pthread_mutex_lock(&contexts_lock);
	for (struct postern_testing **at = &contexts; *at; at = &(*at)->next) {
		if (*at == t) {
			*at = t->next;
			break;
		}
	}
	(void)pthread_mutex_unlock(&contexts_lock);
}

/* Does a handle's context, a name or a socket's path, mean the context of that name? */
static bool means(const char *context, const char *name)
{
	const char *slash = strrchr(context, '/');
	size_t len = strlen(name);

	if (!slash)
		return strcmp(context, name) == 0;
	return strncmp(slash + 1, name, len) == 0 && strcmp(slash + 1 + len, ".sock") == 0;
}

struct postern_testing *testing_find(const char *context)
{
	struct postern_testing *t;

	(void)pthread_mutex_lock(&contexts_lock);
	for (t = contexts; t; t = t->next)
		if (means(context, t->manifest->name))
			break;
	(void)pthread_mutex_unlock(&contexts_lock);
	return t;
}

struct testing_entrypoint *testing_entrypoint(const struct postern_testing *t, const char *name)
{
	for (size_t i = 0; i < t->manifest->entrypoints_len; i++)
		if (strcmp(t->manifest->entrypoints[i].name, name) == 0)
			return &t->entrypoints[i];
	return NULL;
}

void postern_testing_free(struct postern_testing *t)
{
	if (!t)
		return;
	context_remove(t);
	for (size_t i = 0; t->entrypoints && i < t->manifest->entrypoints_len; i++) {
		argument_checks_free(t->entrypoints[i].checks);
		free(t->entrypoints[i].end);
		if (t->entrypoints[i].turn_made)
			(void)pthread_mutex_destroy(&t->entrypoints[i].turn);
	}
	free(t->entrypoints);
	manifest_free(t->manifest);
	free(t);
}

static int failed(struct postern_failure **failure, const struct error *err)
{
	(void)client_fail(failure, POSTERN_NOT_AVAILABLE, -err->code, err->hint, "%s",
			  error_text(err));
	return err->code;
}

/* What is wrong with the file: its first finding stands for all. */
static int problem(struct postern_failure **failure, const char *file,
		   const struct manifest_problems *problems, const struct error *err)
{
	const struct manifest_problem *p = problems->items;

	if (problems->len == 0)
		return failed(failure, err);
	(void)client_fail(failure, POSTERN_NOT_AVAILABLE, EBADMSG, p->instead, "%s:%u:%u: %s", file,
			  p->place.line, p->place.column, p->what);
	return err->code;
}

static int turn_make(struct testing_entrypoint *e)
{
	pthread_mutexattr_t attributes;
	int r;

	r = pthread_mutexattr_init(&attributes);
	if (r == 0)
		r = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	if (r == 0)
		r = pthread_mutex_init(&e->turn, &attributes);
	e->turn_made = r == 0;
	(void)pthread_mutexattr_destroy(&attributes);
	return -r;
}

static int entrypoints_make(struct postern_testing *t, struct error *err)
{
	size_t len = t->manifest->entrypoints_len;
	int r = 0;

	t->entrypoints = calloc(len, sizeof(*t->entrypoints));
	if (!t->entrypoints)
		return error_set(err, ENOMEM, "make the context");
	for (size_t i = 0; i < len && r == 0; i++) {
		struct testing_entrypoint *e = &t->entrypoints[i];

		e->manifest = &t->manifest->entrypoints[i];
		r = turn_make(e);
		if (r < 0)
			return error_set(err, r, "make the context");
		r = argument_checks_new(e->manifest, &e->checks, err);
	}
	return r;
}

/* Functions by exact name, as the helper finds them; one that the manifest has and the module has
 * not is an error there, and here. */
static int functions_find(struct postern_testing *t, const struct postern_module *module,
			  struct error *err)
{
	if (module->version != POSTERN_MODULE_VERSION)
		return error_say(err, ENOEXEC, "the module's table has version %u, not %d",
				 module->version, POSTERN_MODULE_VERSION);
	for (uint32_t i = 0; i < module->entries_len; i++) {
		struct testing_entrypoint *e = testing_entrypoint(t, module->entries[i].name);

		if (e)
			e->function = module->entries[i].function;
	}
	for (size_t i = 0; i < t->manifest->entrypoints_len; i++)
		if (!t->entrypoints[i].function &&
		    t->manifest->entrypoints[i].does == MANIFEST_DOES_CALL)
			return error_say(err, EBADMSG, "the module has no entrypoint %s",
					 t->manifest->entrypoints[i].name);
	return 0;
}

int postern_testing_new(const char *manifest, const struct postern_module *module,
			struct postern_testing **ret, struct postern_failure **failure)
{
	struct postern_testing *t = calloc(1, sizeof(*t));
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	int r;

	if (!t)
		return client_fail(failure, POSTERN_NOT_AVAILABLE, ENOMEM, NULL, "out of memory");
	r = manifest_read(manifest, MANIFEST_NAMES_UNKNOWN, &t->manifest, &problems, &err);
	if (r < 0) {
		r = problem(failure, manifest, &problems, &err);
		manifest_problems_clear(&problems);
		free(t);
		return r;
	}
	manifest_problems_clear(&problems);
	postern_testing_caller(t, geteuid(), getegid(), getpid());
	r = entrypoints_make(t, &err);
	if (r == 0 && module)
		r = functions_find(t, module, &err);
	if (r < 0) {
		r = failed(failure, &err);
		postern_testing_free(t);
		return r;
	}
	context_add(t);
	*ret = t;
	return 0;
}

int postern_testing_load(const char *manifest, const char *module, struct postern_testing **ret,
			 struct postern_failure **failure)
{
	void *handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);
	const struct postern_module *table = handle ? dlsym(handle, POSTERN_MODULE_SYMBOL) : NULL;

	if (table)
		return postern_testing_new(manifest, table, ret, failure);
	(void)client_fail(failure, POSTERN_NOT_AVAILABLE, ENOEXEC,
			  "a module is a shared object with the table of POSTERN_MODULE(); a name "
			  "without / is looked for among the system's libraries",
			  "load the module: %s", dlerror());
	return -ENOEXEC;
}
