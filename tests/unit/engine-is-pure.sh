#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#
# The engine stands on nothing: its objects need each other and nothing else,
# not even the memcpy() and memset() that a compiler may put in by itself, and
# they keep no state. Run from the top of the tree.

set -eu

CC=${CC:-gcc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=0

# build OPTIMIZATION SOURCE...: the objects of the sources, alone in $work
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

# What the objects in $work need and do not have, a name a line.
missing() {
	nm -g --defined-only "$work"/*.o | awk 'NF == 3 { print $3 }' |
		sort -u > "$work/has"
	nm -u "$work"/*.o | awk 'NF == 2 { print $2 }' |
		sort -u > "$work/needs"
	comm -13 "$work/has" "$work/needs"
}

# Their variables that can be written to, a name a line.
variables() {
	nm "$work"/*.o | awk 'NF == 3 && $2 ~ /^[BbCDdGgSs]$/ { print $3 }'
}

# A test that cannot fail proves nothing: it must see both where they are.
cat > "$work/impure.c" <<'IMPURE'
int other(void);
int kept;
int impure(void) { return kept++ + other(); }
IMPURE
build -O2 "$work/impure.c"
if [ "$(missing)" != other ] || [ "$(variables)" != kept ]; then
	echo "engine-is-pure: it does not see what is not pure" >&2
	exit 1
fi

for level in -O0 -O1 -O2 -O3 -Os; do
	build "$level" engine/*.c
	# Guards against nm or awk finding nothing at all in the objects.
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
