/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Descriptors of a call: received, assigned to arguments, checked, sent back and closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "helper/passed.h"
#include "lib/client.h"

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define KIND(k)	  (1u << ARGUMENT_FD_##k)

static int open_count(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void pair_make(int pair[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

static int memfd(int seals)
{
	int fd = memfd_create("m", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	assert_true(fd >= 0);
	if (seals)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static void checked(unsigned kinds, unsigned mode, int fd, const char *says)
{
	const struct argument a = {.type = ARGUMENT_FD, .fd_kinds = kinds, .fd_mode = mode};
	char message[PASSED_MESSAGE_MAX] = "";
	int r = passed_check(&a, fd, message);

	if (!says) {
		assert_string_equal(message, "");
		assert_int_equal(r, 0);
	} else {
		assert_int_equal(r, -EINVAL);
		assert_non_null(strstr(message, says));
	}
	(void)close(fd);
}

static void test_files(void **state UNUSED)
{
	int r = ARGUMENT_FD_READ, w = ARGUMENT_FD_WRITE, rw = ARGUMENT_FD_READ_WRITE;

	checked(KIND(FILE), r, opened("/etc/passwd", O_RDONLY), NULL);
	checked(KIND(FILE) | KIND(PIPE), r, opened("/etc/passwd", O_RDONLY), NULL);
	checked(KIND(FILE), w, opened("/etc/passwd", O_RDONLY),
		"expected a descriptor of a file, open for writing, got a file, open for reading");
	checked(KIND(FILE), rw, opened("/tmp", O_TMPFILE | O_RDWR), NULL);
	checked(KIND(FILE), r, opened("/tmp", O_TMPFILE | O_RDWR), "open for reading and writing");
	checked(KIND(FILE), r, opened("/etc/passwd", O_PATH), "neither reading nor writing");
	checked(KIND(FILE), r, opened("/etc", O_RDONLY | O_DIRECTORY), "got a directory");
	checked(KIND(FILE), r, opened("/dev/null", O_RDONLY), "got a device");
	checked(KIND(PIPE) | KIND(SOCKET) | KIND(MEMFD), r, opened("/etc/passwd", O_RDONLY),
		"expected a descriptor of a pipe, socket or memfd, open for reading, got a file");
	checked(KIND(FILE), r, -1, "no open descriptor");
}

static void test_memory(void **state UNUSED)
{
	checked(KIND(MEMFD), ARGUMENT_FD_READ, memfd(ALL_SEALS), NULL);
	checked(KIND(MEMFD), ARGUMENT_FD_READ, memfd(0), "not sealed");
	checked(KIND(MEMFD), ARGUMENT_FD_READ, memfd(ALL_SEALS & ~F_SEAL_SEAL), "not sealed");
	checked(KIND(MEMFD), ARGUMENT_FD_READ, memfd(ALL_SEALS & ~F_SEAL_WRITE), "not sealed");
	checked(KIND(MEMFD), ARGUMENT_FD_READ_WRITE, memfd(0), NULL);
	checked(KIND(MEMFD), ARGUMENT_FD_WRITE, memfd(F_SEAL_WRITE), "sealed against writing");
	checked(KIND(FILE), ARGUMENT_FD_READ_WRITE, memfd(0), "got a memfd");
}

static void test_ends(void **state UNUSED)
{
	int ends[2], pair[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	checked(KIND(PIPE), ARGUMENT_FD_WRITE, ends[0], "got a pipe, open for reading");
	checked(KIND(PIPE), ARGUMENT_FD_WRITE, ends[1], NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	checked(KIND(SOCKET), ARGUMENT_FD_READ, pair[0], NULL);
	checked(KIND(FILE), ARGUMENT_FD_READ, pair[1], "got a socket");
	pair_make(pair);
	checked(KIND(SOCKET), ARGUMENT_FD_READ, pair[0], "no stream");
	checked(KIND(SOCKET), ARGUMENT_FD_READ, pair[1], "no stream");
	checked(KIND(SOCKET), ARGUMENT_FD_READ, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
		"not connected");
	checked(KIND(SOCKET), ARGUMENT_FD_READ, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
		"not connected");
}

/* Sends `len` descriptors of one file with a byte. */
static void give_opened(int to, size_t len, int flags)
{
	cleanup_close int fd = opened("/etc/passwd", flags);
	struct client_fds fds = {.len = len};

	_Alignas(struct cmsghdr) uint8_t control[CLIENT_CONTROL_MAX];
	char byte = 'x';
	struct iovec iov = {&byte, 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	for (size_t i = 0; i < len; i++)
		fds.fds[i] = fd;
	client_fds_put(&fds, control, &message);
	assert_int_equal(sendmsg(to, &message, 0), 1);
}

static void give(int to, size_t len)
{
	give_opened(to, len, O_RDONLY);
}

static void test_received(void **state UNUSED)
{
	int before = open_count(), pair[2];
	struct passed p;
	char to[4];

	pair_make(pair);
	give(pair[0], 2);
	assert_int_equal(passed_receive(pair[1], to, sizeof(to), 2, &p), 1);
	assert_true(p.len == 2 && !p.cut);
	assert_int_equal(fcntl(p.fds[0], F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(p.fds[1], F_DUPFD, 100) >= 100);
	passed_close(&p);
	assert_int_equal(open_count(), before + 2);
	/* More than there is room for, one of two; none where none belong. */
	give(pair[0], 2);
	assert_int_equal(passed_receive(pair[1], to, sizeof(to), 1, &p), 1);
	assert_true(p.len == 1 && p.cut);
	passed_close(&p);
	give(pair[0], 8);
	assert_int_equal(passed_receive(pair[1], to, sizeof(to), 0, &p), 1);
	assert_true(p.len == 0 && p.cut);
	passed_close(&p);
	/* Of one without access poll(2) says that it is none. */
	give_opened(pair[0], 1, O_PATH);
	assert_int_equal(passed_receive(pair[1], to, sizeof(to), 8, &p), 1);
	assert_int_equal(p.len, 1);
	passed_close(&p);
	assert_int_equal(open_count(), before + 2);
	assert_int_equal(passed_receive(pair[1], to, sizeof(to), 8, &p), -EAGAIN);
	(void)close(pair[0]);
	assert_int_equal(passed_receive(pair[1], to, sizeof(to), 8, &p), 0);
	(void)close(pair[1]);
	assert_int_equal(open_count(), before);
}

static void assigned(size_t len, bool cut, const int64_t numbers[3], size_t wrong, const char *says)
{
	struct argument arguments[] = {
		{.name = (char[]){"a"}, .type = ARGUMENT_FD, .optional = true},
		{.name = (char[]){"text"}, .type = ARGUMENT_STRING},
		{.name = (char[]){"b"}, .type = ARGUMENT_FD, .optional = true},
	};
	const struct manifest_entrypoint e = {.arguments = arguments, .arguments_len = 3};
	const struct passed p = {.fds = {70, 71}, .len = len, .cut = cut};
	struct postern_value values[3] = {};
	char message[PASSED_MESSAGE_MAX] = "";
	size_t at = 9;
	int r;

	for (size_t i = 0; i < 3; i++)
		if (numbers[i] != 99)
			values[i] = (struct postern_value){.kind = POSTERN_KIND_INTEGER,
							   .integer = numbers[i]};
	r = passed_assign(&p, &e, values, &at, message);
	assert_int_equal(r, says ? -EINVAL : 0);
	if (says) {
		assert_int_equal(at, wrong);
		assert_non_null(strstr(message, says));
		return;
	}
	for (size_t i = 0; i < 3; i += 2) {
		assert_int_equal(values[i].kind,
				 numbers[i] == 99 ? POSTERN_KIND_NIL : POSTERN_KIND_FD);
		if (numbers[i] != 99)
			assert_int_equal(values[i].integer, p.fds[numbers[i]]);
	}
}

static void test_assigned(void **state UNUSED)
{
	assigned(0, false, (int64_t[]){99, 5, 99}, 0, NULL);
	assigned(2, false, (int64_t[]){0, 5, 1}, 0, NULL);
	assigned(2, false, (int64_t[]){1, 5, 0}, 0, NULL);
	assigned(1, false, (int64_t[]){99, 5, 0}, 0, NULL);
	assigned(1, false, (int64_t[]){99, 5, 1}, 2, "descriptor 1 of the record");
	assigned(2, false, (int64_t[]){0, 5, 0}, 2, "another argument");
	assigned(2, false, (int64_t[]){0, 5, 99}, 3, "1 descriptors belong");
	assigned(2, false, (int64_t[]){-1, 5, 1}, 0, "expected a descriptor's number");
	assigned(2, false, (int64_t[]){INT64_MAX, 5, 1}, 0, "expected a descriptor's number");
	assigned(1, true, (int64_t[]){0, 5, 1}, 2, "the kernel kept it back");
	assigned(2, true, (int64_t[]){0, 5, 1}, 3, "more or others");
}

static void test_sent(void **state UNUSED)
{
	int before = open_count(), pair[2];
	struct passed out = {}, in;
	char to[4];

	pair_make(pair);
	passed_give(&out, opened("/etc/passwd", O_RDONLY));
	passed_give(&out, opened("/etc/passwd", O_RDONLY)); /* the last one counts */
	assert_int_equal(open_count(), before + 3);
	assert_int_equal(passed_send(pair[0], "abc", 3, &out), 0);
	passed_close(&out);
	assert_int_equal(open_count(), before + 2);
	assert_int_equal(passed_receive(pair[1], to, sizeof(to), 1, &in), 3);
	assert_true(in.len == 1 && !in.cut && read(in.fds[0], to, 1) == 1);
	passed_close(&in);
	passed_give(&out, opened("/etc/passwd", O_RDONLY));
	passed_drop_result(&out);
	(void)close(pair[0]);
	(void)close(pair[1]);
	assert_int_equal(open_count(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),	 cmocka_unit_test(test_memory),
		cmocka_unit_test(test_ends),	 cmocka_unit_test(test_received),
		cmocka_unit_test(test_assigned), cmocka_unit_test(test_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
