/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments and results of several records: every size is answered, and whoever stalls in the midst
 * of one harms nobody but himself. */
#include <endian.h>
#include <string.h>

#include "lib/wire.h"
#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define MOST	   (64 * 1024 * 1024)
#define HEAD	   sizeof(struct postern_header)
#define PART	   (POSTERN_RECORD_MAX - HEAD)
#define BRIEF_MOST 200000
#define LIST_HEADS 6 /* what a list and bytes of that length begin with */
#define SLOW_CALLS 4
#define SLOW_MS	   1000 /* of the two seconds that large_brief has for a call */

static uint8_t *block;

/* There and back. */
static bool echoed(struct postern *p, const char *entrypoint, size_t len)
{
	struct postern_args *args = postern_args_new();
	struct answer a;
	bool good;

	block[0] = (uint8_t)len;
	block[len - 1] ^= 1;
	(void)postern_args_borrow_bytes(args, "data", block, len);
	answer_get(&a, p, entrypoint, args, 0);
	good = a.r == 0 && a.length == len && memcmp(a.text, block, len) == 0;
	if (!good)
		answer_show(&a);
	answer_clear(&a);
	return good;
}

static void sizes(struct postern *p, const char *entrypoint)
{
	/* What the list's head and the value's take of the payload: so that it is a record's, one
	 * byte less, and one more; and the same for two and three records. */
	static const size_t around[] = {PART - 4, 2 * PART - 6, 3 * PART - 6, 1 << 20};
	size_t good = 0;
	pid_t worker;

	tap(echoed(p, entrypoint, 1), "large: %s takes little", entrypoint);
	worker = trial_worker("conform", entrypoint, 0);
	for (size_t i = 0; i < ARRAY_SIZE(around); i++)
		for (size_t len = around[i] - 2; len <= around[i] + 2; len++)
			good += echoed(p, entrypoint, len);
	tap(good == 5 * ARRAY_SIZE(around),
	    "large: %s takes what fills a record, or three, or nearly", entrypoint);
	tap(echoed(p, entrypoint, MOST), "large: %s takes and gives 64 MiB", entrypoint);
	tap(worker > 0 && trial_worker("conform", entrypoint, 0) == worker,
	    "large: %s, all by the same worker", entrypoint);
}

static void too_large(struct postern *p)
{
	struct postern_args *args = postern_args_new();
	struct answer a;

	(void)postern_args_borrow_bytes(args, "data", block, MOST + 1);
	answer_get(&a, p, "large", args, 0);
	answer_bad(&a, POSTERN_RESULT_BAD_ARGUMENT, "data", "large: one byte more is refused");
	args = postern_args_new();
	(void)postern_args_borrow_bytes(args, "data", block, 2 * BRIEF_MOST);
	answer_get(&a, p, "large_brief", args, 0);
	answer_bad(&a, POSTERN_RESULT_BAD_ARGUMENT, "too large",
		   "large: more than the signature holds is not sent");
	answer_get(&a, p, "give_large", with_integer("count", 2 * BRIEF_MOST), 0);
	answer_bad(&a, POSTERN_RESULT_FAILED, "result", "large: a result beyond the manifest's");
}

