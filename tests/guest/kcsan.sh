#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kernel "kcsan" does find data races, in modules too: one made on purpose is reported,
# and the module under test is instrumented as that one is. Otherwise a run without reports
# would say nothing.
# lab[kcsan; no other kernel looks for data races]: --dax 512M --mem 1G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh

[ -e /sys/kernel/debug/kcsan ] || { fail "set-up: no KCSAN in this kernel"; finish; }
is "$(sed -n 's/^enabled: //p' /sys/kernel/debug/kcsan)" 1 "KCSAN is on"
for function in read8 write8 func_entry; do
	grep -q __tsan_$function /lab/kmem.ko && pass "kmem.ko calls __tsan_$function" ||
		fail "kmem.ko does not call __tsan_$function"
done

insmod /lab/racy.ko
found=''
end=$(($(date +%s) + 300))
until [ -n "$found" ] || [ "$(date +%s)" -gt $end ]; do
	found=$(dmesg | grep 'BUG: KCSAN: data-race in racy_add')
done
[ -n "$found" ] && pass "the race made on purpose is reported" || fail "the race made on purpose is not reported"
rmmod racy
finish
