/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern call: one call of an entrypoint. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "base/units.h"
#include "cli/admin_client.h"
#include "cli/call_print.h"
#include "cli/exit.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "lib/wire.h"
#include "lib/words.h"

#define NS_PER_MS UINT64_C(1000000)

struct call {
	struct call_subject subject;
	struct call_values values;
	struct postern *postern;
	const char *network; /* NULL: none is named */
	char *socket;	     /* absolute path; NULL: the context's own */
	uint64_t deadline;   /* CLOCK_MONOTONIC ns; 0: as the library has it */
	int log_level;	     /* the least important that is shown of what the function logs */
	bool json;
};

static void say_log(void *userdata, const char *entrypoint, int level, const char *text)
{
	(void)userdata;
	(void)fprintf(stderr, "%s: %s: ", log_level_name(level), entrypoint);
	say_escaped(stderr, text, strlen(text), 0);
	(void)fputc('\n', stderr);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
}

/* What is left, for the library: at least 1, since 0 means its own default. */
static unsigned left_ms(const struct call *c)
{
	uint64_t now = now_ns();

	if (!c->deadline)
		return 0;
	if (c->deadline <= now)
		return 1;
	return (unsigned)MIN_OF((c->deadline - now + NS_PER_MS - 1) / NS_PER_MS,
				(uint64_t)UINT_MAX);
}

/* Nobody listens there: either posternd does not run, or it has no such context. */
static int say_unreachable(const struct call *c, const struct postern_failure *f)
{
	char own[sizeof(POSTERN_SOCKET_DIR) + POSTERN_WIRE_NAME + sizeof("/.sock")];
	const char *path = c->socket;
	struct status s = {};

	if (!path) {
		if (!wire_name_valid(c->subject.context))
			return call_print_failure(&c->subject, f, c->json);
		(void)snprintf(own, sizeof(own), POSTERN_SOCKET_DIR "/%s.sock", c->subject.context);
		path = own;
	}
	if (admin_listens(path))
		return call_print_failure(&c->subject, f, c->json);
	if (c->socket || status_fetch(NULL, true, &s) != CLI_OK) {
		(void)call_print_failure(&c->subject, f, c->json);
		return CLI_UNREACHABLE;
	}
	if (status_has(&s, c->subject.context)) {
		free(s.records);
		return call_print_failure(&c->subject, f, c->json);
	}
	if (c->json)
		call_print_failure_json(f);
	status_no_context(&s, c->subject.context);
	free(s.records);
	return CLI_NOT_AVAILABLE;
}

static int say_failure(const struct call *c, struct postern_failure *f)
{
	int r;

	if (postern_failure_result(f) == POSTERN_RESULT_NOT_AVAILABLE)
		r = say_unreachable(c, f);
	else
		r = call_print_failure(&c->subject, f, c->json);
	postern_failure_free(f);
	return r;
}

static int call_entrypoint(struct call *c)
{
	cleanup_error struct error err = {};
	struct postern_failure *failure = NULL;
	struct postern_value *result = NULL;
	struct postern_args *args = NULL;
	struct interrupt interrupt;
	int r;

	if (call_values_build(&c->values, &args, &err) < 0)
		return call_print_bad_text(&c->subject, &err, c->json);
	interrupt_begin(&interrupt, c->postern);
	r = postern_call(c->postern, c->subject.entrypoint, args, left_ms(c), &result, &failure);
	interrupt_end(&interrupt);
	postern_args_free(args);
	if (r < 0)
		return say_failure(c, failure);
	if (postern_value_kind(result) == POSTERN_KIND_FD && !c->json)
		r = call_descriptor_print(result);
	else
		call_print_result(result, c->json);
	postern_value_free(result);
	return r < 0 ? CLI_FAILED : CLI_OK;
}

static int call_run(struct call *c)
{
	const struct postern_signature *signature = NULL;
	struct postern_failure *failure = NULL;
	cleanup_error struct error err = {};

	c->postern = postern_new_network(c->socket ? c->socket : c->subject.context, c->network);
	if (!c->postern) {
		say_error("out of memory");
		return CLI_FAILED;
	}
	postern_set_log(c->postern, c->log_level, say_log, NULL);
	if (postern_describe(c->postern, c->subject.entrypoint, left_ms(c), &signature, &failure) <
	    0)
		return say_failure(c, failure);
	if (call_values_bind(&c->values, signature, &err) < 0)
		return call_print_bad_text(&c->subject, &err, c->json);
	return call_entrypoint(c);
}

