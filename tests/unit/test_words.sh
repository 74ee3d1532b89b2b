#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Checks that the strings for the states of a device are in one table, in engine/state.c. The module
# and the library use this table, so they cannot have different strings for one state. test_library
# compares the strings that the library returns with those of the engine.
#
#   tests/unit/test_words.sh        from the top of the tree
set -euo pipefail

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
word='"(unplugged|online|online_kernel|online_movable|inconsistent)"'

# strings FILE...: print each line of code with such a string. The compiler removes the comments.
strings() {
	local file
	for file; do
		"${CC:-gcc}" -fpreprocessed -E -P "$file" 2>/dev/null | grep -E "$word" | sed "s|^|$file: |" || true
	done
}

# none CLAIM FILE: the claim holds if FILE is empty
none() {
	if [ ! -s "$2" ]; then echo "ok $1"; return; fi
	failed=1
	echo "not ok $1"
	sed 's/^/    /' "$2"
}

# First check that this test can fail: it finds a second table.
printf '/* "online" */\nconst char *a = "online";\n' >"$tmp/second.c"
[ "$(strings "$tmp/second.c" | wc -l)" = 1 ] || { echo "test_words: the test does not find a second table" >&2; exit 1; }
for state in unplugged online online_kernel online_movable inconsistent; do
	[ "$(strings engine/state.c | grep -c "\"$state\"")" = 1 ] || echo "$state"
done >"$tmp/found"
none "engine/state.c has each word once" "$tmp/found"

# engine/transaction.c may have "online", because a step of a transaction has that name, too.
for file in engine/*.c lib/*.c; do
	[ "$file" = engine/state.c ] || strings "$file"
done | grep -v '^engine/transaction\.c: .*\[STEP_ONLINE\]' >"$tmp/found" || true
none "no other file of engine/ and lib/ has one" "$tmp/found"
exit $failed
