/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which directories a context's root holds and how they are mounted; links on the way to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "helper/resolve.h"
#include "helper/root_plan.h"
#include "helper/root_strip.h"

#define R (1u << MANIFEST_READ)
#define W (1u << MANIFEST_WRITE)
#define X (1u << MANIFEST_EXECUTE)
#define C (1u << MANIFEST_CREATE)

static struct root_plan plan_of(const struct manifest_path *paths, size_t len,
				enum manifest_network_namespace network)
{
	struct manifest_entrypoint entrypoint = {.paths = (struct manifest_path *)paths,
						 .paths_len = len};
	const struct manifest m = {
		.entrypoints = &entrypoint, .entrypoints_len = 1, .network_namespace = network};
	const struct runtime_dirs none = {};
	struct root_plan plan;

	assert_int_equal(root_plan_from_manifest(&m, &none, &plan, NULL), 0);
	return plan;
}

static const struct root_directory *find(const struct root_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->len; i++)
		if (strcmp(plan->directories[i].path, path) == 0)
			return &plan->directories[i];
	return NULL;
}

static void add(struct root_plan *plan, const char *path, unsigned access, unsigned below)
{
	const struct root_directory d = {
		.path = (char *)path, .access = access, .below = below, .fd = -1};

	assert_int_equal(root_plan_add(plan, &d), 0);
}

static void test_holds(void **state)
{
	(void)state;
	assert_true(root_plan_holds("/srv/ok", "/srv/ok"));
	assert_true(root_plan_holds("/srv/ok", "/srv/ok/a/b"));
	assert_true(root_plan_holds("/", "/srv"));
	assert_false(root_plan_holds("/srv/ok", "/srv/ok2"));
	assert_false(root_plan_holds("/srv/ok", "/srv"));
}

static void test_pattern_takes_what_is_above(void **state)
{
	const struct manifest_path paths[] = {
		{.path = (char *)"/var/lib/x/*.conf", .rights = R | W},
		{.path = (char *)"/var/lib/vm/{id}/disk", .rights = R | W},
		{.path = (char *)"/srv/tree/a?", .subtree = true, .rights = R | X},
		{.path = (char *)"/dev/dm-*", .rights = R},
		{.path = (char *)"/opt/nodes/x",
		 .rights = R,
		 .device = {MANIFEST_DEVICE_BLOCK, NULL}},
		{.path = (char *)"/sys/class/net/{link}/mtu", .rights = W},
	};
	struct root_plan plan = plan_of(paths, ARRAY_SIZE(paths), MANIFEST_NETWORK_HOST);

	(void)state;
	assert_int_equal(plan.len, 6);
	assert_int_equal(find(&plan, "/var/lib/x")->access, ROOT_WRITABLE);
	assert_int_equal(find(&plan, "/var/lib/x")->below, 0);
	/* What lies between the pattern and its end may be a mount. */
	assert_int_equal(find(&plan, "/var/lib/vm")->below, ROOT_WRITABLE);
	assert_int_equal(find(&plan, "/srv/tree")->below, ROOT_EXECUTABLE);
	assert_int_equal(find(&plan, "/dev")->access, ROOT_DEVICES);
	assert_int_equal(find(&plan, "/opt/nodes")->access, ROOT_DEVICES);
	assert_int_equal(find(&plan, "/sys")->access, ROOT_WRITABLE);
	assert_int_equal(find(&plan, "/sys")->kind, ROOT_SYS);
	root_plan_clear(&plan);
}

static void test_pattern_at_the_top(void **state)
{
	const struct manifest_path paths[] = {{.path = (char *)"/{id}/x", .rights = R}};
	struct root_plan plan = plan_of(paths, ARRAY_SIZE(paths), MANIFEST_NETWORK_HOST);

	(void)state;
	assert_non_null(find(&plan, "/"));
	assert_false(find(&plan, "/")->top);
	root_plan_clear(&plan);
}

static void test_file_rule_takes_parent(void **state)
{
	const struct manifest_path paths[] = {
		{.path = (char *)"/etc/motd", .rights = R | W},
		{.path = (char *)"/srv/data/in", .rights = R},
		{.path = (char *)"/srv/tree", .subtree = true, .rights = R | X},
	};
	struct root_plan plan = plan_of(paths, ARRAY_SIZE(paths), MANIFEST_NETWORK_HOST);

	(void)state;
	assert_int_equal(plan.len, 3);
	assert_non_null(find(&plan, "/etc"));
	assert_null(find(&plan, "/etc/motd"));
	assert_int_equal(find(&plan, "/etc")->access, ROOT_WRITABLE);
	assert_int_equal(find(&plan, "/etc")->below, 0);
	assert_int_equal(find(&plan, "/srv/data")->access, 0);
	assert_int_equal(find(&plan, "/srv/tree")->access, ROOT_EXECUTABLE);
	assert_int_equal(find(&plan, "/srv/tree")->below, ROOT_EXECUTABLE);
	root_plan_clear(&plan);
}

