#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The words for the states of a device are in one table, in engine/state.c. The module and the
# library use it, so that they cannot have two words for one state. test_library compares the
# names that the library gives with those of the engine.
#
#   tests/unit/test_words.sh        from the top of the tree
set -euo pipefail

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
word='"(unplugged|online|online_kernel|online_movable|inconsistent)"'

# strings FILE...: each line of code with such a string. The compiler removes the comments.
strings() {
	local file
	for file; do
		"${CC:-gcc}" -fpreprocessed -E -P "$file" 2>/dev/null | grep -E "$word" | sed "s|^|$file: |" || true
	done
}

# none CLAIM FILE
none() {
	if [ ! -s "$2" ]; then echo "ok $1"; return; fi
	failed=1
	echo "not ok $1"
	sed 's/^/    /' "$2"
}

# A check that cannot fail proves nothing.
printf '/* "online" */\nconst char *a = "online";\n' >"$tmp/second.c"
[ "$(strings "$tmp/second.c" | wc -l)" = 1 ] || { echo "test_words: it does not see a second table" >&2; exit 1; }
for state in unplugged online online_kernel online_movable inconsistent; do
	[ "$(strings engine/state.c | grep -c "\"$state\"")" = 1 ] || echo "$state"
done >"$tmp/found"
none "engine/state.c has each word once" "$tmp/found"

# A step of a transaction is named "online", too.
for file in engine/*.c lib/*.c; do
	[ "$file" = engine/state.c ] || strings "$file"
done | grep -v '^engine/transaction\.c: .*\[STEP_ONLINE\]' >"$tmp/found" || true
none "no other file of engine/ and lib/ has one" "$tmp/found"
exit $failed
