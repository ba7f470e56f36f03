/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* LOG records, which may be lost: an answer behind them must not be. */
#include <errno.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include "base/util.h"
#include "lib/reply.h"
#include "lib/wire.h"

/* What the kernel counts for a short record besides its bytes, and more than that. */
#define LOG_OVERHEAD 4096

APART size_t reply_log(void *record, uint64_t call, int level, const char *text, size_t len)
{
	struct wire_writer w;
	size_t record_len = 0;

	wire_start(&w, record, REPLY_LOG_MAX, POSTERN_LOG, call, 0);
	wire_put_array(&w, 2);
	wire_put_integer(&w, level);
	wire_put_string(&w, text, len);
	return wire_finish(&w, &record_len) < 0 ? 0 : record_len;
}

int reply_log_room(int fd, size_t len)
{
	uint32_t memory[SK_MEMINFO_VARS] = {};
	socklen_t size = sizeof(memory);

	/* The kernel lets a record of any size in as long as what is unread is below the bound
	 * (net/core/sock.c, sock_alloc_send_pskb): so this one must leave it below, with room for
	 * a short one more. */
	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0)
		return -errno;
	if (memory[SK_MEMINFO_WMEM_ALLOC] + len + LOG_OVERHEAD >= memory[SK_MEMINFO_SNDBUF])
		return -EAGAIN;
	return 0;
}
