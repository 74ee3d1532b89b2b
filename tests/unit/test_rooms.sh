#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Checks which file uses which other file. The files of a folder have no cyclic dependency, and no
# folder uses one above it. engine/ is the lowest folder. kernel/ and lib/ are above engine/. cli/ is
# above lib/ and calls only functions that lib/daxplug*.h declare.
#
#   tests/unit/test_rooms.sh            the checks, from the top of the tree
#   tests/unit/test_rooms.sh --print    the drawing, for graphviz: ... | dot -Tsvg >rooms.svg
#
# For lib/ and cli/, the test reads the symbols of their objects (make). kernel/ may not have been
# built, so for kernel/ the test reads the source: the headers that a file includes, and the names in
# it that the header of another file declares. Each structure in struct kmem_memory belongs to the
# file whose header defines it.
set -euo pipefail

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

ok() { echo "ok $1"; }
not_ok() { failed=1; echo "not ok $1"; sed 's/^/    /' "$2"; }

# calls OBJECT...: print "folder/caller folder/definer symbol" for each symbol that an object uses
# and another object defines
calls() {
	nm -A "$@" | sed -E 's,^[^:]*/([a-z]+/[a-z_]+)\.o:,\1 ,' | awk '
		NF == 4 && $3 ~ /[TDBRVW]/ { defines[$4] = $1 }
		NF == 3 && $2 == "U" { uses[$1 " " $3] = 1 }
		END {
			for (use in uses) {
				split(use, part, " ")
				if (part[2] in defines && defines[part[2]] != part[1])
					print part[1], defines[part[2]], part[2]
			}
		}' | sort
}

# includes FOLDER: print "folder/file folder/other" if a file includes the header of another file of
# the folder
includes() {
	local file header
	for file in "$1"/*.[ch]; do
		sed -n 's/^#include "\([a-z_]*\)\.h".*/\1/p' "$file" | while read -r header; do
			if [ -e "$1/$header.c" ] && [ "$file" != "$1/$header.c" ] && [ "$file" != "$1/$header.h" ]; then
				echo "${file%.*} $1/$header"
			fi
		done
	done | sort -u
}