static void test_entry_of_root_does_not_take_the_host(void **state)
{
	const struct manifest_path paths[] = {
		{.path = (char *)"/data", .rights = R},
		{.path = (char *)"/flag", .rights = R | C},
	};
	struct root_plan plan = plan_of(paths, ARRAY_SIZE(paths), MANIFEST_NETWORK_HOST);

	(void)state;
	assert_null(find(&plan, "/"));
	assert_true(find(&plan, "/data")->top);
	assert_false(find(&plan, "/data")->creates);
	assert_true(find(&plan, "/flag")->creates);
	root_plan_clear(&plan);
}

static void test_proc_and_sys(void **state)
{
	const struct manifest_path paths[] = {
		{.path = (char *)"/proc/sys/net", .subtree = true, .rights = R | W},
		{.path = (char *)"/proc/meminfo", .rights = R},
		{.path = (char *)"/sys/class/net", .subtree = true, .rights = R},
		{.path = (char *)"/process", .subtree = true, .rights = R},
	};
	struct root_plan plan = plan_of(paths, ARRAY_SIZE(paths), MANIFEST_NETWORK_OWN);

	(void)state;
	assert_int_equal(plan.len, 3);
	assert_int_equal(find(&plan, "/proc")->kind, ROOT_PROC);
	assert_int_equal(find(&plan, "/proc")->access, ROOT_WRITABLE);
	assert_int_equal(find(&plan, "/sys")->kind, ROOT_SYS);
	assert_int_equal(find(&plan, "/sys")->access, 0);
	assert_int_equal(find(&plan, "/process")->kind, ROOT_BIND);
	assert_true(plan.own_sysfs);
	root_plan_clear(&plan);
}

static void test_whole_tree(void **state)
{
	const struct manifest_path paths[] = {
		{.path = (char *)"/", .subtree = true, .rights = R},
		{.path = (char *)"/etc/motd", .rights = R | W},
	};
	struct root_plan plan = plan_of(paths, ARRAY_SIZE(paths), MANIFEST_NETWORK_HOST);

	(void)state;
	root_plan_reduce(&plan);
	assert_string_equal(plan.directories[0].path, "/");
	assert_int_equal(find(&plan, "/proc")->kind, ROOT_PROC);
	assert_null(find(&plan, "/sys"));
	assert_int_equal(find(&plan, "/etc")->access, ROOT_WRITABLE);
	root_plan_clear(&plan);

	plan = plan_of(paths, ARRAY_SIZE(paths), MANIFEST_NETWORK_OWN);
	root_plan_reduce(&plan);
	assert_int_equal(find(&plan, "/sys")->kind, ROOT_SYS);
	root_plan_clear(&plan);
}

static void test_reduce(void **state)
{
	struct root_plan plan = {};

	(void)state;
	add(&plan, "/usr/lib/postern", ROOT_EXECUTABLE, ROOT_EXECUTABLE);
	add(&plan, "/usr/lib", ROOT_EXECUTABLE, ROOT_EXECUTABLE);
	add(&plan, "/usr/lib64", ROOT_EXECUTABLE, ROOT_EXECUTABLE);
	add(&plan, "/usr", 0, 0);
	add(&plan, "/usr/share", 0, 0);
	add(&plan, "/usr/lib/state", ROOT_WRITABLE, ROOT_WRITABLE);
	root_plan_reduce(&plan);

	assert_int_equal(plan.len, 4);
	/* Parents first. */
	assert_string_equal(plan.directories[0].path, "/usr");
	/* Shown by the nearest mount above with the same access: not mounted again. */
	assert_null(find(&plan, "/usr/lib/postern"));
	assert_null(find(&plan, "/usr/share"));
	/* A sibling by name only. */
	assert_non_null(find(&plan, "/usr/lib64"));
	/* More access than above, and what the rule above asks for below it, too. */
	assert_int_equal(find(&plan, "/usr/lib/state")->access, ROOT_WRITABLE | ROOT_EXECUTABLE);
	assert_int_equal(find(&plan, "/usr")->access, 0);
	root_plan_clear(&plan);
}

/* A read-only bind below a writable subtree would take the subtree's right away. */
static void test_reduce_keeps_rights_of_subtree(void **state)
{
	struct root_plan plan = {};

	(void)state;
	add(&plan, "/x/y", ROOT_EXECUTABLE, ROOT_EXECUTABLE);
	add(&plan, "/x", ROOT_WRITABLE, ROOT_WRITABLE);
	add(&plan, "/x/y/z", ROOT_WRITABLE, ROOT_WRITABLE);
	root_plan_reduce(&plan);
	assert_int_equal(plan.len, 2);
	assert_int_equal(find(&plan, "/x/y")->access, ROOT_WRITABLE | ROOT_EXECUTABLE);
	assert_int_equal(find(&plan, "/x")->access, ROOT_WRITABLE);
	root_plan_clear(&plan);
}

