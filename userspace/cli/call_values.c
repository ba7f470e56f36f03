/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Splitting name=value, reading files, and showing values. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/text.h"
#include "cli/call_values.h"
#include "lib/protocol.h"
#include "manifest/argument.h"

#define JSON_WIDEST 6  /* bytes for one of a value: \u0001 */
#define SHOWN_MAX   40 /* bytes of a value in a message */

static struct call_value *value_find(struct call_values *v, const char *name, size_t len)
{
	for (size_t i = 0; i < v->len; i++)
		if (strlen(v->items[i].name) == len && strncmp(v->items[i].name, name, len) == 0)
			return &v->items[i];
	return NULL;
}

static struct call_value *value_add(struct call_values *v, const char *name, size_t len)
{
	struct call_value *items = reallocarray(v->items, v->len + 1, sizeof(*items));

	if (!items)
		return NULL;
	v->items = items;
	items[v->len] = (struct call_value){.name = strndup(name, len)};
	return items[v->len].name ? &items[v->len++] : NULL;
}

int call_values_split(struct call_values *v, char **words, int len, int *ret_at)
{
	for (int i = 0; i < len; i++) {
		const char *equals = strchr(words[i], '=');
		struct call_value *value;
		const char **texts;
		size_t name_len;

		if (!equals || equals == words[i]) {
			*ret_at = i + 1;
			return -EINVAL;
		}
		name_len = (size_t)(equals - words[i]);
		value = value_find(v, words[i], name_len);
		if (!value)
			value = value_add(v, words[i], name_len);
		if (!value)
			return -ENOMEM;
		texts = reallocarray(value->texts, value->texts_len + 1, sizeof(*texts));
		if (!texts)
			return -ENOMEM;
		value->texts = texts;
		texts[value->texts_len++] = equals + 1;
	}
	return 0;
}

/* most: bytes that it may hold. Its memory is in one place from the beginning, so that no copy of a
 * secret stays behind; what is not read takes none. */
static int file_read(struct call_value *value, const char *file, size_t most, struct error *err)
{
	const bool standard = strcmp(file, "-") == 0;
	cleanup_close int opened = standard ? -EBADF : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const int fd = standard ? STDIN_FILENO : opened;

	if (fd < 0)
		return error_set(err, errno, "%s: %s", value->name, file);
	value->data = malloc(most + 2);
	if (!value->data)
		return error_set(err, -ENOMEM, "%s", value->name);
	while (value->data_len <= most) {
		ssize_t n = read(fd, value->data + value->data_len, most + 1 - value->data_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, errno, "%s: read %s", value->name,
					 standard ? "standard input" : file);
		if (n == 0)
			break;
		value->data_len += (size_t)n;
	}
	value->data[value->data_len] = '\0';
	if (value->data_len <= most)
		return 0;
	(void)error_say(err, -EINVAL, "%s: expected at most %zu bytes, %s has more", value->name,
			most, standard ? "standard input" : file);
	error_hint(err, "the entrypoint's arguments take no more together; the manifest bounds "
			"each by max_length");
	return -EINVAL;
}

static int value_bind(struct call_value *value, size_t most, bool *standard_used, struct error *err)
{
	const struct postern_parameter *p = value->parameter;
	const char *text = value->texts[0];

	if (p && p->type != ARGUMENT_LIST && value->texts_len > 1)
		return error_say(err, -EINVAL, "%s: given %zu times, and it is no list",
				 value->name, value->texts_len);
	if (p && p->type == ARGUMENT_FD && strcmp(text, "@-") != 0)
		return call_descriptor_bind(value, err);
	if (!p || text[0] != '@' || text[1] == '@' || value->texts_len > 1)
		return 0;
	if (p->type != ARGUMENT_STRING && p->type != ARGUMENT_BYTES && p->type != ARGUMENT_FD &&
	    !call_is_record(p))
		return 0;
	if (strcmp(text, "@-") == 0) {
		if (*standard_used)
			return error_say(err, -EINVAL,
					 "%s: standard input can be read for one argument only",
					 value->name);
		*standard_used = true;
	}
	if (p->type == ARGUMENT_FD)
		return call_descriptor_bind(value, err);
	return file_read(value, text + 1, call_is_record(p) ? JSON_WIDEST * most : most, err);
}

int call_values_bind(struct call_values *v, const struct postern_signature *s, struct error *err)
{
	bool standard_used = false;
	int r;

	for (size_t i = 0; i < v->len; i++) {
		struct call_value *value = &v->items[i];

		for (size_t k = 0; k < s->len; k++)
			if (strcmp(s->parameters[k].name, value->name) == 0)
				value->parameter = &s->parameters[k];
		r = value_bind(value, s->most, &standard_used, err);
		if (r < 0)
			return r;
	}
	return 0;
}

bool call_is_record(const struct postern_parameter *p)
{
	return p->type == ARGUMENT_RECORD ||
	       (p->type == ARGUMENT_LIST && p->element == ARGUMENT_RECORD);
}

/* A record with a secret in it is one for messages. */
static bool is_secret(const struct postern_parameter *p)
{
	bool secret = p->secret;

	for (size_t i = 0; i < p->fields_len; i++)
		secret |= p->fields[i].secret;
	return secret;
}

static void text_show(const char *text, FILE *to)
{
	const size_t len = strlen(text), shown = text_cut(text, len, SHOWN_MAX);
	const bool plain = len > 0 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						   "abcdefghijklmnopqrstuvwxyz"
						   "0123456789_-+./:@%,") == len;

	(void)fprintf(to, "%s%.*s%s%s", plain ? "" : "\"", (int)shown, text,
		      shown < len ? "..." : "", plain ? "" : "\"");
}

void call_values_show(const struct call_values *v, FILE *to)
{
	for (size_t i = 0; i < v->len; i++) {
		const struct call_value *value = &v->items[i];

		(void)fprintf(to, "%s%s=", i ? ", " : "", value->name);
		/* Of a name that the entrypoint does not have nobody knows whether it is secret. */
		if (!value->parameter || is_secret(value->parameter)) {
			(void)fputs("(secret)", to);
			continue;
		}
		for (size_t k = 0; k < value->texts_len; k++) {
			if (k)
				(void)fputc(',', to);
			text_show(value->texts[k], to);
		}
	}
}

void call_values_clear(struct call_values *v)
{
	for (size_t i = 0; i < v->len; i++) {
		if (v->items[i].data)
			explicit_bzero(v->items[i].data, v->items[i].data_len);
		if (v->items[i].fd_open)
			(void)close(v->items[i].fd);
		free(v->items[i].data);
		free(v->items[i].name);
		free(v->items[i].texts);
	}
	free(v->items);
	*v = (struct call_values){};
}
