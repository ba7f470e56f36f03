/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of calls as Python's objects, and back. */
#include "python_host/python.h"

#include <errno.h>
#include <stdlib.h>

static PyObject *list_to_python(const struct postern_value *v)
{
	PyObject *list = PyList_New((Py_ssize_t)v->list.len);

	for (size_t i = 0; list && i < v->list.len; i++) {
		PyObject *item = value_to_python(&v->list.items[i]);

		if (item)
			PyList_SET_ITEM(list, (Py_ssize_t)i, item);
		else
			Py_CLEAR(list);
	}
	return list;
}

static PyObject *record_to_python(const struct postern_value *v)
{
	PyObject *map = PyDict_New();

	for (size_t i = 0; map && i + 1 < v->list.len; i += 2) {
		PyObject *key = value_to_python(&v->list.items[i]);
		PyObject *value = key ? value_to_python(&v->list.items[i + 1]) : NULL;

		if (!value || PyDict_SetItem(map, key, value) < 0)
			Py_CLEAR(map);
		Py_XDECREF(key);
		Py_XDECREF(value);
	}
	return map;
}

PyObject *value_to_python(const struct postern_value *v)
{
	switch (v->kind) {
	case POSTERN_KIND_BOOLEAN:
		return PyBool_FromLong(v->boolean);
	case POSTERN_KIND_INTEGER:
	case POSTERN_KIND_FD: /* its number: the call's, as of a function of C */
		return PyLong_FromLongLong(v->integer);
	case POSTERN_KIND_STRING:
		return PyUnicode_FromStringAndSize(v->text.data, (Py_ssize_t)v->text.len);
	case POSTERN_KIND_BYTES:
		return PyBytes_FromStringAndSize(v->text.data, (Py_ssize_t)v->text.len);
	case POSTERN_KIND_LIST:
		return list_to_python(v);
	case POSTERN_KIND_RECORD:
		return record_to_python(v);
	case POSTERN_KIND_NIL:
	default:
		return Py_NewRef(Py_None);
	}
}

static int integer_from_python(PyObject *object, struct postern_value *ret)
{
	int beyond = 0;
	long long value = PyLong_AsLongLongAndOverflow(object, &beyond);

	if (beyond || (value == -1 && PyErr_Occurred())) {
		PyErr_Clear();
		return -EINVAL;
	}
	ret->kind = POSTERN_KIND_INTEGER;
	ret->integer = value;
	return 0;
}

static int text_from_python(PyObject *object, struct postern_value *ret)
{
	Py_ssize_t len = 0;
	const char *text = PyUnicode_AsUTF8AndSize(object, &len);

	if (!text) { /* surrogates */
		PyErr_Clear();
		return -EINVAL;
	}
	ret->kind = POSTERN_KIND_STRING;
	ret->text.data = text;
	ret->text.len = (size_t)len;
	return 0;
}

static struct postern_value *items_new(struct postern_value *ret, Py_ssize_t len,
				       enum postern_kind kind)
{
	struct postern_value *items = calloc((size_t)len + 1, sizeof(*items));

	if (!items)
		return NULL;
	ret->kind = kind;
	ret->list.items = items;
	ret->list.len = (size_t)len;
	return items;
}

static int list_from_python(PyObject *object, struct postern_value *ret)
{
	Py_ssize_t len = PyList_GET_SIZE(object);
	struct postern_value *items = items_new(ret, len, POSTERN_KIND_LIST);
	int r = items ? 0 : -ENOMEM;

	for (Py_ssize_t i = 0; r == 0 && i < len; i++)
		r = value_from_python(PyList_GET_ITEM(object, i), &items[i]);
	return r;
}

static int record_from_python(PyObject *object, struct postern_value *ret)
{
	struct postern_value *items =
		items_new(ret, 2 * PyDict_GET_SIZE(object), POSTERN_KIND_RECORD);
	int r = items ? 0 : -ENOMEM;
	PyObject *key, *value;
	Py_ssize_t at = 0;

	for (size_t i = 0; r == 0 && PyDict_Next(object, &at, &key, &value); i += 2) {
		r = value_from_python(key, &items[i]);
		if (r == 0)
			r = value_from_python(value, &items[i + 1]);
	}
	return r;
}

int value_from_python(PyObject *object, struct postern_value *ret)
{
	*ret = (struct postern_value){.kind = POSTERN_KIND_NIL};
	if (object == Py_None)
		return 0;
	if (PyBool_Check(object)) {
		ret->kind = POSTERN_KIND_BOOLEAN;
		ret->boolean = object == Py_True;
		return 0;
	}
	if (PyLong_Check(object))
		return integer_from_python(object, ret);
	if (PyUnicode_Check(object))
		return text_from_python(object, ret);
	if (PyBytes_Check(object)) {
		ret->kind = POSTERN_KIND_BYTES;
		ret->text.data = PyBytes_AS_STRING(object);
		ret->text.len = (size_t)PyBytes_GET_SIZE(object);
		return 0;
	}
	if (PyList_Check(object))
		return list_from_python(object, ret);
	return PyDict_Check(object) ? record_from_python(object, ret) : -EINVAL;
}

void value_clear(struct postern_value *v)
{
	struct postern_value *items;

	if (v->kind != POSTERN_KIND_LIST && v->kind != POSTERN_KIND_RECORD)
		return;
	items = (struct postern_value *)(uintptr_t)v->list.items;
	for (size_t i = 0; items && i < v->list.len; i++)
		value_clear(&items[i]);
	free(items);
	*v = (struct postern_value){.kind = POSTERN_KIND_NIL};
}
