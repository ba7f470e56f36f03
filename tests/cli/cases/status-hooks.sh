# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" status --hooks --socket "$fake/admin" | grep -A2 -e "^file_open" -e "^inode_getattr" -e "^uring_allowed"
