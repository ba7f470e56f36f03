# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# All that a manifest can grant; and the words of the rules are those of explain.
"$postern" gen doc "$here/explain/contexts/net/context.yaml"
"$postern" gen doc "$here/../../contexts/netns" | sed -n 1,30p
