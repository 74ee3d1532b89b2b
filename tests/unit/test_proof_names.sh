#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Claims that every function that a model of proof/spin names is in the file that the model names for
# it. Also claims that proof/spin/names.sh finds a renamed function and a removed file.

set -u
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

claim() {
	if [ "$1" -eq 0 ]; then echo "ok $2"; else echo "not ok $2"; failed=1; fi
}

proof/spin/names.sh >"$tmp/names"
claim $? "each of $(grep -c '^ok' "$tmp/names") functions that a model names is defined"
grep '^not ok' "$tmp/names"

cp -r kernel engine "$tmp"
sed -i 's/\bremove_blocks(/take_blocks(/' "$tmp/kernel/steps.c"
if proof/spin/names.sh "$tmp" >"$tmp/renamed"; then claim 1 "a function that is renamed is noticed"
else claim 0 "a function that is renamed is noticed"; fi
grep -q '^not ok kernel/steps.c: remove_blocks ' "$tmp/renamed"
claim $? "it is named"
rm "$tmp/kernel/adopt.c"
if proof/spin/names.sh "$tmp" >"$tmp/gone"; then claim 1 "a file that is gone is noticed"
else claim 0 "a file that is gone is noticed"; fi
exit $failed