static void test_attributes(void **state)
{
	struct root_directory d = {.access = 0};

	(void)state;
	assert_int_equal(root_plan_attributes(&d), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
							   MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	d.access = ROOT_WRITABLE | ROOT_EXECUTABLE | ROOT_DEVICES;
	assert_int_equal(root_plan_attributes(&d), MOUNT_ATTR_NOSUID);
}

static void test_dev_has_devices(void **state)
{
	const struct manifest_path paths[] = {
		{.path = (char *)"/dev/null", .rights = R | W},
		{.path = (char *)"/devices", .subtree = true, .rights = R},
	};
	struct root_plan plan = plan_of(paths, ARRAY_SIZE(paths), MANIFEST_NETWORK_HOST);

	(void)state;
	assert_int_equal(find(&plan, "/dev")->access, ROOT_WRITABLE | ROOT_DEVICES);
	assert_int_equal(find(&plan, "/devices")->access, 0);
	root_plan_clear(&plan);
}

static void test_resolve(void **state)
{
	char base[] = "/tmp/postern-resolve-XXXXXX";
	struct resolved at = {.fd = -1};
	struct stat a, b;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(base));
	fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(mkdirat(fd, "usr", 0755), 0);
	assert_int_equal(mkdirat(fd, "usr/lib", 0755), 0);
	assert_int_equal(symlinkat("usr/lib", fd, "lib"), 0);
	assert_int_equal(symlinkat("../lib/.", fd, "usr/again"), 0);
	assert_int_equal(symlinkat("loop", fd, "loop"), 0);

	/* A chain of two links: both are told, the place is the real one. */
	assert_int_equal(chdir(base), 0);
	assert_int_equal(resolve(fd, "/usr/again", &at, NULL), 0);
	assert_string_equal(at.path + strlen(at.path) - strlen("/usr/lib"), "/usr/lib");
	assert_int_equal(at.links_len, 2);
	assert_string_equal(at.links[0].target, "../lib/.");
	assert_string_equal(at.links[1].target, "usr/lib");
	assert_int_equal(fstat(at.fd, &a), 0);
	assert_int_equal(fstatat(fd, "usr/lib", &b, 0), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	resolved_clear(&at);

	assert_int_equal(resolve(fd, "/usr/none", &at, NULL), -ENOENT);
	assert_int_equal(resolve(fd, "/loop", &at, NULL), -ELOOP);
	assert_int_equal(resolve(fd, "usr", &at, NULL), -EINVAL);

	assert_int_equal(unlinkat(fd, "loop", 0), 0);
	assert_int_equal(unlinkat(fd, "usr/again", 0), 0);
	assert_int_equal(unlinkat(fd, "lib", 0), 0);
	assert_int_equal(unlinkat(fd, "usr/lib", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(fd, "usr", AT_REMOVEDIR), 0);
	(void)close(fd);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(base), 0);
}

static void test_mountinfo(void **state)
{
	char plain[] = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
	char escaped[] = "36 35 98:0 /a /mnt/with\\040space\\134 rw - ext4 /dev/sda1 rw\n";
	char broken[] = "36 35 98:0 /a /mnt ext4\n";
	const char *at = NULL, *type = NULL;

	(void)state;
	assert_int_equal(root_strip_parse(plain, &at, &type), 0);
	assert_string_equal(at, "/sys/fs/cgroup");
	assert_string_equal(type, "cgroup2");
	assert_int_equal(root_strip_parse(escaped, &at, &type), 0);
	assert_string_equal(at, "/mnt/with space\\");
	assert_string_equal(type, "ext4");
	assert_int_equal(root_strip_parse(broken, &at, &type), -EBADMSG);
	assert_true(root_strip_is_forbidden(CGROUP2_SUPER_MAGIC));
	assert_true(root_strip_is_forbidden(BPF_FS_MAGIC));
	assert_false(root_strip_is_forbidden(TMPFS_MAGIC));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_file_rule_takes_parent),
		cmocka_unit_test(test_pattern_takes_what_is_above),
		cmocka_unit_test(test_pattern_at_the_top),
		cmocka_unit_test(test_entry_of_root_does_not_take_the_host),
		cmocka_unit_test(test_proc_and_sys),
		cmocka_unit_test(test_whole_tree),
		cmocka_unit_test(test_reduce),
		cmocka_unit_test(test_reduce_keeps_rights_of_subtree),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_dev_has_devices),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_mountinfo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
