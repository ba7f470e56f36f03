/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading manifests: every field of a full one, every default of a small one, and the module check.
 * What bad manifests say is tested by tests/manifest/run, hostile ones by test_manifest_bounds.c.
 *
 * Reads tests/manifest/good and contexts/ below $POSTERN_SOURCE (default: the working directory).
 */
#include <errno.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/capability.h>

#include "base/util.h"
#include "manifest/manifest.h"

#define CAP(name)   (UINT64_C(1) << (name))
#define RIGHT(name) (UINT32_C(1) << (name))
#define SECOND	    UINT64_C(1000000000)

static char *source_path(const char *file)
{
	const char *root = getenv("POSTERN_SOURCE");
	char *path;

	assert_true(asprintf(&path, "%s/%s", root ? root : ".", file) > 0);
	return path;
}

static struct manifest *good_read(const char *file)
{
	cleanup_free char *path = source_path(file);
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	struct manifest *m = NULL;

	if (manifest_read(path, 0, &m, &problems, &err) < 0) {
		manifest_problems_print(&problems, path, stderr);
		fail_msg("%s", error_text(&err));
	}
	assert_int_equal(problems.len, 0);
	manifest_problems_clear(&problems);
	return m;
}

static void test_context_fields(void **state)
{
	struct manifest *m = good_read("tests/manifest/good/everything.yaml");

	(void)state;
	assert_non_null(strstr(m->file, "everything.yaml"));
	assert_string_equal(m->name, "every-thing_1");
	assert_string_equal(m->description, "Every key that a manifest knows");
	assert_string_equal(m->module, "/opt/every/thing.so");
	assert_int_equal(m->user, 1);
	assert_int_equal(m->group, 2);
	assert_int_equal(m->uids_len, 3);
	assert_int_equal(m->uids[0], 0);
	assert_int_equal(m->uids[1], 1);
	assert_int_equal(m->uids[2], 1234);
	assert_int_equal(m->gids_len, 3);
	assert_int_equal(m->gids[2], 4294967294);
	assert_int_equal(m->capabilities, CAP(CAP_NET_ADMIN) | CAP(CAP_NET_RAW) | CAP(CAP_CHOWN));
	assert_int_equal(m->user_namespace, MANIFEST_USER_OWN);
	assert_int_equal(m->network_namespace, MANIFEST_NETWORK_PATH);
	assert_string_equal(m->network_path, "/run/netns/red");
	assert_int_equal(m->caller_uids_len, 2);
	assert_int_equal(m->caller_uids[1], 65534);
	assert_int_equal(m->caller_gids_len, 2);
	assert_int_equal(m->caller_gids[0], 1);
	assert_int_equal(m->limits.open_files, 1024);
	assert_int_equal(m->limits.processes, 8);
	assert_int_equal(m->limits.memory, 512 << 20);
	assert_int_equal(m->limits.file_size, 10240);
	assert_int_equal(m->limits.connections, 16);
	assert_true(m->guard_metadata);
	assert_int_equal(m->entrypoints_len, 4);
	manifest_free(m);
}

static void test_entrypoint_fields(void **state)
{
	struct manifest *m = good_read("tests/manifest/good/everything.yaml");
	const struct manifest_entrypoint *e = manifest_entrypoint(m, "first");

	(void)state;
	assert_non_null(e);
	assert_null(manifest_entrypoint(m, "firs"));
	assert_string_equal(e->description, "The first one");
	assert_int_equal(e->place.line, 25);
	assert_int_equal(e->place.column, 3);
	assert_int_equal(e->timeout_ns, 3 * SECOND / 2);
	assert_int_equal(e->capabilities, CAP(CAP_NET_RAW));
	assert_int_equal(e->isolation, MANIFEST_ISOLATION_CALL);
	assert_int_equal(e->workers, 4);
	assert_int_equal(e->mode, MANIFEST_AUDIT);
	assert_int_equal(e->result.type, ARGUMENT_LIST);
	assert_true(e->result.secret);
	assert_null(e->result.name);
	assert_int_equal(e->result.element->type, ARGUMENT_UUID);
	/* An empty list is not the default: this one holds nothing. */
	e = manifest_entrypoint(m, "second-one");
	assert_int_equal(e->capabilities, 0);
	assert_int_equal(e->paths_place.line, 0);
	manifest_free(m);
}

