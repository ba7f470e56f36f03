/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables of keys: everything that a manifest can say, level by level. */
#include "base/units.h"
#include "manifest/argument_read.h"
#include "manifest/draft.h"
#include "manifest/entrypoint.h"
#include "manifest/values.h"

#define CONTEXT(field) offsetof(struct draft, manifest.field)
#define DRAFT(field)   offsetof(struct draft, field)

static const struct shape name_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = NAME_PATTERN,
	.wants = "a name",
	.example = "motd",
	.take = take_name,
	.text_max = MANIFEST_NAME_MAX,
};

const struct shape description_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_TEXT,
	.wants = "text",
	.example = "What it is for",
	.take = take_text,
	.text_max = 4096,
};

static const struct shape module_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = MODULE_PATTERN,
	.wants = "a shared object's name or path",
	.example = "motd.so",
	.take = take_module,
};

static const struct shape python_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = PYTHON_MODULE_PATTERN,
	.wants = "a Python file's name or path",
	.example = "motd.py",
	.take = take_python,
};

static const struct shape user_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_TEXT_OR_N,
	.pattern = "^[^:,/]+$",
	.wants = "a user's name or number",
	.example = "root",
	.take = take_user,
	.maximum = UINT32_MAX - 1,
};

static const struct shape group_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_TEXT_OR_N,
	.pattern = "^[^:,/]+$",
	.wants = "a group's name or number",
	.example = "root",
	.take = take_group,
	.maximum = UINT32_MAX - 1,
};

/* Ids that are mapped: at least one where the key is written. */
static const struct shape users_shape = {
	.form = FORM_LIST,
	.wants = "a list of users",
	.example = "[root]",
	.element = &user_shape,
	.least = 1,
	.most = MANIFEST_IDS_MAX,
};

static const struct shape groups_shape = {
	.form = FORM_LIST,
	.wants = "a list of groups",
	.example = "[root]",
	.element = &group_shape,
	.least = 1,
	.most = MANIFEST_IDS_MAX,
};

static const struct key ids_keys[] = {
	{"users", &users_shape, DRAFT(users),
	 .doc = "Users that exist inside the context, by name or number."},
	{"groups", &groups_shape, DRAFT(groups),
	 .doc = "Groups that exist inside the context, by name or number."},
};

static const struct shape ids_shape = {
	.form = FORM_KEYED,
	.wants = "a mapping",
	.example = "{users: [root], groups: [root]}",
	.keys = ids_keys,
	.keys_len = ARRAY_SIZE(ids_keys),
};

static const struct shape capability_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_CAPABILITY,
	.wants = "a capability",
	.example = "CAP_NET_ADMIN",
	.take = take_capability,
};

const struct shape capabilities_shape = {
	.form = FORM_LIST,
	.wants = "a list of capabilities",
	.example = "[CAP_NET_ADMIN]",
	.element = &capability_shape,
	.most = CAPABILITIES_MAX,
};

static const struct word user_namespace_words[] = {
	{.word = "own", .value = MANIFEST_USER_OWN},
	{.word = "host", .value = MANIFEST_USER_HOST},
};

static const struct shape user_namespace_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "own or host",
	.example = "own",
	.take = take_word,
	.words = user_namespace_words,
	.words_len = ARRAY_SIZE(user_namespace_words),
};

static const struct word network_words[] = {
	{.word = "own", .value = MANIFEST_NETWORK_OWN},
	{.word = "host", .value = MANIFEST_NETWORK_HOST},
};

static const struct shape network_shape = {
	.form = FORM_SCALAR_OR_KEYED,
	.look = LOOK_STRING,
	.wants = "own, host, an absolute path or a mapping",
	.example = "own",
	.take = take_network,
	.words = network_words,
	.words_len = ARRAY_SIZE(network_words),
	.pattern = PATH_PATTERN,
	.keys = network_keys,
	.keys_len = NETWORK_KEYS,
	.whole = true,
};

