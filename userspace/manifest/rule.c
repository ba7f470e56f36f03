/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables of a rule: its path, its rights, ioctl commands and kind of device. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/nearest.h"
#include "manifest/rule.h"
#include "manifest/rule_path.h"
#include "manifest/values.h"

static const struct word right_words[] = {
	{.word = "read", .value = MANIFEST_READ},
	{.word = "write", .value = MANIFEST_WRITE},
	{.word = "append", .value = MANIFEST_APPEND},
	{.word = "create", .value = MANIFEST_CREATE},
	{.word = "delete", .value = MANIFEST_DELETE},
	{.word = "list", .value = MANIFEST_LIST},
	{.word = "execute", .value = MANIFEST_EXECUTE},
	{.word = "metadata", .value = MANIFEST_METADATA},
	{.word = "link", .value = MANIFEST_LINK},
	{.word = "connect", .value = MANIFEST_CONNECT},
	{.word = "ioctl", .value = MANIFEST_IOCTL},
	{.word = "lock", .value = MANIFEST_LOCK},
};

_Static_assert(ARRAY_SIZE(right_words) == MANIFEST_RIGHTS, "one word for each right");

const char *manifest_right_name(enum manifest_right right)
{
	return right_words[right].word;
}

static void take_right(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	const struct word *word = word_find(s, v->text);
	struct manifest_path *rule = field;

	if (!word) {
		word_problem(r, s, v);
		return;
	}
	if (rule->rights & (UINT32_C(1) << word->value))
		problem(r, v->place, text_make("the right \"%s\" is listed twice", word->word),
			text_make("remove one"));
	rule->rights |= UINT32_C(1) << word->value;
}

