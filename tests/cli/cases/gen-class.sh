# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A context whose callers name the network namespace is a class.
"$postern" gen python "$here/../../contexts/netns" >netns.py
sed -n '1,35p' netns.py
"$postern" gen c "$here/../../contexts/netns" | sed -n '/postern_new/p'
