/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command postern: what it prints, and its exit statuses. */
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/integration/common/trial.h"
#include "tests/integration/parts/parts.h"
#include "tests/tap.h"

#define FOLLOWED "/tmp/followed"

/* -- JSON: one value, and nothing behind it */

static const char *blank(const char *at)
{
	return at + strspn(at, " \t\n");
}

static const char *json_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at && *at != '"'; at++) {
		if ((unsigned char)*at < ' ' || (*at == '\\' && !strchr("\"\\/bfnrtu", *++at)))
			return NULL;
	}
	return *at ? at + 1 : NULL;
}

static const char *json_value(const char *at);

/* NOLINTNEXTLINE(misc-no-recursion): as deep as our own output is */
static const char *json_members(const char *at, bool object)
{
	const char end = object ? '}' : ']';

	at = blank(at + 1);
	if (*at == end)
		return at + 1;
	for (;;) {
		if (object) {
			at = json_string(blank(at));
			if (!at || *(at = blank(at)) != ':')
				return NULL;
			at++;
		}
		at = json_value(blank(at));
		if (!at)
			return NULL;
		at = blank(at);
		if (*at == end)
			return at + 1;
		if (*at++ != ',')
			return NULL;
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as our own output is */
static const char *json_value(const char *at)
{
	static const char *const words[] = {"true", "false", "null"};
	size_t len = strspn(at, "-0123456789");

	if (*at == '{' || *at == '[')
		return json_members(at, *at == '{');
	if (*at == '"')
		return json_string(at);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strncmp(at, words[i], strlen(words[i])) == 0)
			return at + strlen(words[i]);
	return len ? at + len : NULL;
}

static bool is_json(const char *text)
{
	const char *end = json_value(blank(text));

	return end && !*blank(end);
}

static void json_check_checked(void)
{
	tap(is_json("{\"a\": [1, -2, true, {}], \"b\": null}\n") && !is_json("{\"a\": [1,]}") &&
		    !is_json("{\"a\" 1}") && !is_json("{} {}") && !is_json("\"a\nb\"") &&
		    !is_json(""),
	    "the check of JSON tells good from bad");
}

/* -- the verbs */

struct expected {
	const char *arguments[6];
	int status;
	const char *out; /* all of it; NULL: nothing */
	const char *err; /* a part of it */
	const char *hint;
};

static void call_ends(const struct expected *e)
{
	const char *const *a = e->arguments;
	struct trial_program p = {};
	const char *hint;
	bool good;

	TRIAL_RUN(&p, ALICE, POSTERN, "call", a[0], a[1], a[2], a[3], a[4], a[5]);
	hint = strstr(p.err, "\nhint: ");
	good = p.status == e->status && strcmp(p.out, e->out ? e->out : "") == 0;
	good = good && (e->err ? strstr(p.err, e->err) != NULL : !p.err[0]);
	good = good && (!e->hint || (hint && strstr(hint, e->hint)));
	if (!tap(good, "postern call %s %s %s %s: exit status %d", a[0], a[1], a[2] ? a[2] : "",
		 a[2] && a[3] ? a[3] : "", p.status))
		trial_program_show(&p);
	trial_program_clear(&p);
}

#define TOUCH(file, how)                                                                           \
	{                                                                                          \
		"trial", "touch", "file=" TRIAL_DIR "/" file, "how=" how                           \
	}

static void results(void)
{
	static const struct expected all[] = {
		{{"trial", "echo", "text=some text"}, 0, "some text", NULL, NULL},
		{{"trial", "whoami"}, 0, "1000 1000", NULL, NULL},
		{TOUCH("data/free", "write"), 0, NULL, NULL, NULL},
		{{"trial", "misbehave", "how=oddly"},
		 11,
		 NULL,
		 "failed: misbehave(how=oddly): ",
		 NULL},
		{{"trial", "nap"}, 12, NULL, "needs the argument ms", "ms"},
		{{"trial-call", "nap", "ms=0"}, 13, NULL, "not permitted: ", "callers"},
		{TOUCH("data-beside/secret", "read"), 14, NULL, "denied: touch(", "paths, line "},
		{{"trial", "quick", "ms=5000"}, 15, NULL, "timed out: trial.quick", "timeout"},
		{{"trial", "misbehave", "how=abort"}, 16, NULL, "SIGABRT", "anew"},
		{{"trial", "absent"}, 18, NULL, "no entrypoint absent", "echo"},
		{{"absent", "nap"}, 18, NULL, "no context \"absent\"", "lists the contexts"},
		/* What no LSM program sees is told apart from a denial. */
		{TOUCH("data/locked", "read"), 11, NULL, "Permission denied",
		 "not a denial by Postern: file permissions"},
		{TOUCH("data/foreign", "read"), 11, NULL, "Permission denied",
		 "an id that the context does not map"},
		{TOUCH("data/none", "read"), 11, NULL, "No such file", "does not exist"},
		{TOUCH("fixed/file", "write"), 11, NULL, "Read-only file system",
		 "read-only in the context"},
		{{"trial", "touch", "file=/etc/shadow", "how=read"},
		 11,
		 NULL,
		 "No such file",
		 "holds only the directories that rules name"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		call_ends(&all[i]);
}

/* Runs as root; all of stdout is JSON, one value a line or as a whole, and holds a part. */
static void prints_json(int status, const char *part, const char *const *argv)
{
	struct trial_program p = {};
	bool good;

	trial_run(&p, 0, argv);
	good = p.status == status && is_json(p.out) && strstr(p.out, part);
	if (!tap(good, "%s %s %s: JSON that holds %s", "postern", argv[1], argv[2], part))
		trial_program_show(&p);
	trial_program_clear(&p);
}

#define PRINTS_JSON(status, part, ...)                                                             \
	prints_json((status), (part), (const char *const[]){POSTERN, __VA_ARGS__, NULL})

static void json(void)
{
	PRINTS_JSON(0, "\"value\": \"a\\\"b\"", "call", "--json", "trial", "echo", "text=a\"b");
	PRINTS_JSON(0, "\"kind\": \"integer\"", "call", "--json", "trial", "nap", "ms=0");
	PRINTS_JSON(14, "\"denial\": {\"operation\": \"open\"", "call", "--json", "trial", "touch",
		    "file=" TRIAL_DIR "/data-beside/secret", "how=read");
	PRINTS_JSON(16, "\"signal\": 6", "call", "--json", "trial", "misbehave", "how=abort");
	PRINTS_JSON(12, "\"argument\": \"count\"", "call", "--json", "trial", "types", "flag=true",
		    "count=11", "colour=red", "file=" TRIAL_DIR "/data");
	PRINTS_JSON(0, "\"name\": \"trial-host\"", "status", "--json");
	PRINTS_JSON(0, "\"could_start\": true", "doctor", "--json");
}

static void says(int status, uid_t uid, const char *out, const char *const *argv)
{
	struct trial_program p = {};

	trial_run(&p, uid, argv);
	if (!tap(p.status == status && (strstr(p.out, out) || strstr(p.err, out)),
		 "postern %s as user %u says: %s", argv[1], uid, out))
		trial_program_show(&p);
	trial_program_clear(&p);
}

#define SAYS(status, uid, out, ...)                                                                \
	says((status), (uid), (out), (const char *const[]){POSTERN, __VA_ARGS__, NULL})

static void others(void)
{
	SAYS(0, 0, "context trial: running, helper ", "status");
	SAYS(0, 0, "(line ", "status", "trial");
	SAYS(0, ALICE, "  touch: enforce, ", "status");
	SAYS(0, ALICE, "    netlink route RTM_NEWLINK; interfaces tap*; kinds dummy  (line ",
	     "status");
	SAYS(1, 0, "no context \"absent\"", "status", "absent");
	SAYS(0, 0, "trial.touch: denied open \"" TRIAL_DIR "/data-beside/secret\", needs read",
	     "log");
	SAYS(0, 0, "; hook file_open inode ", "log");
	SAYS(0, 0, ") uid 0 (it claims call 1 of uid 1000); nearest rule: ", "log");
	SAYS(0, 0, "\"hook\": \"file_open\", \"call\": 1, \"caller_uid\": 1000, ", "log", "--json");
	SAYS(1, ALICE, "only root may read", "log");
	SAYS(0, ALICE, "canary: passed ", "status");
	SAYS(0, ALICE, "inode_getattr            not attached", "status", "--hooks");
	SAYS(0, ALICE, "path_mkdir               attached", "status", "--hooks");
	SAYS(0, ALICE, "\"posternd\": true", "status", "--hooks", "--json");
	SAYS(0, ALICE, "path_mkdir               present", "status", "--hooks", "--socket",
	     "/absent");
	SAYS(0, ALICE, "the kernel's side alone", "status", "--hooks", "--socket", "/absent");
	SAYS(0, ALICE, ": ok (context trial, ", "check", TRIAL_CONTEXTS "/trial/context.yaml");
	SAYS(1, ALICE, "absent", "check", TRIAL_CONTEXTS "/trial-lacking/context.yaml");
	SAYS(0, 0, "posternd could start", "doctor");
	SAYS(2, 0, "did you mean \"status\"", "statu");
}

/* Follows the log in a program of its own while something is denied. */
static void follow(const char *option, const char *part, bool whole_is_json)
{
	struct trial_call c = {.context = "trial-prowl", .entrypoint = "prowl", .timeout_ms = 1500};
	const char *const argv[] = {POSTERN, "log", "-f", option, NULL};
	pid_t pid = trial_spawn(FOLLOWED, argv);
	cleanup_free char *text = NULL;
	uint64_t from;
	int status;
	char *line;

	trial_sleep(700);
	trial_call(&c);
	from = trial_ms();
	do {
		free(text);
		trial_sleep(50);
		text = trial_read(FOLLOWED);
	} while (!strstr(text, "trial-prowl") && trial_ms() - from < 3000);
	tap(strstr(text, part) != NULL, "postern log -f %s shows a denial %llu ms after its call",
	    option ? option : "", (unsigned long long)(trial_ms() - from));
	tap(kill(pid, SIGINT) == 0 && waitpid(pid, &status, 0) == pid && status == 0,
	    "and ends well on SIGINT");
	line = strrchr(text, '{');
	if (whole_is_json)
		tap(line && is_json(line), "each line is JSON");
	(void)unlink(FOLLOWED);
}

void part_cli(void)
{
	json_check_checked();
	results();
	json();
	others();
	follow(NULL, "trial-prowl.prowl: denied open", false);
	follow("--json", "\"context\": \"trial-prowl\"", true);
}