static void path_is(const struct manifest_path *p, const char *path, bool subtree, uint32_t rights)
{
	assert_string_equal(p->path, path);
	assert_int_equal(p->subtree, subtree);
	assert_int_equal(p->rights, rights);
	assert_int_equal(p->place.column, 7);
}

static void test_paths(void **state)
{
	struct manifest *m = good_read("tests/manifest/good/everything.yaml");
	const struct manifest_entrypoint *e = manifest_entrypoint(m, "first");

	(void)state;
	assert_int_equal(e->paths_len, 6);
	assert_int_equal(e->paths_place.line, 48);
	assert_int_equal(e->paths_place.column, 5);
	path_is(&e->paths[0], "/", true, RIGHT(MANIFEST_LIST));
	path_is(&e->paths[1], "/etc/motd", false,
		RIGHT(MANIFEST_READ) | RIGHT(MANIFEST_WRITE) | RIGHT(MANIFEST_APPEND) |
			RIGHT(MANIFEST_CREATE) | RIGHT(MANIFEST_DELETE) | RIGHT(MANIFEST_LIST));
	assert_int_equal(e->paths[1].place.line, 50);
	path_is(&e->paths[2], "/srv/ok", true,
		RIGHT(MANIFEST_EXECUTE) | RIGHT(MANIFEST_METADATA) | RIGHT(MANIFEST_LINK) |
			RIGHT(MANIFEST_CONNECT) | RIGHT(MANIFEST_LOCK));
	path_is(&e->paths[3], "/srv/ioctl", true, RIGHT(MANIFEST_READ) | RIGHT(MANIFEST_IOCTL));
	assert_int_equal(e->paths[3].ioctls_len, 3);
	assert_int_equal(e->paths[3].ioctls[0], FICLONE);
	assert_int_equal(e->paths[3].ioctls[1], 0x1261);
	assert_int_equal(e->paths[3].ioctls[2], 4706);
	path_is(&e->paths[4], "/srv/ok", false, RIGHT(MANIFEST_CREATE) | RIGHT(MANIFEST_DELETE));
	path_is(&e->paths[5], "/etc/name with space", false, RIGHT(MANIFEST_READ));
	assert_int_equal(e->includes_len, 2);
	assert_string_equal(e->includes[1].name, "tls-certs");
	assert_int_equal(e->programs_len, 2);
	assert_string_equal(e->programs[0].name, "/usr/sbin/ip");
	manifest_free(m);
}

static void test_patterns(void **state)
{
	struct manifest *m = good_read("tests/manifest/good/everything.yaml");
	const struct manifest_entrypoint *e = manifest_entrypoint(m, "slots");

	(void)state;
	assert_int_equal(e->isolation, MANIFEST_ISOLATION_CALL);
	assert_int_equal(e->slots_len, 4);
	assert_int_equal(e->slots[0], 0);
	assert_int_equal(e->slots[3], 3);
	path_is(&e->paths[3], "/var/lib/vm/{id}/{state}", true,
		RIGHT(MANIFEST_READ) | RIGHT(MANIFEST_LIST));
	assert_int_equal(e->paths[4].device.kind, MANIFEST_DEVICE_BLOCK);
	assert_string_equal(e->paths[4].device.driver, "nbd");
	assert_string_equal(manifest_ioctl_name(e->paths[4].ioctls[0]), "NBD_SET_SOCK");
	e = manifest_entrypoint(m, "globs");
	assert_int_equal(e->isolation, MANIFEST_ISOLATION_ENTRYPOINT);
	assert_int_equal(e->slots_len, 0);
	assert_int_equal(e->paths[2].device.kind, MANIFEST_DEVICE_BLOCK);
	assert_null(e->paths[2].device.driver);
	assert_int_equal(e->paths[0].device.kind, MANIFEST_DEVICE_ANY);
	manifest_free(m);
}

