/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls through posternd's workers, against raw records, forks and namespaces. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/postern.h"
#include "lib/wire.h"
#include "tests/bench/calls.h"

#define SMALL_GOAL 1.20
#define LARGE_GOAL 1.3
#define APART_GOAL 1.3
#define FIRST_GOAL 1.3
#define CROWD_GOAL 1.11 /* nine calls in the time of ten */
#define BWRAP_GOAL 1.0
#define PSS_GOAL   200
#define MANY_GOAL  1.1

#define MANY	     1000
#define MANY_WORKERS 64 /* of an entrypoint */

#define TIMES 10 /* calls while the runs of programs are counted */

static char data[MIB_BYTES];
static struct postern *handle;
static struct sample raw_small, raw_large, raw_mib, raw_crowd, raw_fork, bare_namespaces,
	bare_worker, bwrap;

/* As generated code does: in room of its own, and what it is called with stays where it is until it
 * returns. */
static struct postern_args *arguments_of(struct postern_args_room *room, size_t len)
{
	struct postern_args *args = postern_args_in(room);

	(void)postern_args_borrow_bytes(args, "data", data, MIN_OF(len, FIRST_BYTES));
	if (len > FIRST_BYTES)
		(void)postern_args_borrow_bytes(args, "more", data, len - FIRST_BYTES);
	return args;
}

static void call_of(struct postern *p, const char *entrypoint, size_t len)
{
	struct postern_args_room room;
	struct postern_args *args = arguments_of(&room, len);
	struct postern_failure *failure = NULL;

	if (postern_call(p, entrypoint, args, 0, NULL, &failure) < 0)
		bench_bail("%s: %s", entrypoint, postern_failure_message(failure));
	postern_args_free(args);
}

static void op_small(void)
{
	call_of(handle, "take", SMALL_BYTES);
}

static void op_large(void)
{
	call_of(handle, "take", LARGE_BYTES);
}

/* In one argument. */
static void op_mib(void)
{
	struct postern_args_room room;
	struct postern_args *args = postern_args_in(&room);
	struct postern_failure *failure = NULL;

	(void)postern_args_borrow_bytes(args, "data", data, MIB_BYTES);
	if (postern_call(handle, "take", args, 0, NULL, &failure) < 0)
		bench_bail("1 MiB: %s", postern_failure_message(failure));
	postern_args_free(args);
}

/* In a process of its own, which makes its handle when it has none. */
static void op_crowd(void)
{
	static struct postern *own;

	if (!own)
		own = postern_new("bench");
	call_of(own, "take_two", SMALL_BYTES);
}

/* With the setters that copy. */
static void op_copied(void)
{
	struct postern_args *args = postern_args_new();

	(void)postern_args_bytes(args, "data", data, FIRST_BYTES);
	(void)postern_args_bytes(args, "more", data, LARGE_BYTES - FIRST_BYTES);
	if (postern_call(handle, "take", args, 0, NULL, NULL) < 0)
		bench_bail("a call with copied arguments failed");
	postern_args_free(args);
}

static void op_apart(void)
{
	call_of(handle, "take_apart", SMALL_BYTES);
}

/* A handle of its own, as a program has that was just started. */
static void op_first(void)
{
	struct postern *p = postern_new("bench-idle");

	call_of(p, "take", SMALL_BYTES);
	postern_free(p);
}

static void op_arguments(void)
{
	struct postern_args_room room;

	postern_args_free(arguments_of(&room, SMALL_BYTES));
}

static void op_arguments_large(void)
{
	struct postern_args_room room;

	postern_args_free(arguments_of(&room, LARGE_BYTES));
}

static uint8_t payload[POSTERN_RECORD_MAX];
static size_t payload_len;

static void payload_make(size_t len)
{
	struct wire_writer w;

	wire_start_part(&w, payload, sizeof(payload));
	wire_put_array(&w, 2);
	wire_put_bytes(&w, data, MIN_OF(len, FIRST_BYTES));
	if (len > FIRST_BYTES)
		wire_put_bytes(&w, data, len - FIRST_BYTES);
	else
		wire_put_nil(&w);
	if (wire_finish(&w, &payload_len) < 0)
		bench_bail("the bench's own arguments cannot be encoded");
}

