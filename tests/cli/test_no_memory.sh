#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs a command once for each of its memory allocations, and lets this allocation fail (no_memory.c).
# Each time the command must print what it prints otherwise, or end with 1 and say that memory ran out.
#
# JSON output is not tested, because json-c ends the program with SIGABRT if it has no memory.
#
# usage: test_no_memory.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -shared -fPIC -o "$tmp/no_memory.so" \
	"$(dirname "$0")/no_memory.c" -ldl || exit 1

# rules FILE LINE...: writes a policy file
rules() {
	mkdir -p "$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d"
	local file=$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d/$1.conf
	shift
	printf '%s\n' "$@" >"$file"
	chmod 644 "$file"
}

# is_failure EXIT: succeeds if the last run ended with 1 and said that memory ran out
is_failure() { [ "$1" -eq 1 ] && grep -qiE 'out of memory|cannot allocate memory' "$tmp/err"; }

# is_usual EXIT: succeeds if the last run ended and printed the same as without a lack of memory
is_usual() { [ "$1" -eq "$usual_exit" ] && cmp -s "$tmp/out" "$tmp/usual_out" && cmp -s "$tmp/err" "$tmp/usual_err"; }

# advised FILE: prints each finding of the doctor that has advice, with the advice in the same line.
advised() { awk '/^ *next: / { print last $0 } { last = $0 }' "$1"; }

# is_advice_usual: succeeds if every advice of the doctor, and every error of the policy, is also printed
# without a lack of memory
is_advice_usual() {
	! advised "$tmp/out" | grep -vxFf <(advised "$tmp/usual_out") >/dev/null &&
		! grep -E '\[policy\]|\[policy-rule\]' "$tmp/out" | grep -vxFf "$tmp/usual_out" >/dev/null
}

# is_right EXIT: succeeds if the result of the last run is acceptable. The doctor leaves out a check if it cannot
# read the files for it. Therefore only its advice and the errors of the policy are compared.
is_right() {
	if [ "$command" = doctor ]; then is_advice_usual; return; fi
	is_failure "$1" || is_usual "$1"
}

# each NAME EXIT ARGUMENT...: claims that the command ends with EXIT. Then runs it again for each of its
# allocations, and claims that every result is acceptable
each() {
	local i got usual_exit=$2 count wrong=0 failures=0 command=$3
	name=$1
	shift 2
	NO_MEMORY_COUNT=$tmp/count LD_PRELOAD=$tmp/no_memory.so "$daxplug" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	cp "$tmp/out" "$tmp/usual_out"
	cp "$tmp/err" "$tmp/usual_err"
	count=$(cat "$tmp/count")
	if [ "$got" -eq "$usual_exit" ] && [ "$count" -gt 20 ]; then ok; else fail "exit $got, $count allocations"; fi
	name="$name: each of its allocations fails"
	for ((i = 1; i <= count; i++)); do
		NO_MEMORY_AT=$i LD_PRELOAD=$tmp/no_memory.so "$daxplug" "$@" >"$tmp/out" 2>"$tmp/err"
		got=$?
		if is_failure $got; then failures=$((failures + 1)); fi
		if is_right $got; then continue; fi
		wrong=$((wrong + 1))
		[ $wrong -gt 5 ] || {
			echo "allocation $i: exit $got"
			diff "$tmp/usual_out" "$tmp/out"
			diff "$tmp/usual_err" "$tmp/err"
		} | sed 's/^/# /'
	done
	if [ $wrong -eq 0 ] && [ $failures -gt 10 ]; then ok; else fail "$wrong of $count are wrong, $failures are failures"; fi
}

### the policy: if a rule cannot be read, no other rule changes its device

fresh
device dax0.0 134217728 1 1 kmem unplugged
device dax1.0 134217728 2 1 kmem unplugged
card dax0.0 0 0x11 0x12
rules 10 '[default]' 'timeout = 30s' '' '[mine]' 'device = dax0.0,' '  dax0.1' 'region = region0' 'origin = cxl' \
	'serial = 0x11, 0x12' 'node = 1, 3' 'size = 128M, 1G-2G' 'range = 0x0-0xffffffffffff' 'state = unplugged'
rules 20 '[rest]' 'device = all' 'state = online_movable'
each "apply --check-config" 0 apply --check-config
each "apply --print" 0 apply --print

### a dry run: it says why the change would be refused

device dax2.0 134217728 2 1 -
rules 20 '[rest]' 'device = dax2.0' 'state = online_movable'
each "apply --dry-run" 7 apply --dry-run
each "apply --check" 1 apply --check

### plug --persist

rules 20 '[rest]' 'node = 7' 'state = online_movable'
each "plug --persist --dry-run" 0 plug --persist --dry-run dax0.0

### the wait for required devices

rm -r "$devices/dax2.0"
rules 10 '[mine]' 'serial = 0x11' 'state = unplugged'
rules 20 '[there]' 'serial = 0x99' 'state = online_movable' 'required = 10ms'
each "apply --wait" 3 apply --wait

### the doctor

rules 20 '[rest]' 'device = all' 'state = online_movable'
kernel 1
each "doctor" 1 doctor

finish