static const struct key namespaces_keys[] = {
	{"user", &user_namespace_shape, CONTEXT(user_namespace), .otherwise = "own",
	 .doc = "own: a user namespace that holds the listed ids only. host: the initial one."},
	{"network", &network_shape, 0, .otherwise = "own",
	 .doc = "own: an empty network namespace. host: the host's. A path: the one pinned there. "
		"A mapping: one with a name."},
};

static const struct shape namespaces_shape = {
	.form = FORM_KEYED,
	.wants = "a mapping",
	.example = "{user: own, network: own}",
	.keys = namespaces_keys,
	.keys_len = ARRAY_SIZE(namespaces_keys),
};

static const struct shape caller_users_shape = {
	.form = FORM_LIST,
	.wants = "a list of users",
	.example = "[alice]",
	.element = &user_shape,
	.most = MANIFEST_IDS_MAX,
};

static const struct shape caller_groups_shape = {
	.form = FORM_LIST,
	.wants = "a list of groups",
	.example = "[adm]",
	.element = &group_shape,
	.most = MANIFEST_IDS_MAX,
};

static const struct key callers_keys[] = {
	{"users", &caller_users_shape, DRAFT(caller_users),
	 .doc = "Users who may call, by name or number."},
	{"groups", &caller_groups_shape, DRAFT(caller_groups),
	 .doc = "Groups whose members may call, by name or number."},
};

static const struct shape callers_shape = {
	.form = FORM_KEYED,
	.wants = "a mapping",
	.example = "{users: [alice]}",
	.least = 1,
	.keys = callers_keys,
	.keys_len = ARRAY_SIZE(callers_keys),
};

#define COUNT_SHAPE(name_, take_, low, high)                                                       \
	static const struct shape name_ = {                                                        \
		.form = FORM_SCALAR,                                                               \
		.look = LOOK_INTEGER,                                                              \
		.wants = "a whole number",                                                         \
		.example = "256",                                                                  \
		.take = (take_),                                                                   \
		.minimum = (low),                                                                  \
		.maximum = (high),                                                                 \
	}

/* Below 16 a worker cannot start; 1048576 is the kernel's default fs.nr_open. */
COUNT_SHAPE(open_files_shape, take_u64, 16, 1048576);
COUNT_SHAPE(processes_shape, take_u64, 1, 65536);
COUNT_SHAPE(connections_shape, take_unsigned, 1, 65536);

#define SIZE_SHAPE(name_, low)                                                                     \
	static const struct shape name_ = {                                                        \
		.form = FORM_SCALAR,                                                               \
		.look = LOOK_TEXT_OR_N,                                                            \
		.pattern = UNITS_SIZE_PATTERN,                                                     \
		.wants = "a size",                                                                 \
		.example = "1 GiB",                                                                \
		.take = take_size,                                                                 \
		.minimum = (low),                                                                  \
		.maximum = INT64_C(1) << 60,                                                       \
	}

/* Less address space than 16 MiB does not hold the worker's own libraries. */
SIZE_SHAPE(memory_shape, INT64_C(16) << 20);
SIZE_SHAPE(file_size_shape, 0);

static const struct key limits_keys[] = {
	{"open_files", &open_files_shape, CONTEXT(limits.open_files), .otherwise = "256",
	 .doc = "Open files of each worker."},
	{"processes", &processes_shape, CONTEXT(limits.processes), .otherwise = "64",
	 .doc = "Processes of one worker, with all that it starts; with isolation: call, of each "
		"call."},
	{"memory", &memory_shape, CONTEXT(limits.memory), .otherwise = "1 GiB",
	 .doc = "Address space of each process."},
	{"file_size", &file_size_shape, CONTEXT(limits.file_size), .otherwise = "1 GiB",
	 .doc = "Size of any file that is written."},
	{"connections", &connections_shape, CONTEXT(limits.connections), .otherwise = "512",
	 .doc = "Client connections at one time."},
	{"connections_per_caller", &connections_shape, CONTEXT(limits.connections_per_caller),
	 .otherwise = "256", .doc = "Client connections of one user at one time."},
};

