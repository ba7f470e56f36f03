/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes -> checked events -> document.
 *
 * libyaml's document keeps neither anchors nor the tags of ordinary nodes apart, and a hostile file
 * could make it large or deep, so the event stream is looked at whole before anything is composed.
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "manifest/document.h"

struct scan {
	struct manifest_problems *problems;
	unsigned depth;
	unsigned documents;
	size_t values;
	size_t findings;
	bool composable; /* nothing was met that composing could fail on, or must not meet */
	bool ended;
	int r; /* -ENOMEM when a finding could not be kept */
};

static void found(struct scan *s, struct manifest_place place, char *what, char *instead)
{
	int r = problems_add(s->problems, place, what, instead);

	s->findings++;
	if (r < 0)
		s->r = r;
}

static struct manifest_place mark_place(yaml_mark_t mark)
{
	return (struct manifest_place){.line = (unsigned)mark.line + 1,
				       .column = (unsigned)mark.column + 1};
}

/* Lines as libyaml counts them (LF, CR, CRLF); columns in characters. */
static struct manifest_place offset_place(const char *data, size_t offset)
{
	struct manifest_place place = {.line = 1, .column = 1};

	for (size_t i = 0; i < offset; i++) {
		if (data[i] == '\n' || (data[i] == '\r' && data[i + 1] != '\n')) {
			place.line++;
			place.column = 1;
		} else if (((unsigned char)data[i] & 0xc0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

/* libyaml guesses the encoding and accepts UTF-16; a manifest is UTF-8 to every reader of it. */
static bool bytes_check(struct scan *s, const char *data, size_t len)
{
	const unsigned char *p = (const unsigned char *)data;

	if (len > DOCUMENT_BYTES_MAX) {
		found(s, (struct manifest_place){1, 1}, text_make("the file is larger than 1 MiB"),
		      text_make("split the context into several"));
		return false;
	}
	for (size_t i = 0; i < len;) {
		/* A NUL has a message of its own. */
		size_t n = p[i] ? text_character(p + i, len - i) : 1;

		if (n > 0 && p[i] != 0) {
			i += n;
			continue;
		}
		if (n == 0)
			found(s, offset_place(data, i), text_make("byte 0x%02x is not UTF-8", p[i]),
			      text_make("save the file as UTF-8"));
		else
			found(s, offset_place(data, i), text_make("the file holds a NUL byte"),
			      text_make("save it as plain text"));
		return false;
	}
	return true;
}

static void anchor_and_tag_check(struct scan *s, yaml_mark_t mark, const yaml_char_t *anchor,
				 const yaml_char_t *tag)
{
	const char *name = (const char *)anchor, *type = (const char *)tag;

	if (name)
		found(s, mark_place(mark),
		      text_make("anchor %s is not allowed", QUOTE(name, strlen(name))),
		      text_make("write the value out where it is needed"));
	if (type)
		found(s, mark_place(mark),
		      text_make("tag %s is not allowed", QUOTE(type, strlen(type))),
		      text_make("remove it: the key decides the type"));
}

static void scalar_check(struct scan *s, const yaml_event_t *e)
{
	anchor_and_tag_check(s, e->start_mark, e->data.scalar.anchor, e->data.scalar.tag);
	if (memchr(e->data.scalar.value, 0, e->data.scalar.length)) {
		found(s, mark_place(e->start_mark), text_make("the value holds a NUL"),
		      text_make("remove the escape \\0"));
		s->composable = false;
	}
}

static void value_count(struct scan *s, const yaml_event_t *e)
{
	if (++s->values <= DOCUMENT_VALUES_MAX)
		return;
	found(s, mark_place(e->start_mark),
	      text_make("the file holds more than %d values", DOCUMENT_VALUES_MAX),
	      text_make("split the context into several"));
	s->composable = false;
	s->ended = true;
}

static void collection_start(struct scan *s, const yaml_event_t *e)
{
	if (e->type == YAML_SEQUENCE_START_EVENT)
		anchor_and_tag_check(s, e->start_mark, e->data.sequence_start.anchor,
				     e->data.sequence_start.tag);
	else
		anchor_and_tag_check(s, e->start_mark, e->data.mapping_start.anchor,
				     e->data.mapping_start.tag);
	value_count(s, e);
	if (++s->depth <= DOCUMENT_DEPTH_MAX)
		return;
	found(s, mark_place(e->start_mark),
	      text_make("values are nested deeper than %d levels", DOCUMENT_DEPTH_MAX),
	      text_make("no key needs that many"));
	s->composable = false;
	s->ended = true;
}

static void document_start(struct scan *s, const yaml_event_t *e)
{
	if (++s->documents < 2)
		return;
	found(s, mark_place(e->start_mark), text_make("a second document starts here"),
	      text_make("a manifest is one document: remove the line ---, or use a second file"));
	s->ended = true;
}

static void alias_check(struct scan *s, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;

	value_count(s, e);
	found(s, mark_place(e->start_mark),
	      text_make("alias %s is not allowed", QUOTE(name, strlen(name))),
	      text_make("write the value out"));
}

static void event_check(struct scan *s, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		document_start(s, e);
		break;
	case YAML_SCALAR_EVENT:
		value_count(s, e);
		scalar_check(s, e);
		break;
	case YAML_ALIAS_EVENT:
		alias_check(s, e);
		break;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		collection_start(s, e);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		s->depth--;
		break;
	case YAML_STREAM_END_EVENT:
		s->ended = true;
		break;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
}

/* libyaml says what it met, not what to do about it. */
static const char *syntax_hint(const yaml_parser_t *parser, char at)
{
	if (parser->error == YAML_READER_ERROR)
		return "remove it";
	if (parser->error == YAML_SCANNER_ERROR && at == '\t')
		return "indent by spaces: YAML takes no tabs there";
	if (parser->error == YAML_SCANNER_ERROR && at && strchr("@`%", at))
		return "put the value in quotes";
	return "check quotes, brackets, colons and indentation here and above";
}

static void syntax_problem(struct scan *s, const yaml_parser_t *parser, const char *data,
			   size_t len)
{
	struct manifest_place place = mark_place(parser->problem_mark);
	const char *what = parser->problem ? parser->problem : "it cannot be read";
	size_t at = parser->problem_mark.index; /* in characters: the same as bytes for ASCII */
	const char *hint = at < len ? syntax_hint(parser, data[at]) : syntax_hint(parser, '\0');

	s->composable = false;
	if (parser->error == YAML_MEMORY_ERROR) {
		s->r = -ENOMEM;
		return;
	}
	if (parser->error == YAML_READER_ERROR)
		place = offset_place(data, parser->problem_offset);
	found(s, place,
	      parser->context ? text_make("not YAML: %s from line %zu on: %s", parser->context,
					  parser->context_mark.line + 1, what)
			      : text_make("not YAML: %s", what),
	      text_make("%s", hint));
}

static int events_check(struct scan *s, const char *data, size_t len)
{
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, len);
	while (!s->ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			syntax_problem(s, &parser, data, len);
			break;
		}
		event_check(s, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (s->documents == 0 && s->composable) {
		found(s, (struct manifest_place){1, 1}, text_make("the file is empty"),
		      text_make("a manifest starts with context: NAME"));
		s->composable = false;
	}
	return s->r;
}

int document_read(const char *data, size_t len, struct manifest_problems *problems,
		  yaml_document_t *ret_document, bool *ret_composed)
{
	struct scan scan = {.problems = problems, .composable = true};
	yaml_parser_t parser;
	bool memory;

	*ret_composed = false;
	/* libyaml skips a byte order mark only where it guesses the encoding. */
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		len -= 3;
	}
	if (bytes_check(&scan, data, len) && events_check(&scan, data, len) < 0)
		return scan.r;
	if (!scan.composable || scan.r < 0 || len > DOCUMENT_BYTES_MAX || scan.documents == 0)
		return scan.r;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, len);
	*ret_composed = yaml_parser_load(&parser, ret_document) != 0;
	/* What composing can still fail on (an alias that nothing defines, an anchor defined
	 * twice) was reported above already: without a report, memory is all that is left. */
	memory = !*ret_composed && (parser.error == YAML_MEMORY_ERROR || scan.findings == 0);
	yaml_parser_delete(&parser);
	return memory ? -ENOMEM : 0;
}
