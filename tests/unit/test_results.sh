#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests how tests/run counts results. It counts claims. A skip without a reason is a failure. A
# warning of the kernel fails a guest even if all its claims hold. The programs and the guests are
# stubs.

set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tree=$tmp/tree
failed=0
unset KERNELS

mkdir -p "$tree"/{lab,build,tests/{unit,cli,guest,large,soak}}
cp -r tests/run tests/shared "$tree/tests"
{ cat lab/cache.sh; echo 'has_dax() { true; }'; } >"$tree/lab/cache.sh"
printf '%s\n' lab-tools: cli: >"$tree/Makefile"
printf '%s\n' '#!/bin/sh' 'echo 6.12.0' >"$tree/lab/fetch"
printf '%s\n' '#!/bin/sh' >"$tree/lab/make"
# tests/run also looks for tests in these folders.
: >"$tree/tests/large/large.sh"
: >"$tree/tests/soak/soak.sh"
# This stub of lab/run runs the guest's script without a guest. A line with "splat" in the script
# stands for a warning of the kernel. The exit status is then 123, as that of lab/run is.
cat >"$tree/lab/run" <<'STUB'
#!/bin/bash
script=${!#}
"$script" || exit
if grep -q splat "$script"; then
	echo "the kernel complained (the script ended with 0): WARNING: CPU: 1" >&2
	exit 123
fi
STUB
chmod +x "$tree"/lab/*

# program FOLDER NAME LINE...: make a test that runs these lines
program() {
	local file=$tree/tests/$1/$2.sh
	shift 2
	printf '%s\n' '#!/bin/sh' '# lab: --dax 1G' "$@" >"$file"
	chmod +x "$file"
}

# counts CLAIM RESULT TEXT TEST...: tests/run prints TEXT and ends with the line RESULT. Its exit
# status is 0 if RESULT has no failure, else 1.
counts() {
	local what=$1 result=$2 text=$3 status=0 wanted=0 problem=''
	shift 3
	[[ $result == *' 0 failed, '* ]] || wanted=1
	"$tree/tests/run" --kernels 6.12 "$@" >"$tmp/out" 2>&1 || status=$?
	[ "$(tail -n 1 "$tmp/out")" = "$result" ] || problem=" not: $result;"
	[ $status -eq $wanted ] || problem+=" exit $status;"
	grep -q -F -- "$text" "$tmp/out" || problem+=" not printed: $text;"
	if [ -z "$problem" ]; then
		echo "ok $what"
	else
		echo "not ok $what:$problem"
		sed 's/^/    /' "$tmp/out"
		failed=1
	fi
}

program guest holds 'echo ok one' 'echo ok two'
counts "claims that hold" "2 passed, 0 failed, 0 skipped" "6.12 holds.1" holds
program guest breaks 'echo ok one' 'echo not ok two' 'exit 1'
counts "a claim that does not hold" "1 passed, 1 failed, 0 skipped" "not ok two" breaks
program guest dies 'echo ok one' 'exit 3'
counts "a test that fails without saying where" "1 passed, 1 failed, 0 skipped" "exit status 3" dies
program guest silent 'exit 0'
counts "a test without a claim" "0 passed, 1 failed, 0 skipped" "silent.1 made no claim" silent
program guest warned 'echo ok one' ': splat'
counts "a warning of the kernel, although all claims hold" "1 passed, 1 failed, 0 skipped" "the kernel complained" warned

program guest part 'echo ok one' 'echo skipped two: there is no such device'
counts "a part that is skipped, with its reason" "1 passed, 0 failed, 1 skipped" \
	"skipped two: there is no such device" part
for line in 'skipped two' 'skipped two: ' 'skipped' 'skipped:'; do
	program guest bare 'echo ok one' "echo '$line'"
	counts "\"$line\" without a reason" "1 passed, 1 failed, 0 skipped" "skipped without a reason" bare
done
program guest cmocka 'echo "[       OK ] one"' 'echo "[  SKIPPED ] two"'
counts "a skip of cmocka, which has no reason" "1 passed, 1 failed, 0 skipped" "skipped without a reason" cmocka

# The tiers that need no guest. Each must have a test.
program cli test_cli 'echo ok one'
program unit test_whole 'echo "skipped whole: no such tool is installed"' 'exit 77'
counts "a test that cannot run, with its reason" "1 passed, 0 failed, 1 skipped" \
	"test_whole.sh                      skipped: no such tool is installed" unit
program unit test_whole 'echo ok one' 'exit 77'
counts "a test that cannot run, without a reason" "2 passed, 1 failed, 0 skipped" "skipped without a reason" unit
program unit test_whole 'exit 77'
counts "a test that cannot run and prints nothing" "1 passed, 1 failed, 0 skipped" "skipped without a reason" unit

if "$tree/tests/run" --kernels 6.12 hold >"$tmp/out" 2>&1; then
	echo "not ok a test that does not exist: exit 0"
	failed=1
else
	echo "ok a test that does not exist is an error"
fi

# tests/run removes all files in the directory for the logs. So it must refuse a directory outside
# build/.
mkdir "$tree/own"
echo mine >"$tree/own/file"
for dir in "$tree/own" build/../own own; do
	if ! "$tree/tests/run" --kernels 6.12 --logs "$dir" holds >"$tmp/out" 2>&1 && [ -s "$tree/own/file" ] &&
		grep -q 'a directory in build/' "$tmp/out"; then
		echo "ok --logs ${dir#"$tree"}: refused, and nothing is removed"
	else
		echo "not ok --logs ${dir#"$tree"}"
		failed=1
	fi
done
exit $failed
