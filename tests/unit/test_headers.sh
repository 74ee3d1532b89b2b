#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Claims that every public header of the library compiles alone, in C and in C++.

set -u
number=0
failed=0
cd "$(dirname "$0")/../.." || exit 1
[ -n "$(ls lib/daxplug*.h)" ] || exit 1

# compiles COMPILER HEADER OPTION...: claim that a program that includes only HEADER compiles
compiles() {
	local log

	number=$((number + 1))
	# Include the header as a program does. If clang compiles the header itself, it warns that inline
	# functions in it are unused.
	if log=$(echo "#include <${2#lib/}>" |
		"$1" "${@:3}" -Wall -Wextra -Wpedantic -Werror -Ilib -fsyntax-only - 2>&1); then
		echo "ok $number - $2 with $1 ${*:3}"
	else
		failed=$((failed + 1))
		echo "not ok $number - $2 with $1 ${*:3}"
		printf '%s\n' "$log" | sed 's/^/# /'
	fi
}

for header in lib/daxplug*.h; do
	compiles "${CC:-cc}" "$header" -x c -std=c99
	compiles "${CC:-cc}" "$header" -x c -std=gnu11
	if command -v "${CXX:-c++}" >/dev/null; then
		compiles "${CXX:-c++}" "$header" -x c++ -std=c++11
	else
		echo "skipped $header in C++: no C++ compiler is installed (package g++)"
	fi
done
echo "1..$number"
[ $failed -eq 0 ]
