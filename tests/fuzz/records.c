/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of a fuzzer's input. */
#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/protocol.h"
#include "tests/fuzz/records.h"

#define ROOM	      (256 * 1024)
#define OPEN_MAX_HERE 64
#define SEALS	      (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

enum { TYPE = 7, MORE = 8, FDS_SHIFT = 4, FDS = 3, LARGE = 64, OTHER_CALL = 128 };

uint8_t records_byte(struct records *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->at++;
}

void records_pair(int pair[2])
{
	const struct rlimit limit = {OPEN_MAX_HERE, OPEN_MAX_HERE};
	const int room = 4 * ROOM;

	/* What looks at all numbers that there may be has little to look at. */
	require(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	for (int i = 0; i < 2; i++)
		(void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

unsigned records_open(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < OPEN_MAX_HERE; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int end_of(int ends[2], int which)
{
	(void)close(ends[1 - which]);
	return ends[which];
}

/* One of each kind that a signature can take, and others; of a file of its own. */
static int descriptor_make(uint8_t kind)
{
	int ends[2], fd;

	switch (kind % 8) {
	case 0:
		return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	case 1:
	case 2:
		require(pipe2(ends, O_CLOEXEC) == 0);
		return end_of(ends, kind % 8 - 1);
	case 3:
		fd = memfd_create("m", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		require(fcntl(fd, F_ADD_SEALS, SEALS) == 0);
		return fd;
	case 4:
		return memfd_create("m", MFD_CLOEXEC);
	case 5:
		require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
		return end_of(ends, 0);
	case 6:
		return open("/etc", O_PATH | O_CLOEXEC);
	default:
		return open("/dev/zero", O_RDWR | O_CLOEXEC);
	}
}

int records_send_with(struct records *in, int to, const void *data, size_t len, size_t fds)
{
	union {
		char room[CMSG_SPACE(RECORDS_FDS_MAX * sizeof(int))];
		struct cmsghdr header;
	} control = {};
	struct iovec iov = {(void *)(uintptr_t)data, len};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	int made[RECORDS_FDS_MAX];
	ssize_t n;

	for (size_t i = 0; i < fds; i++) {
		made[i] = descriptor_make(records_byte(in));
		require(made[i] >= 0);
	}
	if (fds > 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(fds * sizeof(int));
		memcpy(CMSG_DATA(&control.header), made, fds * sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fds * sizeof(int));
	}
	n = sendmsg(to, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	for (size_t i = 0; i < fds; i++)
		(void)close(made[i]);
	return n == (ssize_t)len;
}

static size_t header_put(const struct records *in, uint8_t how, uint8_t *to)
{
	const struct postern_header h = {
		.type = htole16(how & TYPE),
		.flags = htole16(how & MORE ? POSTERN_MORE : 0),
		.call = htole64(
			(how & TYPE) == POSTERN_OPENED ? 0 : in->call + (how & OTHER_CALL ? 1 : 0)),
	};

	memcpy(to, &h, sizeof(h));
	return sizeof(h);
}

int records_send(struct records *in, int to)
{
	static uint8_t record[sizeof(struct postern_header) + UINT16_MAX + ROOM];
	uint8_t how = records_byte(in);
	size_t len, payload, filled = 0;

	if (in->len < 2)
		return 0;
	len = how & TYPE ? header_put(in, how, record) : 0;
	payload = (size_t)in->at[0] | (size_t)in->at[1] << 8;
	in->at += 2;
	in->len -= 2;
	if (how & LARGE)
		filled = (size_t)records_byte(in) * 1024;
	payload = MIN_OF(payload, in->len);
	memcpy(record + len, in->at, payload);
	in->at += payload;
	in->len -= payload;
	len += payload;
	if (filled > len) {
		memset(record + len, 'x', filled - len);
		len = filled;
	}
	if (((how & TYPE) == POSTERN_RETURN || (how & TYPE) == POSTERN_ERROR) && !(how & MORE))
		in->call++;
	return records_send_with(in, to, record, len, how >> FDS_SHIFT & FDS);
}
