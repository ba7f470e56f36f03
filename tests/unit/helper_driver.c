/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Plays the supervisor towards postern-helper, without kernel policies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "manifest/image.h"
#include "tests/unit/helper_driver.h"

static char stage[] = "/tmp/postern-driver-XXXXXX";
static bool door;
/* Helpers outlive whoever started them: of a test that failed, too. */
static int started[DRIVER_STARTS];
static size_t started_len;
static char made[PATH_MAX]; /* the topmost directory that was made for the bind */
static int in_use = -EBADF; /* a lock that all who run this test share */

/* Also what runs Python, and the module for its test. */
static int python_copy(const char *build)
{
	char command[4 * PATH_MAX];
	int n = snprintf(command, sizeof(command),
			 "cp '%s/postern-python.so' tests/unit/helper_module.py '%s/' && "
			 "cp -r '%s/python' '%s/' && chmod -R go-w '%s'",
			 build, stage, build, stage, stage);

	return n > 0 && (size_t)n < sizeof(command) && system(command) == 0 ? 0 : -1;
}

static int copy(const char *build, const char *from, const char *to)
{
	char command[4 * PATH_MAX];
	int n = snprintf(command, sizeof(command), "cp '%s/%s' '%s/%s' && chmod 755 '%s/%s'", build,
			 from, stage, to, stage, to);

	return n > 0 && (size_t)n < sizeof(command) && system(command) == 0 ? 0 : -1;
}

/* mkdir -p, which remembers what it made first, so that it can be taken away again. */
static int place_make(const char *path)
{
	char part[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		size_t len = slash ? (size_t)(slash - path) : strlen(path);

		if (len >= sizeof(part))
			return -1;
		memcpy(part, path, len);
		part[len] = '\0';
		if (mkdir(part, 0755) == 0) {
			if (made[0] == '\0')
				memcpy(made, part, len + 1);
		} else if (errno != EEXIST) {
			return -1;
		}
		if (!slash)
			return 0;
	}
}

/* To remove a directory is to detach what is mounted on it in any namespace (fs/namei.c,
 * detach_mounts()): the same test from another build may be using it. */
static int place_lock(void)
{
	in_use = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return in_use < 0 ? -1 : flock(in_use, LOCK_SH);
}

static void place_remove(void)
{
	char path[] = POSTERN_LIBEXECDIR;

	if (made[0] == '\0' || flock(in_use, LOCK_EX | LOCK_NB) < 0)
		return;
	while (rmdir(path) == 0 && strcmp(path, made) != 0)
		*strrchr(path, '/') = '\0';
}

int driver_prepare(void)
{
	const char *build = getenv("POSTERN_BUILD");

	if (!build)
		build = "build";
	if (geteuid() != 0) {
		fputs("this test needs root\n", stderr);
		return -1;
	}
	if (!mkdtemp(stage) || chmod(stage, 0755) < 0 ||
	    copy(build, "postern-helper", "postern-helper") < 0 ||
	    copy(build, "postern-set-up", "postern-set-up") < 0 ||
	    copy(build, "tests/helper_module.so", "helper_module.so") < 0 ||
	    python_copy(build) < 0 || place_lock() < 0 || place_make(POSTERN_LIBEXECDIR) < 0 ||
	    unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(stage, POSTERN_LIBEXECDIR, NULL, MS_BIND, NULL) < 0 ||
	    mkdir(POSTERN_LIBEXECDIR "/cgroup", 0755) < 0 ||
	    mount("cgroup2", POSTERN_LIBEXECDIR "/cgroup", "cgroup2", 0, NULL) < 0) {
		fprintf(stderr, "cannot put helper and module at %s: %s\n", POSTERN_LIBEXECDIR,
			strerror(errno));
		driver_finish();
		return -1;
	}
	return 0;
}

void driver_finish(void)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < started_len; i++)
		(void)syscall(SYS_pidfd_send_signal, started[i], SIGKILL, NULL, 0);
	(void)umount2(POSTERN_LIBEXECDIR "/cgroup", MNT_DETACH);
	(void)umount2(POSTERN_LIBEXECDIR, MNT_DETACH);
	(void)snprintf(path, sizeof(path), "%s/cgroup", stage);
	(void)rmdir(path);
	(void)snprintf(path, sizeof(path), "rm -rf --one-file-system '%s'", stage);
	(void)!system(path);
	place_remove();
}