static const struct argument *argument_of(const struct manifest_entrypoint *e, const char *name)
{
	for (size_t i = 0; i < e->arguments_len; i++)
		if (strcmp(e->arguments[i].name, name) == 0)
			return &e->arguments[i];
	fail_msg("no argument %s", name);
	return NULL;
}

static void test_argument_types(void **state)
{
	static const struct {
		const char *name;
		enum argument_type type;
	} order[] = {
		{"flag", ARGUMENT_BOOLEAN},   {"count", ARGUMENT_INTEGER},
		{"text", ARGUMENT_STRING},    {"blob", ARGUMENT_BYTES},
		{"state", ARGUMENT_ENUM},     {"file", ARGUMENT_PATH},
		{"link", ARGUMENT_INTERFACE}, {"hardware", ARGUMENT_MAC},
		{"peer", ARGUMENT_ADDRESS},   {"network", ARGUMENT_PREFIX},
		{"id", ARGUMENT_UUID},	      {"owner", ARGUMENT_USER},
		{"team", ARGUMENT_GROUP},     {"amount", ARGUMENT_SIZE},
		{"wait", ARGUMENT_DURATION},  {"names", ARGUMENT_LIST},
		{"ports", ARGUMENT_LIST},     {"note", ARGUMENT_STRING},
		{"more", ARGUMENT_LIST},
	};
	struct manifest *m = good_read("tests/manifest/good/everything.yaml");
	const struct manifest_entrypoint *e = manifest_entrypoint(m, "first");

	(void)state;
	assert_int_equal(e->arguments_len, ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		assert_string_equal(e->arguments[i].name, order[i].name);
		assert_int_equal(e->arguments[i].type, order[i].type);
	}
	manifest_free(m);
}

static void test_argument_fields(void **state)
{
	struct manifest *m = good_read("tests/manifest/good/everything.yaml");
	const struct manifest_entrypoint *e = manifest_entrypoint(m, "first");
	const struct argument *a;

	(void)state;
	a = argument_of(e, "count");
	assert_true(a->minimum == -5 && a->maximum == 10 && !a->optional && !a->secret);
	a = argument_of(e, "text");
	assert_true(a->min_length == 1 && a->max_length == 49152 && a->secret);
	assert_string_equal(a->pattern, "[a-z]{1,8}(-[a-z]+)*");
	a = argument_of(e, "state");
	assert_int_equal(a->values_len, 3);
	assert_string_equal(a->values[2], "yes");
	a = argument_of(e, "file");
	assert_string_equal(a->below, "/srv/data");
	assert_int_equal(a->exists, ARGUMENT_EXISTS_MUST);
	assert_int_equal(argument_of(e, "peer")->family, ARGUMENT_FAMILY_IPV4);
	assert_int_equal(argument_of(e, "network")->family, ARGUMENT_FAMILY_IPV6);
	a = argument_of(e, "amount");
	assert_true(a->minimum == 1024 && a->maximum == INT64_C(1) << 40);
	a = argument_of(e, "wait");
	assert_true(a->minimum == 10000000 && a->maximum == INT64_C(3600000000000));
	a = argument_of(e, "names");
	assert_true(a->min_length == 1 && a->max_length == 3);
	assert_true(a->element->type == ARGUMENT_STRING && a->element->max_length == 4096);
	a = argument_of(e, "ports");
	assert_true(a->element->minimum == 1 && a->element->maximum == 65535);
	assert_true(a->min_length == 0 && a->max_length == 256);
	assert_true(argument_of(e, "note")->optional);
	assert_int_equal(argument_of(e, "more")->element->values_len, 2);
	manifest_free(m);
}