/* "0x1261" or "4705", whole. */
static bool command_number(const char *text, uint32_t *ret)
{
	bool hex = strncmp(text, "0x", 2) == 0;
	const char *digits = hex ? text + 2 : text;
	unsigned long long value;
	char *end;

	if (strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits) ||
	    !*digits || strlen(digits) > 10 || (!hex && digits[0] == '0'))
		return false;
	value = strtoull(digits, &end, hex ? 16 : 10);
	if (*end || value == 0 || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static bool command_name(struct reader *r, const struct scalar *v, uint32_t *ret)
{
	struct nearest n = {.text = v->text, .len = v->len};

	for (const struct ioctl_name *known = ioctl_names; known->name; known++) {
		if (strcmp(known->name, v->text) == 0) {
			*ret = known->command;
			return true;
		}
		nearest_offer(&n, known->name);
	}
	problem(r, v->place,
		text_make("%s is not an ioctl command that is known by name",
			  QUOTE(v->text, v->len)),
		n.best ? text_make("did you mean \"%s\"?", n.best)
		       : text_make("write its number, such as 0x1261"));
	return false;
}

static void take_command(struct reader *r, const struct shape *s, const struct scalar *v,
			 void *field)
{
	struct manifest_path *rule = field;
	uint32_t command = 0, *grown;

	(void)s;
	/* One that is wrong is kept as 0, so that the list does not count as empty. */
	if (!command_number(v->text, &command))
		(void)command_name(r, v, &command);
	for (size_t i = 0; command && i < rule->ioctls_len; i++) {
		if (rule->ioctls[i] != command)
			continue;
		problem(r, v->place,
			text_make("the ioctl command %s (0x%x) is listed twice",
				  QUOTE(v->text, v->len), command),
			text_make("remove one"));
		return;
	}
	grown = reallocarray(rule->ioctls, rule->ioctls_len + 1, sizeof(*grown));
	if (!grown) {
		r->no_memory = true;
		return;
	}
	rule->ioctls = grown;
	grown[rule->ioctls_len++] = command;
}

static const struct word device_words[] = {
	{.word = "char", .value = MANIFEST_DEVICE_CHAR},
	{.word = "block", .value = MANIFEST_DEVICE_BLOCK},
};

static void take_device(struct reader *r, const struct shape *s, const struct scalar *v,
			void *field)
{
	struct manifest_path *rule = field;

	take_word(r, s, v, &rule->device.kind);
}

static void driver_take(struct reader *r, enum manifest_device_kind kind, const struct scalar *v,
			struct manifest_path *rule)
{
	bool good = v->len > 0;

	for (size_t i = 0; i < v->len; i++)
		good &= v->text[i] > ' ' && v->text[i] < 0x7f;
	if (!good)
		problem(r, v->place, text_make("%s is no driver's name", QUOTE(v->text, v->len)),
			text_make("write it as in /proc/devices, such as device-mapper"));
	else if (rule->device.kind != MANIFEST_DEVICE_ANY)
		problem(r, v->place, text_make("\"device\" names two kinds of device"),
			text_make("a path has one: write char or block"));
	rule->device.kind = kind;
	text_store(r, &rule->device.driver, v->text, v->len);
}

static void take_char_driver(struct reader *r, const struct shape *s, const struct scalar *v,
			     void *field)
{
	(void)s;
	driver_take(r, MANIFEST_DEVICE_CHAR, v, field);
}

static void take_block_driver(struct reader *r, const struct shape *s, const struct scalar *v,
			      void *field)
{
	(void)s;
	driver_take(r, MANIFEST_DEVICE_BLOCK, v, field);
}

#define DRIVER_SHAPE(name_, take_, example_)                                                       \
	static const struct shape name_ = {                                                        \
		.form = FORM_SCALAR,                                                               \
		.look = LOOK_STRING,                                                               \
		.pattern = "^[!-~]+$",                                                             \
		.wants = "a driver's name as in /proc/devices",                                    \
		.example = (example_),                                                             \
		.take = (take_),                                                                   \
		.text_max = MANIFEST_DRIVER_MAX,                                                   \
	}

DRIVER_SHAPE(char_driver_shape, take_char_driver, "misc");
DRIVER_SHAPE(block_driver_shape, take_block_driver, "device-mapper");

static const struct key device_keys[] = {
	{"char", &char_driver_shape, 0, .doc = "A character device of that driver."},
	{"block", &block_driver_shape, 0, .doc = "A block device of that driver."},
};

/* A word, or the word with a driver's name behind it. */
static const struct shape device_shape = {
	.form = FORM_SCALAR_OR_KEYED,
	.look = LOOK_STRING,
	.wants = "char, block, or {block: DRIVER}",
	.example = "block",
	.take = take_device,
	.words = device_words,
	.words_len = ARRAY_SIZE(device_words),
	.keys = device_keys,
	.keys_len = ARRAY_SIZE(device_keys),
	.least = 1,
};

static const struct shape command_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_TEXT_OR_N,
	.pattern = "^([A-Z][A-Z0-9_]*|0x[0-9a-fA-F]{1,8})$",
	.wants = "an ioctl command's name or number",
	.example = "BLKFLSBUF",
	.take = take_command,
	.minimum = 1,
	.maximum = UINT32_MAX,
};

static const struct shape commands_shape = {
	.form = FORM_LIST,
	.wants = "a list of ioctl commands",
	.example = "[BLKFLSBUF]",
	.element = &command_shape,
	.least = 1,
	.most = MANIFEST_IOCTLS_MAX,
};

static const struct shape right_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.wants = "a right",
	.example = "read",
	.take = take_right,
	.words = right_words,
	.words_len = ARRAY_SIZE(right_words),
};

static const struct shape allow_shape = {
	.form = FORM_LIST,
	.wants = "a list of rights",
	.example = "[read]",
	.element = &right_shape,
	.least = 1,
	.most = MANIFEST_RIGHTS,
};

static const struct key rights_keys[] = {
	{"allow", &allow_shape, 0, .required = true, .doc = "The rights."},
	{"ioctl", &commands_shape, 0,
	 .doc = "The commands that the right ioctl stands for, by name or number."},
	{"device", &device_shape, 0,
	 .doc = "The rights count on such a device node only: char or block, or {block: DRIVER} "
		"with the driver's name as in /proc/devices."},
};

const struct shape rights_shape = {
	.form = FORM_LIST_OR_KEYED,
	.name = "rights",
	.wants = "a list of rights, or a mapping with the key \"allow\"",
	.example = "[read]",
	.element = &right_shape,
	.least = 1,
	.most = MANIFEST_RIGHTS,
	.keys = rights_keys,
	.keys_len = ARRAY_SIZE(rights_keys),
};

