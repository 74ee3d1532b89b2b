#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Checks the tiers of the tests (doc/tests.md). Each tier has a program that runs it and states its
# cost. A folder uses only those files of other folders that doc/tests.md lists. Each restriction of a
# guest has a reason. tests/guest/new makes a test that tests/run finds.

set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
page=doc/tests.md
failed=0

# claim CLAIM PROBLEM: PROBLEM is empty if the claim holds
claim() {
	if [ -z "$2" ]; then
		echo "ok $1"
	else
		echo "not ok $1: $2"
		failed=1
	fi
}

### entries

problem=''
for entry in tests/{unit,cli,guest,large,soak,fleet}/run proof/run; do
	[ -x "$entry" ] || { problem+=" no $entry;"; continue; }
	# The header ends where the code begins.
	sed '/^[^#]/,$d' "$entry" | grep -q '^# .*Cost: ' || problem+=" $entry states no cost;"
	grep -qF "\`$entry\`" $page || problem+=" $page does not name $entry;"
done
claim "each tier has its entry, which states its cost, and doc/tests.md names it" "$problem"

### files that tiers share

# shared_files: print "OWNER/FILE USER..." for each row of the table in doc/tests.md
shared_files() {
	awk -F '|' '/^## Files that tiers share/ { inside = 1 } /^## / && !/share/ { inside = 0 }
		inside && /^\| `tests\// { gsub(/[`,]/, "", $0); print $2, $4 }' $page
}

# may_use USER FILE: succeed if a row of the table allows the folder USER to use the file
may_use() {
	local file users
	while read -r file users; do
		# shellcheck disable=SC2053 # a row may name files by a pattern
		[[ $2 == $file ]] || continue
		case " $users " in *" $1 "* | *" all "*) return 0 ;; esac
	done < <(shared_files)
	return 1
}

# shellcheck disable=SC2016 # awk expands
# uses TREE: print "USER FILE" if code in one folder of tests/ names a file in another. The programs
# "run" and static.sh may be named anywhere. tests/unit is left out, because its tests read the
# whole tree.
uses() {
	(cd "$1" && find tests -mindepth 2 -type f ! -path 'tests/unit/*' ! -name '*.golden' ! -name '*.xz' ! -name '*.md' ! -name '*.txt' -print0 |
		xargs -0 awk -v names='(tests|\\.\\.)/(shared|unit|cli|guest|large|soak|fleet|boot|trees)/[A-Za-z0-9_./*-]+' '
			/^[ \t]*(#|\/?\*)/ && !/^#include/ { next }
			{ rest = $0 }
			{ while (match(rest, names)) {
				file = substr(rest, RSTART, RLENGTH)
				rest = substr(rest, RSTART + RLENGTH)
				sub(/^\.\./, "tests", file)
				split(FILENAME, user, "/")
				split(file, owner, "/")
				if (user[2] != owner[2] && file !~ /\/(run|static\.sh)$/)
					print user[2], file
			} }' | sort -u)
}

problem=''
while read -r user file; do
	may_use "$user" "$file" || problem+=" $user uses $file;"
done < <(uses .)
claim "a folder of tests uses only those files of another that doc/tests.md names" "$problem"
mkdir -p "$tmp/other/tests/boot"
echo '. tests/cli/python.sh' >"$tmp/other/tests/boot/run"
problem=''
while read -r user file; do
	may_use "$user" "$file" || problem+=" $user uses $file;"
done < <(uses "$tmp/other")
if [ "$problem" = " boot uses tests/cli/python.sh;" ]; then problem=''; else problem=" got \"$problem\""; fi
claim "and a use of another file is found" "$problem"

### restrictions of guests

# unexplained FILE...: print the lines that restrict a guest without a reason
unexplained() {
	grep -HnE '^# lab\[' "$@" | grep -vE '# lab\[[^];]+; *[^] ][^]]*\]: -'
	grep -HnE '^# alone\[' "$@" | grep -vE '# alone\[[0-9]+\]: *[^ ]'
}
claim "each restriction of a guest has its reason" "$(unexplained tests/{guest,large,soak}/*.sh | head -n 3)"
printf '# %s\n' 'lab[6.12]: --dax 1G' 'lab[6.12; ]: --dax 1G' 'alone[1]: ' >"$tmp/bare.sh"
problem=''
[ "$(unexplained "$tmp/bare.sh" | wc -l)" -eq 3 ] || problem=" not all of them are found"
claim "and one without is found" "$problem"
claim "no test has something left to fill in" "$(grep -ln 'FILL IN' tests/{guest,large,soak}/*.sh)"

### tests/guest/new

tree=$tmp/tree
mkdir -p "$tree/tests"
cp -r tests/{run,shared,guest,large,soak} "$tree/tests"
cp -r lab "$tree"
if "$tree/tests/guest/new" made-here >"$tmp/said" 2>&1; then problem=''; else problem=$(cat "$tmp/said"); fi
claim "tests/guest/new makes a test" "$problem"
new_test=$tree/tests/guest/made-here.sh
grep -q 'doc/assurance.md' "$tmp/said" && problem='' || problem=$(cat "$tmp/said")
claim "and names doc/assurance.md" "$problem"
problem=''
[ "$("$tree/tests/run" --list --kernels '6.1 6.12' made-here | wc -l)" -eq 2 ] || problem=" $("$tree/tests/run" --list made-here 2>&1)"
claim "tests/run has a guest of it for each kernel" "$problem"
[ -x "$new_test" ] && grep -q 'FILL IN' "$new_test" && problem='' || problem=" $(ls -l "$new_test")"
claim "it can be executed, and says what to fill in" "$problem"
if command -v shellcheck >/dev/null; then
	cp .shellcheckrc "$tree"
	claim "it passes shellcheck" "$(shellcheck -s dash -f gcc "$new_test" 2>&1)"
else
	echo "skipped shellcheck of a new test: shellcheck is not installed (lab/deps --tests installs it)"
fi
# Run the new test on a simulated device. The functions of lib.sh that read or change a device are
# stubs.
mkdir -p "$tmp/lab"
sed -e "s,/lab/lib.sh,$tmp/lab/lib.sh," "$new_test" >"$tmp/script"
cat >"$tmp/lab/lib.sh" <<LIB
$(sed -n '/^pass()/,/^same/p' tests/guest/lib.sh | sed '/^# same/,$d')
failed=0
STATE=$tmp/state
put() { echo "\$2" >"\$1"; echo ok; }
state() { cat "\$STATE"; }
meminfo() { echo 1; }
unplugged() { echo unplugged >"\$STATE"; }
finish() { [ "\$failed" -eq 0 ]; exit; }
LIB
if sh "$tmp/script" >"$tmp/out" 2>&1; then problem=''; else problem=" $(cat "$tmp/out")"; fi
claim "it passes on a device that takes the requested state" "$problem"
sed -i 's/^put() .*/put() { echo ok; }/' "$tmp/lab/lib.sh"
if sh "$tmp/script" >"$tmp/out" 2>&1; then problem=" $(cat "$tmp/out")"; else problem=''; fi
claim "and fails on one that does not" "$problem"
for name in made-here large unit Upper 'a b' ../a ''; do
	problem=''
	"$tree/tests/guest/new" "$name" >"$tmp/said" 2>&1
	[ $? -eq 2 ] || problem=" $(cat "$tmp/said")"
	claim "no test is made with the name \"$name\"" "$problem"
done
exit $failed