static void test_argument_defaults(void **state)
{
	static const char text[] =
		"context: d\nmodule: d.so\nuser: 0\ngroup: 0\ncallers: {users: [0]}\n"
		"entrypoints: {e: {arguments: {i: integer, s: string, b: {type: bytes}, z: size,"
		" d: duration, l: {type: list, element: boolean}, p: path, a: address}}}\n";
	struct manifest_problems problems = {};
	const struct argument *a;
	struct manifest *m = NULL;

	(void)state;
	assert_int_equal(manifest_parse("d", text, sizeof(text) - 1, 0, &m, &problems, NULL), 0);
	a = m->entrypoints[0].arguments;
	assert_true(a[0].minimum == INT64_MIN && a[0].maximum == INT64_MAX);
	assert_true(a[1].min_length == 0 && a[1].max_length == 4096 && !a[1].pattern);
	assert_true(a[2].min_length == 0 && a[2].max_length == 4096);
	assert_true(a[3].minimum == 0 && a[3].maximum == INT64_MAX && a[3].max_length == 0);
	assert_true(a[4].minimum == 0 && a[4].maximum == INT64_MAX);
	assert_true(a[5].min_length == 0 && a[5].max_length == 256 && a[5].maximum == 0);
	assert_true(!a[6].below && a[6].exists == ARGUMENT_EXISTS_ANY);
	assert_true(a[7].family == ARGUMENT_FAMILY_ANY);
	manifest_free(m);
}

static void test_defaults(void **state)
{
	struct manifest *m = good_read("tests/manifest/good/smallest.yaml");
	const struct manifest_entrypoint *e = manifest_entrypoint(m, "ping");

	(void)state;
	assert_string_equal(m->module, POSTERN_MODULE_DIR "/smallest.so");
	assert_null(m->description);
	assert_int_equal(m->user, 0);
	assert_int_equal(m->uids_len, 1);
	assert_int_equal(m->uids[0], 0);
	assert_int_equal(m->gids_len, 1);
	assert_int_equal(m->capabilities, 0);
	assert_int_equal(m->user_namespace, MANIFEST_USER_OWN);
	assert_int_equal(m->network_namespace, MANIFEST_NETWORK_OWN);
	assert_null(m->network_path);
	assert_int_equal(m->caller_gids_len, 0);
	assert_int_equal(m->limits.open_files, 256);
	assert_int_equal(m->limits.processes, 64);
	assert_int_equal(m->limits.memory, 1 << 30);
	assert_int_equal(m->limits.file_size, 1 << 30);
	assert_int_equal(m->limits.connections, 512);
	assert_int_equal(e->arguments_len, 0);
	assert_int_equal(e->result.type, ARGUMENT_NONE);
	assert_int_equal(e->paths_len, 0);
	assert_int_equal(e->timeout_ns, 30 * SECOND);
	assert_int_equal(e->isolation, MANIFEST_ISOLATION_ENTRYPOINT);
	assert_int_equal(e->workers, 1);
	assert_int_equal(e->mode, MANIFEST_ENFORCE);
	manifest_free(m);
}

static void test_ids_default(void **state)
{
	struct manifest *m = good_read("tests/manifest/good/flow.yaml");

	(void)state;
	assert_int_equal(m->user, 0); /* the first of ids.users */
	assert_int_equal(m->uids_len, 1);
	assert_int_equal(m->entrypoints[0].timeout_ns, 120 * SECOND);
	manifest_free(m);

	m = good_read("tests/manifest/good/host.yaml");
	assert_int_equal(m->user_namespace, MANIFEST_USER_HOST);
	assert_int_equal(m->network_namespace, MANIFEST_NETWORK_HOST);
	assert_int_equal(m->uids_len, 0); /* nothing is mapped */
	assert_int_equal(m->gids_len, 0);
	assert_int_equal(m->entrypoints[0].capabilities, CAP(CAP_NET_ADMIN));
	manifest_free(m);
}

