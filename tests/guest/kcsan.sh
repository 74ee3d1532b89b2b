#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# This test first checks the kernel "kcsan" itself. The kernel must report a deliberate data race in
# a test module, and the code of kmem.ko must be instrumented for KCSAN. Otherwise a run without
# reports would prove nothing. Then one task reads each setting of a device while another task
# writes it, more often than in any other test. If the module has a data race there, KCSAN reports
# it, and lab/run then fails the guest.
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

# read_repeatedly FILE: read FILE until /tmp/on is removed. It uses shell builtins only, because the
# start of a process for each read would make the loop slow.
read_repeatedly() { while [ -e /tmp/on ]; do read -r _ <"$1"; done; }
# read_while_written FILE WORD...: read the file in one task and write the words in another
read_while_written() {
	local file=$DIR/plug/$1 n=0 word
	shift
	: >/tmp/on
	read_repeatedly "$file" &
	while [ $n -lt 700 ]; do
		for word; do echo "$word" >"$file"; done
		n=$((n + 1))
	done
	rm /tmp/on
	wait $!
	is "$(cat "$file")" "$word" "${file##*/}: the last written word, after reads during the writes"
}
read_while_written guard off always transition
read_while_written timeout_ms 1000 0
read_while_written stall_ms 10000 20000
finish