/* As the worker does it. */
static void op_decode(void)
{
	struct postern_value *value;

	if (wire_decode(payload, payload_len, 0, &value) < 0)
		bench_bail("the bench's own arguments cannot be decoded");
	postern_value_free(value);
}

/* What a system call takes that does nothing, without a filter. */
static void op_getppid(void)
{
	(void)getppid();
}

/* -- processes */

/* The process of that name; 0: there is none. */
static pid_t process_named(const char *name)
{
	DIR *all = opendir("/proc");
	const struct dirent *d;
	char path[64], comm[32];
	pid_t found = 0;

	while (all && !found && (d = readdir(all))) {
		cleanup_file FILE *from = NULL;

		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%.16s/comm", d->d_name);
		from = fopen(path, "re");
		if (!from || !fgets(comm, sizeof(comm), from))
			continue;
		comm[strcspn(comm, "\n")] = '\0';
		if (strcmp(comm, name) == 0)
			found = (pid_t)strtol(d->d_name, NULL, 10);
	}
	if (all)
		(void)closedir(all);
	return found;
}

/* A process's memory: the line of smaps_rollup that begins with `key`, kB; negative: none. */
static double memory_of(pid_t pid, const char *key)
{
	cleanup_file FILE *from = NULL;
	char path[64], line[256];
	double value;

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	from = fopen(path, "re");
	while (from && fgets(line, sizeof(line), from))
		if (strncmp(line, key, strlen(key)) == 0 &&
		    sscanf(line + strlen(key), ": %lf", &value) == 1)
			return value;
	return -1;
}

static unsigned mappings_of(pid_t pid)
{
	cleanup_file FILE *from = NULL;
	char path[64], line[512];
	unsigned lines = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	from = fopen(path, "re");
	while (from && fgets(line, sizeof(line), from))
		lines++;
	return lines;
}

/* How large what is forked is. */
static void row_size(pid_t pid)
{
	char remark[128];

	(void)snprintf(remark, sizeof(remark), "%u mappings, %.0f kB of its own", mappings_of(pid),
		       memory_of(pid, "Private_Dirty"));
	row_remarked("  resident in the process that is forked", memory_of(pid, "Rss"), "kB",
		     NO_GOAL, remark);
}

/* -- the rows */

static void raw_row(const char *what, enum raw_server how, bench_op op)
{
	struct sample s;

	raw_start(how);
	s = measure(op);
	raw_stop();
	row_ratio(what, s, &raw_small, NO_GOAL);
}

void calls_bare(void)
{
	section("calls, base: raw records of the same size between two processes, no posternd");
	raw_start(RAW_BLOCKS);
	raw_small = measure(op_raw_small);
	raw_large = measure(op_raw_large);
	raw_stop();
	row_ratio("64 bytes, raw", raw_small, NULL, NO_GOAL);
	row_ratio("  getppid", measure(op_getppid), &raw_small, NO_GOAL);
	raw_row("64 bytes, raw, the server by epoll", RAW_EPOLL, op_raw_small);
	raw_row("64 bytes, raw, and two polls of the client", RAW_EPOLL, op_raw_polled);
	row_ratio("64 KiB, raw", raw_large, NULL, NO_GOAL);
	raw_start(RAW_LARGE);
	raw_mib = measure_few(op_raw_mib);
	raw_stop();
	row_ratio("1 MiB, raw, in records of 64 KiB", raw_mib, NULL, NO_GOAL);
	raw_crowd = crowd_raw(RAW_EPOLL, NULL);
	row_ratio("64 bytes, raw, 8 clients of 2 servers by epoll", raw_crowd, NULL, NO_GOAL);
	raw_start(RAW_FORKS);
	raw_fork = measure_few(op_raw_small);
	row_ratio("64 bytes, a process for each record", raw_fork, NULL, NO_GOAL);
	row_size(raw_server());
	raw_stop();
	row_ratio("fork and exec of a small program", measure_few(op_fork_exec), NULL, NO_GOAL);
	bare_namespaces = measure_machine(bare_reap, op_bare_namespaces, NULL);
	bare_reap();
	row_ratio("namespaces and a small program, bare", bare_namespaces, NULL, NO_GOAL);
	bare_worker = measure_machine(bare_reap, op_bare_worker, NULL);
	bare_reap();
	row_ratio("  and executed twice, with a module and a child that answers", bare_worker,
		  &bare_namespaces, NO_GOAL);
	bwrap = measure_machine(bare_reap, op_bwrap, NULL);
	bare_reap();
	row_ratio("the same by bwrap", bwrap, &bare_namespaces, NO_GOAL);
}

