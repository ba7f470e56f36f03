/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a call comes to: results, errors of the function, denials, and a module's mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "invocation_fixture.h"

static int fails_with_text(struct postern_invocation *call)
{
	return postern_fail(call, ENOSPC, "write %s", "/etc/m\x1botd\xff");
}

static int fails_long(struct postern_invocation *call)
{
	return postern_fail(call, -ENOSPC, "%02000d", 7);
}

static int fails_readonly(struct postern_invocation *call)
{
	(void)call;
	return -EROFS;
}

static int fails_positive(struct postern_invocation *call)
{
	(void)call;
	return EACCES;
}

static int fails_wildly(struct postern_invocation *call)
{
	(void)call;
	return INT32_MIN;
}

static int fails_named(struct postern_invocation *call)
{
	postern_fail_field(call, "volume", "one");
	postern_fail_field(call, "volume",
			   "v\x1b"
			   "7");
	postern_fail_field(call, "pool", "");
	return postern_fail_named(call, "no_such_volume", ENOENT, "volume %d", 7);
}

/* What comes last counts. */
static int fails_named_no_more(struct postern_invocation *call)
{
	(void)fails_named(call);
	return postern_fail(call, EIO, "another one");
}

static int fails_badly_named(struct postern_invocation *call)
{
	return postern_fail_named(call, "No Such", ENOENT, "volume");
}

