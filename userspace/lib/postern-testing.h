/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libpostern-testing: entrypoints run in the process that calls them, for unit tests.
 *
 *	struct postern_testing *motd = NULL;
 *
 *	postern_testing_load("context.yaml", "./motd.so", &motd, NULL);
 *	... code that calls postern_new("motd") and postern_call() as it always does ...
 *	postern_testing_free(motd);
 *
 * A test is linked with -lpostern-testing in place of -lpostern. It has all functions of postern.h,
 * and no way to posternd: a context is one that was made by postern_testing_new(), or there is
 * none. The other way round, libpostern has nothing of this: no symbol, variable or file turns a
 * program that is linked with it into one that runs functions itself.
 *
 * What is the same as with posternd, since it is the same code: which arguments a call takes, how
 * they are encoded and checked, what a function sees of them, results, failures, logs. All runs in
 * the thread that calls; an entrypoint runs one call at a time.
 *
 * What there is not: whatever the kernel holds a worker to. No policy, so that nothing is denied;
 * no ids, capabilities or namespaces but the test's own; no `callers`; cwd, umask and signals are
 * the test's; a function that crashes ends the test. Nobody is killed at a deadline: a function
 * that took longer than it may is told as POSTERN_RESULT_TIMED_OUT after it returned. `isolation`
 * and `workers` mean nothing, and no network namespace is made or entered. For all that there are
 * tests with posternd.
 */
#ifndef POSTERN_TESTING_H
#define POSTERN_TESTING_H

#include <stddef.h>
#include <sys/types.h>

#include "postern-entrypoint.h"
#include "postern.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A context in this process, from its making until it is freed. */
struct postern_testing;

/*
 * Makes the context that a manifest describes. Handles find it by the manifest's `context`, or by a
 * socket's path that ends in its name and ".sock", whether they were made before or after; of two
 * contexts of one name, the one that was made last.
 *
 * manifest: path of the file, which may be anybody's; users and groups in it need not exist.
 * module: what POSTERN_MODULE() defines; it has all entrypoints of the manifest. NULL: all
 * functions are given by postern_testing_fake(). ret: set on success only; free with
 * postern_testing_free(). failure: as of postern_call(). Returns 0 or a negative errno.
 */
int postern_testing_new(const char *manifest, const struct postern_module *module,
			struct postern_testing **ret, struct postern_failure **failure);

/* The same with a module that is loaded from a file, and stays loaded. */
int postern_testing_load(const char *manifest, const char *module, struct postern_testing **ret,
			 struct postern_failure **failure);

/* No call may be under way. NULL is passed over. */
void postern_testing_free(struct postern_testing *t);

/*
 * What follows holds for the calls that begin after it, and is not to be called while calls are
 * under way.
 */

/* Runs `function` in place of the module's; NULL: the module's again. Returns 0, or -ENOENT when
 * the manifest has no such entrypoint. */
int postern_testing_fake(struct postern_testing *t, const char *entrypoint,
			 postern_function function);

/* How a call ends without its function. Texts and numbers that do not apply are NULL and 0. */
struct postern_testing_end {
	enum postern_result result; /* any but POSTERN_RESULT_OK */
	int error;		    /* errno */
	int signal;
	const char *message;
	const char *hint;
	const char *argument;
	const char *denied_operation; /* "open" */
	const char *denied_object;
	const char *denied_rights; /* "write" */
};

/* Ends all calls of the entrypoint like that (copied), without running anything; NULL: no more.
 * Returns 0, -ENOENT, -EINVAL when the result is none, or -ENOMEM. */
int postern_testing_end(struct postern_testing *t, const char *entrypoint,
			const struct postern_testing_end *end);

/* Who functions are told that the caller is; before, this process and its effective ids. */
void postern_testing_caller(struct postern_testing *t, uid_t uid, gid_t gid, pid_t pid);

/*
 * Puts the directories in which paths must lie (`below`) beneath another one: with "/tmp/x", a path
 * for which the manifest says `below: /etc` must lie below /tmp/x/etc. directory: absolute, without
 * "." and ".." and symbolic links. Once for a context. Returns 0, -EINVAL, -EEXIST or -ENOMEM.
 */
int postern_testing_root(struct postern_testing *t, const char *directory);

/* How many calls of the entrypoint came as far as its function, fakes and given ends counted. */
size_t postern_testing_calls(const struct postern_testing *t, const char *entrypoint);

#ifdef __cplusplus
}
#endif

#endif