static void test_text_stays_text(void **state)
{
	struct manifest *m = good_read("tests/manifest/good/text-is-text.yaml");

	(void)state;
	assert_string_equal(m->name, "on");
	assert_string_equal(m->description, "12:30:45");
	assert_string_equal(m->entrypoints[0].name, "yes");
	assert_string_equal(m->entrypoints[0].description, "yes");
	assert_string_equal(m->entrypoints[0].arguments[0].values[4], "1.0");
	assert_string_equal(m->entrypoints[1].description, "Several lines\nof text\n");
	manifest_free(m);
}

/* The shipped context: alice need not exist where the tests run, so another name stands for her. */
static void test_motd_context(void **state)
{
	cleanup_free char *path = source_path("contexts/motd/context.yaml");
	cleanup_file FILE *file = fopen(path, "re");
	const struct manifest_entrypoint *e;
	struct manifest_problems problems = {};
	struct manifest *m = NULL;
	char text[8192], *alice;
	size_t len;

	(void)state;
	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	alice = strstr(text, "alice");
	assert_non_null(alice);
	memcpy(alice, "root ", 5);
	assert_int_equal(manifest_parse(path, text, len, 0, &m, &problems, NULL), 0);
	assert_string_equal(m->name, "motd");
	assert_int_equal(m->entrypoints_len, 3);
	assert_int_equal(m->capabilities, 0);
	e = manifest_entrypoint(m, "read_motd");
	assert_int_equal(e->paths[0].rights, RIGHT(MANIFEST_READ));
	e = manifest_entrypoint(m, "update_file");
	assert_int_equal(e->arguments[0].type, ARGUMENT_PATH);
	assert_null(e->arguments[0].below);
	assert_int_equal(e->paths_len, 1);
	assert_string_equal(e->paths[0].path, "/etc/motd");
	assert_int_equal(e->paths[0].rights, RIGHT(MANIFEST_READ) | RIGHT(MANIFEST_WRITE));
	manifest_free(m);
}

static void test_files_that_cannot_be_read(void **state)
{
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	struct manifest *m = NULL;

	(void)state;
	assert_int_equal(manifest_read("/nowhere/context.yaml", 0, &m, &problems, &err), -ENOENT);
	assert_non_null(strstr(error_text(&err), "/nowhere/context.yaml"));
	assert_int_equal(manifest_read("/", 0, &m, &problems, &err), -EINVAL);
	assert_int_equal(manifest_read("/dev/null", 0, &m, &problems, &err), -EINVAL);
	assert_int_equal(problems.len, 0);
	assert_null(m);
}

static void test_module_check(void **state)
{
	static const char *const complete[] = {"second-one", "slots", "globs", "first", NULL};
	static const char *const lacking[] = {"firts", "slots", "globs", "second-one", NULL};
	struct manifest *m = good_read("tests/manifest/good/everything.yaml");
	struct manifest_problems problems = {};

	(void)state;
	assert_int_equal(manifest_check_module(m, complete, &problems), 0);
	assert_int_equal(problems.len, 0);
	assert_int_equal(manifest_check_module(m, lacking, &problems), -EBADMSG);
	assert_int_equal(problems.len, 1);
	assert_int_equal(problems.items[0].place.line, 25);
	assert_string_equal(problems.items[0].instead, "did you mean \"firts\"?");
	manifest_problems_clear(&problems);
	manifest_free(m);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(manifest_right_name(MANIFEST_READ), "read");
	assert_string_equal(manifest_right_name(MANIFEST_LOCK), "lock");
	assert_string_equal(argument_type_name(ARGUMENT_NONE), "none");
	assert_string_equal(argument_type_name(ARGUMENT_RECORD), "record");
	assert_null(argument_type_name(ARGUMENT_TYPES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_context_fields),
		cmocka_unit_test(test_entrypoint_fields),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_argument_types),
		cmocka_unit_test(test_argument_fields),
		cmocka_unit_test(test_argument_defaults),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_ids_default),
		cmocka_unit_test(test_text_stays_text),
		cmocka_unit_test(test_motd_context),
		cmocka_unit_test(test_files_that_cannot_be_read),
		cmocka_unit_test(test_module_check),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
