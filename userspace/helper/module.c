/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads a context's module and finds its entrypoints' functions. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "helper/module.h"

static int entries_check(const struct postern_module *module, struct error *err)
{
	if (module->version != POSTERN_MODULE_VERSION)
		return error_say(err, ENOEXEC,
				 "the module's table has version %u, this helper knows %d: "
				 "build the module against this version's postern-entrypoint.h",
				 module->version, POSTERN_MODULE_VERSION);
	if (module->entries_len == 0 || module->entries_len > MODULE_ENTRIES_MAX ||
	    !module->entries)
		return error_say(err, ENOEXEC, "the module's table has %u entries",
				 module->entries_len);
	for (uint32_t i = 0; i < module->entries_len; i++) {
		const struct postern_entry *e = &module->entries[i];

		if (!e->name || !e->function)
			return error_say(
				err, ENOEXEC,
				"entry %u of the module's table lacks a name or a function", i);
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(module->entries[j].name, e->name) == 0)
				return error_say(err, ENOEXEC, "the module's table has %s twice",
						 e->name);
	}
	return 0;
}

/* The manifest's part says which entrypoint is lacking, at its line. */
static int names_check(const struct postern_module *module, const struct manifest *m,
		       struct error *err)
{
	struct manifest_problems problems = {};
	cleanup_free const char **names = calloc(module->entries_len + 1, sizeof(*names));
	int r;

	if (!names)
		return error_set(err, ENOMEM, "check the module's table");
	for (uint32_t i = 0; i < module->entries_len; i++)
		names[i] = module->entries[i].name;
	r = manifest_check_module(m, names, &problems);
	if (r < 0 && problems.len > 0)
		(void)error_say(err, r, "line %u: %s%s%s", problems.items[0].place.line,
				problems.items[0].what, problems.items[0].instead ? "; " : "",
				problems.items[0].instead ? problems.items[0].instead : "");
	else if (r < 0)
		(void)error_set(err, r, "check the module's table");
	manifest_problems_clear(&problems);
	return r;
}

static postern_function function_find(const struct postern_module *module, const char *name)
{
	for (uint32_t i = 0; i < module->entries_len; i++)
		if (strcmp(module->entries[i].name, name) == 0)
			return module->entries[i].function;
	return NULL;
}

int module_check(const struct postern_module *module, const struct manifest *m,
		 postern_function **ret, struct error *err)
{
	cleanup_free postern_function *functions = NULL;
	int r;

	r = entries_check(module, err);
	if (r == 0)
		r = names_check(module, m, err);
	if (r < 0)
		return r;
	functions = calloc(m->entrypoints_len, sizeof(*functions));
	if (!functions)
		return error_set(err, ENOMEM, "check the module's table");
	for (size_t i = 0; i < m->entrypoints_len; i++) {
		functions[i] = function_find(module, m->entrypoints[i].name);
		if (!functions[i] && m->entrypoints[i].does == MANIFEST_DOES_CALL)
			return error_say(err, EBADMSG, "the module has no entrypoint %s",
					 m->entrypoints[i].name);
	}
	*ret = steal_ptr(functions);
	return 0;
}

int module_load(const struct manifest *m, postern_function **ret, struct error *err)
{
	const struct postern_module *module;
	void *handle;
	int r;

	if (manifest_python(m))
		return module_load_python(m, ret, err);
	handle = dlopen(m->module, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		(void)error_say(err, ENOEXEC, "load the module: %s", dlerror());
		error_hint(err,
			   "it and the libraries it needs must lie in %s, a library "
			   "directory or the module's own",
			   POSTERN_LIBEXECDIR);
		return -ENOEXEC;
	}
	module = dlsym(handle, POSTERN_MODULE_SYMBOL);
	if (!module) {
		(void)error_say(err, ENOEXEC, "module %s: %s", m->module, dlerror());
		error_hint(err, "export the table with POSTERN_MODULE() of postern-entrypoint.h");
		return -ENOEXEC;
	}
	r = module_check(module, m, ret, err);
	if (r < 0)
		return error_prefix(err, "module %s", m->module);
	return 0;
}
