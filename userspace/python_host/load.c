/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Starts the interpreter in the helper, and imports a context's functions.
 *
 * Isolated (Doc/c-api/init_config.rst): no environment, no folder of a user's, no current
 * directory, no handlers of signals; and without `site`, whose .pth files are code that runs at
 * every start. Compiled code is not written.
 */
#include "python_host/python.h"

#include <errno.h>
#include <stdio.h>

#define HOST_FOLDER POSTERN_LIBEXECDIR "/python"

static PyThreadState *interpreter;

void interpreter_enter(void)
{
	PyEval_RestoreThread(interpreter);
}

void interpreter_leave(void)
{
	interpreter = PyEval_SaveThread();
}

static void fork_before(void)
{
	interpreter_enter();
	PyOS_BeforeFork();
}

static void fork_parent(void)
{
	PyOS_AfterFork_Parent();
	interpreter_leave();
}

static void fork_child(void)
{
	PyOS_AfterFork_Child();
	interpreter_leave();
}

static PyStatus configure(PyConfig *config)
{
	PyStatus status;

	PyConfig_InitIsolatedConfig(config);
	config->site_import = 0;
	config->write_bytecode = 0;
	config->pathconfig_warnings = 0;
	/* Where Debian's library lies; nothing is searched for. */
	status = PyConfig_SetString(config, &config->home, L"/usr");
	if (!PyStatus_Exception(status))
		status = PyConfig_SetString(config, &config->program_name, L"postern-helper");
	/* No program of that name starts this interpreter again. */
	if (!PyStatus_Exception(status))
		status = PyConfig_SetString(config, &config->executable, L"");
	return status;
}

static int start(char *text)
{
	PyPreConfig before;
	PyStatus status;
	PyConfig config;

	PyPreConfig_InitIsolatedConfig(&before);
	before.utf8_mode = 1; /* no locale lies in the context's root */
	status = Py_PreInitialize(&before);
	if (!PyStatus_Exception(status)) {
		status = configure(&config);
		if (PyImport_AppendInittab("_postern", call_module) < 0)
			status = PyStatus_NoMemory();
		if (!PyStatus_Exception(status))
			status = Py_InitializeFromConfig(&config);
		PyConfig_Clear(&config);
	}
	if (!PyStatus_Exception(status))
		return 0;
	(void)snprintf(text, HOST_TEXT, "the interpreter does not start: %s",
		       status.err_msg ? status.err_msg : "no reason given");
	return -ENOEXEC;
}

/* The Python half. */
static PyObject *host_import(void)
{
	PyObject *path = PySys_GetObject("path"); /* borrowed */
	PyObject *folder = PyUnicode_FromString(HOST_FOLDER), *host = NULL;

	if (path && folder && PyList_Insert(path, 0, folder) == 0)
		host = PyImport_ImportModule("postern_host");
	Py_XDECREF(folder);
	return host;
}

static PyObject *fields_list(const struct host_field *fields, size_t len);

/* (name, type, element, optional, otherwise, [field, ...]) */
static PyObject *field_tuple(const struct host_field *f)
{
	PyObject *otherwise = value_to_python(&f->otherwise);
	PyObject *fields = otherwise ? fields_list(f->fields, f->fields_len) : NULL, *tuple = NULL;

	if (fields)
		tuple = Py_BuildValue("siiOOO", f->name, f->type, f->element,
				      f->optional ? Py_True : Py_False, otherwise, fields);
	Py_XDECREF(otherwise);
	Py_XDECREF(fields);
	return tuple;
}

static PyObject *fields_list(const struct host_field *fields, size_t len)
{
	PyObject *list = PyList_New(0);

	for (size_t i = 0; list && i < len; i++) {
		PyObject *item = field_tuple(&fields[i]);

		if (!item || PyList_Append(list, item) < 0)
			Py_CLEAR(list);
		Py_XDECREF(item);
	}
	return list;
}

/* [(name, [argument, ...], result), ...]; NULL with an exception set. */
static PyObject *entrypoints_list(const struct host_entrypoint *all, size_t len)
{
	PyObject *list = PyList_New(0);

	for (size_t i = 0; list && i < len; i++) {
		PyObject *arguments = fields_list(all[i].arguments, all[i].arguments_len);
		PyObject *result = arguments ? field_tuple(&all[i].result) : NULL, *item = NULL;

		if (result)
			item = Py_BuildValue("sOO", all[i].name, arguments, result);
		if (!item || PyList_Append(list, item) < 0)
			Py_CLEAR(list);
		Py_XDECREF(arguments);
		Py_XDECREF(result);
		Py_XDECREF(item);
	}
	return list;
}

/* What postern_host.load() says is wrong: (is it the import?, text), or None. */
static int verdict(PyObject *said, char *text)
{
	const char *why;
	int import;

	if (said == Py_None)
		return 0;
	if (!PyArg_ParseTuple(said, "ps", &import, &why))
		return -ENOEXEC;
	(void)snprintf(text, HOST_TEXT, "%s", why);
	return import ? -ENOEXEC : -EBADMSG;
}

static int load(const char *file, const struct host_entrypoint *entrypoints, size_t len, char *text)
{
	PyObject *list = entrypoints_list(entrypoints, len);
	PyObject *host = list ? host_import() : NULL, *said = NULL;
	int r = -ENOEXEC;

	if (host && call_begin(host) == 0)
		said = PyObject_CallMethod(host, "load", "sO", file, list);
	if (said)
		r = verdict(said, text);
	if (PyErr_Occurred()) {
		(void)snprintf(text, HOST_TEXT, "%s cannot be used",
			       HOST_FOLDER "/postern_host.py");
		PyErr_Print();
		r = -ENOEXEC;
	}
	Py_XDECREF(said);
	Py_XDECREF(host);
	Py_XDECREF(list);
	return r;
}

__attribute__((visibility("default"))) int
postern_python_load(const char *file, const struct host_entrypoint *entrypoints, size_t len,
		    struct host *ret, char *text);

int postern_python_load(const char *file, const struct host_entrypoint *entrypoints, size_t len,
			struct host *ret, char *text)
{
	int r = start(text);

	if (r < 0)
		return r;
	r = load(file, entrypoints, len, text);
	interpreter_leave();
	if (r < 0)
		return r;
	*ret = (struct host){call_python, fork_before, fork_parent, fork_child};
	return 0;
}
