/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The host checks against trees of files that stand for hosts: a good one, and one for each lack.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above. */
#include <cmocka.h>

#include <bpf/btf.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/host.h"

#define LSM	"sys/kernel/security/lsm"
#define BTF	"sys/kernel/btf/vmlinux"
#define RELEASE "proc/sys/kernel/osrelease"
#define VERSION "proc/sys/kernel/version"
#define MOUNTS	"proc/self/mountinfo"
#define STATUS	"proc/self/status"

#define SECURITYFS "30 20 0:6 / /sys/kernel/security rw - securityfs securityfs rw\n"
#define CGROUP2	   "31 20 0:7 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n"

static char root[64];
static struct host_finding findings[HOST_CHECKS_MAX];
static size_t findings_len;

static void path_of(const char *name, char to[PATH_MAX])
{
	assert_true(snprintf(to, PATH_MAX, "%s/%s", root, name) < PATH_MAX);
}

/* Makes the directories above a file. */
static void make_room(const char *name, char to[PATH_MAX])
{
	path_of(name, to);
	for (char *slash = strchr(to + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(to, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static void put_data(const char *name, const void *data, size_t len)
{
	char path[PATH_MAX];
	FILE *file;

	make_room(name, path);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void put(const char *name, const char *text)
{
	put_data(name, text, strlen(text));
}

static void put_link(const char *name, const char *target)
{
	char path[PATH_MAX];

	make_room(name, path);
	(void)unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static void take_away(const char *name)
{
	char path[PATH_MAX];

	path_of(name, path);
	assert_int_equal(unlink(path), 0);
}

/* BTF with functions of these names, as the kernel's has bpf_lsm_HOOK. */
static void put_btf(const char *const *functions)
{
	struct btf *btf = btf__new_empty();
	int integer, prototype;
	const void *data;
	uint32_t len;

	assert_non_null(btf);
	integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	prototype = btf__add_func_proto(btf, integer);
	assert_true(prototype > 0);
	for (; *functions; functions++)
		assert_true(btf__add_func(btf, *functions, BTF_FUNC_GLOBAL, prototype) > 0);
	data = btf__raw_data(btf, &len);
	assert_non_null(data);
	put_data(BTF, data, len);
	btf__free(btf);
}

static void put_namespaces(const char *user, const char *pid, const char *cgroup)
{
	put_link("proc/self/ns/user", user);
	put_link("proc/self/ns/pid", pid);
	put_link("proc/self/ns/cgroup", cgroup);
}

static int good_host(void **state)
{
	static const char *const functions[] = {"bpf_lsm_file_open", "bpf_lsm_path_mknod", NULL};

	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/test_host.XXXXXX");
	assert_non_null(mkdtemp(root));
	put(RELEASE, "6.12.107+deb13-cloud-amd64\n");
	put(VERSION, "#1 SMP PREEMPT_DYNAMIC Debian 6.12.107-1\n");
	put(STATUS, "Name:\tposternd\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n");
	put_namespaces("user:[4026531837]", "pid:[4026531836]", "cgroup:[4026531835]");
	put(MOUNTS, SECURITYFS CGROUP2);
	put(LSM, "lockdown,capability,landlock,yama,apparmor,bpf");
	put("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	put("proc/sys/net/core/bpf_jit_enable", "1\n");
	put("proc/sys/kernel/ftrace_enabled", "1\n");
	put("proc/sys/kernel/unprivileged_bpf_disabled", "2\n");
	put_btf(functions);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int no_host(void **state)
{
	(void)state;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const struct host_finding *look(const char *check)
{
	findings_len = host_checks(root, findings, HOST_CHECKS_MAX);
	for (size_t i = 0; i < findings_len; i++)
		if (strcmp(findings[i].check->name, check) == 0)
			return &findings[i];
	fail_msg("no check is called %s", check);
	return NULL;
}

/* The check's verdict, and that what was found and what to do are said. */
static void expect(const char *check, enum host_verdict verdict, const char *found)
{
	const struct host_finding *f = look(check);

	if (f->verdict != verdict || !strstr(f->found, found))
		fail_msg("%s: %s: %s (expected %s: %s)", check, host_verdict_name(f->verdict),
			 f->found, host_verdict_name(verdict), found);
	assert_true(f->remedy[0] != '\0' || verdict == HOST_OK);
	assert_true(f->remedy[0] == '\0' || verdict != HOST_OK);
}

/* posternd refuses this host, and says this. */
static void refused(const char *text, const char *hint)
{
	cleanup_error struct error err = {};

	assert_int_equal(host_require(root, &err), -EOPNOTSUPP);
	if (!strstr(error_text(&err), text) || !strstr(err.hint, hint))
		fail_msg("%s; %s", error_text(&err), err.hint);
}

static void accepted(void)
{
	cleanup_error struct error err = {};

	if (host_require(root, &err) != 0)
		fail_msg("%s", error_text(&err));
}

static void test_good(void **state)
{
	(void)state;
	(void)look("lsm");
	assert_int_equal(findings_len, 14);
	for (size_t i = 0; i < findings_len; i++) {
		const struct host_finding *f = &findings[i];

		/* Programs are counted by a system call: not on a host of files. */
		if (strcmp(f->check->name, "programs") == 0)
			expect("programs", HOST_UNKNOWN, "not the running host");
		else
			expect(f->check->name, HOST_OK, "");
	}
	accepted();
}

static void test_room(void **state)
{
	(void)state;
	assert_int_equal(host_checks(root, findings, 3), 3);
	assert_int_equal(host_checks(root, findings, 0), 0);
}

/* The host that runs the test: whatever it is, every check comes to an end and says something. */
static void test_this_host(void **state)
{
	size_t len = host_checks(NULL, findings, HOST_CHECKS_MAX);

	(void)state;
	assert_int_equal(len, 14);
	for (size_t i = 0; i < len; i++) {
		assert_true(findings[i].found[0] != '\0');
		assert_int_equal(findings[i].verdict == HOST_OK, findings[i].remedy[0] == '\0');
	}
}

static void test_privilege(void **state)
{
	(void)state;
	put(STATUS, "Name:\tp\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffdfffff\n");
	expect("privilege", HOST_LACKING, "root without CAP_SYS_ADMIN");
	refused("privilege", "start posternd as root");
	/* The effective id counts, not the real one. */
	put(STATUS, "Name:\tp\nUid:\t0\t1000\t0\t0\nCapEff:\t0000000000000000\n");
	expect("privilege", HOST_UNKNOWN, "user 1000");
	refused("privilege", "start posternd as root");
	put(STATUS, "Name:\tp\n");
	expect("privilege", HOST_UNKNOWN, "lacks Uid");
	refused("privilege", "start posternd as root");
}

static void test_namespaces(void **state)
{
	(void)state;
	put_namespaces("user:[4026532837]", "pid:[4026531836]", "cgroup:[4026531835]");
	expect("namespaces", HOST_LACKING, "not in the initial namespace: user");
	refused("namespaces", "on the host");
	put_namespaces("user:[4026531837]", "pid:[4026532836]", "cgroup:[4026532835]");
	expect("namespaces", HOST_LACKING, "namespaces: pid, cgroup");
	put_namespaces("user:[40265318370]", "pid:[4026531836]", "cgroup:[4026531835]");
	expect("namespaces", HOST_LACKING, "user");
	take_away("proc/self/ns/cgroup");
	expect("namespaces", HOST_LACKING, "user");
	put_link("proc/self/ns/user", "user:[4026531837]");
	expect("namespaces", HOST_UNKNOWN, "ns/cgroup: No such file");
	refused("namespaces", "on the host");
}

static void test_kernel(void **state)
{
	static const char *const enough[] = {"6.1.0-56-cloud-amd64", "6.10", "7.0.0", "10.0.1"};
	static const char *const too_old[] = {"6.0.19", "5.10.0-28", "5.99"};
	static const char *const rubbish[] = {"", "six", "6", "6.", "-6.12", "6.x", "70000.1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(enough); i++) {
		put(RELEASE, enough[i]);
		expect("kernel", HOST_OK, enough[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(too_old); i++) {
		put(RELEASE, too_old[i]);
		expect("kernel", HOST_LACKING, too_old[i]);
		refused("kernel", "newer kernel");
	}
	for (size_t i = 0; i < ARRAY_SIZE(rubbish); i++) {
		put(RELEASE, rubbish[i]);
		expect("kernel", HOST_UNKNOWN, "cannot be read");
		refused("kernel", "/proc");
	}
}

static void test_lsm(void **state)
{
	(void)state;
	put(LSM, "lockdown,capability,yama,bpfx,xbpf");
	expect("lsm", HOST_LACKING, "bpf is not among them");
	/* The remedy is this host's own line. */
	refused("lsm", "lsm=lockdown,capability,yama,bpfx,xbpf,bpf");
	put(LSM, "bpf");
	expect("lsm", HOST_OK, "bpf");
	put(LSM, "");
	expect("lsm", HOST_LACKING, "");
	refused("lsm", "lsm=bpf");
}

static void test_securityfs(void **state)
{
	(void)state;
	take_away(LSM);
	take_away("sys/kernel/security/lockdown");
	put(MOUNTS, CGROUP2);
	expect("lsm", HOST_LACKING, "securityfs is not mounted");
	expect("lockdown", HOST_UNKNOWN, "securityfs is not mounted");
	refused("securityfs", "mount -t securityfs");
	/* Mounted, and yet no file: that cannot be told. */
	put(MOUNTS, CGROUP2 SECURITYFS);
	expect("lsm", HOST_UNKNOWN, "lsm: No such file");
	refused("lsm", "lsm=");
	expect("lockdown", HOST_OK, "not active");
}

static void test_btf(void **state)
{
	static const char *const no_path[] = {"bpf_lsm_file_open", NULL};
	static const char *const no_lsm[] = {"path_mknod", "file_open", NULL};

	(void)state;
	put_btf(no_path);
	expect("security-path", HOST_LACKING, "CONFIG_SECURITY_PATH");
	expect("bpf-lsm", HOST_OK, "file_open");
	refused("security-path", "CONFIG_SECURITY_PATH=y");
	put_btf(no_lsm);
	expect("bpf-lsm", HOST_LACKING, "CONFIG_BPF_LSM");
	put(BTF, "this is not BTF");
	expect("btf", HOST_LACKING, "cannot be read as BTF");
	expect("bpf-lsm", HOST_UNKNOWN, "without BTF");
	put(BTF, "");
	expect("btf", HOST_LACKING, "cannot be read as BTF");
	take_away(BTF);
	expect("btf", HOST_LACKING, "there is no");
	refused("btf", "CONFIG_DEBUG_INFO_BTF");
}

static void test_jit(void **state)
{
	(void)state;
	put("proc/sys/net/core/bpf_jit_enable", "0\n");
	expect("jit", HOST_LACKING, "is 0");
	refused("jit", "sysctl net.core.bpf_jit_enable=1");
	put("proc/sys/net/core/bpf_jit_enable", "2\n");
	expect("jit", HOST_OK, "is 2");
	take_away("proc/sys/net/core/bpf_jit_enable");
	expect("jit", HOST_UNKNOWN, "No such file");
	accepted();
}

static void test_ftrace(void **state)
{
	(void)state;
	put("proc/sys/kernel/ftrace_enabled", "0\n");
	expect("ftrace", HOST_LACKING, "is 0");
	refused("ftrace", "sysctl kernel.ftrace_enabled=1");
	put(RELEASE, "7.3.4");
	expect("ftrace", HOST_WARNING, "is 0");
	accepted();
}

static void test_preemption_elsewhere(void **state)
{
	(void)state;
	/* Only 6.1 fails, in whatever way it is said; and nobody knows about PREEMPT_RT. */
	put("proc/cmdline", "preempt=full");
	put("sys/kernel/debug/sched/preempt", "none voluntary (full)\n");
	expect("preemption", HOST_OK, "6.2");
	put(VERSION, "#1 SMP PREEMPT_RT Debian\n");
	expect("preemption", HOST_LACKING, "PREEMPT_RT");
	refused("preemption", "without PREEMPT_RT");
	put(RELEASE, "6.1.0");
	put(VERSION, "#1 SMP Debian 6.1.192-1\n");
	expect("preemption", HOST_OK, "not preempted");
	put(VERSION, "#1 SMP PREEMPT Debian 6.1.192-1\n");
	expect("preemption", HOST_LACKING, "built with full preemption");
}

static void test_preemption_dynamic(void **state)
{
	(void)state;
	put(RELEASE, "6.1.0-56-amd64");
	put(VERSION, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1\n");
	/* The first that knows is asked: debugfs, the command line, the log, the configuration. */
	expect("preemption", HOST_UNKNOWN, "neither debugfs");
	accepted();
	put("boot/config-6.1.0-56-amd64",
	    "# x\nCONFIG_PREEMPT_VOLUNTARY=y\nCONFIG_PREEMPT_DYNAMIC=y\n");
	expect("preemption", HOST_OK, "voluntary");
	put("boot/config-6.1.0-56-amd64", "# x\nCONFIG_PREEMPT=y\nCONFIG_PREEMPT_DYNAMIC=y\n");
	expect("preemption", HOST_LACKING, "preempt=full");
	refused("preemption", "preempt=voluntary");
	put("dev/kmsg",
	    "6,1,0,-;Linux version\n6,2,9,-;Dynamic Preempt: voluntary\n6,3,9,-;more\n");
	expect("preemption", HOST_OK, "voluntary");
	put("proc/cmdline", "quiet preempt=none xpreempt=none preempt=full -- preempt=none\n");
	expect("preemption", HOST_LACKING, "preempt=full");
	put("proc/cmdline", "quiet\n");
	expect("preemption", HOST_OK, "voluntary");
	put("sys/kernel/debug/sched/preempt", "none voluntary (full)\n");
	expect("preemption", HOST_LACKING, "preempt=full");
	put("sys/kernel/debug/sched/preempt", "(none) voluntary full\n");
	put("proc/cmdline", "preempt=full\n");
	expect("preemption", HOST_OK, "none");
}

static void test_lockdown(void **state)
{
	(void)state;
	put("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	expect("lockdown", HOST_LACKING, "confidentiality");
	refused("lockdown", "lockdown=integrity");
	put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	expect("lockdown", HOST_OK, "integrity");
	put("sys/kernel/security/lockdown", "confidentiality\n");
	expect("lockdown", HOST_UNKNOWN, "no known kernel");
}

static void test_cgroup(void **state)
{
	(void)state;
	put(MOUNTS, SECURITYFS);
	expect("cgroup2", HOST_LACKING, "nothing is mounted");
	refused("cgroup2", "mount -t cgroup2");
	put(MOUNTS, SECURITYFS "31 20 0:7 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
			       "32 31 0:8 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n");
	expect("cgroup2", HOST_LACKING, "version 1 only");
	put(MOUNTS, SECURITYFS "31 20 0:7 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
			       "32 31 0:8 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
	expect("cgroup2", HOST_LACKING, "hybrid");
	refused("cgroup2", "unified_cgroup_hierarchy");
	/* What lies on top counts, and only at that place. */
	put(MOUNTS, SECURITYFS CGROUP2 "33 20 0:7 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n");
	expect("cgroup2", HOST_LACKING, "tmpfs");
	put(MOUNTS, SECURITYFS "31 20 0:7 /sys/fs/cgroup /mnt rw - cgroup2 cgroup2 rw\n");
	expect("cgroup2", HOST_LACKING, "nothing is mounted");
	put(MOUNTS, "no mount at all\n1 2 - x\n\n");
	expect("cgroup2", HOST_LACKING, "nothing is mounted");
	take_away(MOUNTS);
	expect("cgroup2", HOST_UNKNOWN, "mountinfo");
	refused("cgroup2", "");
}

static void test_unprivileged_bpf(void **state)
{
	(void)state;
	put("proc/sys/kernel/unprivileged_bpf_disabled", "0\n");
	expect("unprivileged-bpf", HOST_WARNING, "is 0");
	accepted();
}

/* A host of which nothing can be read is refused, not waved through. */
static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(no_host(NULL), 0);
	(void)look("lsm");
	for (size_t i = 0; i < findings_len; i++)
		assert_int_not_equal(findings[i].verdict, HOST_OK);
	refused("privilege", "");
	assert_int_equal(mkdir(root, 0755), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, good_host, no_host)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_room),
		TEST(test_this_host),
		TEST(test_privilege),
		TEST(test_namespaces),
		TEST(test_kernel),
		TEST(test_lsm),
		TEST(test_securityfs),
		TEST(test_btf),
		TEST(test_jit),
		TEST(test_ftrace),
		TEST(test_preemption_elsewhere),
		TEST(test_preemption_dynamic),
		TEST(test_lockdown),
		TEST(test_cgroup),
		TEST(test_unprivileged_bpf),
		TEST(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
