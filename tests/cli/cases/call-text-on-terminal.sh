# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# script(1) makes stdout a terminal: the newline that the text lacks is added, and none to one that has it.
script -qec '"$postern" call --socket "$fake/context" fake text' /dev/null | od -c
script -qec '"$postern" call --socket "$fake/context" fake line' /dev/null | od -c