/* The library takes an absolute path for a socket's. */
static int socket_absolute(const char *path, char **ret)
{
	cleanup_free char *here = NULL;

	if (path[0] == '/') {
		*ret = strdup(path);
		return *ret ? 0 : -ENOMEM;
	}
	here = getcwd(NULL, 0);
	if (!here)
		return -errno;
	if (asprintf(ret, "%s/%s", here, path) < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int options_apply(const struct verb *verb, struct call *c, const char *timeout,
			 const char *socket, const char *level)
{
	uint64_t ns;
	int r;

	c->log_level = level ? log_level_number(level) : LOG_NOTICE;
	if (c->log_level < 0)
		return options_usage(verb,
				     "--log: expected error, warning, notice, info or debug, got "
				     "\"%s\"",
				     level);

	if (timeout) {
		r = units_parse_duration(timeout, &ns);
		if (r < 0 || ns == 0 || ns / NS_PER_MS >= UINT_MAX)
			return options_usage(verb,
					     "--timeout: expected a duration above 0 and below 49 "
					     "days, as 500ms, 5s or 2min, got \"%s\"",
					     timeout);
		c->deadline = now_ns() + ns;
	}
	r = socket ? socket_absolute(socket, &c->socket) : 0;
	if (r < 0) {
		say_error("--socket %s: %s", socket, strerror(-r));
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int operands_apply(const struct verb *verb, struct call *c, int argc, char **argv)
{
	int at = 0, r;

	if (argc < 2)
		return options_usage(verb, "which %s?", argc ? "entrypoint" : "context");
	c->subject.context = argv[0];
	c->subject.entrypoint = argv[1];
	c->subject.values = &c->values;
	r = call_values_split(&c->values, argv + 2, argc - 2, &at);
	if (r == -EINVAL)
		return options_usage(verb, "argument %d is not of the form name=value", at);
	if (r < 0) {
		say_error("out of memory");
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	const char *timeout = NULL, *socket = NULL, *level = NULL;
	struct call c = {};
	const struct option_spec specs[] = {
		{.name = "timeout", .value = &timeout, .meaning = "DURATION"},
		{.name = "socket", .value = &socket, .meaning = "PATH"},
		{.name = "network", .value = &c.network, .meaning = "NAME"},
		{.name = "log", .value = &level, .meaning = "LEVEL"},
		{.name = "json", .flag = &c.json},
	};
	int r;

	if (!options_read(verb, specs, ARRAY_SIZE(specs), &argc, argv, &r))
		return r;
	r = options_apply(verb, &c, timeout, socket, level);
	if (r == CLI_OK)
		r = operands_apply(verb, &c, argc, argv);
	if (r == CLI_OK)
		r = call_run(&c);
	postern_free(c.postern);
	call_values_clear(&c.values);
	free(c.socket);
	return r;
}

const struct verb verb_call = {
	.name = "call",
	.operands = "[--timeout DURATION] [--socket PATH] [--network NAME] [--log LEVEL] [--json] "
		    "CONTEXT ENTRYPOINT [name=value...]",
	.summary = "call an entrypoint and print its result",
	.help = "Asks the entrypoint what it takes, turns each value into that type, calls, and "
		"prints the\n"
		"result: text and bytes as they are, a list a line each, a record a field each "
		"line. What went wrong goes to "
		"stderr, with a\n"
		"hint, and into the exit status.\n\n"
		"  boolean    true, false\n"
		"  integer    decimal digits\n"
		"  size       bytes, or with a unit: 10KiB, 1MiB\n"
		"  duration   with a unit: 500ms, 5s, 2min\n"
		"  string     the text; @FILE what a file holds, @- standard input, @@x for the "
		"text @x\n"
		"  bytes      as string; hex:00ff in hexadecimal digits\n"
		"  list       comma-separated (\\, for a comma), or the name again for each; name= "
		"alone is empty\n"
		"  record     JSON, {\"name\": \"value\"}; of a list of records also [{...}], or "
		"the "
		"name again\n"
		"             for each; @FILE what a file holds\n"
		"  fd         @FILE, opened for what the entrypoint takes it for as <, > and <> of "
		"a "
		"shell do,\n"
		"             @- standard input or output, fd:3 one that is open\n"
		"  others     the text\n\n"
		"A result that is a descriptor is read, and what it holds written to stdout; not "
		"with --json.\n\n"
		"A secret on the command line can be seen by every user of the host while the "
		"call runs: pass it\n"
		"by @FILE or @-.\n\n"
		"  --timeout DURATION  wait no longer, connecting included\n"
		"  --socket PATH       the context's socket, for a context that is elsewhere\n"
		"  --network NAME      in that network namespace, for a context that serves many\n"
		"  --log LEVEL         show what the function logs down to error, warning, notice "
		"(unless\n"
		"                      said), info or debug, on stderr\n"
		"  --json              print the result as an object, bytes in base64; a failure "
		"too\n\n"
		"The exit status is 0, or 10 and the number of the result: 11 failed, 12 bad "
		"argument, 13 not\n"
		"permitted, 14 denied, 15 timed out, 16 worker died, 17 protocol error, 18 not "
		"available,\n"
		"19 busy, 20 cancelled; 3 when posternd cannot be reached.\n\n"
		"^C cancels the call: the function is ended, and that is waited for. A second ^C "
		"ends this program\n"
		"at once.",
	.run = run,
};
