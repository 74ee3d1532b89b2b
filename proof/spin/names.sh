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
status=0 count=0
while read -r file name; do
	count=$((count + 1))
	# A definition begins at the left border: a function with its type, or a structure.
	if grep -q -s -E "^([a-zA-Z_].*[ *])?$name\(|^struct $name \{" "$file"; then
		echo "ok $file: $name"
	else
		echo "not ok $file: $name is named by a model and not defined there"
		status=1
	fi
done < <(sed -n -E 's/.*C: ((kernel|engine)\/[a-z_]+\.[ch]): ([a-z_]+).*/\1 \3/p' "$spin"/*.pml | sort -u)
if [ "$count" -lt 100 ]; then
	echo "not ok only $count names were found in the models"
	status=1
fi
exit $status
