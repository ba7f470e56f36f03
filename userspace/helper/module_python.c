/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loading a context's functions from a Python file, and forking with an interpreter. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "helper/argument_check.h"
#include "helper/host.h"
#include "helper/module.h"

static struct host host; /* of this process; all NULL without an interpreter */

static void fields_clear(struct host_field *fields, size_t len)
{
	for (size_t i = 0; fields && i < len; i++)
		free(fields[i].fields);
	free(fields);
}

static void entrypoints_clear(struct host_entrypoint *all, size_t len)
{
	for (size_t i = 0; all && i < len; i++) {
		fields_clear(all[i].arguments, all[i].arguments_len);
		free(all[i].result.fields);
	}
	free(all);
}

static struct host_field field_plain(const struct argument *a)
{
	return (struct host_field){
		.name = a->name ? a->name : "",
		.type = (int)a->type,
		.element = a->element ? (int)a->element->type : 0,
		.optional = a->optional,
		.otherwise = a->has_default ? argument_default(a) : (struct postern_value){},
	};
}

/* With its fields, of which none has any. */
static int field_of(const struct argument *a, struct host_field *ret)
{
	const struct argument *record = argument_record(a);
	size_t len = record ? record->fields_len : 0;

	*ret = field_plain(a);
	ret->fields = calloc(len + 1, sizeof(*ret->fields));
	if (!ret->fields)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		ret->fields[i] = field_plain(&record->fields[i]);
	ret->fields_len = len;
	return 0;
}

static int entrypoint_of(const struct manifest_entrypoint *e, struct host_entrypoint *ret)
{
	int r = field_of(&e->result, &ret->result);

	ret->name = e->name;
	ret->arguments = calloc(e->arguments_len + 1, sizeof(*ret->arguments));
	if (!ret->arguments)
		return -ENOMEM;
	ret->arguments_len = e->arguments_len;
	for (size_t i = 0; r == 0 && i < e->arguments_len; i++)
		r = field_of(&e->arguments[i], &ret->arguments[i]);
	return r;
}

/* Those that have a function. The names live as long as the manifest. */
static struct host_entrypoint *entrypoints_of(const struct manifest *m, size_t *ret_len)
{
	struct host_entrypoint *all = calloc(m->entrypoints_len, sizeof(*all));
	size_t len = 0;

	for (size_t i = 0; all && i < m->entrypoints_len; i++) {
		if (m->entrypoints[i].does != MANIFEST_DOES_CALL)
			continue;
		if (entrypoint_of(&m->entrypoints[i], &all[len++]) == 0)
			continue;
		entrypoints_clear(all, len);
		return NULL;
	}
	*ret_len = len;
	return all;
}

static int host_load(const struct manifest *m, host_load_fn load, struct error *err)
{
	struct host_entrypoint *entrypoints;
	char text[HOST_TEXT] = "";
	size_t len = 0;
	int r;

	entrypoints = entrypoints_of(m, &len);
	if (!entrypoints)
		return error_set(err, ENOMEM, "list the entrypoints of %s", m->module);
	r = load(m->module, entrypoints, len, &host, text);
	entrypoints_clear(entrypoints, len);
	if (r < 0) {
		(void)error_say(err, r, "module %s: %s", m->module, text);
		error_hint(err, "posternd's log has the traceback, if there is one");
	}
	return r;
}

int module_load_python(const struct manifest *m, postern_function **ret, struct error *err)
{
	postern_function *functions;
	host_load_fn load;
	void *library;
	int r;

	/* Global: Python's own extension modules find the interpreter's symbols in that way. */
	library = dlopen(HOST_LIBRARY, RTLD_NOW | RTLD_GLOBAL);
	load = library ? (host_load_fn)(uintptr_t)dlsym(library, HOST_SYMBOL) : NULL;
	if (!load) {
		(void)error_say(err, ENOEXEC, "start Python: %s", dlerror());
		error_hint(err, "functions in Python take Debian's libpython3.11 and "
				"libpython3.11-stdlib");
		return -ENOEXEC;
	}
	r = host_load(m, load, err);
	if (r < 0)
		return r;
	functions = calloc(m->entrypoints_len, sizeof(*functions));
	if (!functions)
		return error_set(err, ENOMEM, "list the functions of %s", m->module);
	for (size_t i = 0; i < m->entrypoints_len; i++)
		functions[i] = m->entrypoints[i].does == MANIFEST_DOES_CALL ? host.function : NULL;
	*ret = functions;
	return 0;
}

pid_t module_fork(void)
{
	pid_t pid;

	if (host.fork_before)
		host.fork_before();
	pid = fork();
	if (pid == 0 && host.fork_child)
		host.fork_child();
	else if (pid != 0 && host.fork_parent)
		host.fork_parent();
	return pid;
}
