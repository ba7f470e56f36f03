/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What docs/manifest.md says of paths that are missing, replaced or mounted over, before and after
 * a context has started; and of denials that nobody reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"

#define CONTEXT "attack-places"
#define PLACES	"/srv/places"
#define OK	PLACES "/ok"
#define LOG	"/run/posternd.log"
#define SETTLED 5  /* seconds, also on a busy machine */
#define LINES	21 /* of one entrypoint in one period: 20, and one that counts the rest */

static void directory(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		driver_bail("mkdir %s: %s", path, strerror(errno));
}

static void file(const char *path)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "x\n", 2) != 2)
		driver_bail("make %s: %s", path, strerror(errno));
}

static void tmpfs(const char *path)
{
	if (mount("none", path, "tmpfs", 0, NULL) < 0)
		driver_bail("mount a tmpfs at %s: %s", path, strerror(errno));
}

static void bind(const char *from, const char *to)
{
	if (mount(from, to, NULL, MS_BIND, NULL) < 0)
		driver_bail("bind %s to %s: %s", from, to, strerror(errno));
}

/* Allowed, or the kernel's own answer: then nothing is denied. */
static void ends(const char *what, const char *attempt, const char *path, int expected)
{
	struct call_result r = driver_call(CONTEXT, "attempt", attempt, path, "");
	static struct seen seen;

	driver_denials(CONTEXT, &seen);
	(void)check(r.value == expected && seen.len == 0, "%s: %s %s: %s, %zu denials", what,
		    attempt, path, driver_word(r.value), seen.len);
}

/* That of the entrypoint: a helper that takes another's place, when a rule's directory is another,
 * is denied what its module tries while it is loaded. */
static const struct admin_record *of_attempt(const struct seen *s, uint32_t operation)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->records[i].operation == operation &&
		    strcmp(s->records[i].entrypoint, "attempt") == 0)
			return &s->records[i];
	return NULL;
}

static void denied(const char *what, const char *attempt, const char *path, uint32_t operation)
{
	struct call_result r = driver_call(CONTEXT, "attempt", attempt, path, "");
	const struct admin_record *d;
	static struct seen seen;

	driver_denials(CONTEXT, &seen);
	d = of_attempt(&seen, operation);
	/* Metadata hooks are given no mount, so the path begins at the file system's root. */
	(void)check(r.value == EACCES && d &&
			    (operation == POSTERN_OP_METADATA || strcmp(d->path, path) == 0),
		    "%s: %s %s: %s, denial of %s", what, attempt, path, driver_word(r.value),
		    d ? d->path : "nothing");
}

static void before_start(void)
{
	directory(PLACES);
	directory(OK);
	directory(OK "/before");
	directory(OK "/bound");
	directory(OK "/after");
	directory(PLACES "/beside");
	file(PLACES "/beside/file");
	file(OK "/file");
	file(OK "/after/under");
	tmpfs(OK "/before");
	file(OK "/before/file");
	bind(PLACES "/beside", OK "/bound");
}

static void missing_and_replaced(void)
{
	ends("a file that is not there", "open to read", PLACES "/conf", ENOENT);
	ends("it is made", "create", PLACES "/conf", 0);
	denied("another name", "create", PLACES "/conf.new", POSTERN_OP_CREATE);
	ends("it is removed", "unlink", PLACES "/conf", 0);
	file(PLACES "/conf.tmp");
	if (rename(PLACES "/conf.tmp", PLACES "/conf") < 0)
		driver_bail("rename: %s", strerror(errno));
	ends("the host renames one there", "open to read", PLACES "/conf", 0);
	file(PLACES "/conf.tmp");
	if (rename(PLACES "/conf.tmp", PLACES "/conf") < 0)
		driver_bail("rename: %s", strerror(errno));
	ends("the host replaces it", "open to write", PLACES "/conf", 0);
	denied("the host's new file", "open to read", PLACES "/beside/file", POSTERN_OP_OPEN);
	directory(PLACES "/later");
	file(PLACES "/later/file");
	denied("a rule's directory that was not there at the start", "open to read",
	       PLACES "/later/file", POSTERN_OP_OPEN);
}

static void mounts(void)
{
	ends("a mount below the rule", "open to read", OK "/before/file", 0);
	ends("a mount below the rule", "open to write", OK "/before/file", 0);
	ends("a mount below the rule", "create", OK "/before/new", 0);
	ends("a mount below the rule", "chmod", OK "/before/file", 0);
	denied("a mount below the rule, times", "utimensat", OK "/before/file",
	       POSTERN_OP_METADATA);
	ends("times in the rule's file system", "utimensat", OK "/file", 0);
	ends("a directory bound below the rule", "open to read", OK "/bound/file", 0);
	denied("and where it lies", "open to read", PLACES "/beside/file", POSTERN_OP_OPEN);
	tmpfs(OK "/after");
	file(OK "/after/over");
	ends("a mount made after the start is not seen", "open to read", OK "/after/over", ENOENT);
	ends("but what is under it", "open to read", OK "/after/under", 0);
	tmpfs(OK);
	file(OK "/other");
	ends("a mount over the rule's directory is not seen", "open to read", OK "/other", ENOENT);
	ends("but what is under it", "open to read", OK "/file", 0);
	(void)umount2(OK, MNT_DETACH);
	(void)umount2(OK "/before", MNT_DETACH);
	ends("an unmount after the start is not seen", "open to read", OK "/before/file", 0);
}

/* -- more denials than anybody reads */

static bool status_has(const char *text)
{
	FILE *f = popen("/usr/local/bin/postern status", "re"); /* NOLINT(cert-env33-c): fixed */
	char line[512];
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		found = found || strstr(line, text);
	if (f)
		(void)pclose(f);
	return found;
}

static unsigned lines_with(const char *text)
{
	cleanup_file FILE *f = fopen(LOG, "re");
	char line[2048];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, text) != NULL;
	return n;
}

static void flood(void)
{
	cleanup_close int connection = -EBADF;
	int r;

	/* The mounts that went may have brought another helper, which takes the connections of the
	 * one before it by posternd's hand: that is over before posternd is stopped. */
	(void)sleep(SETTLED);
	driver_forget(CONTEXT);
	ends("before the flood", "open to read", OK "/file", 0);
	connection = driver_connect(CONTEXT, "attempt");
	(void)check(!status_has("lost"), "status says of no event that it was lost");
	(void)kill(driver_supervisor(), SIGSTOP);
	driver_send_call(connection, "open very often", PLACES "/beside/file", "");
	r = driver_wait_call(connection);
	(void)check(r == EACCES, "a worker's flood of denials that nobody reads: %s",
		    driver_word(r));
	driver_send_call(connection, "open to read", OK "/file", "");
	r = driver_wait_call(connection);
	(void)check(r == 0, "and what is allowed: %s", driver_word(r));
	(void)kill(driver_supervisor(), SIGCONT);
	(void)check(status_has("events lost"), "status says that events were lost");
	/* The period may have changed meanwhile. */
	(void)check(lines_with("beside/file") <= 4 * LINES, "the log has %u lines about it",
		    lines_with("beside/file"));
	denied("after the flood", "open to read", PLACES "/beside/file", POSTERN_OP_OPEN);
}

int main(void)
{
	before_start();
	driver_start();
	driver_forget(CONTEXT);
	missing_and_replaced();
	mounts();
	flood();
	(void)check(driver_stop(), "posternd ends, and all its contexts with it");
	return check_done();
}
