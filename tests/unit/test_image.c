/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A manifest's image: what a helper gets is what was read, and what is damaged is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "manifest/image.h"

static const char text[] =
	"context: image\n"
	"description: all that an image holds, and what it leaves out\n"
	"module: /usr/lib/image.so\n"
	"ids: {users: [root, 7], groups: [root]}\n"
	"callers: {users: [root]}\n"
	"entrypoints:\n"
	"  first:\n"
	"    description: not in the image\n"
	"    arguments:\n"
	"      name: {type: string, pattern: '[a-z]+'}\n"
	"      kind: {type: enum, values: [one, two]}\n"
	"      file: {type: path, below: /srv}\n"
	"      list: {type: list, element: {type: enum, values: [x, y, z]}, optional: true}\n"
	"      said: {type: string, default: as it was}\n"
	"      pairs: {type: list, element: {type: record, fields: {left: {type: "
	"integer}, right: {type: list, element: {type: string}}}}, optional: true}\n"
	"    result: string\n"
	"    paths:\n"
	"      /srv/data/: [read, write]\n"
	"      /dev/null: {allow: [read], device: char}\n"
	"    netlink:\n"
	"      route: [RTM_GETLINK]\n"
	"  second: {}\n";

static struct manifest *parsed(void)
{
	struct manifest_problems problems = {};
	struct manifest *m = NULL;
	int r = manifest_parse("image.yaml", text, strlen(text), 0, &m, &problems, NULL);

	manifest_problems_print(&problems, "image.yaml", stderr);
	manifest_problems_clear(&problems);
	assert_int_equal(r, 0);
	return m;
}

static void *image_of(size_t *ret_len)
{
	struct manifest *m = parsed();
	void *data = NULL;

	assert_int_equal(manifest_image_make(m, &data, ret_len), 0);
	manifest_free(m);
	return data;
}

static void same_argument(const struct argument *a, const struct argument *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->optional, b->optional);
	assert_int_equal(a->max_length, b->max_length);
	assert_int_equal(!a->name, !b->name);
	assert_int_equal(!a->pattern, !b->pattern);
	assert_int_equal(!a->below, !b->below);
	assert_int_equal(!a->element, !b->element);
	if (a->name)
		assert_string_equal(a->name, b->name);
	if (a->pattern)
		assert_string_equal(a->pattern, b->pattern);
	if (a->below)
		assert_string_equal(a->below, b->below);
	assert_int_equal(a->values_len, b->values_len);
	for (size_t i = 0; i < a->values_len; i++)
		assert_string_equal(a->values[i], b->values[i]);
	assert_int_equal(!a->default_text, !b->default_text);
	if (a->default_text)
		assert_string_equal(a->default_text, b->default_text);
	assert_int_equal(a->fields_len, b->fields_len);
	for (size_t i = 0; i < a->fields_len; i++)
		same_argument(&a->fields[i], &b->fields[i]);
	if (a->element)
		same_argument(a->element, b->element);
}

static void same_entrypoint(const struct manifest_entrypoint *a,
			    const struct manifest_entrypoint *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->arguments_len, b->arguments_len);
	for (size_t i = 0; i < a->arguments_len; i++)
		same_argument(&a->arguments[i], &b->arguments[i]);
	same_argument(&a->result, &b->result);
	assert_int_equal(a->paths_len, b->paths_len);
	for (size_t i = 0; i < a->paths_len; i++) {
		assert_string_equal(a->paths[i].path, b->paths[i].path);
		assert_int_equal(a->paths[i].rights, b->paths[i].rights);
		assert_int_equal(a->paths[i].subtree, b->paths[i].subtree);
		assert_int_equal(a->paths[i].device.kind, b->paths[i].device.kind);
	}
	assert_int_equal(a->capabilities, b->capabilities);
	assert_int_equal(a->timeout_ns, b->timeout_ns);
	assert_int_equal(a->isolation, b->isolation);
	assert_int_equal(manifest_has_sockets(a), manifest_has_sockets(b));
	assert_null(b->description);
	assert_null(b->netlink.messages);
}

static void test_same(void **state)
{
	struct manifest *m = parsed(), *taken = NULL;
	size_t len = 0;
	void *data = image_of(&len);

	(void)state;
	assert_int_equal(manifest_image_take(data, len, &taken), 0);
	assert_string_equal(taken->name, m->name);
	assert_string_equal(taken->module, m->module);
	assert_null(taken->description);
	assert_null(taken->caller_uids);
	assert_int_equal(taken->uids_len, 2);
	assert_memory_equal(taken->uids, m->uids, 2 * sizeof(uid_t));
	assert_int_equal(taken->gids_len, 1);
	assert_int_equal(taken->user, m->user);
	assert_memory_equal(&taken->limits, &m->limits, sizeof(m->limits));
	assert_int_equal(taken->entrypoints_len, m->entrypoints_len);
	assert_true(manifest_has_sockets(&taken->entrypoints[0]));
	assert_false(manifest_has_sockets(&taken->entrypoints[1]));
	for (size_t i = 0; i < m->entrypoints_len; i++)
		same_entrypoint(&m->entrypoints[i], &taken->entrypoints[i]);
	manifest_image_free(taken);
	manifest_free(m);
}

static int take_changed(const char *data, size_t len, size_t at, char bits)
{
	struct manifest *taken = NULL;
	char *copy = malloc(len);
	int r;

	assert_non_null(copy);
	memcpy(copy, data, len);
	copy[at] = (char)(copy[at] ^ bits);
	r = manifest_image_take(copy, len, &taken);
	if (r == 0)
		manifest_image_free(taken);
	else
		free(copy);
	return r;
}

/* Whatever one byte says: taken or refused, and never read beyond its end (ASan). */
static void test_damaged(void **state)
{
	size_t len = 0, refused = 0;
	char *data = image_of(&len);
	struct manifest *taken = NULL;

	(void)state;
	for (size_t at = 0; at < len; at++)
		refused += take_changed(data, len, at, (char)0xff) < 0;
	assert_true(refused > 100 && refused < len);
	assert_int_equal(take_changed(data, len, 0, 1), -ESTALE);
	assert_int_equal(take_changed(data, len, 8, 1), -EBADMSG);
	for (size_t shorter = 0; shorter < len; shorter += 7)
		assert_true(manifest_image_take(data, shorter, &taken) < 0);
	free(data);
}

static void test_sealed(void **state)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	struct manifest *m = parsed();
	cleanup_close int fd = -EBADF;

	(void)state;
	assert_int_equal(manifest_image_seal(m, &fd, NULL), 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & seals, seals);
	assert_int_equal(write(fd, "x", 1), -1);
	manifest_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