# names FOLDER: print "folder/file folder/other name" for each function or variable that a file uses
# and the header of another file declares. memory.h includes the headers of most other files, so the
# includes of a file do not show everything that it uses.
names() {
	local file
	for file in "$1"/*.h; do
		[ -e "${file%.h}.c" ] && code "$file" | tr -s ' \n' ' ' | sed 's/[;{}]/&\n/g' |
			sed -n -E -e 's/^ ?extern ([a-z_0-9]+ )+\**([a-z_0-9]+) ?;$/declares \2/p' \
				-e 's/^ ?([a-z_0-9]+ )+\**([a-z_0-9]+)\(.*\) ?;$/declares \2/p' |
			sed "s,\$, ${file%.h},"
	done >"$tmp/names"
	for file in "$1"/*.c; do
		code "$file" | grep -oE '\b[a-z_0-9]+\b' | sort -u | sed "s,.*,uses & ${file%.c},"
	done >>"$tmp/names"
	awk '$1 == "declares" { of[$2] = $3; next }
	     $2 in of && of[$2] != $3 { print $3, of[$2], $2 }' "$tmp/names" | sort
}

# code FILE: print the file without comments and without lines for the preprocessor
code() {
	sed '/^[ \t]*#/d' "$1" | ${CC:-cc} -fpreprocessed -E -P -x c -
}

# intruders: print "FILE:LINE: TEXT" for each use of a structure in struct kmem_memory by a file to
# which the structure does not belong
intruders() {
	local type member header
	sed -n -E 's/^\tstruct (kmem_[a-z_]+) ([a-z_]+);$/\1 \2/p' kernel/memory.h | while read -r type member; do
		header=$(grep -l "^struct $type {" kernel/*.h)
		grep -nE "(->|struct kmem_memory, )$member\\b" kernel/*.c | grep -v "^${header%.h}\.c:" || true
	done
}

# no_circle NAME FILE: the pairs in FILE, "user used", have no cycle
no_circle() {
	if tsort "$2" >/dev/null 2>"$tmp/circle"; then ok "$1: no circle"; else not_ok "$1: no circle" "$tmp/circle"; fi
}

# none CLAIM FILE: the claim holds if FILE is empty
none() {
	if [ -s "$2" ]; then not_ok "$1" "$2"; else ok "$1"; fi
}

# Only objects of files that exist are read. Objects of removed or renamed files may still be in build/.
objects=()
for source in engine/*.c lib/*.c cli/*.c; do objects+=("build/user/${source%.c}.o"); done
calls "${objects[@]}" >"$tmp/calls"
for folder in engine kernel; do includes $folder; done >"$tmp/includes"
names kernel >"$tmp/kernel"
awk '{ print $1, $2 }' "$tmp/calls" "$tmp/includes" "$tmp/kernel" | sort -u >"$tmp/edges"

if [ "${1:-}" = --print ]; then
	echo 'digraph rooms {'
	echo '	rankdir=LR; node [shape=box, fontname="sans"];'
	for folder in engine kernel lib cli; do
		echo "	subgraph cluster_$folder { label=\"$folder\";"
		tr ' ' '\n' <"$tmp/edges" | sort -u | sed -n "s,^$folder/.*,\t\t\"&\";,p"
		echo '	}'
	done
	sed 's/\(.*\) \(.*\)/	"\1" -> "\2";/' "$tmp/edges"
	echo '}'
	exit
fi

# First check that this test can fail: it finds a cycle, and it finds known uses.
printf 'a b\nb c\nc a\n' >"$tmp/three"
! tsort "$tmp/three" >/dev/null 2>&1 || { echo "test_rooms: the test does not find a cycle" >&2; exit 1; }
grep -q '^cli/plug lib/start daxplug_device_plug$' "$tmp/calls" && grep -q '^kernel/plug kernel/guard$' "$tmp/includes" &&
	grep -q '^kernel/guard kernel/poison poison_record$' "$tmp/kernel" ||
	{ echo "test_rooms: the test does not find a known use" >&2; exit 1; }

for folder in engine kernel lib cli; do
	grep "^$folder/[a-z_]* $folder/" "$tmp/edges" >"$tmp/inside"
	no_circle $folder "$tmp/inside"
done
[ "$(grep -c '^	struct kmem_' kernel/memory.h)" -ge 15 ] || { echo "test_rooms: the test does not find the structures" >&2; exit 1; }
intruders >"$tmp/intruders"
none "kernel/: only the file of a structure uses its members" "$tmp/intruders"
awk '{ print $1, $2 }' "$tmp/kernel" | sort -u | comm -23 - "$tmp/includes" >"$tmp/hidden"
none "kernel/: a file includes the header of each file whose functions it uses" "$tmp/hidden"
grep -E '^engine/[^ ]* (lib|cli|kernel)/|^lib/[^ ]* cli/' "$tmp/calls" >"$tmp/up" || true
none "no folder uses one above it" "$tmp/up"
grep -E '^cli/[^ ]* engine/|^cli/[^ ]* lib/[^ ]* ' "$tmp/calls" | grep -v ' daxplug_[a-z0-9_]*$' >"$tmp/private" || true
none "cli/ calls only what a header of the library promises" "$tmp/private"
# The checks of the doctor call findings.c and the files that read the system. None of these may
# call a check or a command, and no check may call a command.
grep -E '^cli/(findings|system|nodes|cmdline|program) cli/(check_|doctor|health)|^cli/check_[a-z_]* cli/(doctor|health) ' \
	"$tmp/calls" >"$tmp/back" || true
none "cli/: findings and system call no check and no command, and no check calls a command" "$tmp/back"
grep -n -E '^#include [<"](\.\./)?(lib/|engine/|kernel/|internal\.h|policy_internal\.h)' cli/*.[ch] >"$tmp/headers" || true
none "cli/ includes only its own headers and the public headers of the library" "$tmp/headers"
grep -n -E '^#include "' engine/*.[ch] | while IFS=: read -r file line include; do
	header=${include#*\"}
	[ -e "engine/${header%\"*}" ] || echo "$file:$line: $include"
done >"$tmp/headers"
none "engine/ includes only its own headers" "$tmp/headers"

exit $failed
