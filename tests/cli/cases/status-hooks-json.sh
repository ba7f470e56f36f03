# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" status --hooks --json --socket "$fake/admin" | tr "{" "\n" | grep -e file_open -e inode_getattr -e uring_allowed
