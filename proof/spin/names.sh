#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A comment "C: FILE: FUNCTION" in a model names the function that the model describes. This program
# checks that the function is still defined in that file. If it is not, the model is out of date.
#
#   proof/spin/names.sh [TREE]     TREE has the folders kernel/ and engine/. Default: this tree
#
# Prints one line for each name. Exit: 0 all are defined, 1 at least one is not.
set -euo pipefail

spin=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$spin/../..}"

# awk reads the models first, then the sources. A line that begins in the first column and has "(",
# but no ";" at its end, is the definition of a function. "struct NAME {" is that of a structure.
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
			print "not ok " what " is named by a model, but not defined in that file"
			failed = 1
		}
	}
	if (count < 100) {
		print "not ok only " count + 0 " names were found in the models"
		failed = 1
	}
	exit failed
}' "$spin"/*.pml kernel/*.[ch] engine/*.[ch]
