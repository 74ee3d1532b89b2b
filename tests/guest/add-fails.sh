#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Another process takes memory while a large device is plugged, so that the page structures of the
# device's last part do not fit any more. The module must return ENOMEM and undo the plug before the
# kernel runs out of memory inside one of its calls. A wrong module would cause the OOM killer to
# run, or would leave memory, and then a later plug would fail with EEXIST. In the second guest a
# memory block has 2 GiB, so one call of the kernel adds 16 sections of memory at once.
# lab[stock; the debugging kernel itself takes more memory]: --mem 768M --dax 24G --timeout 300 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
# lab[6.12; one kernel is enough]: --block-size 2G --mem 1G --dax 24G --timeout 300 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
unplugged
# The page structures of the device need $need MiB. When the load has taken $take MiB, only three
# quarters of the page structures fit.
need=$(($(cat "$DIR/size") >> 26))
take=$(($(meminfo MemAvailable) / 1024 - need * 3 / 4))
empty=$(snap "$DEV")
short=0
for n in 1 2 3 4 5; do
	/lab/load any $take 1 1 >/tmp/load &
	load=$!
	# Start the plug while all page structures still fit. So the load takes their memory during
	# the plug, and the check of free memory at the start of the plug does not fail.
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
# The load may call the OOM killer, because it allocates memory at the same time as the plug.
is "$(dmesg | grep -E 'invoked oom|vmemmap alloc failure' | grep -vc ' load invoked')" 0 "no plug called the OOM killer or failed to allocate page structures"
finish
