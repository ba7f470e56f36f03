/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The system call filters, from inside: what ordinary code needs works, what none may do does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "base/util.h"
#include "filters/syscalls.h"
#include "helper/seccomp.h"

#define CHILD_SECONDS 20

/* Runs `body` in a child with the filters and returns its wait status; the body returns the number
 * of the line that failed, or 0. */
static int confined(int (*body)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(CHILD_SECONDS);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_apply(false, NULL) < 0)
			_exit(255);
		_exit(body() ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

#define FAIL_UNLESS(e)                                                                             \
	do {                                                                                       \
		if (!(e)) {                                                                        \
			fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #e, strerror(errno));      \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

#define REFUSED(e, error) FAIL_UNLESS((errno = 0, (e) == -1 && errno == (error)))

static void *thread(void *argument)
{
	*(int *)argument = 7;
	return NULL;
}

static int ordinary(void)
{
	char *const argv[] = {(char *)"true", NULL}, *const envp[] = {NULL};
	int fd, status, value = 0, pair[2];
	struct winsize size;
	pthread_t t;
	pid_t pid;

	fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	FAIL_UNLESS(fd >= 0 && write(fd, "x", 1) == 1 && fallocate(fd, 0, 0, 4096) == 0);
	FAIL_UNLESS(ioctl(fd, TIOCGWINSZ, &size) == -1 && errno == ENOTTY);
	FAIL_UNLESS(pthread_create(&t, NULL, thread, &value) == 0 && pthread_join(t, NULL) == 0);
	FAIL_UNLESS(value == 7);
	FAIL_UNLESS(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, envp) == 0);
	FAIL_UNLESS(waitpid(pid, &status, 0) == pid && status == 0);
	FAIL_UNLESS(system("exit 3") == 3 << 8);
	FAIL_UNLESS(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	FAIL_UNLESS(socket(AF_NETLINK, SOCK_RAW, 0) >= 0 && socket(AF_INET, SOCK_STREAM, 0) >= 0);
	FAIL_UNLESS(syscall(SYS_pidfd_open, getpid(), 0) >= 0);
	FAIL_UNLESS(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
	return 0;
}

static void test_ordinary_code_works(void **state)
{
	(void)state;
	assert_int_equal(confined(ordinary), 0);
}

static int refused(void)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	int fd = open("/", O_PATH | O_DIRECTORY);

	FAIL_UNLESS(fd >= 0);
	REFUSED(syscall(SYS_clone3, &args, sizeof(args)), ENOSYS);
	REFUSED(unshare(CLONE_NEWUSER), EPERM);
	REFUSED(setns(fd, 0), EPERM);
	REFUSED(syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL), EPERM);
	REFUSED(syscall(SYS_umount2, "/proc", 2), EPERM);
	REFUSED(syscall(SYS_open_tree, fd, "", 0x1000 | 1), EPERM);
	REFUSED(syscall(SYS_fsopen, "tmpfs", 0), EPERM);
	REFUSED(syscall(SYS_mount_setattr, fd, "", 0x1000, NULL, 0), EPERM);
	REFUSED(syscall(SYS_pivot_root, ".", "."), EPERM);
	REFUSED(chroot("/"), EPERM);
	REFUSED(syscall(SYS_ptrace, 0, 0, 0, 0), EPERM);
	REFUSED(syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0), EPERM);
	REFUSED(syscall(SYS_pidfd_getfd, fd, 0, 0), EPERM);
	REFUSED(syscall(SYS_kcmp, 1, 1, 0, 0, 0), EPERM);
	REFUSED(syscall(SYS_bpf, 0, NULL, 0), EPERM);
	REFUSED(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0), EPERM);
	REFUSED(syscall(SYS_seccomp, 0, 0, NULL), EPERM);
	REFUSED(syscall(SYS_keyctl, 0, 0, 0, 0, 0), EPERM);
	REFUSED(syscall(SYS_userfaultfd, 0), EPERM);
	REFUSED(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
	REFUSED(syscall(SYS_io_setup, 1, NULL), EPERM);
	REFUSED(syscall(SYS_open_by_handle_at, fd, NULL, 0), EPERM);
	REFUSED(syscall(SYS_name_to_handle_at, fd, "", NULL, NULL, 0), EPERM);
	REFUSED(syscall(SYS_init_module, NULL, 0, ""), EPERM);
	REFUSED(syscall(SYS_kexec_load, 0, 0, NULL, 0), EPERM);
	REFUSED(syscall(SYS_reboot, 0, 0, 0, NULL), EPERM);
	REFUSED(syscall(SYS_personality, 0x0400000), EPERM);
	REFUSED(syscall(SYS_fanotify_init, 0, 0), EPERM);
	/* A number that no list has, as the next kernel might bring it. */
	REFUSED(syscall(1000), ENOSYS);
	/* fchmodat2, statmount, setxattrat: newer than the list. */
	REFUSED(syscall(452, fd, "", 0, 0x1000), ENOSYS);
	REFUSED(syscall(457, NULL, NULL, 0, 0), ENOSYS);
	REFUSED(syscall(463, fd, "", 0, "user.a", NULL, 0), ENOSYS);
	return 0;
}

static void test_refused(void **state)
{
	(void)state;
	assert_int_equal(confined(refused), 0);
}

static int refused_arguments(void)
{
	const struct iovec iov = {.iov_base = (void *)"x", .iov_len = 1};
	static const unsigned long flags[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
					      CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
					      CLONE_NEWNET, CLONE_PARENT};
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	pid_t pid;

	FAIL_UNLESS(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		REFUSED(syscall(SYS_clone, flags[i] | SIGCHLD, NULL, NULL, NULL, 0), EPERM);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
	if (pid == 0)
		_exit(0);
	FAIL_UNLESS(pid > 0 && waitpid(pid, NULL, 0) == pid);

	REFUSED(ioctl(fd, TIOCSTI, "x"), EPERM);
	/* The kernel drops the upper half of the number; the filter must not be passed by it. */
	REFUSED(syscall(SYS_ioctl, fd, 0xdead00000000UL | TIOCSTI, "x"), EPERM);
	REFUSED(ioctl(fd, TIOCLINUX, "x"), EPERM);
	REFUSED(ioctl(fd, TIOCSETD, "x"), EPERM);

	FAIL_UNLESS(syscall(SYS_pwritev2, fd, &iov, 1, 0, 0, 0) == 1);
	REFUSED(syscall(SYS_pwritev2, fd, &iov, 1, 0, 0, 0x20), EOPNOTSUPP);
	REFUSED(syscall(SYS_pwritev2, fd, &iov, 1, 0, 0, 0x20 | 0x10), EOPNOTSUPP);
	REFUSED(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1), EOPNOTSUPP);
	REFUSED(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 1), EOPNOTSUPP);
	FAIL_UNLESS(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1) == 0);
	return 0;
}

