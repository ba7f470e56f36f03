# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Without a warning, as C and as C++; all of one context's headers in one file too.
mkdir compiles
cd compiles || exit 1
flags="-fsyntax-only -Wall -Wextra -Werror -Wshadow -Wundef -pedantic -I$build/include -I."
for manifest in "$here/context.yaml" "$here/gen/every.yaml" \
	"$here/gen/hostile.yaml" "$here/gen/names.yaml" "$here/../../contexts"/[!n]*/context.yaml "$here/../../contexts/netns/context.yaml"; do
	rm -f postern-*.h
	for kind in c module; do
		"$postern" gen --output . $kind "$manifest" || exit 1
	done
	for headers in "$(ls | grep '^postern-.*-module\.h$')" "$(ls | grep '^postern-.*\.h$' | grep -v module)" \
		"$(ls | grep '^postern-.*\.h$')"; do
		for header in $headers; do echo "#include \"$header\""; done >try.c
		cp try.c try.cc
		for compiler in "${CC:-cc} -std=c11 try.c" "${CC:-cc} -std=gnu11 -O2 try.c" "clang -std=c11 try.c" \
			"c++ -std=c++11 try.cc" "clang++ -std=c++20 try.cc"; do
			$compiler $flags || echo "$(basename "$(dirname "$manifest")"): $headers: $compiler"
		done
	done
done
