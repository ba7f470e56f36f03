/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Children that measure in a place of their own, confined in one way or another. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/bench/bench.h"

#define SMALL_ROOT "/bench-root"

/* The same steps as the helper's: a tmpfs over "/", what rules name bound into it, and the pivot.
 */
static void small_root(void)
{
	if ((mkdir(SMALL_ROOT, 0755) < 0 && errno != EEXIST) ||
	    mount("bench", SMALL_ROOT, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ||
	    mkdir(SMALL_ROOT "/d1", 0755) < 0 ||
	    mount("/d1", SMALL_ROOT "/d1", NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    mount(NULL, SMALL_ROOT, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0 ||
	    chdir(SMALL_ROOT) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		bench_bail("cannot make a small root: %s", strerror(errno));
}

static void go_to(enum place place)
{
	if (place == PLACE_HOST)
		return;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		bench_bail("cannot make a mount namespace: %s", strerror(errno));
	if (place == PLACE_SMALL)
		small_root();
}

struct pipes {
	int ready[2], go[2];
};

_Noreturn static void inside(const struct child *c, const struct pipes *p)
{
	struct sample s;
	char byte = 'r';

	go_to(c->place);
	if (c->inside)
		c->inside(c->userdata);
	if (write(p->ready[1], &byte, 1) != 1 || read(p->go[0], &byte, 1) != 1)
		_exit(1);
	s = c->busy ? measure_busy(c->op) : measure(c->op);
	_exit(write(p->ready[1], &s, sizeof(s)) != sizeof(s));
}

struct sample measure_child(const struct child *c)
{
	struct sample s;
	struct pipes p;
	char byte;
	pid_t pid;

	if (pipe(p.ready) < 0 || pipe(p.go) < 0)
		bench_bail("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		inside(c, &p);
	(void)close(p.ready[1]);
	(void)close(p.go[0]);
	if (read(p.ready[0], &byte, 1) != 1)
		bench_bail("a child ended before it measured");
	if (c->outside)
		c->outside(c->userdata, pid);
	if (write(p.go[1], &byte, 1) != 1 || read(p.ready[0], &s, sizeof(s)) != sizeof(s) ||
	    waitpid(pid, NULL, 0) != pid)
		bench_bail("a child did not measure");
	(void)close(p.ready[0]);
	(void)close(p.go[1]);
	return s;
}
