#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Somebody takes memory while a device is added, and the rest of it does not fit any more:
# the plug is undone before memory runs out in the middle of a call of the kernel's, and
# nothing of it is left that would keep the memory from being added later (EEXIST).
# lab[stock; the debugging kernel takes more memory of its own]: --mem 768M --dax 24G --timeout 300 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
unplugged
empty=$(snap "$DEV")
count() { awk -v key="$1" '$1 == key { print $2 }' "$DIR/plug/blocks"; }
short=0
for n in 1 2 3 4 5; do
	put "$STATE" online_movable >/tmp/answer &
	writer=$!
	until [ "$(count offline)" -ge $((n * 8)) ] || ! kill -0 $writer 2>/dev/null; do :; done
	/lab/load any 200 1 1 >/tmp/load &
	load=$!
	wait $writer
	answer=$(cat /tmp/answer)
	kill $load
	wait $load
	echo "# try $n: $answer"
	case $answer in
	ok) unplugged ;;
	ENOMEM) short=$((short + 1)) ;;
	*) fail "try $n: $answer" ;;
	esac
	is "$(state)" unplugged "try $n: unplugged"
	same "$empty" "$(snap "$DEV")" "try $n: nothing is left of it"
done
[ $short -gt 0 ] && pass "the rest did not fit in $short of $n plugs: ENOMEM" || fail "all of it always fitted"
is "$(put "$STATE" online_movable)" ok "after all that it can be plugged"
is "$(state)" online_movable "as a whole"
is "$(put "$STATE" unplugged)" ok "and unplugged"
is "$(dmesg | grep -c -E 'Out of memory|oom-kill|invoked oom|vmemmap alloc failure')" 0 "memory never ran out"
finish
