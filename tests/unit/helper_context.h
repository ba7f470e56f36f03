/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The context that the helper's tests run, and the calls that they make to it. */
#ifndef POSTERN_TESTS_HELPER_CONTEXT_H
#define POSTERN_TESTS_HELPER_CONTEXT_H

#include "tests/unit/helper_driver.h"

/* Entrypoints, in the order of the manifest. */
enum { ECHO_, LOOK, CRASH, SPOIL, ESCAPE, FRESH, STAY, LEAVE, QUIT, ABORT };

#define HOST                                                                                       \
	"context: test\nmodule: " DRIVER_MODULE                                                    \
	"\nuser: root\ngroup: root\ncallers: {users: [nobody]}\n"
#define HEAD HOST "ids: {users: [root], groups: [root]}\n"
#define ENTRYPOINTS(paths)                                                                         \
	"entrypoints:\n"                                                                           \
	"  echo: {arguments: {text: string}, result: string, capabilities: [CAP_CHOWN]}\n"         \
	"  look:\n"                                                                                \
	"    arguments: {path: {type: string}, write: boolean}\n"                                  \
	"    result: integer\n"                                                                    \
	"    paths: " paths "\n"                                                                   \
	"  crash: {}\n"                                                                            \
	"  spoil: {result: string}\n"                                                              \
	"  escape: {result: integer}\n"                                                            \
	"  fresh: {arguments: {text: string}, result: string, isolation: call, workers: 2}\n"      \
	"  stay: {isolation: call, timeout: 500ms}\n"                                              \
	"  leave: {isolation: call, workers: 2}\n"                                                 \
	"  quit: {isolation: call}\n"                                                              \
	"  abort: {isolation: call}\n"
#define CAPABILITIES "capabilities: [CAP_CHOWN, CAP_DAC_OVERRIDE]\n"
#define PLAIN	     HEAD CAPABILITIES ENTRYPOINTS("{/etc/motd: [read], /var/tmp/: [read, write]}")
#define PROC_AND_SYS                                                                               \
	HEAD CAPABILITIES ENTRYPOINTS(                                                             \
		"{/proc/meminfo: [read], /sys/class/net/: [read], /nowhere/x/: [read]}")
#define HOST_NAMESPACES "namespaces: {user: host, network: host}\n"
#define SYS_OF_HOST	HOST HOST_NAMESPACES CAPABILITIES ENTRYPOINTS("{/sys/class/net/: [read]}")

/* Starts an array of arguments; the buffer is shared by all. */
struct wire_writer context_arguments(unsigned count);
void context_echo(int client, uint64_t call, const char *text);
/* What open() in the worker says: 0 or an errno. */
int context_look(int client, const char *path, bool write);

/* Wait for an answer of that kind; the last returns its code. */
void context_text(int client, uint64_t call, const char *text);
int64_t context_integer(int client);
int64_t context_error(int client, uint64_t call);

/* Compares a line of /proc/PID/status. */
void context_status_is(pid_t pid, const char *key, const char *wanted);

#endif
