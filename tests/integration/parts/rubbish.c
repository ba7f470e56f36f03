/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Clients that do not keep to the protocol, each of which must not trouble the others. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/admin.h"
#include "lib/wire.h"
#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define CODE_MS		 2000 /* within which a refusal comes */
#define SILENCE_MS	 5000 /* what posternd grants a client that says nothing */
#define SILENCE_SLACK_MS 1500
#define WIDE		 64 /* as many entrypoints as a context can have */
#define WIDE_DIR	 TRIAL_CONTEXTS "/trial-wide"
#define ADMIN_PLACES	 16 /* of the admin socket, for users other than root */

static unsigned char record[POSTERN_RECORD_MAX + 4096];

static void serves(const char *entrypoint, const char *after)
{
	struct trial_call c = {.context = "trial", .entrypoint = entrypoint, .name = "ms"};

	trial_call(&c);
	if (!tap(c.r == 0 && c.ms < 2000, "others are served, after %s, within %llu ms", after,
		 (unsigned long long)c.ms))
		trial_call_show(&c);
}

static void refused(int fd, int code, const char *what)
{
	int is = trial_refusal(fd, CODE_MS);

	tap(is == code, "%s: refused with code %d", what, is);
	(void)close(fd);
}

static struct postern_open good_open(void)
{
	struct postern_open open;

	if (wire_open_write(&open, "nap", NULL) < 0)
		trial_bail("cannot write an OPEN");
	return open;
}

static void first_record(const void *data, size_t len, int code, const char *what)
{
	int fd = trial_connect("trial");

	if (!trial_send(fd, data, len))
		tap(false, "%s: cannot be sent: %s", what, strerror(errno));
	else
		refused(fd, code, what);
}

static void opens(void)
{
	struct postern_open open = good_open();

	if (getrandom(record, sizeof(open), 0) != sizeof(open))
		trial_bail("no random bytes");
	first_record(record, sizeof(open), POSTERN_PROTOCOL_ERROR, "random bytes as OPEN");
	open.padding[100] = 1;
	first_record(&open, sizeof(open), POSTERN_PROTOCOL_ERROR, "an OPEN with padding set");
	open = good_open();
	open.version = 2;
	first_record(&open, sizeof(open), POSTERN_PROTOCOL_ERROR, "an OPEN of another version");
	open = good_open();
	open.flags = 1;
	first_record(&open, sizeof(open), POSTERN_PROTOCOL_ERROR, "an OPEN with a flag");
	open = good_open();
	(void)memset(open.entrypoint, 'a', sizeof(open.entrypoint));
	first_record(&open, sizeof(open), POSTERN_PROTOCOL_ERROR, "a name that does not end");
	open = good_open();
	open.entrypoint[20] = 'x';
	first_record(&open, sizeof(open), POSTERN_PROTOCOL_ERROR, "bytes behind a name");
	open = good_open();
	(void)snprintf(open.network, sizeof(open.network), "somewhere");
	first_record(&open, sizeof(open), POSTERN_BAD_ARGUMENT, "a network that nobody takes");
	open = good_open();
	first_record(&open, sizeof(open) - 1, POSTERN_PROTOCOL_ERROR, "a short OPEN");
	(void)memset(record, 0, sizeof(record));
	first_record(record, sizeof(record), POSTERN_PROTOCOL_ERROR, "a huge first record");
	serves("nap", "all these");
}

/* A connection whose OPENED was received. */
static int opened(const char *entrypoint)
{
	int fd = trial_open("trial", entrypoint);
	struct postern_header h;
	ssize_t n = trial_receive(fd, record, sizeof(record), 10000);

	if (n <= 0 || wire_header(record, (size_t)n, &h) < 0 || h.type != POSTERN_OPENED)
		trial_bail("%s does not open", entrypoint);
	return fd;
}

/* A CALL with these bytes as its payload. Returns its length. */
static size_t call_record(uint64_t call, const void *payload, size_t len)
{
	struct postern_header h = {.type = POSTERN_CALL, .call = call};

	memcpy(record, &h, sizeof(h));
	memcpy(record + sizeof(h), payload, len);
	return sizeof(h) + len;
}

static void after_opened(const void *data, size_t len, int code, const char *what)
{
	int fd = opened("nap");

	if (!trial_send(fd, data, len))
		tap(false, "%s: cannot be sent: %s", what, strerror(errno));
	else
		refused(fd, code, what);
}

