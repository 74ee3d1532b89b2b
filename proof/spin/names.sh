#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks that every function that a model names ("C: FILE: FUNCTION") is still defined in that file,
# so that a model cannot outlive the code that it stands for.
#
#   proof/spin/names.sh [TREE]     TREE: where kernel/ and engine/ are; this one without
#
# Prints one line per name. Exit: 0 all there, 1 one is not.
set -euo pipefail

spin=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$spin/../..}"

# First the models, then the sources. A definition begins at the left border: a function with its
# type, or a structure.
awk '
FILENAME ~ /\.pml$/ {
	if (match($0, /C: (kernel|engine)\/[a-z_]+\.[ch]: [a-z_]+/)) {
		split(substr($0, RSTART + 3, RLENGTH - 3), part, ": ")
		wanted[part[1] ": " part[2]] = 1
	}
	next
}
/^struct [a-z_]+ \{/ { defined[FILENAME ": " $2] = 1 }
/^[a-zA-Z_].*\(/ && !/;$/ {
	name = $0
	sub(/\(.*/, "", name)
	sub(/.*[ *]/, "", name)
	defined[FILENAME ": " name] = 1
}
END {
	for (what in wanted) {
		count++
		if (what in defined)
			print "ok " what
		else {
			print "not ok " what " is named by a model and not defined there"
			bad = 1
		}
	}
	if (count < 100) {
		print "not ok only " count + 0 " names were found in the models"
		bad = 1
	}
	exit bad
}' "$spin"/*.pml kernel/*.[ch] engine/*.[ch]
