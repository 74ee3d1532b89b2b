#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#
# Checks that the engine is pure C. Its objects use no symbols except each
# other's. They do not even use memcpy() and memset(), although a compiler may
# add calls of these. And they have no variables that can be written to. Run
# from the top of the tree.

set -eu

CC=${CC:-gcc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=0

# build OPTIMIZATION SOURCE...: compile the sources; $work then has no other objects
build() {
	rm -f "$work"/*.o
	level=$1
	shift
	for source; do
		$CC -std=gnu11 -Wall -Wextra -Werror "$level" -ffreestanding \
			-nostdlib -fno-pie -c -o \
			"$work/$(basename "$source" .c).o" "$source"
	done
}

# Print the symbols that the objects in $work use but do not define, one a line.
missing() {
	nm -g --defined-only "$work"/*.o | awk 'NF == 3 { print $3 }' |
		sort -u > "$work/has"
	nm -u "$work"/*.o | awk 'NF == 2 { print $2 }' |
		sort -u > "$work/needs"
	comm -13 "$work/has" "$work/needs"
}

# Print the variables of these objects that can be written to, one a line.
variables() {
	nm "$work"/*.o | awk 'NF == 3 && $2 ~ /^[BbCDdGgSs]$/ { print $3 }'
}

# First check that this test can fail. It must find a missing symbol and a variable.
cat > "$work/impure.c" <<'IMPURE'
int other(void);
int kept;
int impure(void) { return kept++ + other(); }
IMPURE
build -O2 "$work/impure.c"
if [ "$(missing)" != other ] || [ "$(variables)" != kept ]; then
	echo "engine-is-pure: the test does not find other() and kept in impure.c" >&2
	exit 1
fi

for level in -O0 -O1 -O2 -O3 -Os; do
	build "$level" engine/*.c
	# If nm cannot read the objects, both lists are empty and the test would pass.
	if ! nm "$work/transaction.o" | grep -q ' T engine_plug$'; then
		echo "engine-is-pure: $level: no engine_plug() found" >&2
		exit 1
	fi
	missing=$(missing)
	variables=$(variables)
	if [ -n "$missing$variables" ]; then
		echo "engine-is-pure: $level: needs: $missing" \
			"keeps: $variables" >&2
		exit 1
	fi
	cases=$((cases + 1))
done
echo "ok engine-is-pure: pure at $cases levels of optimization"
