/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables that a manifest is read by, and the walk over a YAML document that follows them.
 *
 * A shape says what a value looks like and how it is taken; a key ties a name in a mapping to a
 * shape and to a field of a C structure. Reading, suggestions, defaults and the JSON Schema are all
 * made from the same tables (keys.c, argument.c), so they cannot drift apart. Internal to
 * userspace/manifest.
 */
#ifndef POSTERN_MANIFEST_READER_H
#define POSTERN_MANIFEST_READER_H

#include <yaml.h>

#include "manifest/manifest.h"
#include "manifest/problems.h"

struct reader {
	yaml_document_t *document;
	struct manifest_problems *problems;
	bool *seen; /* per node: read already; only an alias leads to a node twice */
	size_t seen_len;
	bool no_memory;
	unsigned flags; /* enum manifest_read_flags */
};

/* One scalar of the file, or a default from a table (then place.line is 0). */
struct scalar {
	const char *text; /* ends in NUL and holds no other */
	size_t len;
	struct manifest_place place;
	const char *label; /* the key that it is the value of, for messages */
	bool plain;	   /* not quoted, not a block scalar */
};

enum form {
	FORM_SCALAR,
	FORM_LIST,	      /* a sequence of `element` */
	FORM_KEYED,	      /* a mapping with the keys of `keys` */
	FORM_NAMED,	      /* a mapping from names that the author chooses to `element` */
	FORM_NETLINK,	      /* messages and groups (netlink_read.c) */
	FORM_ARGUMENT,	      /* an argument's type: a word, or a mapping (argument.c) */
	FORM_LIST_OR_KEYED,   /* a sequence of `element`, or a mapping with the keys of `keys` */
	FORM_SCALAR_OR_KEYED, /* a scalar, or a mapping with one of the keys of `keys`; with
				 `whole`, as FORM_KEYED */
	FORM_LIST_OR_NAMED,   /* a sequence of `names`, or a mapping from them to `element`; a list
				 counts as a mapping of which no value says anything */
};

/* How a scalar looks to a JSON parser, for the schema. */
enum look {
	LOOK_TEXT,	 /* any text; a YAML parser may take it for a number or boolean */
	LOOK_STRING,	 /* text that is a string to every YAML parser */
	LOOK_BOOLEAN,	 /* true or false */
	LOOK_INTEGER,	 /* minimum..maximum */
	LOOK_TEXT_OR_N,	 /* a pattern, or a number minimum..maximum */
	LOOK_CAPABILITY, /* a capability that workers may hold */
	LOOK_TYPE,	 /* an argument type that fits the role */
};

/* The roles that one argument's table serves. */
enum role {
	ROLE_ARGUMENT = 1 << 0,
	ROLE_RESULT = 1 << 1,
	ROLE_ELEMENT = 1 << 2, /* of an argument's list */
	ROLE_RESULT_ELEMENT = 1 << 3,
	ROLE_FIELD = 1 << 4, /* of an argument's record, or of a list of them */
	ROLE_RESULT_FIELD = 1 << 5,
	ROLE_FIELD_ELEMENT = 1 << 6, /* of a list that is a field */
	ROLE_ELEMENTS = ROLE_ELEMENT | ROLE_RESULT_ELEMENT | ROLE_FIELD_ELEMENT,
	ROLE_FIELDS = ROLE_FIELD | ROLE_RESULT_FIELD,
	ROLE_ANY = ROLE_ARGUMENT | ROLE_RESULT | ROLE_ELEMENTS | ROLE_FIELDS,
};

/* A word of a closed list, and the value that it stands for. */
struct word {
	const char *word;
	unsigned value;
	const char *refused; /* a reserved word: the reason why it is refused */
	unsigned not_for;    /* enum role bits in which the word has no meaning */
};

struct key;
struct shape;

typedef void (*take_fn)(struct reader *r, const struct shape *s, const struct scalar *v,
			void *field);

struct shape {
	enum form form;
	const char *wants;   /* "a list of users": completes "KEY wants ..." */
	const char *example; /* what would be right, as it would be written */

	/* FORM_SCALAR: puts the value into the field, or adds it to the field when the scalar is a
	 * list's item; says problems itself. */
	take_fn take;
	enum look look;
	const struct word *words; /* a closed list; with `pattern` either will do */
	size_t words_len;
	const char *pattern; /* for the schema: an ECMA regular expression */
	const char *name;    /* of a shared definition in the schema; NULL: written in place */
	int64_t minimum, maximum;
	size_t text_max; /* bytes; 0: not bounded by itself */