/* Of a record's fields, too, and what is in lists. */
static void fields(struct postern *p)
{
	enum { DATA = 1 << 20, WORD = 100000, ITEMS = 5 };
	struct postern_args *args = postern_args_new(), *record_of = postern_args_new();
	const struct postern_value *v, *last = NULL;
	struct postern_bytes parts[ITEMS];
	const char *words[ITEMS];
	const void *data = NULL;
	const char *text = NULL;
	size_t len = 0;
	struct answer a;
	bool good;

	block[1 + WORD] = '\0';
	for (size_t i = 0; i < ITEMS; i++) {
		words[i] = (const char *)block + 1;
		parts[i] = (struct postern_bytes){block + i, WORD};
	}
	(void)postern_args_bytes(record_of, "data", block, DATA);
	(void)postern_args_strings(record_of, "words", words, ITEMS);
	(void)postern_args_bytes_list(record_of, "parts", parts, ITEMS);
	(void)postern_args_record(args, "record", record_of);
	postern_args_free(record_of);
	answer_get(&a, p, "large_record", args, 0);
	v = postern_value_record_get(a.value, "data");
	good = a.r == 0 && postern_value_bytes(v, &data, &len) == 0 && len == DATA &&
	       memcmp(data, block, len) == 0;
	v = postern_value_record_get(a.value, "words");
	last = v ? postern_value_list_item(v, ITEMS - 1) : NULL;
	good = good && last && postern_value_string(last, &text, &len) == 0 && len == WORD;
	v = postern_value_record_get(a.value, "parts");
	last = v ? postern_value_list_item(v, ITEMS - 1) : NULL;
	good = good && last && postern_value_bytes(last, &data, &len) == 0 && len == WORD &&
	       memcmp(data, block + ITEMS - 1, len) == 0;
	if (!tap(good, "large: a record with a field of 1 MiB, and lists of 500 kB"))
		answer_show(&a);
	answer_clear(&a);
	block[1 + WORD] = 'l';
}

/* What the command reads from files, and writes. */
static void command(void)
{
	static const char script[] =
		"cd /tmp && head -c 8388608 /dev/urandom >sent && " POSTERN
		" call conform large data=@sent >got && cmp sent got && echo same; "
		"head -c 300000 sent | " POSTERN " call conform large_brief data=@-; "
		"echo status $?; rm -f sent got";
	struct trial_program run;

	TRIAL_RUN(&run, 0, "/bin/sh", "-c", script);
	if (!tap(strstr(run.out, "same\nstatus 12\n") && strstr(run.err, "data: expected at most "),
		 "large: postern call takes 8 MiB from a file, and no more than the manifest lets "
		 "it"))
		trial_program_show(&run);
	trial_program_clear(&run);
}

/* -- without libpostern */

static uint8_t record[POSTERN_RECORD_MAX];

/* The first `len` bytes of the payload's part of a CALL with one argument of BRIEF_MOST bytes. */
static bool send_bytes(int fd, uint64_t call, bool first, bool more, size_t len)
{
	const struct postern_header h = {
		.type = htole16(POSTERN_CALL),
		.flags = htole16(more ? POSTERN_MORE : 0),
		.call = htole64(call),
	};
	static const uint8_t begins[] = {
		0x91, 0xc6, 0, BRIEF_MOST >> 16, BRIEF_MOST >> 8 & 0xff, BRIEF_MOST & 0xff};

	static_assert(sizeof(begins) == LIST_HEADS, "as the last record counts");

	memset(record, 'p', sizeof(record));
	memcpy(record, &h, HEAD);
	if (first)
		memcpy(record + HEAD, begins, sizeof(begins));
	return trial_send(fd, record, HEAD + len);
}

static bool send_part(int fd, uint64_t call, bool first, bool more)
{
	return send_bytes(fd, call, first, more, PART);
}

static bool send_last(int fd, uint64_t call, size_t len)
{
	return send_bytes(fd, call, false, false, len);
}

static int code_next(int fd)
{
	ssize_t n = trial_receive(fd, record, sizeof(record), HANG_MS);

	return n > 0 ? trial_code(record, (size_t)n) : -1;
}

static int brief_open(const char *entrypoint)
{
	int fd = trial_open("conform", entrypoint);

	if (code_next(fd) != 0)
		trial_bail("%s does not open", entrypoint);
	return fd;
}

static bool ends(int fd)
{
	return trial_receive(fd, record, sizeof(record), HANG_MS) <= 0;
}

