/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One call: arguments to Python, what became of it back. What it means is decided in
 * postern_host.py; here is only what takes C.
 */
#include "python_host/python.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static struct {
	PyObject *run;			 /* of postern_host.py */
	struct postern_invocation *call; /* under way; NULL: none */
} state;

/* How a call ended; the numbers are in postern_host.py too. */
enum { ENDED_RETURN, ENDED_FAILED, ENDED_MISTAKE, ENDED_EXIT };

/* log(level, text): a line for the caller and the journal. */
static PyObject *host_log(PyObject *self, PyObject *args)
{
	const char *text;
	int level;

	(void)self;
	if (!PyArg_ParseTuple(args, "is", &level, &text))
		return NULL;
	if (state.call)
		postern_log(state.call, level, "%s", text);
	return Py_NewRef(Py_None);
}

/* journal(level, text): a line for the journal alone. During the import there is no call yet, and
 * standard error is the journal. */
static PyObject *host_journal(PyObject *self, PyObject *args)
{
	const char *text;
	int level;

	(void)self;
	if (!PyArg_ParseTuple(args, "is", &level, &text))
		return NULL;
	if (state.call)
		postern_host_tell(state.call, level, text);
	else
		(void)fprintf(stderr, "<%d>%s\n", level, text);
	return Py_NewRef(Py_None);
}

/* path_open(path, flags, mode): a path of the call's, as it was checked. */
static PyObject *host_path_open(PyObject *self, PyObject *args)
{
	PyObject *path = NULL;
	int flags, mode, fd;

	(void)self;
	if (!PyArg_ParseTuple(args, "O&ii", PyUnicode_FSConverter, &path, &flags, &mode))
		return NULL;
	fd = state.call ? postern_host_path_open(state.call, PyBytes_AS_STRING(path), flags,
						 (mode_t)mode)
			: -ESRCH;
	if (fd == -ESRCH) {
		PyErr_Format(PyExc_ValueError, "the call has no argument of type path that is %s",
			     PyBytes_AS_STRING(path));
	} else if (fd < 0) {
		errno = -fd;
		(void)PyErr_SetFromErrnoWithFilename(PyExc_OSError, PyBytes_AS_STRING(path));
	}
	Py_DECREF(path);
	return fd < 0 ? NULL : PyLong_FromLong(fd);
}

static PyMethodDef methods[] = {
	{"path_open", host_path_open, METH_VARARGS, "Open a path of the call's."},
	{"log", host_log, METH_VARARGS, "Tell the caller and the journal a line."},
	{"journal", host_journal, METH_VARARGS, "Tell the journal a line."},
	{NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
	PyModuleDef_HEAD_INIT, .m_name = "_postern", .m_doc = "The call under way.",
	.m_size = -1,	       .m_methods = methods,
};

PyObject *call_module(void)
{
	return PyModule_Create(&definition);
}

int call_begin(PyObject *host)
{
	state.run = PyObject_GetAttrString(host, "run");
	return state.run ? 0 : -1;
}

/* What was not given is not in it. */
static PyObject *arguments_of(const struct postern_invocation *call)
{
	PyObject *arguments = PyDict_New();
	const struct postern_value *v;
	const char *name;

	for (size_t i = 0; arguments && (name = postern_host_argument(call, i, &v)); i++) {
		PyObject *value = v->kind == POSTERN_KIND_NIL ? NULL : value_to_python(v);

		if ((!value && PyErr_Occurred()) ||
		    (value && PyDict_SetItemString(arguments, name, value) < 0))
			Py_CLEAR(arguments);
		Py_XDECREF(value);
	}
	return arguments;
}

static int result_give(struct postern_invocation *call, PyObject *value)
{
	struct postern_value v;
	int r;

	if (value == Py_None) /* nothing was to be given */
		return 0;
	r = value_from_python(value, &v);
	if (r == 0)
		r = postern_host_return(call, &v);
	else if (r == -EINVAL)
		r = postern_host_mistake(call, "the result has no form on the wire");
	value_clear(&v);
	return r;
}

/* (name or None, errno, text, {key: text}) */
static int failure_give(struct postern_invocation *call, PyObject *details)
{
	const char *name, *text, *key, *word;
	PyObject *fields, *k, *v;
	Py_ssize_t at = 0;
	int code, r;

	if (!PyArg_ParseTuple(details, "zisO!", &name, &code, &text, &PyDict_Type, &fields))
		return -EPROTO;
	if (!name)
		return postern_fail(call, code, "%s", text);
	r = postern_fail_named(call, name, code, "%s", text);
	while (PyDict_Next(fields, &at, &k, &v)) {
		key = PyUnicode_AsUTF8(k);
		word = PyUnicode_AsUTF8(v);
		if (key && word)
			postern_fail_field(call, key, word);
	}
	return r;
}

/* As exit() in a function of C, but for what Python would do at its end: the worker is not the
 * interpreter's owner. */
static _Noreturn void leave(long status)
{
	(void)fflush(NULL);
	_exit((int)(status & 0xff));
}

static int ended(struct postern_invocation *call, PyObject *outcome)
{
	PyObject *details;
	const char *text;
	int how;

	if (!PyArg_ParseTuple(outcome, "iO", &how, &details))
		return -EPROTO;
	switch (how) {
	case ENDED_RETURN:
		return result_give(call, details);
	case ENDED_FAILED:
		return failure_give(call, details);
	case ENDED_EXIT:
		leave(PyLong_AsLong(details));
	case ENDED_MISTAKE:
	default:
		text = PyUnicode_AsUTF8(details);
		return postern_host_mistake(call, text ? text : "its result");
	}
}

/* The Python half itself failed, most likely for want of memory. Its exception's text is not told:
 * it could hold a value. */
static int broken(struct postern_invocation *call)
{
	int code = PyErr_ExceptionMatches(PyExc_MemoryError) ? ENOMEM : EPROTO;

	PyErr_Clear();
	return postern_fail(call, code, "%s", postern_host_entrypoint(call));
}

static PyObject *run(const struct postern_invocation *call)
{
	PyObject *arguments = arguments_of(call), *outcome;

	if (!arguments)
		return NULL;
	outcome = PyObject_CallFunction(state.run, "sO(iiO)", postern_host_entrypoint(call),
					arguments, postern_host_level(call),
					postern_host_journal(call),
					postern_host_secret(call) ? Py_True : Py_False);
	Py_DECREF(arguments);
	return outcome;
}

int call_python(struct postern_invocation *call)
{
	PyObject *outcome;
	int r;

	interpreter_enter();
	state.call = call;
	outcome = run(call);
	r = outcome ? ended(call, outcome) : -EPROTO;
	if (PyErr_Occurred())
		r = broken(call);
	Py_XDECREF(outcome);
	state.call = NULL;
	interpreter_leave();
	return r;
}