static void steps_row(void)
{
	struct postern_failure *failure = NULL;
	struct postern_value *value;
	const char *text;

	if (postern_call(handle, "steps", NULL, 0, &value, &failure) < 0 ||
	    postern_value_string(value, &text, NULL) < 0)
		bench_bail("steps: %s", postern_failure_message(failure));
	row_remarked("  system calls of the worker", 0, "", NO_GOAL, text);
	postern_value_free(value);
}

void place_as_worker(pid_t server)
{
	char command[512];

	(void)snprintf(
		command, sizeof(command),
		"set -e; cd /sys/fs/cgroup; mkdir -p bench-deep/a/%d; on() { "
		"for c in $(cat $1/cgroup.subtree_control); do "
		"echo +$c >$2/cgroup.subtree_control; done; "
		"cat $1/cgroup.pressure >$2/cgroup.pressure; }; "
		"on postern-contexts bench-deep; on postern-contexts/bench bench-deep/a; "
		"cat postern-contexts/bench/cgroup.pressure >bench-deep/a/%d/cgroup.pressure; "
		"echo %d >bench-deep/a/%d/cgroup.procs",
		server, server, server, server);
	if (system(command) != 0)
		bench_bail("cannot put a raw server into a cgroup");
}

/* What a call has to pay with nothing of ours left out of it. */
static struct sample placed_row(const char *what, enum raw_server how)
{
	struct sample s;

	raw_start(how);
	place_as_worker(raw_server());
	s = measure(op_raw_small);
	raw_stop();
	row_ratio(what, s, &raw_small, NO_GOAL);
	return s;
}

static void small_rows(void)
{
	cleanup_free char *ran = NULL;
	struct sample placed, least, call;
	double runs;

	raw_row("64 bytes, raw, beside posternd", RAW_BLOCKS, op_raw_small);
	placed = placed_row("64 bytes, raw, the server as deep as a worker", RAW_BLOCKS);
	(void)placed_row("64 bytes, raw, by epoll, the server as deep as a worker", RAW_EPOLL);
	least = placed_row("64 bytes, raw, the same, a worker's filters, a limit in the client",
			   RAW_WORKER);
	call = measure(op_small);
	row_ratio("64 bytes, a call", call, &raw_small, SMALL_GOAL);
	row_ratio("  against raw on the same placement", call, &placed, SMALL_GOAL);
	row_ratio("  against the raw one before it", call, &least, NO_GOAL);
	(void)programs_running(op_small, TIMES, &ran, &runs);
	row_remarked("  programs", runs, "instr", NO_GOAL, ran);
	steps_row();
	row_ratio("  arguments by name, and freed", measure(op_arguments), &raw_small, NO_GOAL);
	payload_make(SMALL_BYTES);
	row_ratio("  decoded, and freed", measure(op_decode), &raw_small, NO_GOAL);
	raw_start(RAW_BLOCKS);
	row_ratio("  a poll that finds nothing", measure(op_polls), &raw_small, NO_GOAL);
	raw_stop();
}

static void nothing(void)
{
}

static void first_row(void)
{
	double waited;
	struct sample s = measure_machine(nothing, op_first, &waited);

	row_ratio("first call to a stopped context", s, &bare_namespaces, FIRST_GOAL);
	row_value("  in which nobody ran", waited * 1000, "ms", NO_GOAL);
	row_ratio("  against the bare one that is executed twice", s, &bare_worker, NO_GOAL);
	row_ratio("  against bwrap", s, &bwrap, BWRAP_GOAL);
}

static void apart_rows(void)
{
	cleanup_free char *ran = NULL;
	double runs;

	row_ratio("isolation: call", measure_few(op_apart), &raw_fork, APART_GOAL);
	(void)programs_running(op_apart, TIMES, &ran, &runs);
	row_remarked("  programs", runs, "instr", NO_GOAL, ran);
	row_size(process_named("take_apart"));
}