/* The connection goes on after a call whose payload is wrong: the answer has the call's number. */
static void bad_payload(const void *payload, size_t len, int code, const char *what)
{
	const unsigned char good[] = {0x91, 0x00};
	int fd = opened("nap");
	struct postern_header h = {};
	ssize_t n;
	int is;

	(void)trial_send(fd, record, call_record(7, payload, len));
	n = trial_receive(fd, record, sizeof(record), CODE_MS);
	is = n > 0 && wire_header(record, (size_t)n, &h) == 0 ? trial_code(record, (size_t)n) : -1;
	tap(is == code && h.call == 7, "%s: ERROR %d for its call", what, is);
	if (!trial_send(fd, record, call_record(8, good, sizeof(good))))
		tap(false, "%s: the connection is gone: %s", what, strerror(errno));
	n = trial_receive(fd, record, sizeof(record), CODE_MS);
	tap(n > 0 && wire_header(record, (size_t)n, &h) == 0 && h.type == POSTERN_RETURN &&
		    h.call == 8,
	    "%s: the next call is answered", what);
	(void)close(fd);
}

static void calls(void)
{
	const unsigned char good[] = {0x91, 0x00}, bad[] = {0x91, 0xc1},
			    behind[] = {0x91, 0x00, 0x00},
			    text[] = {0x91, 0xdb, 0xff, 0xff, 0xff, 0xff}, nothing[] = {0x90};
	static unsigned char bomb[POSTERN_RECORD_MAX - sizeof(struct postern_header)];
	struct postern_header h = {.type = POSTERN_RETURN, .call = 1};

	(void)memset(bomb, 0x91, sizeof(bomb));
	(void)memset(record, 0, sizeof(record));
	after_opened("0123456789", 10, POSTERN_PROTOCOL_ERROR, "a truncated header");
	after_opened(record, call_record(0, good, sizeof(good)), POSTERN_PROTOCOL_ERROR, "call 0");
	after_opened(&h, sizeof(h), POSTERN_PROTOCOL_ERROR, "a RETURN from a client");
	after_opened(record, sizeof(record), POSTERN_PROTOCOL_ERROR, "a record above 64 KiB");
	bad_payload(bad, sizeof(bad), POSTERN_PROTOCOL_ERROR, "bad msgpack");
	bad_payload(behind, sizeof(behind), POSTERN_PROTOCOL_ERROR, "bytes behind the object");
	bad_payload(text, sizeof(text), POSTERN_PROTOCOL_ERROR, "a text of 4 GiB");
	bad_payload(nothing, sizeof(nothing), POSTERN_BAD_ARGUMENT, "no arguments");
	bad_payload(bomb, sizeof(bomb), POSTERN_PROTOCOL_ERROR, "64 KiB of nested arrays");
	bad_payload("", 0, POSTERN_PROTOCOL_ERROR, "no payload");
	serves("nap", "all these");
}

struct silence {
	int fds[40];
	uint64_t from;
};

static void silent_begin(struct silence *s)
{
	s->from = trial_ms();
	for (size_t i = 0; i < ARRAY_SIZE(s->fds); i++)
		s->fds[i] = trial_connect("trial");
	serves("nap", "40 clients that say nothing");
}

/* The refusal lies in the socket; when it came is seen by whoever waits for it. */
static void silent_end(struct silence *s)
{
	bool early = trial_receivable(s->fds[0]) && trial_ms() - s->from < SILENCE_MS;
	int code;

	while (trial_ms() - s->from < SILENCE_MS + SILENCE_SLACK_MS && !trial_receivable(s->fds[0]))
		trial_sleep(50);
	code = trial_refusal(s->fds[0], 0);
	tap(!early && code == POSTERN_PROTOCOL_ERROR,
	    "one that says nothing is closed with code %d, within %llu ms", code,
	    (unsigned long long)(trial_ms() - s->from));
	for (size_t i = 0; i < ARRAY_SIZE(s->fds); i++)
		(void)close(s->fds[i]);
}

static size_t descriptors(pid_t pid)
{
	cleanup_free char *path = NULL;
	const struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	if (asprintf(&path, "/proc/%d/fd", (int)pid) < 0)
		trial_bail("out of memory");
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return n;
}

static void descriptors_sent(pid_t posternd)
{
	const unsigned char good[] = {0x91, 0x00};
	int passed = open("/etc/shadow", O_RDONLY | O_CLOEXEC), fd;
	size_t before = descriptors(posternd), with, worker;
	struct postern_open open = good_open();
	struct postern_header h = {};
	ssize_t n;

	fd = trial_connect("trial");
	(void)trial_send_fd(fd, &open, sizeof(open), passed);
	n = trial_receive(fd, record, sizeof(record), 5000);
	tap(n > 0 && wire_header(record, (size_t)n, &h) == 0 && h.type == POSTERN_OPENED,
	    "an OPEN with a descriptor is answered");
	with = descriptors(posternd);
	worker = descriptors(trial_worker("trial", "nap", 0));
	for (int i = 0; i < 5; i++) {
		(void)trial_send_fd(fd, record, call_record(1, good, sizeof(good)), passed);
		n = trial_receive(fd, record, sizeof(record), 5000);
	}
	tap(n > 0 && wire_header(record, (size_t)n, &h) == 0 && h.type == POSTERN_RETURN,
	    "calls with descriptors are answered");
	tap(with <= before + 1, "posternd took none: %zu descriptors, then %zu", before, with);
	tap(worker > 0 && descriptors(trial_worker("trial", "nap", 0)) == worker,
	    "the worker took none: it has %zu as before", worker);
	(void)close(fd);
	(void)close(passed);
}

