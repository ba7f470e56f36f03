/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What plain programs do, one small operation each that leaves things as they were. */
#ifndef POSTERN_TESTS_BENCH_OPERATIONS_H
#define POSTERN_TESTS_BENCH_OPERATIONS_H

#include "tests/bench/bench.h"

struct operation {
	const char *name;
	bench_op op;
};

extern const struct operation operations[];
extern const size_t operations_len;

/* Makes the files, sockets and mappings that the operations use. */
void operations_prepare(void);

/* The operations on paths are in operations_paths.c, all others in operations.c. */
void op_create_unlink(void), op_mkdir_rmdir(void), op_rename(void), op_link_unlink(void);
void op_symlink_unlink(void), op_chmod(void), op_chown(void), op_utimens(void);
void op_truncate(void), op_ftruncate(void), op_setxattr(void), op_removexattr(void);
void op_access(void), op_readlink(void), op_inotify(void), op_open_write(void);
void paths_prepare(void);

#endif