static void test_named(void **state)
{
	cleanup_answer struct answer a = run(fails_named);
	int status;
	pid_t pid;

	(void)state;
	IS_ERROR(a, POSTERN_FAILED);
	assert_string_equal(a.error.name, "no_such_volume");
	assert_string_equal(a.error.message, "volume 7: No such file or directory");
	assert_int_equal(a.error.error, ENOENT);
	assert_int_equal(a.error.fields_len, 2);
	assert_string_equal(a.error.fields[0].key, "volume");
	assert_string_equal(a.error.fields[0].value, "v?7");
	assert_string_equal(a.error.fields[1].value, "");
	answer_free(&a);
	a = run(fails_named_no_more);
	IS_ERROR(a, POSTERN_FAILED);
	assert_null(a.error.name);
	assert_int_equal(a.error.fields_len, 0);
	pid = fork();
	if (pid == 0) {
		(void)close(STDERR_FILENO);
		(void)run(fails_badly_named);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static int fails_missing(struct postern_invocation *call)
{
	(void)postern_return_string(call, "set, and then it failed");
	return postern_fail(call, ENOENT, "open /etc/motd");
}

static void test_failures(void **state)
{
	static const struct {
		postern_function function;
		int error;
		const char *message;
		const char *hint;
	} table[] = {
		{fails_with_text, ENOSPC, "write /etc/m?otd?: No space left on device", NULL},
		{fails_long, ENOSPC, ": No space left on device", NULL},
		{fails_readonly, EROFS, "update_motd: Read-only file system",
		 "read-only in the context"},
		{fails_positive, EACCES, "update_motd: Permission denied",
		 "not a denial by Postern"},
		{fails_wildly, EIO, "Input/output error", NULL},
		{fails_missing, ENOENT, "open /etc/motd: No such file", "does not exist in the"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_answer struct answer a = run(table[i].function);

		IS_ERROR(a, POSTERN_FAILED);
		assert_int_equal(a.error.error, table[i].error);
		SAID(a.error.message, table[i].message);
		assert_in_range(strlen(a.error.message), 1, REPLY_MESSAGE_MAX);
		if (table[i].hint)
			SAID(a.error.hint, table[i].hint);
		else
			assert_null(a.error.hint);
		assert_null(a.error.denial.operation);
	}
}

/* What the kernel programs do to the page when they refuse something. */
static void kernel_denies(uint32_t operation, uint32_t reason, uint32_t rights, uint32_t audit)
{
	static const char name[] = "shadow";

	page.denial.sequence++;
	page.denial.operation = operation;
	page.denial.reason = reason;
	page.denial.rights = rights;
	page.denial.audit = audit;
	page.denial.name_len = sizeof(name);
	for (size_t i = 0; i < sizeof(name); i++)
		page.denial.name[i] = name[i];
}

static int denied(struct postern_invocation *call)
{
	kernel_denies(POSTERN_OP_OPEN, POSTERN_REASON_NO_RULE, POSTERN_WRITE, 0);
	return postern_fail(call, EACCES, "open /etc/shadow");
}

static int denied_capability(struct postern_invocation *call)
{
	(void)call;
	kernel_denies(POSTERN_OP_CAPABILITY, POSTERN_REASON_NO_RULE, 12, 0);
	return -EPERM;
}

static int denied_message(struct postern_invocation *call)
{
	(void)call;
	kernel_denies(POSTERN_OP_NETLINK, POSTERN_REASON_NO_RULE, 0, 0);
	return -EPERM;
}

static int denied_for_ever(struct postern_invocation *call)
{
	(void)call;
	kernel_denies(POSTERN_OP_BPF, POSTERN_REASON_NEVER, 0, 0);
	return -EPERM;
}

static int audited(struct postern_invocation *call)
{
	(void)call;
	kernel_denies(POSTERN_OP_OPEN, POSTERN_REASON_NO_RULE, POSTERN_WRITE, 1);
	return -EACCES;
}

static int denied_but_fine(struct postern_invocation *call)
{
	kernel_denies(POSTERN_OP_OPEN, POSTERN_REASON_NO_RULE, POSTERN_WRITE, 0);
	return postern_return_string(call, "did without");
}

static int unbounded_name(struct postern_invocation *call)
{
	(void)call;
	kernel_denies(POSTERN_OPS + 5, POSTERN_REASONS + 5, UINT32_MAX, 0);
	page.denial.name_len = UINT32_MAX;
	for (size_t i = 0; i < sizeof(page.denial.name); i++)
		page.denial.name[i] = '\xff';
	return -EPERM;
}

static int denied_odd(struct postern_invocation *call)
{
	int r = denied(call);

	/* Of as many bytes. */
	memcpy((void *)page.denial.name, "sh\nd\tw", 6);
	return r;
}

/* The object's name was made of a secret, and of what is none. */
static void test_denied_secret(void **state)
{
	static const struct {
		const char *key;
		postern_function function;
		const char *object;
	} keys[] = {
		{"shadow", denied, "(secret)"},	  {"ado", denied, "(secret)"},
		{"light", denied, "shadow"},	  {"", denied, "shadow"},
		{"d\tw", denied_odd, "(secret)"}, {"light", denied_odd, "sh d w"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		cleanup_answer struct answer a = {};
		struct wire_writer w;

		call_start(&w);
		wire_put_string(&w, "shadow", 6);
		wire_put_nil(&w);
		wire_put_bytes(&w, keys[i].key, strlen(keys[i].key));
		for (int k = NAMES; k < ARGUMENTS; k++)
			wire_put_nil(&w);
		a = run_record(keys[i].function, record, w.len);
		IS_ERROR(a, POSTERN_DENIED);
		assert_string_equal(a.error.denial.object, keys[i].object);
	}
}

static void test_denied(void **state)
{
	(void)state;
	{
		cleanup_answer struct answer a = run(denied);

		IS_ERROR(a, POSTERN_DENIED);
		assert_int_equal(a.error.error, EACCES);
		assert_string_equal(a.error.message, "open /etc/shadow: Permission denied");
		assert_string_equal(a.error.denial.operation, "open");
		assert_string_equal(a.error.denial.object, "shadow");
		assert_string_equal(a.error.denial.rights, "write");
		assert_string_equal(a.error.denial.rule, "no rule grants it");
		SAID(a.error.hint, "manifest of motd does not grant it to update_motd (paths, "
				   "line 14)");
	}
	{
		cleanup_answer struct answer a = run(denied_capability);

		IS_ERROR(a, POSTERN_DENIED);
		assert_string_equal(a.error.denial.rights, "CAP_NET_ADMIN");
		SAID(a.error.hint, "(capabilities, line 7)");
	}
	{
		cleanup_answer struct answer a = run(denied_message);

		IS_ERROR(a, POSTERN_DENIED);
		SAID(a.error.hint, "(netlink, line 7)");
	}
	{
		cleanup_answer struct answer a = run(denied_for_ever);

		IS_ERROR(a, POSTERN_DENIED);
		assert_string_equal(a.error.denial.rule, "no manifest can grant it");
		assert_null(a.error.denial.rights);
	}
	{
		cleanup_answer struct answer a = run(unbounded_name);

		IS_ERROR(a, POSTERN_DENIED);
		assert_string_equal(a.error.denial.operation, "unknown");
		assert_int_equal(strlen(a.error.denial.object), POSTERN_NAME_BYTES);
	}
}

static void test_not_denied(void **state)
{
	(void)state;
	{
		cleanup_answer struct answer a = run(fails_positive); /* an old denial is there */

		IS_ERROR(a, POSTERN_FAILED);
	}
	{
		cleanup_answer struct answer a = run(audited);

		IS_ERROR(a, POSTERN_FAILED);
	}
	{
		cleanup_answer struct answer a = run(denied_but_fine);

		assert_int_equal(a.header.type, POSTERN_RETURN);
	}
}

static int gives_nothing(struct postern_invocation *call)
{
	(void)call;
	return 0;
}

static int gives_integer(struct postern_invocation *call)
{
	(void)postern_return_integer(call, 5);
	return 0;
}

static int gives_rubbish(struct postern_invocation *call)
{
	assert_int_equal(postern_return_string(call, "\xff\xfe"), -EILSEQ);
	return 0;
}

static int gives_too_much(struct postern_invocation *call)
{
	char *much = malloc(70000);

	memset(much, 'x', 69999);
	much[69999] = '\0';
	assert_int_equal(postern_return_string(call, much), -E2BIG);
	free(much);
	return 0;
}

static int gives_twice(struct postern_invocation *call)
{
	(void)postern_return_integer(call, 5);
	return postern_return_string(call, "right");
}

static int gives_strings(struct postern_invocation *call)
{
	const char *const values[] = {"eth0", "eth1"};

	return postern_return_strings(call, values, 2);
}

static void test_results(void **state)
{
	static const struct {
		postern_function function;
		const char *said;
	} mistakes[] = {
		{gives_nothing, "without setting the result"},
		{gives_integer, "expected a string, got 5"},
		{gives_rubbish, "not valid UTF-8"},
		{gives_too_much, "does not fit into a record"},
	};
	struct argument saved = entrypoint.result;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		cleanup_answer struct answer a = run(mistakes[i].function);

		IS_ERROR(a, POSTERN_FAILED);
		SAID(a.error.message, "the module's mistake: ");
		SAID(a.error.message, mistakes[i].said);
	}
	{
		cleanup_answer struct answer a = run(gives_twice);

		assert_string_equal(a.tree->text.data, "right");
	}
	entrypoint.result = (struct argument){.type = ARGUMENT_NONE};
	{
		cleanup_answer struct answer a = run(gives_nothing);

		assert_int_equal(a.header.type, POSTERN_RETURN);
		assert_int_equal(a.tree->kind, POSTERN_KIND_NIL);
	}
	{
		cleanup_answer struct answer a = run(gives_integer);

		IS_ERROR(a, POSTERN_FAILED);
		SAID(a.error.message, "the manifest declares none, but one was set");
	}
	entrypoint.result =
		(struct argument){.type = ARGUMENT_LIST, .max_length = 2, .element = &name_element};
	{
		cleanup_answer struct answer a = run(gives_strings);

		assert_int_equal(a.header.type, POSTERN_RETURN);
		assert_string_equal(a.tree->list.items[1].text.data, "eth1");
	}
	entrypoint.result = saved;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failures),   cmocka_unit_test(test_named),
		cmocka_unit_test(test_denied),	   cmocka_unit_test(test_denied_secret),
		cmocka_unit_test(test_not_denied), cmocka_unit_test(test_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
