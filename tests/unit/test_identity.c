/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Giving up ids and capabilities, and reading back that they are gone. Needs root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "helper/capabilities.h"
#include "helper/identity.h"

#define BIT(c)	  (UINT64_C(1) << (c))
#define SECONDS	  20
#define SOME_USER 12345

static struct manifest_entrypoint entrypoints[] = {
	{.name = (char *)"one", .capabilities = BIT(CAP_CHOWN) | BIT(CAP_NET_ADMIN)},
	{.name = (char *)"two", .capabilities = BIT(CAP_CHOWN) | BIT(CAP_KILL)},
};
static const struct manifest manifest = {
	.name = (char *)"test",
	.user = SOME_USER,
	.group = SOME_USER + 1,
	.user_namespace = MANIFEST_USER_HOST,
	.limits = {.open_files = 64,
		   .processes = 64,
		   .memory = UINT64_C(1) << 33,
		   .file_size = 1 << 20,
		   .connections = 32},
	.entrypoints = entrypoints,
	.entrypoints_len = 2,
};
#define HELPERS (BIT(CAP_CHOWN) | BIT(CAP_NET_ADMIN) | BIT(CAP_KILL) | BIT(CAP_SETPCAP))

static int in_child(int (*body)(struct error *err))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct error err = {};
		int r;

		(void)alarm(SECONDS);
		r = body(&err);
		if (r != 0)
			fprintf(stderr, "%d: %s\n", r, error_text(&err));
		_exit(r != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

#define FAIL_UNLESS(e)                                                                             \
	do {                                                                                       \
		if (!(e))                                                                          \
			return __LINE__;                                                           \
	} while (0)

static int assumed(struct error *err)
{
	struct rlimit l;

	FAIL_UNLESS(identity_assume(&manifest, err) == 0);
	FAIL_UNLESS(identity_verify(&manifest, HELPERS, err) == 0);
	FAIL_UNLESS(getuid() == SOME_USER && getgid() == SOME_USER + 1 && getgroups(0, NULL) == 0);
	FAIL_UNLESS(getrlimit(RLIMIT_CORE, &l) == 0 && l.rlim_max == 1);
	FAIL_UNLESS(getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_max == 64 + 32 + 16);
	/* What was given up does not come back. */
	FAIL_UNLESS(setuid(0) < 0 && setgroups(0, NULL) < 0);
	FAIL_UNLESS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) < 0);
	FAIL_UNLESS(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0) < 0);
	return 0;
}

static int worker(struct error *err)
{
	FAIL_UNLESS(identity_assume(&manifest, err) == 0);
	FAIL_UNLESS(capabilities_set(HELPERS, entrypoints[1].capabilities, err) == 0);
	FAIL_UNLESS(capabilities_verify(entrypoints[1].capabilities, err) == 0);
	/* The sibling's are out of reach, and each set is looked at. */
	FAIL_UNLESS(capabilities_set(CAPABILITIES_ANY, entrypoints[0].capabilities, NULL) < 0);
	FAIL_UNLESS(capabilities_verify(entrypoints[0].capabilities, NULL) == -EPERM);
	FAIL_UNLESS(capabilities_verify(0, NULL) == -EPERM);
	return 0;
}

/* What the bounding set holds beyond what is said of it stays in it, and is seen. */
static int held_more(struct error *err)
{
	FAIL_UNLESS(identity_assume(&manifest, err) == 0);
	FAIL_UNLESS(capabilities_set(0, entrypoints[1].capabilities, err) == 0);
	FAIL_UNLESS(capabilities_verify(entrypoints[1].capabilities, NULL) == -EPERM);
	return 0;
}

static int unknown(struct error *err)
{
	FAIL_UNLESS(identity_assume(&manifest, err) == 0);
	FAIL_UNLESS(capabilities_set(HELPERS, BIT(63), err) == -EINVAL);
	FAIL_UNLESS(strstr(error_text(err), "this kernel does not know capability 63"));
	/* Nothing was changed for it. */
	FAIL_UNLESS(capabilities_verify(HELPERS, NULL) == 0);
	return 0;
}

