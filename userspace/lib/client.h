/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The inside of libpostern: handles, connections, arguments and failures. Not installed. */
#ifndef POSTERN_LIB_CLIENT_H
#define POSTERN_LIB_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "lib/postern.h"
#include "lib/protocol.h"
#include "lib/reply.h"
#include "lib/wire.h"

#define NS_PER_SECOND UINT64_C(1000000000)

#define CLIENT_IDLE_MAX	      8	   /* idle connections kept per handle and entrypoint */
#define CLIENT_SIGNATURES_MAX 1024 /* different ones kept per handle */
#define CLIENT_OPEN_NS	      (UINT64_C(30) * 1000 * 1000 * 1000)
/* How long a posternd that is away is waited for by who has no deadline, and how often one may
 * close before it answers. */
#define CLIENT_AWAY_NS	   (UINT64_C(10) * 1000 * 1000 * 1000)
#define CLIENT_CLOSED_MAX  4
#define CLIENT_CALL_NS_MAX (UINT64_C(24) * 3600 * 1000 * 1000 * 1000)
#define CLIENT_GRACE_NS	   (UINT64_C(1000) * 1000 * 1000)
#define CLIENT_FDS_MAX	   8 /* descriptors in one call (docs/protocol.md) */
#define CLIENT_CONTROL_MAX 48

/* What a worker said in OPENED, kept until the handle goes, because postern_describe() hands it
 * out. */
struct client_signature {
	struct client_signature *next;
	uint8_t *payload; /* OPENED's, to find the same one again */
	size_t payload_len;
	bool secret; /* an argument or the result is, or a field of theirs */
	struct reply_opened opened;
};

/* Descriptors of arguments, in the order of their numbers in the record. */
struct client_fds {
	size_t len;
	int fds[CLIENT_FDS_MAX];
	size_t at[CLIENT_FDS_MAX]; /* which argument */
};

/* A connection to one entrypoint. Idle in the handle's pool, or owned by the one call that uses it.
 */
struct client_connection {
	struct client_connection *next, *previous; /* previous: of those in use */
	struct postern *user;			   /* whose call uses it; NULL: it is idle */
	bool shut;				   /* its call was cancelled: no other may follow */
	int fd;
	uint64_t process; /* client_process() of who opened it; its children must not touch it */
	bool reused;	  /* it was idle: the other end may have gone meanwhile */
	uint64_t called;  /* when its last call began, CLOCK_MONOTONIC ns; 0: none did */
	uint64_t limit;	  /* the socket's own receive timeout, ns; 0: none yet */
	uint64_t last_call;
	size_t used;   /* bytes of `record` that held a call or an answer, which may be secret */
	bool taken;    /* a record was received, or not, and is still to be looked at */
	int taken_len; /* with it: as recv(2) returned, or a negative errno */
	const struct client_signature *signature;
	const struct client_fds *fds; /* that go with the CALL at hand; NULL: none */
	bool takes_fd;		      /* the result is a descriptor */
	int came;		      /* one that came, and 1; 0: none */
	char entrypoint[POSTERN_WIRE_NAME];
	uint8_t record[POSTERN_RECORD_MAX];
};

struct postern {
	char *context;		    /* as it was given */
	char *network;		    /* likewise; NULL: none */
	struct sockaddr_un address; /* sun_family 0: the context is no name and no path */
	uint64_t process;	    /* that filled `idle` */
	struct client_connection *idle, *in_use;
	unsigned cancels; /* how often postern_cancel() was called */
	struct client_signature *signatures;
	size_t signatures_len;
	int log_level; /* the least important that is wanted; with `log` */
	postern_log_fn log;
	void *log_userdata;
};

/* One argument: `head`, then `data`. A number is all head, a list all data. */
struct client_argument {
	const char *name;
	const void *data; /* the arguments' own, or the caller's */
	size_t len;
	uint8_t head_len;
	uint8_t head[WIRE_HEAD_MAX];
};

/* Whether the values were held against a signature that calls one of them secret. */
enum client_args_seen { CLIENT_ARGS_UNSEEN, CLIENT_ARGS_PUBLIC, CLIENT_ARGS_SECRET };

struct postern_args {
	size_t len;
	size_t bytes;	 /* of all values */
	size_t elements; /* of all lists, and names and values of all records */
	bool records;	 /* one of them is a record, or a list of records */
	bool in_room;	 /* it and its names are the caller's memory */
	int seen;	 /* enum client_args_seen; atomic: threads may share what they only read */
	int error;	 /* the first one; 0 while there is none */
	struct client_argument *more; /* those behind `own` */
	size_t more_len;
	struct client_chunk *chunks; /* names and values behind `first` */
	size_t first_used;
	uint8_t first[512];
	struct client_argument own[8];
	struct client_fds fds;
	char *error_name; /* with `error`; NULL: none */
};

/* What malloc() keeps ready for the thread that freed it last (glibc, tcache_max), without a look
 * at the heap: they are made and freed with each call. */
static_assert(sizeof(struct postern_args) <= 1032, "arguments fit a thread's own list");
static_assert(sizeof(struct postern_args) <= sizeof(struct postern_args_room),
	      "arguments fit the room that callers make for them");