static void test_refused_arguments(void **state)
{
	(void)state;
	assert_int_equal(confined(refused_arguments), 0);
}

#ifdef __x86_64__
static int foreign(void)
{
	/* x32's getpid: the same number with bit 30. */
	return syscall(0x40000000 | SYS_getpid) < 0;
}

static void test_other_architecture_kills(void **state)
{
	int status = confined(foreign);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}
#endif

static int verified(void)
{
	return seccomp_verify(NULL);
}

static void test_verify(void **state)
{
	(void)state;
	assert_int_equal(confined(verified), 0);
	/* Without a filter it says so. */
	assert_true(seccomp_verify(NULL) < 0);
}

static int in_group(void)
{
	FAIL_UNLESS(setpgid(0, 0) == 0 && seccomp_stay_in_group() == 0);
	REFUSED(setpgid(0, 0), EPERM);
	REFUSED(setsid(), EPERM);
	FAIL_UNLESS(getpgid(0) == getpid() && system("exit 0") == 0);
	return 0;
}

static void test_stay_in_group(void **state)
{
	(void)state;
	assert_int_equal(confined(in_group), 0);
}

/* A misspelt name would be a rule that is silently not there. */
static void test_names_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < syscalls_allowed_len; i++)
		assert_int_not_equal(seccomp_syscall_resolve_name(syscalls_allowed[i]),
				     __NR_SCMP_ERROR);
	for (size_t i = 0; i < syscalls_refused_len; i++)
		for (const char *const *n = syscalls_refused[i].names; *n; n++) {
			assert_int_not_equal(seccomp_syscall_resolve_name(*n), __NR_SCMP_ERROR);
			for (size_t j = 0; j < syscalls_allowed_len; j++)
				assert_string_not_equal(*n, syscalls_allowed[j]);
		}
	for (size_t i = 0; i < syscalls_arguments_len; i++)
		assert_true(seccomp_syscall_resolve_name(syscalls_arguments[i].name) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_known),
		cmocka_unit_test(test_ordinary_code_works),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_arguments),
#ifdef __x86_64__
		cmocka_unit_test(test_other_architecture_kills),
#endif
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_stay_in_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
