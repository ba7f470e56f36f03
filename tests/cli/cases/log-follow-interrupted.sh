# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The log stays open; ^C ends it with 0, and what came before was printed whole.
: >followed
"$postern" log -f --socket "$fake/admin" >>followed &
reader=$!
tries=0
until [ "$(wc -l <followed)" -ge 5 ] || [ $tries -ge 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
kill -INT $reader
wait $reader
status=$?
wc -l <followed
exit $status
