# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"$postern" call --socket "$fake/context" fake echo words=a,b\\,c words='d e' numbers=1,-2,3
"$postern" call --socket "$fake/context" fake echo words= numbers=
# Numbers for a list of strings, and units for lists of numbers: the signature says what the elements are.
"$postern" call --socket "$fake/context" fake echo words=1,2 sizes=1KiB,2 waits=5s,1min