/* Of a text that is no manifest the helper gets the text. */
static int sealed(const char *text)
{
	struct manifest_problems problems = {};
	struct manifest *m = NULL;
	int fd = -1;

	if (manifest_parse("context.yaml", text, strlen(text), MANIFEST_BUNDLE, &m, &problems,
			   NULL) == 0) {
		assert_int_equal(manifest_image_seal(m, &fd, NULL), 0);
		manifest_free(m);
		return fd;
	}
	manifest_problems_clear(&problems);
	fd = memfd_create("manifest", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(
		fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
		0);
	return fd;
}

void driver_door(bool there)
{
	door = there;
}

static void door_make(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, POSTERN_DOOR, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | POSTERN_DOOR_DONE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		_exit(125);
}

unsigned driver_processes(const struct driver *d)
{
	char path[288];
	struct stat ours, theirs;
	struct dirent *entry;
	unsigned count = 0;
	DIR *proc;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)d->pid);
	assert_int_equal(stat(path, &ours), 0);
	proc = opendir("/proc");
	assert_non_null(proc);
	while ((entry = readdir(proc))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s/ns/pid", entry->d_name);
		if (stat(path, &theirs) == 0 && theirs.st_ino == ours.st_ino)
			count++;
	}
	(void)closedir(proc);
	return count;
}

/* In the child: the descriptors at their numbers, and the program. */
static _Noreturn void child_exec(int control, int manifest, int pages, int listener, int log)
{
	const char *program = POSTERN_LIBEXECDIR "/postern-helper",
		   *setup = POSTERN_LIBEXECDIR "/postern-set-up";
	char *const argv[] = {(char *)"postern-set-up", (char *)"set-up", NULL};
	char *const envp[] = {NULL};
	int from[CONTROL_FD_NETWORK];

	from[0] = open("/dev/null", O_RDONLY);
	from[1] = log;
	from[2] = log;
	from[CONTROL_FD_SUPERVISOR] = control;
	from[CONTROL_FD_MANIFEST] = manifest;
	from[CONTROL_FD_PAGES] = pages;
	from[CONTROL_FD_LISTENER] = listener;
	from[CONTROL_FD_LOG] = log;
	from[CONTROL_FD_HELPER] = open(program, O_PATH);
	/* Out of the way of the numbers that they shall have. */
	for (int i = 0; i < CONTROL_FD_NETWORK; i++)
		from[i] = fcntl(from[i], F_DUPFD, 100);
	for (int i = 0; i < CONTROL_FD_NETWORK; i++)
		if (dup2(from[i], i) < 0)
			_exit(126);
	if (door)
		door_make();
	(void)execve(setup, argv, envp);
	_exit(127);
}

/* An address that the kernel chooses (autobind, unix(7)): abstract, so that no file is left. */
static int driver_listener(struct driver *d)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	d->listener_len = sizeof(d->listener);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&d->listener, &d->listener_len), 0);
	return fd;
}

void driver_meet(struct driver *d)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&d->listener, d->listener_len), 0);
	d->control = fd;
}

void driver_start(struct driver *d, const char *manifest)
{
	cleanup_close int text = sealed(manifest);
	cleanup_close int theirs = -1, listener = -1;
	int pair[2];

	*d = (struct driver){.pidfd = -1};
	listener = driver_listener(d);
	d->log = memfd_create("log", MFD_CLOEXEC);
	d->pages_fd = memfd_create("pages", MFD_CLOEXEC);
	assert_true(d->log >= 0 && d->pages_fd >= 0);
	assert_int_equal(ftruncate(d->pages_fd, DRIVER_PAGES * POSTERN_PAGE_BYTES), 0);
	d->pages = mmap(NULL, DRIVER_PAGES * POSTERN_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			d->pages_fd, 0);
	assert_true(d->pages != MAP_FAILED);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	d->control = pair[0];
	theirs = pair[1];
	d->pid = (pid_t)syscall(SYS_clone,
				CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_PIDFD | SIGCHLD,
				NULL, &d->pidfd, NULL, 0);
	if (d->pid == 0)
		child_exec(theirs, text, d->pages_fd, listener, d->log);
	assert_true(d->pid > 0 && started_len < DRIVER_STARTS);
	started[started_len++] = fcntl(d->pidfd, F_DUPFD_CLOEXEC, 0);
}

void driver_stop(struct driver *d)
{
	if (d->pid > 0) {
		(void)kill(d->pid, SIGKILL);
		(void)waitpid(d->pid, NULL, 0);
	}
	(void)close(d->pidfd);
	(void)close(d->control);
	(void)close(d->log);
	(void)close(d->pages_fd);
	(void)munmap((void *)(uintptr_t)d->pages, DRIVER_PAGES * POSTERN_PAGE_BYTES);
	free(d->failure);
	*d = (struct driver){};
}

static void log_print(const struct driver *d)
{
	char text[4096];
	ssize_t n = pread(d->log, text, sizeof(text) - 1, 0);

	if (n > 0)
		fprintf(stderr, "helper's log: %.*s\n", (int)n, text);
}

static void readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, DRIVER_SECONDS * 1000) != 1)
		fail_msg("nothing came within %d s", DRIVER_SECONDS);
}

