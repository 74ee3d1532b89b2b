#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A process switches memory blocks all the time, so that a plug or unplug of another device has to
# wait for the hotplug lock. Meanwhile processor 0 is taken offline. It must stay offline, and the
# plug or unplug must succeed. A wrong module would bring processor 0 online, only because that call
# waits for the hotplug lock. The processor would then not stay offline.
# lab[6.1; since 6.5 the kernel cannot take processor 0 of an x86 machine offline]: --dax 1G --dax 1G --own-nodes --timeout 300 --cpu-features erms=off,fsrm=off,fsrs=off,vendor=GenuineIntel --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged cpu0_hotplug"
. /lab/lib.sh
cpu=/sys/devices/system/cpu/cpu0/online
[ -e $cpu ] || { fail "set-up: processor 0 cannot be switched"; finish; }
other=/sys/bus/dax/devices/dax1.0
[ "$(put $other/state online_movable)" = ok ] || { fail "set-up: dax1.0"; finish; }
put $other/plug/guard off >/dev/null
# shellcheck disable=SC2046 # one word each
/lab/adversary flip $(DIR=$other blocks) &
adversary=$!
unplugged
onlined=0 word=online_movable
rounds=$(scaled_count 30)
for i in $(seq "$rounds"); do
	rm -f /tmp/answer
	put "$STATE" $word >/tmp/answer &
	# Count a little further in each round, so that processor 0 goes offline at another moment
	# of the write.
	n=0
	while [ $n -lt $((i * 3)) ] && [ ! -s /tmp/answer ]; do n=$((n + 1)); done
	answer=$(put $cpu 0)
	[ "$answer" = ok ] || fail "$i: processor 0 does not go offline: $answer"
	until [ -s /tmp/answer ]; do :; done
	[ "$(cat /tmp/answer)" = ok ] || fail "$i: $word: $(cat /tmp/answer)"
	[ "$(cat $cpu)" = 0 ] || onlined=$((onlined + 1))
	put $cpu 1 >/dev/null
	if [ $word = unplugged ]; then word=online_movable; else word=unplugged; fi
done
is $onlined 0 "processor 0 stayed offline in $rounds contended switches of the device"
kill $adversary
wait $adversary
finish
