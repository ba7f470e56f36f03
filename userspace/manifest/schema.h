/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The JSON Schema of a manifest, made from the tables that manifests are read by. */
#ifndef POSTERN_MANIFEST_SCHEMA_H
#define POSTERN_MANIFEST_SCHEMA_H

#include <stdio.h>

#include "manifest/json.h"
#include "manifest/reader.h"

/* Writes a complete JSON Schema (draft 2020-12) for editors. Returns 0, or a negative errno when
 * writing failed. */
int manifest_schema_print(FILE *to);

/* Writes what a mapping with the keys of a shape looks like. */
void schema_keyed_write(struct json *j, const struct shape *s);

#endif