void driver_expect(struct driver *d, int fd, enum control_type type, struct control_record *ret,
		   int *ret_fds, size_t fds_len)
{
	struct control_record record;
	int fds[CONTROL_FDS_MAX];
	size_t len = 0;
	int r;

	readable(fd);
	r = control_receive(fd, &record, fds, &len, MSG_DONTWAIT);
	if (r == 1 && record.type == CONTROL_FAILED) {
		free(d->failure);
		d->failure = strdup(record.text);
	}
	if (r != 1 || record.type != (uint32_t)type) {
		log_print(d);
		fail_msg("wanted record %d, got %d: %s", (int)type, r == 1 ? (int)record.type : r,
			 r == 1 ? record.text : "");
	}
	assert_int_equal(len, fds_len);
	for (size_t i = 0; i < len; i++)
		ret_fds[i] = fds[i];
	if (ret)
		*ret = record;
}

void driver_send(int fd, const struct control_record *record, int passed)
{
	assert_int_equal(control_send(fd, record, &passed, passed >= 0 ? 1 : 0, 0), 0);
}

void driver_wait_end(int pidfd)
{
	readable(pidfd);
}

int driver_wait(struct driver *d)
{
	int status = -1;

	driver_wait_end(d->pidfd);
	assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
	d->pid = 0;
	return status;
}

static void proc_write(const struct driver *d, const char *file, const char *text)
{
	cleanup_close int fd = -1;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)d->pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

void driver_map(struct driver *d, const char *uids, const char *gids)
{
	const struct control_record mapped = {.type = CONTROL_MAPPED};

	driver_expect(d, d->control, CONTROL_MAP_IDS, NULL, NULL, 0);
	proc_write(d, "uid_map", uids);
	proc_write(d, "gid_map", gids);
	driver_send(d->control, &mapped, -1);
}

void driver_load(struct driver *d, const char *manifest)
{
	const struct control_record go = {.type = CONTROL_GO};
	int root;

	driver_start(d, manifest);
	driver_map(d, "0 0 1\n", "0 0 1\n");
	driver_expect(d, d->control, CONTROL_CONFINED, NULL, &root, 1);
	(void)close(root);
	driver_send(d->control, &go, -1);
	driver_expect(d, d->control, CONTROL_LOADED, NULL, NULL, 0);
}

void driver_worker_start(struct driver *d, uint32_t entrypoint, uint32_t slot, uint32_t slots,
			 struct driver_worker *ret)
{
	const struct control_record spawn = {.type = CONTROL_SPAWN,
					     .worker = 40 + entrypoint,
					     .entrypoint = entrypoint,
					     .slot = slot,
					     .slots = slots};
	const struct control_record start = {.type = CONTROL_START};
	struct control_record record;
	int fds[2];

	driver_send(d->control, &spawn, -1);
	driver_expect(d, d->control, CONTROL_SPAWNED, &record, fds, 2);
	assert_int_equal(record.worker, 40 + entrypoint);
	assert_int_equal(record.entrypoint, entrypoint);
	*ret = (struct driver_worker){.pidfd = fds[0], .channel = fds[1]};
	driver_send(ret->channel, &start, -1);
	driver_expect(d, ret->channel, CONTROL_READY, NULL, NULL, 0);
}

void driver_worker_close(struct driver_worker *w)
{
	/* The helper has a copy. */
	(void)shutdown(w->channel, SHUT_RDWR);
	(void)close(w->channel);
	driver_wait_end(w->pidfd);
	(void)close(w->pidfd);
}

int driver_connect(struct driver *d, struct driver_worker *w, uint64_t connection)
{
	const struct control_record serve = {.type = CONTROL_SERVE,
					     .connection = connection,
					     .uid = 1000,
					     .gid = 1000,
					     .pid = 4711,
					     .groups_len = 1,
					     .groups = {1000}};
	struct postern_value *opened = NULL;
	struct postern_header header;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	driver_send(w->channel, &serve, pair[1]);
	(void)close(pair[1]);
	header = driver_answer(pair[0], &opened);
	assert_int_equal(header.type, POSTERN_OPENED);
	postern_value_free(opened);
	driver_expect(d, w->channel, CONTROL_OPENED, NULL, NULL, 0);
	return pair[0];
}

void driver_call(int client, uint64_t call, const struct wire_writer *arguments)
{
	static unsigned char record[POSTERN_RECORD_MAX];
	struct wire_writer w;
	size_t len = 0;

	wire_start(&w, record, sizeof(record), POSTERN_CALL, call, 0);
	wire_put_part(&w, arguments->data, arguments->len);
	assert_int_equal(wire_finish(&w, &len), 0);
	assert_int_equal(send(client, record, len, MSG_NOSIGNAL), len);
}

struct postern_header driver_answer(int client, struct postern_value **ret)
{
	static unsigned char record[POSTERN_RECORD_MAX];
	struct postern_header header;
	ssize_t n;

	readable(client);
	n = recv(client, record, sizeof(record), MSG_DONTWAIT);
	if (n <= (ssize_t)sizeof(header))
		fail_msg("the answer has %zd bytes (%s)", n, n < 0 ? strerror(errno) : "");
	assert_int_equal(wire_header(record, (size_t)n, &header), 0);
	assert_int_equal(
		wire_decode(record + sizeof(header), (size_t)n - sizeof(header), WIRE_MAPS, ret),
		0);
	return header;
}
