/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The inside of libpostern: handles, connections, arguments and failures. Not installed. */
#ifndef POSTERN_LIB_CLIENT_H
#define POSTERN_LIB_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "lib/postern.h"
#include "lib/protocol.h"
#include "lib/reply.h"
#include "lib/wire.h"

#define CLIENT_IDLE_MAX	      8	   /* idle connections kept per handle and entrypoint */
#define CLIENT_SIGNATURES_MAX 1024 /* different ones kept per handle */
#define CLIENT_OPEN_NS	      (UINT64_C(30) * 1000 * 1000 * 1000)
/* How long a posternd that is away is waited for by who has no deadline, and how often one may
 * close before it answers. */
#define CLIENT_AWAY_NS	   (UINT64_C(10) * 1000 * 1000 * 1000)
#define CLIENT_CLOSED_MAX  4
#define CLIENT_CALL_NS_MAX (UINT64_C(24) * 3600 * 1000 * 1000 * 1000)
#define CLIENT_GRACE_NS	   (UINT64_C(1000) * 1000 * 1000)

/* What a worker said in OPENED, kept until the handle goes, because postern_describe() hands it
 * out. */
struct client_signature {
	struct client_signature *next;
	uint8_t *payload; /* OPENED's, to find the same one again */
	size_t payload_len;
	struct reply_opened opened;
};

/* A connection to one entrypoint. Idle in the handle's pool, or owned by the one call that uses it.
 */
struct client_connection {
	struct client_connection *next, *previous; /* previous: of those in use */
	struct postern *user;			   /* whose call uses it; NULL: it is idle */
	bool shut;				   /* its call was cancelled: no other may follow */
	int fd;
	pid_t pid;   /* the process that opened it; its children must not touch it */
	bool reused; /* it was idle: the other end may have gone meanwhile */
	uint64_t last_call;
	size_t used; /* bytes of `record` that held a call or an answer: wiped, they may be secret
		      */
	const struct client_signature *signature;
	char entrypoint[POSTERN_WIRE_NAME];
	uint8_t record[POSTERN_RECORD_MAX];
};

struct postern {
	char *context;		    /* as it was given */
	char *network;		    /* likewise; NULL: none */
	struct sockaddr_un address; /* sun_family 0: the context is no name and no path */
	pid_t pid;		    /* the process that filled `idle` */
	struct client_connection *idle, *in_use;
	unsigned cancels; /* how often postern_cancel() was called */
	struct client_signature *signatures;
	size_t signatures_len;
	int log_level; /* the least important that is wanted; with `log` */
	postern_log_fn log;
	void *log_userdata;
};

struct client_argument {
	char *name;
	uint8_t *data; /* its value as msgpack */
	size_t len;
};

struct postern_args {
	struct client_argument *items;
	size_t len;
	size_t bytes;	 /* of all values */
	size_t elements; /* of all lists, and names and values of all records */
	bool records;	 /* one of them is a record, or a list of records */
	int error;	 /* the first one; 0 while there is none */
	char error_name[REPLY_WORD_MAX + 1];
};

/* One postern_call() or postern_describe() on its way. */
struct client_call {
	struct postern *p;
	const char *entrypoint;
	uint64_t wait_ns;  /* as the caller asked; 0: as long as the entrypoint may take */
	uint64_t deadline; /* CLOCK_MONOTONIC ns */
	unsigned cancels;  /* of the handle, when it began */
	struct postern_failure **failure;
};

/* client_connection.c */
uint64_t client_now(void);
/* Connects, sends OPEN and waits for OPENED. Returns 0, or the number of the failure that it set.
 */
int client_connect(const struct client_call *call, struct client_connection **ret);
/* Sends c->record[0..len). Returns 0, -EPIPE when nobody is there any more, -ETIMEDOUT, or another
 * negative errno. */
int client_send(struct client_connection *c, size_t len, uint64_t deadline);
/* Receives a record into c->record. Returns 1 with its checked header and whole length, 0 at the
 * end of the stream, -ETIMEDOUT, -EBADMSG, or another negative errno. */
int client_receive(struct client_connection *c, uint64_t deadline, struct postern_header *ret,
		   size_t *ret_len);
/* Is an idle connection fit for a call: open, and silent as it should be? */
bool client_connection_alive(const struct client_connection *c);
void client_connection_close(struct client_connection *c);

/* client_pool.c */
int client_pool_init(void);
/* An idle connection that is alive, or NULL. */
struct client_connection *client_pool_take(struct postern *p, const char *entrypoint);
/* Notes that a new connection is in use by a call of the handle, which postern_cancel() ends from
 * here on. Every connection that is in use is noted; client_pool_put() and
 * client_connection_close() see to the rest. */
void client_pool_use(struct postern *p, struct client_connection *c);
void client_pool_forget(struct client_connection *c);
/* Was the call taken back since it began? */
bool client_cancelled(const struct client_call *call);
/* Gives a connection back that has no answer outstanding. */
void client_pool_put(struct postern *p, struct client_connection *c);
/* The signature that this OPENED payload holds. Returns 0, -EBADMSG or -ENOMEM. */
int client_pool_signature(struct postern *p, const void *payload, size_t len,
			  const struct client_signature **ret);
void client_pool_clear(struct postern *p);

/* client_args.c: adds a value that is msgpack already; takes `data` over, which may be NULL for
 * lack of memory. elements: values within it. Returns 0 or a negative errno, which is kept too. */
int client_args_add(struct postern_args *args, const char *name, uint8_t *data, size_t len,
		    size_t elements);
/* Keeps the first error and the name of its argument. */
int client_args_error(struct postern_args *args, const char *name, int error);

/* client_arrange.c: writes the CALL into c->record. Returns 0, or the number of the failure that it
 * set. */
int client_arrange(const struct client_call *call, const struct postern_args *args,
		   struct client_connection *c, size_t *ret_len);
/* The failure for an error that a setter kept. */
int client_args_failure(const struct client_call *call, const struct postern_args *args);

/* client_log.c: which LOG records a handle's calls ask for, as the flags of a CALL. */
uint16_t client_log_flags(const struct postern *p);
/* Hands a LOG's payload to the handle's function, if it has one. Returns 0, -EBADMSG when it is
 * none, or -ENOMEM.
 */
int client_log(const struct client_call *call, const void *payload, size_t len);

/* client_failure.c: both set *failure, if there is a place for it, and return the negative errno
 * that stands for it. */
int client_fail_with(struct postern_failure **failure, const struct reply_error *e);
/* For a call that was cancelled before it was sent. */
int client_fail_cancelled(const struct client_call *call);
int client_fail(struct postern_failure **failure, enum postern_code code, int error,
		const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
