#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lab/kcsan.awk separates KCSAN's reports about kmem from those about other code of the kernel, and
# removes no other line of the console.

set -u
cd "$(dirname "$0")/../.." || exit
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
number=0 failed=0

is() { # GOT WANTED CLAIM: the claim holds if GOT is WANTED
	number=$((number + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $number - $3"
	else
		echo "not ok $number - $3"
		diff <(echo "$1") <(echo "$2") | sed 's/^/    /'
		failed=1
	fi
}
judge() { awk -v mode="$1" ${2:+-v known="$2"} -f lab/kcsan.awk "$tmp/console"; }

rule='[    9.876543] =================================================================='
# report TITLE STACK...: print a report in the format of print_report() in Linux 6.12
report() {
	local frame
	echo "$rule"
	echo "[    9.876543] BUG: KCSAN: data-race in $1"
	shift
	echo '[    9.876543] '
	echo '[    9.876543] write to 0xffff88800a000000 of 8 bytes by task 101 on cpu 1:'
	for frame; do echo "[    9.876543]  $frame"; done
	echo '[    9.876543] '
	echo '[    9.876543] Reported by Kernel Concurrency Sanitizer on:'
	echo '[    9.876543] CPU: 0 UID: 0 PID: 102 Comm: put Tainted: G  O  6.12.95-daxplug-kcsan #1'
	echo "$rule"
}

{
	echo '[    1.000000] Linux version'
	report 'do_idle / rcu_gp_kthread' 'do_idle+0x10/0x20' 'start_secondary+0x1/0x2'
	report 'guard_event [kmem] / guard_state [kmem]' 'guard_event+0x10/0x20 [kmem]' 'ksys_write+0x1/0x2'
	echo '[   10.000000] kmem: dax0.0: plugged'
	report 'page_counter_try_charge / page_counter_uncharge' 'page_counter_uncharge+0x10/0x20' \
		'offline_pages+0x1/0x2' 'switch_to+0x1/0x2 [kmem]'
	report 'racy_add [racy] / racy_add [racy]' 'racy_add+0x10/0x20 [racy]'
} >"$tmp/console"
is "$(judge count)" "2 2" "a function of kmem anywhere in a stack makes a report the module's"
is "$(judge judge | grep BUG:)" "[    9.876543] BUG: KCSAN: data-race in guard_event [kmem] / guard_state [kmem]
[    9.876543] BUG: KCSAN: data-race in page_counter_try_charge / page_counter_uncharge" "the others are no complaint"
is "$(judge titles | sort)" "1 kernel data-race in do_idle / rcu_gp_kthread
1 kernel data-race in racy_add [racy] / racy_add [racy]
1 kmem data-race in guard_event [kmem] / guard_state [kmem]
1 kmem data-race in page_counter_try_charge / page_counter_uncharge" "titles"
is "$(judge ours | grep -c 'BUG: KCSAN')" 2 "the module's are printed in full"
echo '^data-race in page_counter_try_charge / page_counter_uncharge$' >"$tmp/known"
is "$(judge count "$tmp/known")" "1 3" "what is known counts as the kernel's own"

# Another processor prints a warning in the middle of a report that is left out.
{
	report 'do_idle / rcu_gp_kthread' 'do_idle+0x10/0x20' | sed '/of 8 bytes/a [    9.876543] WARNING: CPU: 1 PID: 7 at mm/x.c:1 f+0x1/0x2'
	report 'f / g' 'f+0x1/0x2' | sed '$d'
	report 'guard_event [kmem] / g' 'g+0x1/0x2'
	echo '[   11.000000] BUG: unable to handle page fault'
} >"$tmp/console"
is "$(judge judge | grep -c WARNING:)" 1 "another complaint within a report is kept"
is "$(judge count)" "1 2" "a report that was cut off ends where the next begins"
is "$(judge judge | tail -n 1)" '[   11.000000] BUG: unable to handle page fault' "and what follows is kept"
echo "1..$number"
exit $failed
