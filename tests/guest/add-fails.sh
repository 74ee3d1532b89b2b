#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Another process takes memory while a device is added, so that the rest of the device's page
# structures do not fit any more. The module must undo the plug before the kernel runs out of
# memory inside one call. Nothing of the plug may be left, because a rest would make a later
# add fail with EEXIST. In blocks of 2 GiB one call adds 16 sections.
# lab[stock; the debugging kernel itself takes more memory]: --mem 768M --dax 24G --timeout 300 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
# lab[6.12; one kernel is enough]: --block-size 2G --mem 1G --dax 24G --timeout 300 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
unplugged
# The MiB of page structures that the device needs. With $take MiB taken, a quarter does not fit.
need=$(($(cat "$DIR/size") >> 26))
take=$(($(meminfo MemAvailable) / 1024 - need * 3 / 4))
empty=$(snap "$DEV")
short=0
for n in 1 2 3 4 5; do
	/lab/load any $take 1 1 >/tmp/load &
	load=$!
	# Start the plug at a moment when everything still fits.
	until [ $(($(meminfo MemAvailable) / 1024)) -lt $((need + 40 + n * 15)) ] || ! kill -0 $load 2>/dev/null; do :; done
	answer=$(put "$STATE" online_movable)
	kill $load
	wait $load
	echo "# try $n: $answer"
	case $answer in
	ok) unplugged ;;
	ENOMEM) short=$((short + 1)) ;;
	*) fail "try $n: $answer" ;;
	esac
	is "$(state)" unplugged "try $n: unplugged"
	same "$empty" "$(snap "$DEV")" "try $n: nothing of the plug is left"
done
[ $short -gt 0 ] && pass "page structures did not fit in $short of $n plugs: ENOMEM" || fail "page structures fitted in each of $n plugs"
is "$(put "$STATE" online_movable)" ok "afterwards the device can be plugged"
is "$(state)" online_movable "state is online_movable"
is "$(put "$STATE" unplugged)" ok "afterwards the device can be unplugged"
# The OOM killer may kill the load, because it allocates while the plug does.
is "$(dmesg | grep -E 'invoked oom|vmemmap alloc failure' | grep -vc ' load invoked')" 0 "no plug called the OOM killer or failed to allocate page structures"
finish