/* Uid 0 must not bring capabilities back by exec: an ambient-less program gets none. */
static int root_means_nothing(struct error *err)
{
	struct manifest m = manifest;
	struct manifest_entrypoint e = {.name = (char *)"none"};

	m.user = 0;
	m.entrypoints = &e;
	m.entrypoints_len = 1;
	FAIL_UNLESS(identity_assume(&m, err) == 0);
	FAIL_UNLESS(capabilities_set(CAPABILITIES_ANY, 0, err) == 0);
	return system("grep -q '^CapEff:.0000000000000000$' /proc/self/status");
}

static int verify_notices(struct error *err)
{
	struct manifest other = manifest;

	FAIL_UNLESS(identity_assume(&manifest, err) == 0);
	other.user++;
	FAIL_UNLESS(identity_verify(&other, HELPERS, NULL) == -EPERM);
	other = manifest;
	other.limits.open_files--;
	FAIL_UNLESS(identity_verify(&other, HELPERS, NULL) == -EPERM);
	FAIL_UNLESS(identity_verify(&manifest, HELPERS | BIT(CAP_SYS_PTRACE), NULL) == -EPERM);
	FAIL_UNLESS(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
	FAIL_UNLESS(identity_verify(&manifest, HELPERS, NULL) == -EPERM);
	return 0;
}

static void test_assume(void **state)
{
	(void)state;
	assert_int_equal(in_child(assumed), 0);
}

static void test_worker(void **state)
{
	(void)state;
	assert_int_equal(in_child(worker), 0);
	assert_int_equal(in_child(held_more), 0);
	assert_int_equal(in_child(unknown), 0);
}

static void test_root_means_nothing(void **state)
{
	(void)state;
	assert_int_equal(in_child(root_means_nothing), 0);
}

static void test_verify_notices(void **state)
{
	(void)state;
	assert_int_equal(in_child(verify_notices), 0);
}

static void test_union(void **state)
{
	struct manifest_entrypoint e = {.capabilities = BIT(CAP_SYS_ADMIN)};
	const struct manifest m = {.entrypoints = &e, .entrypoints_len = 1};
	uint64_t all = 0;

	(void)state;
	assert_int_equal(identity_capabilities(&manifest, &all, NULL), 0);
	assert_true(all == HELPERS);
	assert_int_equal(identity_capabilities(&m, &all, NULL), -EPERM);
}

static void test_maps(void **state)
{
	const uint32_t ids[] = {0, 1000, 1001};

	(void)state;
	assert_int_equal(identity_check_map("         0          0          1\n"
					    "      1000       1000          2\n",
					    "uid_map", ids, 3, NULL),
			 0);
	assert_int_equal(identity_check_map("", "uid_map", ids, 0, NULL), 0);
	/* Too few, too many, another id, shifted, the identity map, rubbish. */
	assert_true(identity_check_map("0 0 1\n", "uid_map", ids, 3, NULL) < 0);
	assert_true(identity_check_map("0 0 1\n1000 1000 2\n5 5 1\n", "m", ids, 3, NULL) < 0);
	assert_true(identity_check_map("0 0 1\n1000 1000 1\n1002 1002 1\n", "m", ids, 3, NULL) < 0);
	assert_true(identity_check_map("0 100 1\n1000 1000 2\n", "m", ids, 3, NULL) < 0);
	assert_true(identity_check_map("0 0 4294967295\n", "m", ids, 3, NULL) < 0);
	assert_true(identity_check_map("x\n", "m", ids, 3, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_union),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_assume),
		cmocka_unit_test(test_worker),
		cmocka_unit_test(test_root_means_nothing),
		cmocka_unit_test(test_verify_notices),
	};

	if (geteuid() != 0) {
		fputs("test_identity: needs root\n", stderr);
		return EXIT_FAILURE;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