static const struct shape limits_shape = {
	.form = FORM_KEYED,
	.wants = "a mapping",
	.example = "{open_files: 256}",
	.keys = limits_keys,
	.keys_len = ARRAY_SIZE(limits_keys),
};

static const struct word log_words[] = {
	{.word = "error", .value = MANIFEST_LOG_ERROR},
	{.word = "warning", .value = MANIFEST_LOG_WARNING},
	{.word = "notice", .value = MANIFEST_LOG_NOTICE},
	{.word = "info", .value = MANIFEST_LOG_INFO},
	{.word = "debug", .value = MANIFEST_LOG_DEBUG},
};

static const struct shape log_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "error, warning, notice, info or debug",
	.example = "info",
	.take = take_word,
	.words = log_words,
	.words_len = ARRAY_SIZE(log_words),
};

static const struct word ends_words[] = {
	{.word = "with-posternd", .value = MANIFEST_ENDS_WITH_POSTERND},
	{.word = "with-last-connection", .value = MANIFEST_ENDS_WITH_LAST_CONNECTION},
};

static const struct shape ends_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "with-posternd or with-last-connection",
	.example = "with-last-connection",
	.take = take_word,
	.words = ends_words,
	.words_len = ARRAY_SIZE(ends_words),
};

static const struct shape guard_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_BOOLEAN,
	.wants = "true or false",
	.example = "true",
	.take = take_boolean,
};

const struct key context_keys[] = {
	{"context", &name_shape, CONTEXT(name), .required = true, .doc = "The context's name."},
	{"description", &description_shape, CONTEXT(description),
	 .doc = "What the context is for, for people."},
	{"module", &module_shape, CONTEXT(module),
	 .doc = "The shared object that holds the entrypoint functions."},
	{"python", &python_shape, CONTEXT(module),
	 .doc = "The Python file that holds the entrypoint functions, in place of `module`."},
	{"user", &user_shape, DRAFT(user),
	 .doc = "The user that workers run as. Default: the first of ids.users."},
	{"group", &group_shape, DRAFT(group),
	 .doc = "The group that workers run as. Default: the first of ids.groups."},
	{"ids", &ids_shape, 0,
	 .doc = "The ids that exist inside the context, mapped to themselves."},
	{"capabilities", &capabilities_shape, DRAFT(capabilities),
	 .doc = "The capabilities that workers hold. Default: none."},
	{"namespaces", &namespaces_shape, 0, .doc = "The namespaces that workers run in."},
	{"callers", &callers_shape, 0, .required = true, .doc = "Who may call."},
	{"limits", &limits_shape, 0, .doc = "Bounds on what workers use."},
	{"idle", &idle_shape, CONTEXT(idle_ns),
	 .doc = "How long nobody may call before the helper ends; the next call starts it again. "
		"Default: it stays."},
	{"ends", &ends_shape, CONTEXT(ends), .otherwise = "with-posternd",
	 .doc = "with-last-connection: the helper ends, with all its state, when no client has a "
		"connection, and the next one begins afresh.",
	 .place = DRAFT(ends_place)},
	{"log", &log_shape, CONTEXT(log), .otherwise = "info",
	 .doc = "The least important lines that functions log to the journal."},
	{"guard_metadata", &guard_shape, CONTEXT(guard_metadata), .otherwise = "false",
	 .doc = "Decides as well what files look like: stat, readlink and extended attributes of "
		"what no rule covers are denied."},
	{"entrypoints", &entrypoints_shape, 0, .required = true,
	 .doc = "The functions that can be called."},
};

const size_t context_keys_len = ARRAY_SIZE(context_keys);

const struct shape context_shape = {
	.form = FORM_KEYED,
	.wants = "a mapping",
	.example = "motd",
	.keys = context_keys,
	.keys_len = ARRAY_SIZE(context_keys),
};
