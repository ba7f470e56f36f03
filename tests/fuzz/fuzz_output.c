/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzes what becomes of the text that a function printed, which its worker reads, or who has it
 * when the worker is dead. The first byte says how often the rest was printed.
 *
 * Beyond not crashing: lines have the bounds that LOG records have, and nothing is there twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "helper/output.h"
#include "tests/fuzz/records.h"

#define TIMES 80 /* of which short lines come to more than are told */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	unsigned lines;
	size_t bytes;
};

static void hear(void *userdata, int level, const char *text, size_t len)
{
	struct heard *heard = userdata;

	require(level >= 0 && level <= 7 && len > 0 && len <= OUTPUT_LINE_MAX);
	require(text[len] == '\0' && text_utf8(text, len));
	for (size_t i = 0; i < len; i++)
		require((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
	heard->lines++;
	heard->bytes += len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct output output;
	struct heard heard = {}, again = {};
	size_t printed = 0;

	if (!output.area)
		require(output_make(&output, UINT64_MAX, NULL) == 0 && output.area != NULL);
	for (unsigned i = 0; size > 1 && i <= data[0] % TIMES; i++) {
		require(write(output.fd, data + 1, size - 1) == (ssize_t)size - 1);
		printed += size - 1;
	}
	output_take(&output, hear, &heard);
	/* One more says what was left out; a byte that is no character takes no more than it did.
	 */
	require(heard.lines <= OUTPUT_LINES_MAX + 1 && heard.bytes <= printed + OUTPUT_LINE_MAX);
	output_take(&output, hear, &again);
	require(again.lines == 0);
	return 0;
}
