/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values that libpostern would not send, by a client without it. */
#include <string.h>

#include "lib/wire.h"
#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define BYTES(text) text, sizeof(text) - 1

static unsigned char record[POSTERN_RECORD_MAX];

static int code_of(int fd, uint64_t call, const char *payload, size_t len)
{
	struct postern_header h = {.type = POSTERN_CALL, .call = call};
	ssize_t n;

	memcpy(record, &h, sizeof(h));
	memcpy(record + sizeof(h), payload, len);
	if (!trial_send(fd, record, sizeof(h) + len))
		return -1;
	n = trial_receive(fd, record, sizeof(record), HANG_MS);
	if (n <= 0 || wire_header(record, (size_t)n, &h) < 0 || h.call != call)
		return -1;
	return trial_code(record, (size_t)n);
}

/* On one connection: what is refused, and then a call that is right. */
static void refused(const char *entrypoint, const char *payload, size_t len, int code,
		    const char *good, size_t good_len, const char *what)
{
	int fd = trial_open("conform", entrypoint), is, next;

	if (trial_receive(fd, record, sizeof(record), HANG_MS) <= 0)
		trial_bail("%s does not open", entrypoint);
	is = code_of(fd, 1, payload, len);
	next = code_of(fd, 2, good, good_len);
	tap(is == code && next == 0, "values: %s is refused with code %d, the next call with %d",
	    what, is, next);
	(void)close(fd);
}

void part_raw_values(void)
{
	/* [text, nil], [list], [integer, nil] */
	static const char text[] = "\x92\xa1x\xc0", words[] = "\x91\x91\xa1x",
			  number[] = "\x92\x05\xc0";

	refused("echo_text",
		BYTES("\x92\xa3"
		      "a\0b\xc0"),
		POSTERN_PROTOCOL_ERROR, BYTES(text), "a string that holds a NUL");
	refused("echo_text", BYTES("\x92\xa3\xed\xb2\x82\xc0"), POSTERN_PROTOCOL_ERROR, BYTES(text),
		"a lone surrogate");
	refused("echo_text", BYTES("\x92\xc4\x01x\xc0"), POSTERN_BAD_ARGUMENT, BYTES(text),
		"bytes for a string");
	refused("echo_text", BYTES("\x92\xc0\xc0"), POSTERN_BAD_ARGUMENT, BYTES(text),
		"nil for an argument that is needed");
	refused("echo_words", BYTES("\x91\x91\x91\xa1x"), POSTERN_BAD_ARGUMENT, BYTES(words),
		"a list of lists");
	refused("echo_words", BYTES("\x91\x92\xa1x\x05"), POSTERN_BAD_ARGUMENT, BYTES(words),
		"a list of different types");
	refused("echo_number", BYTES("\x92\xcf\x80\0\0\0\0\0\0\0\xc0"), POSTERN_PROTOCOL_ERROR,
		BYTES(number), "an integer above 64 bits with sign");
	refused("echo_number", BYTES("\x92\xcb\x40\x14\0\0\0\0\0\0\xc0"), POSTERN_PROTOCOL_ERROR,
		BYTES(number), "a float");
	refused("echo_number", BYTES("\x92\x81\xa1x\x05\xc0"), POSTERN_BAD_ARGUMENT, BYTES(number),
		"a map");
	refused("echo_number", BYTES("\x92\x81\x05\x05\xc0"), POSTERN_PROTOCOL_ERROR, BYTES(number),
		"a map by numbers");
	refused("echo_number", BYTES("\x92\x82\xa1x\x05\xa1x\x05\xc0"), POSTERN_PROTOCOL_ERROR,
		BYTES(number), "a map with one name twice");
	refused("echo_routes", BYTES("\x91\x91\x81\xa2to\x81\xa1x\x05"), POSTERN_BAD_ARGUMENT,
		BYTES("\x91\x90"), "a record within a record");
}
