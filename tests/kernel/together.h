/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests that share loaded kernel programs, each in the file of its name and with policies of its
 * own. */
#ifndef POSTERN_TESTS_KERNEL_TOGETHER_H
#define POSTERN_TESTS_KERNEL_TOGETHER_H

#include "supervisor/enforcement.h"

void test_sockets(struct enforcement *e);
void test_descriptors(struct enforcement *e);
void test_credentials(void);
void test_identity(void);
void test_overlay(void);
void test_filesystems(void);
/* How much longer tests that race may go on, until enough has happened. */
#define RACE_SECONDS_MORE 60
void test_storm(unsigned seconds);

#endif
