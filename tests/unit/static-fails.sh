#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each check of static.sh can fail. This test makes a small tree with one fault for each
# check and runs static.sh in it. None of the lines that static.sh prints may be "ok".

set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tree=$tmp/tree

mkdir -p "$tree"/{lib,cli,doc,lab,tests/unit,tests/guest/tools}
cp -r kernel engine "$tree"
cp .clang-format .clang-tidy .shellcheckrc VERSION "$tree"
cp lab/fetch lab/cache.sh lab/debug.config lab/debug.sed "$tree/lab"
cp tests/unit/static.sh tests/unit/dead-links "$tree/tests/unit"
echo 'include kernel/module.mk' >"$tree/Makefile"	# without the line of the licence

# For the parts outside the kernel: cppcheck and clang-tidy both find this wrong index.
for file in lib cli engine kernel/compat tests/guest/tools tests/unit; do
	echo 'int wrong(void) { int a[2] = { 0 }; a[2] = 1; return a[0]; }' >"$tree/$file/wrong.c"
done
printf 'int  misplaced;\n' >"$tree/lib/misplaced.h"
# For the module: sparse finds a variable that is neither static nor declared in a header.
echo 'int wrong;' >>"$tree/kernel/tiers.c"

# The forbidden words are written in two parts, because static.sh also checks this file.
cat >"$tree/kernel/wrong.h" <<WRONG
/* XX""X: later */
#if LINUX_VERSION_""CODE
#define WRONG kallsyms_""lookup_name$(printf '%100s' 'x')
#define WRONG_TOO TIF_SIG""PENDING
#endif
/** another() - is not the function */
int wrong(void);
WRONG
sed -i 's/""//' "$tree/kernel/wrong.h"
printf '%s\n' 'see ftp.''debian.org' >"$tree/doc/wrong.md"
seq 701 >"$tree/doc/long.md"
# Five faults: a link to a missing file, a link to a missing heading, the name of a missing
# document, a blank at the end of a line, a misspelling.
printf '%s\n' '# One' '[a](no.md)' '[b](#two)' '[c](#one)' '`doc/''no.md`' 'ends in a '  'teh' >"$tree/doc/links.md"
printf '%s\n' '#!/bin/bash' "rm \$1" "# http"'://mirror' >"$tree/lab/wrong"
printf '%s\n' '#!/bin/sh' '[[ -n "" ]]' 'sleep'' 1' >"$tree/tests/guest/wrong.sh"
printf '%s\n' '# shellcheck shell=bash' "rm \$1" >"$tree/lab/wrong.sh"

"$tree/tests/unit/static.sh" >"$tmp/out" 2>&1 && echo "    static.sh: exit 0" >>"$tmp/out"

sed -i 's/: [0-9]* scripts/: scripts/' "$tmp/out"

# Each claim of static.sh must fail, except those of tools that are not installed.
while read -r claim; do
	if grep -q -F -e "not ok $claim" "$tmp/out"; then
		echo "ok it can fail: $claim"
	elif tool=$(grep "^skipped ${claim%%:*}" "$tmp/out"); then
		echo "$tool"
	else
		echo "not ok it can fail: $claim"
		sed 's/^/    /' "$tmp/out"
		exit 1
	fi
done <<'CLAIMS'
text: only kernel/compat depends on the kernel's version
text: no symbol is looked up with kallsyms or a kprobe
text: no comment marks unfinished work
text: no mirror is named
text: no address on the network in code
text: no test in the guest sleeps for a fixed time
text: every source names its licence
text: no line of C is longer than 100 columns
text: no file is longer than 700 lines
text: every function of a header is documented
text: every link between documents leads to a file and a heading
text: every document that is named exists
text: no line ends in a blank
codespell: documents and comments
clang-format: indentation and spaces
shellcheck: scripts for bash
shellcheck: scripts for sh
shellcheck: scripts that others source
cppcheck: lib,
cppcheck: cli,
cppcheck: engine,
cppcheck: layout,
cppcheck: lab-tools,
cppcheck: unit-tests,
clang-tidy: lib,
clang-tidy: cli,
clang-tidy: engine,
clang-tidy: layout,
clang-tidy: lab-tools,
clang-tidy: unit-tests,
sparse: the module
CLAIMS
grep '^ok ' "$tmp/out" | sed 's/^/not ok it cannot fail: /' && exit 1
exit 0