const struct shape rule_path_shape = {
	.form = FORM_SCALAR,
	.look = LOOK_STRING,
	.pattern = RULE_PATH_PATTERN,
	.wants = "an absolute path",
	.example = "/etc/motd",
	.text_max = PATH_MAX - 1,
};

/* What no rule can be tied to, because it is another place for every process that looks. */
static void moving_check(struct reader *r, const struct scalar *name)
{
	static const char *const moving[] = {"/proc/self/", "/proc/thread-self/", "/proc/net/",
					     "/proc/mounts/"};
	cleanup_free char *path = text_make("%s/", name->text);

	for (size_t i = 0; path && i < ARRAY_SIZE(moving); i++)
		if (strncmp(path, moving[i], strlen(moving[i])) == 0)
			problem(r, name->place,
				text_make("the path %s is another place for each process",
					  QUOTE(name->text, name->len)),
				text_make("write /proc/*/...: a context's /proc holds its own "
					  "processes only"));
}

/* /sys/class/NAME/... is found by a pattern with a gap, below which a subtree cannot be told. */
static void class_subtree_check(struct reader *r, const struct scalar *name, bool subtree)
{
	size_t literal = rule_path_literal(name->text);

	if (!subtree || literal == strlen(name->text) ||
	    (strncmp(name->text, "/sys/class/", strlen("/sys/class/")) != 0 &&
	     strncmp(name->text, "/sys/block/", strlen("/sys/block/")) != 0))
		return;
	problem(r, name->place,
		text_make("the path %s covers all below a pattern in /sys/class",
			  QUOTE(name->text, name->len)),
		text_make("name the files that are needed, each by itself"));
}

void *rule_add(struct reader *r, const struct scalar *name, struct manifest_path **rules,
	       size_t *len)
{
	struct manifest_path *rule = array_add(r, rules, len, sizeof(*rule));
	size_t path_len;

	if (!rule)
		return NULL;
	rule->place = name->place;
	if (rule_path_check(r, name, &path_len, &rule->subtree)) {
		text_store(r, &rule->path, name->text, path_len);
		moving_check(r, name);
		class_subtree_check(r, name, rule->subtree);
	}
	return rule;
}

void rule_done(struct reader *r, const struct manifest_path *rule)
{
	bool ioctl = rule->rights & UINT32_C(1) << MANIFEST_IOCTL;
	const char *path = rule->path ? rule->path : "";

	if (ioctl && rule->ioctls_len == 0)
		problem(r, rule->place,
			text_make("the right ioctl of %s lacks its commands",
				  QUOTE(path, strlen(path))),
			text_make("write {allow: [ioctl], ioctl: [COMMAND]}, by name or number"));
	else if (!ioctl && rule->ioctls_len > 0)
		problem(r, rule->place,
			text_make("%s lists ioctl commands without the right ioctl",
				  QUOTE(path, strlen(path))),
			text_make("add ioctl to \"allow\", or remove the list"));
}

static void rule_clear(struct manifest_path *rule)
{
	free(rule->path);
	free(rule->ioctls);
	free(rule->device.driver);
}

void rules_free(struct manifest_path *rules, size_t len)
{
	for (size_t i = 0; i < len; i++)
		rule_clear(&rules[i]);
	free(rules);
}

int rule_copy(const struct manifest_path *from, struct manifest_path *ret)
{
	*ret = *from;
	ret->path = strdup(from->path);
	ret->ioctls = NULL;
	ret->device.driver = NULL;
	if (from->ioctls_len > 0) {
		ret->ioctls = calloc(from->ioctls_len, sizeof(*ret->ioctls));
		if (ret->ioctls)
			memcpy(ret->ioctls, from->ioctls, from->ioctls_len * sizeof(*ret->ioctls));
	}
	if (from->device.driver)
		ret->device.driver = strdup(from->device.driver);
	return ret->path && (ret->ioctls || !from->ioctls_len) &&
			       (ret->device.driver || !from->device.driver)
		       ? 0
		       : -ENOMEM;
}
