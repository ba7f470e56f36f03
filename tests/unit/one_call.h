/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One call of libpostern's to the entrypoint echo of a fake server, and what came of it. */
#ifndef POSTERN_TESTS_ONE_CALL_H
#define POSTERN_TESTS_ONE_CALL_H

#include <stdint.h>

#include "fake_server.h"
#include "lib/postern.h"

#define LIMIT_MS 10000

struct outcome {
	int r, error, signal;
	enum postern_result result;
	char message[256];
	char hint[256];
	uint64_t took_ms;
};

struct outcome one_call(struct postern *p, unsigned timeout_ms);
/* To a server that serves so. The connection must not be used again. */
struct outcome one_call_against(struct fake_server *server,
				void (*serve)(struct fake_server *s, int fd), unsigned timeout_ms);

#endif