	const struct shape *element;
	size_t least, most; /* items, names or (least, in the schema only) keys */

	/* FORM_NAMED: makes room for the value of one name and returns it; NULL without memory.
	 * `done` (may be NULL) looks at the value once it has been read. */
	const struct shape *names;
	void *(*add)(struct reader *r, const struct scalar *name, void *field);
	void (*done)(struct reader *r, const struct scalar *name, void *field);

	const struct key *keys;
	size_t keys_len;
	bool may_be_empty; /* FORM_KEYED: no value at all stands for an empty mapping */
	bool whole;	   /* FORM_SCALAR_OR_KEYED: the mapping's keys are no choice */
	enum role role;	   /* FORM_ARGUMENT; and for words with `not_for` */
};

struct key {
	const char *name;
	const struct shape *shape;
	size_t offset; /* of the field in the structure that the mapping fills */
	bool required;
	const char *otherwise; /* the default as it would be written; read through the shape */
	const char *doc;       /* one sentence, for the schema */
	uint32_t types;	       /* argument keys: 1u << enum argument_type that take it; 0: any */
	unsigned roles;	       /* argument keys: enum role bits that take it; 0: any */
	size_t place;	       /* of a struct manifest_place for the key itself; 0: none */
};

/* Which rows of a key table hold. types 0: none is known, so only names are checked. */
struct filter {
	uint32_t types;
	unsigned role;
};

#define TYPE_BIT(type) (UINT32_C(1) << (type))
#define FILTER_ALL     ((struct filter){.types = UINT32_MAX, .role = ROLE_ANY})

/* Reads one document: checks the bytes, composes it, and gives its root to `read`, which says
 * problems itself. r: problems and flags are set. Returns 0 (with or without problems) or -ENOMEM.
 */
typedef void (*reader_fn)(struct reader *r, const yaml_node_t *root, void *target);
int reader_read(struct reader *r, const char *data, size_t len, reader_fn read, void *target);

/* Adds a finding; takes both texts over. */
void problem(struct reader *r, struct manifest_place place, char *what, char *instead);

/* Copies text into *field, freeing what was there; without memory the reader's flag is set. */
void text_store(struct reader *r, char **field, const char *text, size_t len);

/* Makes room for one more zeroed item in an array of *len items of that size, and returns it; NULL
 * without memory. array: a pointer to the array's pointer. */
void *array_add(struct reader *r, void *array, size_t *len, size_t size);

/* The place where a node starts. */
struct manifest_place node_place(const yaml_node_t *node);

/* The node as a scalar; false when it is none. */
bool node_scalar(const yaml_node_t *node, const char *label, struct scalar *ret);

/* A scalar that stands for no value: empty, ~ or null, unquoted. */
bool scalar_is_null(const struct scalar *v);

/* The node of a value that is about to be read; NULL when it was read before, by way of an alias,
 * which is reported already. */
const yaml_node_t *node_enter(struct reader *r, int index);

/* A node by its index, which the document gave. */
yaml_node_t *node_at(struct reader *r, int index);

/* The key of a pair as a scalar. Says what is wrong with it otherwise: it is none, or a pair before
 * it has it already. `what` names the mapping. */
bool pair_name(struct reader *r, const yaml_node_t *node, const yaml_node_pair_t *pair,
	       const char *what, struct scalar *ret);

/* Says so when a mapping has more than `most` keys. */
bool mapping_is_too_long(struct reader *r, const char *what, size_t most, const yaml_node_t *node);

/* Finds a key in a mapping. Returns the value's node index, 0 when there is none. */
int mapping_find(struct reader *r, const yaml_node_t *node, const char *name);

/* Sets the fields of all keys that have a default, also in mappings below. */
void mapping_defaults(struct reader *r, const struct key *keys, size_t len, struct filter filter,
		      void *target);

/* Reads a mapping by a table of keys. `what` names the mapping in messages. */
void mapping_read(struct reader *r, const struct key *keys, size_t len, struct filter filter,
		  const char *what, const yaml_node_t *node, void *target);

/* Reads one value by its shape into the field. index: of the node in the document. */
void value_read(struct reader *r, const struct shape *s, const char *label, int index, void *field);

#endif