/* Two records, and then nothing: until the entrypoint's time is over. */
static void stalls(struct postern *p, const char *entrypoint)
{
	pid_t worker = trial_worker("conform", entrypoint, 0);
	int fd = brief_open(entrypoint), code;
	bool sent;

	worker = worker ? worker : trial_worker("conform", entrypoint, 0);
	sent = send_part(fd, 1, true, true) && send_part(fd, 1, false, true);
	code = code_next(fd);
	tap(sent && code == POSTERN_TIMED_OUT && ends(fd),
	    "large: who stalls within a call of %s is told so (code %d), and let go", entrypoint,
	    code);
	(void)close(fd);
	tap(echoed(p, entrypoint, 1000) && trial_worker("conform", entrypoint, 0) == worker,
	    "large: the worker of %s serves the next", entrypoint);
}

/* Calls whose records come slowly, one close behind the other: each is within its time, and all
 * together are not. */
static void slow(struct postern *p)
{
	pid_t worker = trial_worker("conform", "large_brief", 0);
	int fd = brief_open("large_brief"), good = 0;

	for (uint64_t call = 1; call <= SLOW_CALLS; call++) {
		size_t rest = BRIEF_MOST + LIST_HEADS - 3 * PART;
		bool sent = send_part(fd, call, true, true) && send_part(fd, call, false, true);

		trial_sleep(SLOW_MS);
		sent = sent && send_part(fd, call, false, true) && send_last(fd, call, rest);
		/* The answer has several records, too. */
		for (int i = 0; sent && i < 4; i++)
			good += code_next(fd) == 0;
	}
	tap(good == 4 * SLOW_CALLS, "large: slow calls that follow on each other are answered");
	(void)close(fd);
	tap(echoed(p, "large_brief", 1000) && trial_worker("conform", "large_brief", 0) == worker,
	    "large: by a worker that is let be");
}

static void broken(void)
{
	int fd = brief_open("large_brief"), code = 0;

	for (int i = 0; i < 4; i++)
		(void)send_part(fd, 1, i == 0, true);
	code = code_next(fd);
	tap(code == POSTERN_BAD_ARGUMENT && ends(fd), "large: records without end: code %d", code);
	(void)close(fd);
	fd = brief_open("large_brief");
	(void)send_part(fd, 1, true, true);
	(void)send_part(fd, 2, false, true);
	code = code_next(fd);
	tap(code == POSTERN_PROTOCOL_ERROR && ends(fd), "large: two calls in one another: code %d",
	    code);
	(void)close(fd);
	fd = brief_open("large_brief");
	(void)send_part(fd, 1, true, true);
	(void)close(fd);
}

/* A result that nobody reads. */
static void unread(struct postern *p)
{
	static const uint8_t want[] = {0x91, 0xce, 0, 0x10, 0, 0};
	const struct postern_header h = {.type = htole16(POSTERN_CALL), .call = htole64(1)};
	int fd = brief_open("give_unread");
	pid_t worker = trial_worker("conform", "give_unread", 0);
	struct answer a;

	memcpy(record, &h, HEAD);
	memcpy(record + HEAD, want, sizeof(want));
	(void)trial_send(fd, record, HEAD + sizeof(want));
	answer_get(&a, p, "give_unread", with_integer("count", 1 << 20), 0);
	tap(a.r == 0 && a.length == 1 << 20 && a.ms < HANG_MS / 2,
	    "large: a result that is not read does not hold up the next call (%llu ms)",
	    (unsigned long long)a.ms);
	answer_clear(&a);
	tap(worker > 0 && trial_worker("conform", "give_unread", 0) == worker,
	    "large: nor does it end the worker");
	(void)close(fd);
}

void part_large(struct postern *p)
{
	block = malloc(MOST + 1);
	if (!block)
		trial_bail("out of memory");
	memset(block, 'l', MOST + 1);
	sizes(p, "large");
	sizes(p, "large_each");
	too_large(p);
	fields(p);
	command();
	tap(echoed(p, "large_brief", 1000) && echoed(p, "large_brief_each", 1000),
	    "large: short ones before what follows");
	stalls(p, "large_brief");
	stalls(p, "large_brief_each");
	slow(p);
	broken();
	unread(p);
	tap(echoed(p, "large_brief", BRIEF_MOST), "large: calls are answered after all that");
	free(block);
}