/* One postern_call() or postern_describe() on its way. */
struct client_call {
	struct postern *p;
	const char *entrypoint;
	uint64_t wait_ns;  /* as the caller asked; 0: as long as the entrypoint may take */
	uint64_t deadline; /* CLOCK_MONOTONIC ns */
	unsigned cancels;  /* of the handle, when it began */
	uint64_t now;	   /* when the clock was last looked at */
	struct postern_failure **failure;
};

/* A CALL's payload: the head of the list of arguments, and one for each parameter. */
struct client_payload {
	size_t len; /* of all of it */
	size_t given_len, head_len;
	uint8_t head[WIRE_HEAD_MAX];
	const struct client_argument *given[REPLY_ARGUMENTS_MAX]; /* NULL: nil */
};

/* What came: a record, or the payloads of several put together. */
struct client_message {
	struct postern_header header;
	uint8_t *payload; /* in the connection's record, or `large` */
	size_t len;
	uint8_t *large; /* to be freed; NULL: it was one record */
	size_t large_used;
};

/* client.c: frees a message of the connection's entrypoint. */
void client_message_clear(const struct client_connection *c, struct client_message *m);

/* client_connection.c */
/* Connects, sends OPEN and waits for OPENED. Returns 0, or the number of the failure that it set.
 */
int client_connect(struct client_call *call, struct client_connection **ret);
/* Is an idle connection fit for a call: open, and silent as it should be? */
bool client_connection_alive(const struct client_connection *c);
void client_connection_close(struct client_connection *c);

/* client_transfer.c */
uint64_t client_now(void);
/* Sends c->record[0..len). Returns 0, -EPIPE when nobody is there any more, -ETIMEDOUT, or another
 * negative errno. */
int client_send(struct client_call *call, struct client_connection *c, size_t len);
/* Sends a CALL by as many records as it takes. header: in the host's order. Returns as
 * client_send(); 0 also when the other side answered or went before it was all sent, which
 * client_receive() then tells: *ret_whole is false. */
int client_send_call(struct client_call *call, struct client_connection *c,
		     const struct postern_header *header, const struct client_payload *payload,
		     bool *ret_whole);
/* Receives a message. Returns 1 with its checked header, 0 at the end of the stream, -ETIMEDOUT,
 * -EBADMSG, or another negative errno. */
int client_receive(struct client_call *call, struct client_connection *c,
		   struct client_message *ret);
/* Receives a record, and says whether it is all that a call waits for that has no result: RETURN
 * with nil for the last one. If not, client_receive() is next, and finds it. */
bool client_receive_nil(struct client_call *call, struct client_connection *c);

/* client_fd.c */
/* Is the argument of that place a descriptor? */
bool client_fds_has(const struct client_fds *fds, size_t argument);
/* Lets a message carry them. room: CLIENT_CONTROL_MAX bytes that live as long, aligned as a struct
 * cmsghdr. */
void client_fds_put(const struct client_fds *fds, void *room, struct msghdr *message);
/* recv(2) with room for one descriptor, which is kept with the connection: others, and more, are
 * closed by the kernel, and the errno is EBADMSG. */
ssize_t client_fd_receive(struct client_connection *c, void *to, size_t size, int flags);
/* Closes what came with a record. Returns whether there was any. */
bool client_fd_drop(struct client_connection *c);
/* Puts what came into the result of a RETURN. Returns 0, or -EBADMSG when one is there and the
 * other is not. */
int client_fd_result(struct client_connection *c, struct postern_value *result);

/* client_pool.c */
int client_pool_init(void);
/* A number for this process, another one in each child of a fork. */
uint64_t client_process(void);
/* An idle connection, or NULL. One that has been idle for a while was found alive. */
struct client_connection *client_pool_take(struct client_call *call);
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
/* Is it secret, or one of its fields? */
bool client_parameter_secret(const struct postern_parameter *p);

/* client_args.c: the i-th of args->len. */
const struct client_argument *client_args_at(const struct postern_args *args, size_t i);
/* Adds an argument of `bound` bytes at most, of which msgpack is to be written to *ret_data. */
int client_args_begin(struct postern_args *args, const char *name, size_t bound,
		      struct client_argument **ret, uint8_t **ret_data);
/* What was begun is whole, and len bytes. elements: values within it. Returns 0 or a negative
 * errno, which is kept too. */
int client_args_end(struct postern_args *args, const char *name, struct client_argument *a,
		    size_t len, size_t elements);
/* Keeps the first error and the name of its argument. */
int client_args_error(struct postern_args *args, const char *name, int error);

/* client_arrange.c: arguments in the order of the signature. payload: points into args. Returns 0,
 * or the number of the failure that it set. */
int client_arrange(const struct client_call *call, const struct postern_args *args,
		   const struct client_signature *signature, struct client_payload *payload);
/* The whole payload in one piece: payload->len bytes, and room for WIRE_HEAD_MAX more. */
void client_payload_write(const struct client_payload *payload, uint8_t *to);
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
