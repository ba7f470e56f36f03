/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The error object: text that grows by context on its way up. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/error.h"

static void error_setv(struct error *err, int code, bool with_errno, const char *format,
		       va_list args) __attribute__((format(printf, 4, 0)));

static void error_setv(struct error *err, int code, bool with_errno, const char *format,
		       va_list args)
{
	cleanup_free char *said = NULL;

	error_clear(err);
	err->code = code;
	if (vasprintf(&said, format, args) < 0) {
		said = NULL;
		return;
	}
	if (!with_errno)
		err->text = steal_ptr(said);
	else if (asprintf(&err->text, "%s: %s", said, strerror(-code)) < 0)
		err->text = NULL;
}

int error_set(struct error *err, int code, const char *format, ...)
{
	va_list args;

	if (code > 0)
		code = -code;
	if (!err)
		return code;
	va_start(args, format);
	error_setv(err, code, code != 0, format, args);
	va_end(args);
	return code;
}

int error_say(struct error *err, int code, const char *format, ...)
{
	va_list args;

	if (code > 0)
		code = -code;
	if (!err)
		return code;
	va_start(args, format);
	error_setv(err, code, false, format, args);
	va_end(args);
	return code;
}

int error_prefix(struct error *err, const char *format, ...)
{
	cleanup_free char *context = NULL;
	char *whole;
	va_list args;
	int r;

	if (!err || !err->code)
		return -EIO;
	va_start(args, format);
	r = vasprintf(&context, format, args);
	va_end(args);
	if (r < 0) {
		context = NULL;
		return err->code;
	}
	if (asprintf(&whole, "%s: %s", context, error_text(err)) < 0)
		return err->code;
	free(err->text);
	err->text = whole;
	return err->code;
}

void error_hint(struct error *err, const char *format, ...)
{
	va_list args;
	int r;

	if (!err || err->hint)
		return;
	va_start(args, format);
	r = vasprintf(&err->hint, format, args);
	va_end(args);
	if (r < 0)
		err->hint = NULL;
}

const char *error_text(const struct error *err)
{
	if (!err)
		return "unknown error";
	if (err->text)
		return err->text;
	return strerror(-err->code);
}

int error_move(struct error *to, struct error *from)
{
	int code = from ? from->code : -EIO;

	if (!from)
		return code;
	if (!to) {
		error_clear(from);
		return code;
	}
	error_clear(to);
	*to = *from;
	*from = (struct error){};
	return code;
}

void error_clear(struct error *err)
{
	if (!err)
		return;
	free(err->text);
	free(err->hint);
	*err = (struct error){};
}
