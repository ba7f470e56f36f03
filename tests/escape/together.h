/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests of attempts that share a posternd, each in the file of its name. */
#ifndef POSTERN_TESTS_ESCAPE_TOGETHER_H
#define POSTERN_TESTS_ESCAPE_TOGETHER_H

void test_descriptors(void);
void test_isolation(void);
void test_kernel(void);
void test_netlink_before(void); /* posternd is started */
void test_netlink(void);
void test_outside(void);
void test_paths(void);
void test_processes(void);
void test_sockets(void);

#endif
