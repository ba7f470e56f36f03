/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts of the Python host share. Python.h comes before all other headers, as it asks. */
#ifndef POSTERN_PYTHON_HOST_PYTHON_H
#define POSTERN_PYTHON_HOST_PYTHON_H

/* By this path no folder has to be told to the compiler, or to what reads the code. */
#define PY_SSIZE_T_CLEAN
#include <python3.11/Python.h>

#include "helper/host.h"
#include "lib/wire.h"

/* -- values.c */

/* A value that came with a CALL. Returns a new reference, or NULL with an exception set. */
PyObject *value_to_python(const struct postern_value *v);

/*
 * A result. ret borrows from object, which has to outlive it; clear it with value_clear(), also on
 * failure. Returns 0, -EINVAL for an object that has no form on the wire, -ENOMEM.
 */
int value_from_python(PyObject *object, struct postern_value *ret);
void value_clear(struct postern_value *v);

/* -- call.c */

/* The Python half, postern_host.py: a new reference is kept. Returns 0 or -1 with an exception. */
int call_begin(PyObject *host);
/* Of all entrypoints. */
int call_python(struct postern_invocation *call);
/* The module that the Python half calls back, for PyImport_AppendInittab(). */
PyObject *call_module(void);

/* -- load.c: the interpreter, held by one thread at a time, as C holds it between calls. */
void interpreter_enter(void);
void interpreter_leave(void);

#endif