/* How deep the worker lies: each level costs at each switch. */
static void row_cgroup(pid_t worker)
{
	cleanup_file FILE *from = NULL;
	char path[64], line[512] = "";
	unsigned depth = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", worker);
	from = fopen(path, "re");
	if (!from || !fgets(line, sizeof(line), from))
		bench_bail("a worker has no cgroup");
	line[strcspn(line, "\n")] = '\0';
	for (const char *at = line; *at; at++)
		depth += *at == '/';
	row_remarked("levels of a worker's cgroup", depth, "", NO_GOAL, line);
}

/* A connection for each, so that each has a worker of its own. All wait for calls from then on. */
static struct postern *many[MANY];

static void many_start(void)
{
	const struct rlimit room = {.rlim_cur = 2 * MANY, .rlim_max = 2 * MANY};
	char entrypoint[32];

	if (setrlimit(RLIMIT_NOFILE, &room) < 0)
		bench_bail("raise RLIMIT_NOFILE: %s", strerror(errno));
	for (size_t i = 0; i < MANY; i++) {
		many[i] = postern_new("bench-many");
		(void)snprintf(entrypoint, sizeof(entrypoint), "take_%zu", i / MANY_WORKERS);
		call_of(many[i], entrypoint, SMALL_BYTES);
	}
}

static void many_end(void)
{
	for (size_t i = 0; i < MANY; i++)
		postern_free(many[i]);
}

static void many_rows(const struct sample *alone)
{
	pid_t worker;

	many_start();
	row_ratio("64 bytes, a call, beside 1,000 workers", measure(op_small), alone, MANY_GOAL);
	worker = process_named("take_7");
	row_value("  one of them, PSS", memory_of(worker, "Pss"), "kB", PSS_GOAL);
	row_value("    of it only its own", memory_of(worker, "Private_Dirty"), "kB", NO_GOAL);
	many_end();
}

static void crowd_rows(void)
{
	struct sample placed = crowd_raw(RAW_EPOLL, place_as_worker);
	struct sample least = crowd_raw(RAW_WORKER, place_as_worker), call = crowd_calls(op_crowd);

	row_ratio("64 bytes, raw, 8 clients of 2 servers as deep as a worker", placed, &raw_crowd,
		  NO_GOAL);
	row_ratio("64 bytes, raw, the same, a worker's filters, limits in the clients", least,
		  &raw_crowd, NO_GOAL);
	row_ratio("64 bytes, calls of 8 clients to 2 workers", call, &raw_crowd, CROWD_GOAL);
	row_ratio("  against raw on the same placement", call, &placed, CROWD_GOAL);
	row_ratio("  against the raw one before it", call, &least, NO_GOAL);
}

/* The least that a process with libc counts here, where next to nothing else has it. */
static void staying_row(void)
{
	int fd;
	pid_t pid = bare_staying(&fd);

	row_value("  a small program that waits, PSS", memory_of(pid, "Pss"), "kB", NO_GOAL);
	(void)close(fd);
	(void)waitpid(pid, NULL, 0);
}

void calls_after(void)
{
	struct sample alone;

	pid_t worker;

	section("calls, the same base");
	handle = postern_new("bench");
	op_small();
	worker = process_named("take");
	row_cgroup(worker);
	row_value("an idle worker, PSS", memory_of(worker, "Pss"), "kB", PSS_GOAL);
	row_value("  of it only its own", memory_of(worker, "Private_Dirty"), "kB", NO_GOAL);
	staying_row();
	small_rows();
	row_ratio("64 KiB, a call", measure(op_large), &raw_large, LARGE_GOAL);
	row_ratio("  arguments by name, and freed", measure(op_arguments_large), &raw_large,
		  NO_GOAL);
	payload_make(LARGE_BYTES);
	row_ratio("  decoded, and freed", measure(op_decode), &raw_large, NO_GOAL);
	row_ratio("  with the setters that copy", measure(op_copied), &raw_large, NO_GOAL);
	row_ratio("1 MiB, a call", measure_few(op_mib), &raw_mib, LARGE_GOAL);
	crowd_rows();
	apart_rows();
	first_row();
	alone = measure(op_small);
	many_rows(&alone);
	postern_free(handle);
}
