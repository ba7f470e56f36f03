/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Makes and removes network namespaces, in a child: a name below /run/netns waits for file systems
 * and for RCU, and the event loop for neither.
 *
 * A grandchild makes the namespace and stays in it until it is pinned. Its order: the note first,
 * so that nothing is pinned that nobody knows of; then the file, which must not have been there;
 * then the mount. The supervisor's death ends all of it (aside.c), wherever it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "supervisor/aside.h"
#include "supervisor/helper.h"
#include "supervisor/log.h"
#include "supervisor/network.h"

struct network_job {
	struct network_job *next;
	struct supervisor *supervisor;
	const struct manifest *manifest; /* in the child only */
	network_done_fn done;
	void *userdata;
	char context[MANIFEST_NAME_MAX + 1];
	char name[POSTERN_WIRE_NAME];
};

static int pin_path(const char *name, char path[128])
{
	return (size_t)snprintf(path, 128, NETWORK_DIR "/%s", name) < 128 ? 0 : -ENAMETOOLONG;
}

static int say(const struct network_job *job, int r, const char *what)
{
	log_line(LOG_ERR, "context %s: network namespace %s: %s: %s", job->context, job->name, what,
		 strerror(-r));
	return r;
}

/* As ip-netns(8) does: mounts made there are to reach every mount namespace of the host's, and so
 * are their ends, or a copy elsewhere would hold the namespace. */
static int make_directory(void)
{
	if (mkdir(NETWORK_DIR, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (mount("", NETWORK_DIR, "none", MS_SHARED | MS_REC, NULL) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (mount(NETWORK_DIR, NETWORK_DIR, "none", MS_BIND | MS_REC, NULL) < 0 ||
	    mount("", NETWORK_DIR, "none", MS_SHARED | MS_REC, NULL) < 0)
		return -errno;
	return 0;
}

static int loopback_up(void)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo"};

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* In the grandchild: tells how it went by one byte, and is there until it is killed. */
static void be_inside(int flags, int to, pid_t parent)
{
	unsigned char status = 0;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	/* Other credentials can take the wish away (prctl(2)). */
	if (unshare(flags) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		status = (unsigned char)errno;
	else
		status = (unsigned char)-loopback_up();
	if (write(to, &status, 1) != 1)
		_exit(EXIT_FAILURE);
	for (;;)
		(void)pause();
}

static int start_inside(int flags, pid_t *ret)
{
	unsigned char status;
	pid_t parent = getpid(), pid;
	int ends[2];
	ssize_t n;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		be_inside(flags, ends[1], parent);
	}
	(void)close(ends[1]);
	*ret = pid;
	n = pid < 0 ? -1 : read(ends[0], &status, 1);
	(void)close(ends[0]);
	if (pid < 0 || n != 1)
		return -ECHILD;
	return -(int)status;
}

static int map_ids(const struct network_job *job, pid_t pid)
{
	const struct manifest *m = job->manifest;
	cleanup_error struct error err = {};
	int r;

	if (m->user_namespace != MANIFEST_USER_OWN)
		return 0;
	r = helper_map_ids(pid, m, &err);
	if (r < 0)
		log_error(LOG_ERR, job->name, &err);
	return r;
}

/* path: not there yet. */
static int pin(const struct network_job *job, pid_t pid, const char *path)
{
	struct network_note note = {};
	char from[64];
	int fd, r;

	memcpy(note.context, job->context, sizeof(note.context));
	r = network_of(pid, &note.identity);
	if (r == 0)
		r = network_note_write(job->name, &note);
	if (r < 0)
		return say(job, r, "note it");
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
	if (fd < 0) {
		r = -errno;
		network_note_remove(job->name);
		return r == -EEXIST ? r : say(job, r, "make its file");
	}
	(void)close(fd);
	(void)snprintf(from, sizeof(from), "/proc/%d/ns/net", (int)pid);
	if (mount(from, path, "none", MS_BIND, NULL) == 0)
		return 0;
	r = -errno;
	(void)unlink(path);
	network_note_remove(job->name);
	return say(job, r, "pin it");
}

static int make_work(void *userdata)
{
	const struct network_job *job = userdata;
	int flags = CLONE_NEWNET |
		    (job->manifest->user_namespace == MANIFEST_USER_OWN ? CLONE_NEWUSER : 0);
	char path[128];
	pid_t pid = -1;
	int r = make_directory();

	if (r < 0)
		return say(job, r, "prepare " NETWORK_DIR);
	r = pin_path(job->name, path);
	/* The note of one that is there must not be overwritten. */
	if (r == 0 && access(path, F_OK) == 0)
		return -EEXIST;
	if (r == 0)
		r = start_inside(flags, &pid);
	if (r < 0)
		(void)say(job, r, "make it");
	if (r == 0)
		r = map_ids(job, pid);
	if (r == 0)
		r = pin(job, pid, path);
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	return r;
}

static int remove_work(void *userdata)
{
	const struct network_job *job = userdata;
	struct network_note note = {};
	struct network_identity now = {};
	cleanup_close int fd = -EBADF;
	char path[128];
	int r;

	r = network_note_read(job->name, &note);
	if (r < 0)
		return r;
	if (strcmp(note.context, job->context) != 0)
		return -EPERM;
	fd = network_open(job->manifest, job->name, &now, NULL);
	if (fd < 0)
		return fd;
	/* Somebody put another one there. */
	if (!network_same(&now, &note.identity))
		return -EPERM;
	(void)close(steal_fd(&fd));
	r = pin_path(job->name, path);
	if (r < 0)
		return r;
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return say(job, -errno, "unpin it");
	if (unlink(path) < 0)
		return say(job, -errno, "remove its file");
	network_note_remove(job->name);
	return 0;
}

static void on_done(void *userdata, int status)
{
	struct network_job *job = userdata;

	for (struct network_job **at = &job->supervisor->network_jobs; *at; at = &(*at)->next) {
		if (*at != job)
			continue;
		*at = job->next;
		break;
	}
	job->done(job->supervisor, job->context, job->name, job->userdata, status);
	free(job);
}

bool network_busy(const struct supervisor *s, const char *name)
{
	for (const struct network_job *job = s->network_jobs; job; job = job->next)
		if (strcmp(job->name, name) == 0)
			return true;
	return false;
}

static int run(struct supervisor *s, const struct manifest *m, const char *name,
	       int (*work)(void *userdata), network_done_fn done, void *userdata, struct error *err)
{
	struct network_job *job = calloc(1, sizeof(*job));
	int r;

	/* Two at once would take away each other's notes. */
	if (network_busy(s, name)) {
		free(job);
		return error_say(err, -EBUSY, "network namespace %s is being made or removed",
				 name);
	}
	if (!job)
		return error_set(err, ENOMEM, "network namespace %s", name);
	*job = (struct network_job){
		.supervisor = s, .manifest = m, .done = done, .userdata = userdata};
	(void)snprintf(job->context, sizeof(job->context), "%s", m->name);
	(void)snprintf(job->name, sizeof(job->name), "%s", name);
	r = aside_run(s, work, job, NULL, 0, on_done, err);
	if (r < 0) {
		free(job);
		return r;
	}
	job->next = s->network_jobs;
	s->network_jobs = job;
	return 0;
}

int network_make(struct supervisor *s, const struct manifest *m, const char *name,
		 network_done_fn done, void *userdata, struct error *err)
{
	return run(s, m, name, make_work, done, userdata, err);
}

int network_remove(struct supervisor *s, const struct manifest *m, const char *name,
		   network_done_fn done, void *userdata, struct error *err)
{
	return run(s, m, name, remove_work, done, userdata, err);
}
