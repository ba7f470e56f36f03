/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A call under isolation: call as its zygote sees it, and how it ends. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "helper/call_end.h"
#include "helper/call_process.h"
#include "lib/reply.h"

uint64_t call_deadline(const struct call *call)
{
	uint64_t claimed = page_claimed_deadline(call->page);

	return claimed != 0 && claimed < call->deadline ? claimed : call->deadline;
}

bool call_taken_back(const struct call *call)
{
	struct pollfd p = {.fd = call->connection->fd, .events = POLLRDHUP};

	/* Its connection is not in the epoll while the call runs. The flags are epoll's. */
	return poll(&p, 1, 0) > 0 && connection_cancelled(call->connection, (uint32_t)p.revents);
}

int call_kill(const struct call *call, struct error *err)
{
	if (kill(-call->pid, SIGKILL) < 0 && errno != ESRCH)
		return error_set(err, errno, "kill the processes of a call");
	return 0;
}

/* The process is looked at before it is reaped: as long as it is a zombie its number cannot be
 * another's. */
static int leader_reap(struct call *call, struct error *err)
{
	siginfo_t info = {};
	int r;

	if (waitid(P_PID, (id_t)call->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return error_set(err, errno, "look at a call's process");
	if (info.si_pid == 0)
		return 0;
	r = call_kill(call, err);
	if (r < 0)
		return r;
	if (waitpid(call->pid, &call->status, 0) < 0)
		return error_set(err, errno, "reap a call's process");
	call->reaped = true;
	return 1;
}

int call_reap(struct call *call, struct error *err)
{
	int r;

	if (!call->reaped) {
		r = leader_reap(call, err);
		if (r <= 0)
			return r;
	}
	while (waitpid(-call->pid, NULL, WNOHANG) > 0)
		;
	/* With the leader reaped, a refusal here is about what it left behind. */
	if (kill(-call->pid, SIGKILL) == 0)
		return 0;
	if (errno != ESRCH)
		return error_set(err, errno, "kill what a call left behind");
	return 1;
}

static int ended_tell(const struct connections *all, const struct call *call, struct error *err)
{
	const struct control_record record = {
		.type = CONTROL_CALL_ENDED,
		.flags = (call->timed_out ? CONTROL_TIMED_OUT : 0) |
			 (call->cancelled ? CONTROL_CANCELLED : 0),
		.connection = call->connection->id,
		.call = page_claimed_call(call->page),
		.status = call->status,
	};
	int r = control_send(all->channel, &record, NULL, 0, 0);

	return r < 0 ? error_set(err, r, "tell CALL_ENDED") : 0;
}

/* Did it end with a call begun and not answered? Then its exit status is the function's, which may
 * be any of those of enum call_exit. */
static bool within_call(const struct call *call)
{
	return page_claimed_call(call->page) != 0;
}

/* The answer that the call's process did not give. */
static void client_tell(const struct call *call)
{
	unsigned char reply[REPLY_ERROR_MAX];
	enum postern_code code = POSTERN_WORKER_DIED;
	const char *hint = NULL;
	char message[128];
	int signal = 0, error = 0;
	size_t len;

	if (call->cancelled) {
		code = POSTERN_CANCELLED;
		error = ECANCELED;
		(void)snprintf(message, sizeof(message), "the call was cancelled by its caller");
	} else if (call->timed_out) {
		code = POSTERN_TIMED_OUT;
		(void)snprintf(message, sizeof(message), "the call was ended at its deadline");
	} else if (WIFEXITED(call->status) && WEXITSTATUS(call->status) == CALL_NO_DOOR &&
		   !within_call(call)) {
		code = POSTERN_NOT_AVAILABLE;
		hint = "the kernel programs do not hold this worker: see `postern status`";
		(void)snprintf(message, sizeof(message),
			       "the kernel did not give the call a place of its own");
	} else if (WIFEXITED(call->status) && WEXITSTATUS(call->status) == CALL_LOST) {
		(void)snprintf(message, sizeof(message),
			       "the function closed descriptors that are not its own");
	} else if (WIFSIGNALED(call->status)) {
		signal = WTERMSIG(call->status);
		(void)snprintf(message, sizeof(message), "the call's process died of signal %d",
			       signal);
	} else {
		(void)snprintf(message, sizeof(message),
			       "the call's process exited with status %d and no answer",
			       WEXITSTATUS(call->status));
	}
	len = reply_error(reply, page_claimed_call(call->page), code, message, hint, signal, error);
	(void)connection_send(call->connection, reply, len);
}

static int close_tell(struct connections *all, struct connection *c, int status, struct error *err)
{
	int r = connections_close(all, c, status);

	return r < 0 ? error_set(err, r, "tell CLOSED") : 0;
}

static int connection_end(struct connections *all, const struct call *call, struct error *err)
{
	int code = WIFEXITED(call->status) ? WEXITSTATUS(call->status) : -1;
	int r;

	switch (call->timed_out || within_call(call) ? -1 : code) {
	case CALL_ANSWERED:
	case CALL_NOTHING:
		return 1;
	case CALL_CLOSED:
		return close_tell(all, call->connection, 0, err);
	case CALL_PROTOCOL:
		return close_tell(all, call->connection, -EBADMSG, err);
	case CALL_UNREAD:
		return close_tell(all, call->connection, -EAGAIN, err);
	default:
		client_tell(call);
		r = ended_tell(all, call, err);
		if (r < 0)
			return r;
		if (call->cancelled)
			return close_tell(all, call->connection, -ECANCELED, err);
		/* Dead before it read its record, which would start the next one, and so on. */
		if (!within_call(call))
			return close_tell(all, call->connection, -ECHILD, err);
		return 1;
	}
}

struct last_words {
	const struct worker *worker;
	const struct call *call;
	bool to_client;
};

/* To the journal, and before the answer to the client, if its call asked for it. */
static void last_words(void *userdata, int level, const char *text, size_t len)
{
	const struct last_words *l = userdata;
	unsigned char record[REPLY_LOG_MAX];

	output_journal(OUTPUT_JOURNAL_FD, l->worker->entrypoint->name, level, text);
	if (!l->to_client || level > l->call->output.area->wanted)
		return;
	len = reply_log(record, page_claimed_call(l->call->page), level, text, len);
	if (len > 0)
		(void)connection_send_log(l->call->connection, record, len);
}

/* Mostly nothing: a call that came to its end told it. */
static void printed_tell(const struct worker *w, struct call *call)
{
	struct last_words l = {.worker = w, .call = call, .to_client = within_call(call)};

	if (output_waits(&call->output))
		output_take(&call->output, last_words, &l);
}

int call_end(struct worker *w, struct call *call, struct error *err)
{
	struct connections *all = &w->connections;
	struct connection *c = call->connection;
	int r;

	printed_tell(w, call);
	r = connection_end(all, call, err);
	page_clear(call->page);
	*call = (struct call){.page = call->page, .output = call->output};
	if (r <= 0)
		return r;
	if (worker_retired(w))
		return worker_release(w, c, err);
	r = connections_watch(all, c, true);
	if (r < 0)
		return error_set(err, r, "watch a connection again");
	c->busy = false;
	return 0;
}

int call_refuse(struct connections *all, struct connection *c, int reason, struct error *err)
{
	unsigned char reply[REPLY_ERROR_MAX];
	size_t len = reply_error(reply, 0, POSTERN_BUSY, "no process can be made for the call",
				 "try again later, or raise limits.processes", 0, reason);

	(void)connection_send(c, reply, len);
	return close_tell(all, c, -reason, err);
}
