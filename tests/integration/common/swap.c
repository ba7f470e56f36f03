/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Contexts that a test of `postern reload` writes and changes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/integration/common/swap.h"
#include "tests/tap.h"

void swap_tree(void)
{
	struct trial_program p;

	trial_tree();
	trial_directory(TRIAL_DIR "/swap");
	trial_write(SWAP_A, "a\n", 0644, 0);
	trial_write(SWAP_B, "b\n", 0644, 0);
	TRIAL_RUN(&p, 0, "/bin/rm", "-rf", SWAP_CONTEXTS);
	trial_program_clear(&p);
	trial_directory(SWAP_CONTEXTS);
	swap_module(1);
}

void swap_module(int version)
{
	cleanup_free char *from = NULL;
	struct trial_program p;

	if (asprintf(&from, SWAP_MODULES "/swap-%d.so", version) < 0)
		trial_bail("out of memory");
	/* A new file in its place, as a package manager would do it. */
	TRIAL_RUN(&p, 0, "/bin/cp", from, SWAP_MODULES "/swap.so.new");
	if (p.status || rename(SWAP_MODULES "/swap.so.new", SWAP_MODULES "/swap.so") < 0)
		trial_bail("cannot put %s in place: %s", from, p.err);
	trial_program_clear(&p);
}

void swap_write_text(const char *context, const char *text)
{
	cleanup_free char *directory = NULL, *file = NULL;

	if (asprintf(&directory, SWAP_CONTEXTS "/%s", context) < 0 ||
	    asprintf(&file, "%s/context.yaml", directory) < 0)
		trial_bail("out of memory");
	trial_directory(directory);
	trial_write(file, text, 0644, 0);
}

void swap_write(const struct swap *s)
{
	cleanup_free char *text = NULL;

	if (asprintf(&text,
		     "context: %s\n"
		     "module: swap.so\n"
		     "ids: {users: [root], groups: [root]}\n"
		     "callers: {users: [root]}\n"
		     "%s"
		     "entrypoints:\n"
		     "  look:\n"
		     "    arguments: {what: string}\n"
		     "    result: integer\n"
		     "    workers: 2\n"
		     "    timeout: 2min\n"
		     "%s"
		     "    paths:\n%s"
		     "  each:\n"
		     "    arguments: {what: string}\n"
		     "    result: integer\n"
		     "    isolation: call\n"
		     "    timeout: 2min\n"
		     "    workers: 3\n"
		     "    paths:\n%s"
		     "  brief:\n"
		     "    arguments: {what: string}\n"
		     "    result: integer\n"
		     "    timeout: 1s\n"
		     "    paths:\n%s"
		     "  version:\n"
		     "    result: integer\n"
		     "%s",
		     s->context, s->top ? s->top : "", s->more ? s->more : "", s->paths, s->paths,
		     s->paths, s->last ? s->last : "") < 0)
		trial_bail("out of memory");
	swap_write_text(s->context, text);
}

void swap_remove(const char *context)
{
	cleanup_free char *directory = NULL, *file = NULL;

	if (asprintf(&directory, SWAP_CONTEXTS "/%s", context) < 0 ||
	    asprintf(&file, "%s/context.yaml", directory) < 0)
		trial_bail("out of memory");
	if (unlink(file) < 0 || rmdir(directory) < 0)
		trial_bail("cannot remove %s: %s", directory, strerror(errno));
}

bool swap_reload(int status, struct trial_program *ret)
{
	TRIAL_RUN(ret, 0, POSTERN, "reload");
	if (ret->status == status)
		return true;
	trial_program_show(ret);
	return false;
}

void swap_reload_ok(const char *what)
{
	struct trial_program p;
	bool ok = swap_reload(0, &p);

	tap(ok, "%s: reload: %.*s", what, (int)strcspn(p.out, "\n"), p.out);
	trial_program_clear(&p);
}

int64_t swap_look(const char *entrypoint, const char *what)
{
	struct trial_call c = {
		.context = "swap", .entrypoint = entrypoint, .name = "what", .text = what};

	trial_call(&c);
	if (c.r == 0)
		return c.value;
	trial_call_show(&c);
	return -1;
}