/* Sends calls whose answers are large until nothing more goes, and reads none. */
static void never_reads(void)
{
	struct trial_call c = {
		.context = "trial", .entrypoint = "echo", .name = "text", .text = "still there"};
	/* An array of one text, whose length takes two bytes (str 16). */
	static unsigned char payload[4 + 40000] = {0x91, 0xda, 40000 >> 8, 40000 & 0xff};
	int fd = opened("echo"), sent = 0;

	(void)memset(payload + 4, 'x', sizeof(payload) - 4);
	for (uint64_t until = trial_ms() + 3000; trial_ms() < until; trial_sleep(1)) {
		size_t len = call_record((uint64_t)sent + 1, payload, sizeof(payload));

		if (send(fd, record, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len)
			sent++;
		else if (errno != EAGAIN)
			break;
	}
	tap(errno == EPIPE || errno == ECONNRESET,
	    "one that never reads its answers is closed: %d calls sent, then %s", sent,
	    strerror(errno));
	trial_call(&c);
	if (!tap(c.r == 0, "and another client of the same worker is served"))
		trial_call_show(&c);
	(void)close(fd);
}

/* A context with so many entrypoints that a status is more than a socket holds unread. */
static void wide(bool there)
{
	char text[4096] = "context: trial-wide\nmodule: trial.so\n"
			  "ids: {users: [root], groups: [root]}\ncallers: {users: [root]}\n"
			  "entrypoints:\n";
	struct trial_program p;

	for (int i = 0; i < WIDE; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "  e%d: {}\n", i);
	(void)mkdir(WIDE_DIR, 0755);
	if (there)
		trial_write(WIDE_DIR "/context.yaml", text, 0644, 0);
	else if (unlink(WIDE_DIR "/context.yaml") < 0 || rmdir(WIDE_DIR) < 0)
		trial_bail("remove " WIDE_DIR ": %s", strerror(errno));
	TRIAL_RUN(&p, 0, POSTERN, "reload", "trial-wide");
	if (p.status != 0) {
		trial_program_show(&p);
		trial_bail("trial-wide is not reloaded");
	}
	trial_program_clear(&p);
}

static bool status_told(uid_t uid)
{
	struct trial_program p;
	bool told;

	TRIAL_RUN(&p, uid, POSTERN, "status");
	told = p.status == 0;
	trial_program_clear(&p);
	return told;
}

/* All places of the admin socket that users other than root have, by one who asks and does not
 * read. */
static void admin_never_reads(void)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX,
						   .sun_path = POSTERN_ADMIN_SOCKET};
	const struct admin_request ask = {.magic = POSTERN_MAGIC, .ask = ADMIN_ASK_STATUS};
	uint64_t until = trial_ms() + 60000;
	int ready[2];
	char byte;
	pid_t pid;
	bool root, told = false;

	wide(true);
	if (pipe2(ready, O_CLOEXEC) < 0)
		trial_bail("pipe2: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		if (setgid(BOB) < 0 || setuid(BOB) < 0)
			_exit(1);
		for (int i = 0; i < ADMIN_PLACES; i++) {
			int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

			if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
			    !trial_send(fd, &ask, sizeof(ask)))
				_exit(1);
		}
		(void)!write(ready[1], "", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		trial_bail("the admin socket takes no %d connections", ADMIN_PLACES);
	(void)close(ready[0]);
	trial_sleep(300);
	root = status_told(0);
	tap(root && !status_told(ALICE),
	    "who does not read what he asked for keeps root from nothing, and others for a while");
	while (!told && trial_ms() < until) {
		trial_sleep(500);
		told = status_told(ALICE);
	}
	tap(told, "and then others are told again");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	wide(false);
}

void part_rubbish(pid_t posternd)
{
	struct trial_call warm = {.context = "trial", .entrypoint = "nap", .name = "ms"};
	struct silence silence;

	trial_call(&warm);
	silent_begin(&silence);
	opens();
	calls();
	descriptors_sent(posternd);
	never_reads();
	admin_never_reads();
	silent_end(&silence);
}
