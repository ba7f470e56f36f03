/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A server for tests of the client library: it behaves, or misbehaves, as it is told. */
#ifndef POSTERN_TESTS_FAKE_SERVER_H
#define POSTERN_TESTS_FAKE_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/un.h>

#include "lib/protocol.h"

#define FAKE_CONNECTIONS_MAX 512
#define FAKE_FILL_MAX	     8

struct fake_server {
	void (*serve)(struct fake_server *s, int fd); /* one connection, in a thread of its own */
	struct sockaddr_un address;
	char directory[64];
	int fd;
	pthread_t thread;
	_Atomic int accepted;
	_Atomic int calls; /* CALL records that were read */
	struct fake_connection {
		struct fake_server *server;
		pthread_t thread;
		int fd;
	} connections[FAKE_CONNECTIONS_MAX];
};

/* Binds a socket in a new directory. */
void fake_server_bind(struct fake_server *s, void (*serve)(struct fake_server *s, int fd));
/* Begins to listen, with a queue that is full. ret_fds: what fills it; the caller closes them.
 * Returns how many. */
int fake_server_fill(struct fake_server *s, int ret_fds[FAKE_FILL_MAX]);
/* Begins to listen and to accept. */
void fake_server_run(struct fake_server *s, int backlog);
/* Both. */
void fake_server_start(struct fake_server *s, void (*serve)(struct fake_server *s, int fd));
void fake_server_stop(struct fake_server *s);

/* Reads the OPEN and answers with the signature of entrypoint "echo": message string, [mode]
 * integer. Returns 0, or -1 when the client went. */
int fake_open(int fd);
/* Reads a CALL into record (POSTERN_RECORD_MAX). Returns its length, or -1. */
long fake_call(struct fake_server *s, int fd, uint8_t *record, uint64_t *ret_call);
/* Answers with the first argument of the CALL in record. */
void fake_echo(int fd, const uint8_t *record, long len, uint64_t call);
void fake_send(int fd, const void *data, size_t len);

/* Answers each call, `before` being called ahead of that. */
void fake_serve(struct fake_server *s, int fd, void (*before)(struct fake_server *s));
/* Reads, and says nothing. */
void fake_silent(struct fake_server *s, int fd);
/* Takes 200 ms for its first answer. */
void fake_late(struct fake_server *s, int fd);
/* The well-behaved one. */
void fake_serve_echo(struct fake_server *s, int fd);

#endif
