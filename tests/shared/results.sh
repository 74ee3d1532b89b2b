# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Counts what tests print. Sourced by the programs that run tests: tests/run, tests/unit/run,
# tests/cli/run and tests/fleet/run.
#
# A test prints one line for each claim, "ok WHAT" or "not ok WHAT", or what cmocka prints. If
# it leaves out a part, it prints "skipped WHAT: WHY". If it cannot run at all, its last line is
# "skipped: WHY" or "skipped WHAT: WHY", and it exits with 77. A skip without a reason is a
# failure, and so is a test that makes no claim.
#
# Offers: passed failed skipped   account NAME LOG STATUS [TIME]   skip NAME WHY   total

passed=0 failed=0 skipped=0
skip_line='^(skipped|\[  SKIPPED \])'
with_reason='^skipped( [^:]*)?: *[^[:blank:]]'

# skip NAME WHY: counts and prints a skip
skip() {
	skipped=$((skipped + 1))
	printf '%-34s skipped: %s\n' "$1" "$2"
}

# lines OPTION... PATTERN FILE: prints how many lines grep finds
lines() { grep -c -E "$@" || true; }

# account: counts and prints the result of a test that has ended. LOG is what it printed.
account() {
	local name=$1 log=$2 status=$3 ok not_ok skips unexplained last
	ok=$(lines '^(ok |\[       OK \])' "$log")
	not_ok=$(lines '^(not ok |\[  FAILED  \] [a-z_0-9]+$)' "$log")
	skips=$(lines "$with_reason" "$log")
	last=$(tail -n 1 "$log")
	unexplained=$({ grep -E "$skip_line" "$log" || true; } | lines -v "$with_reason" /dev/stdin)
	if [ "$status" -eq 77 ] && [ $((not_ok + unexplained)) -eq 0 ] && [[ $last =~ $with_reason ]]; then
		passed=$((passed + ok))
		skip "$name" "${last#skipped*: }"
		return
	fi
	if [ "$unexplained" -gt 0 ] || [ "$status" -eq 77 ]; then
		echo "    $name was skipped without a reason: the line must be \"skipped WHAT: WHY\"" >>"$log"
		not_ok=$((not_ok + 1))
	elif [ "$status" -ne 0 ] && [ "$not_ok" -eq 0 ]; then
		not_ok=1
	elif [ $((ok + not_ok + skips)) -eq 0 ]; then
		echo "    $name made no claim" >>"$log"
		not_ok=1
	fi
	passed=$((passed + ok)) failed=$((failed + not_ok)) skipped=$((skipped + skips))
	printf '%-34s %5d passed %3d failed%s\n' "$name" "$ok" "$not_ok" "${4:+ $4}"
	grep -E "$with_reason" "$log" | sed 's/^/    /' || true
	if [ "$not_ok" -gt 0 ]; then
		{ grep -v -E '^ok |^\[ +(OK|RUN)' "$log" || true; } | tail -n 40 | sed 's/^/    /'
		echo "    the complete output: $log (exit status $status)"
	fi
}

# total: prints the totals, which is the last line of each of these programs. Returns 1 if something failed,
# or if nothing was run.
total() {
	local run=$((passed + failed + skipped))
	[ $run -gt 0 ] || echo "no test was run"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $run -gt 0 ] && [ "$failed" -eq 0 ]
}
