#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With the stock module, while another process onlines every block without pause, the command
# reports the actual state. It may be refused or give up. It must never report a success that did
# not happen, and it must exit with 5 if a block is left half done.
# lab[6.12; the next line is 7.3]: --module stock --dax 1G:2,2,1 --own-nodes --cmdline memhp_default_state=offline
# lab[7.3; the line before is an older kernel]: --module stock --dax 1G:2,2,1 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
all=$(blocks)
node=$(cat "$DIR/target_node")

# stop_adversary: stop the adversary between two switches
stop_adversary() {
	kill -STOP $adversary
	until grep -q '^State:.T' /proc/$adversary/status; do :; done
}
# actual: print the actual state of the blocks
actual() {
	# shellcheck disable=SC2086 # one word each
	actual_state online_movable $all
}
listed() { daxplug list | awk -v dev="$DEV" '$1 == dev { print $NF }'; }

# repair_orphaned [bare]: repair memory that the driver left online when it was unbound. Binding the
# stock driver again is no repair: the driver of 6.12 cannot claim the memory, and the kernel
# crashes when it is unbound later. The doctor's advice must work. With bare, daxplug is not used
# for the repair, and must then detect that no memory is orphaned any more.
repair_orphaned() {
	# If all of the memory is online, as after a plug, there is nothing to do.
	want=4
	[ "$(actual)" != online_movable ] || want=0
	daxplug plug "$DEV" >/tmp/out 2>/tmp/err
	is $? $want "orphaned: plug is refused, or there is nothing to do"
	daxplug unplug "$DEV" >/tmp/out 2>/tmp/err
	is $? 4 "orphaned: unplug is refused"
	daxplug doctor "$DEV" >/tmp/out 2>&1
	is $? 5 "orphaned: the doctor exits with 5"
	grep -q "load daxplug's kmem module (rmmod kmem; modprobe kmem)" /tmp/out &&
		pass "orphaned: the doctor prints what to do" || { fail "orphaned: the doctor does not print what to do"; cat /tmp/out; }
	/usr/sbin/rmmod kmem || fail "orphaned: rmmod kmem"
	load /lab/kmem.ko
	if [ "${1:-}" = bare ]; then
		is "$(put "$STATE" unplugged)" ok "orphaned: daxplug's module takes it over, and it can be unplugged"
	else
		daxplug unplug "$DEV" >/tmp/out 2>/tmp/err
		is $? 0 "orphaned: daxplug's module takes it over, and daxplug unplugs it"
	fi
	is "$(actual)" unplugged "orphaned: no block exists any more"
	rmmod kmem || fail "orphaned: rmmod of daxplug's module"
	load kmem
	for command in unplug plug unplug; do
		daxplug $command -q "$DEV"
		is $? 0 "orphaned: with the stock driver again: $command"
	done
}

daxplug unplug -q "$DEV" || { fail "set-up: unplug"; finish; }
# With flip, a change takes until its time limit, so there are fewer of these cycles.
cycles=4
for what in online flip; do
	# shellcheck disable=SC2086 # one word each
	adversary $what $all &
	adversary=$!
	i=0 false_successes=0 wrong_lists=0 half_done=0 succeeded=0 refused=0 inconsistent=0 orphaned=0
	while [ $i -lt $cycles ] && [ $orphaned = 0 ]; do
		i=$((i + 1))
		for command in plug unplug; do
			stop_adversary
			before=$(actual)
			kill -CONT $adversary
			daxplug $command -q --timeout 3s "$DEV" >/tmp/out 2>/tmp/err
			code=$?
			stop_adversary
			after=$(actual)
			[ "$(listed)" = "$after" ] || { wrong_lists=$((wrong_lists + 1)); echo "# list prints $(listed), the blocks are $after"; }
			kill -CONT $adversary
			want=online_movable
			[ $command = plug ] || want=unplugged
			case $code in
			0)
				succeeded=$((succeeded + 1))
				# A flip after the report does not make the report wrong.
				if [ "$after" != $want ] && { [ $what = online ] || [ $command = unplug ]; }; then
					false_successes=$((false_successes + 1))
					echo "# $command: success, and it is $after"
				fi
				;;
			4 | 6)
				refused=$((refused + 1))
				if [ $what = online ] && [ "$after" != "$before" ]; then
					half_done=$((half_done + 1))
					echo "# $command: reported as undone, but $before became $after: $(cat /tmp/err)"
				fi
				;;
			5) inconsistent=$((inconsistent + 1)) ;;
			*)
				fail "$command under $what: exit $code"
				sed 's/^/#   /' /tmp/err
				;;
			esac
		done
		# If a block came online during the unbind, the stock driver has lost the memory.
		if [ ! -e "$DIR/driver" ] && [ "$(actual)" != unplugged ]; then orphaned=1; fi
	done
	kill -KILL $adversary
	wait $adversary 2>/dev/null
	echo "# $what, node $node: $i cycles, $succeeded done, $refused refused, $inconsistent inconsistent, $orphaned orphaned"
	is $false_successes 0 "$what: no success is reported that did not happen"
	is $half_done 0 "$what: no change is half done without exit 5"
	is $wrong_lists 0 "$what: daxplug list agrees with the blocks"
	[ $orphaned = 0 ] || repair_orphaned
	daxplug unplug -q "$DEV" || { fail "$what: unplug after the adversary has ended"; break; }
	is "$(actual)" unplugged "$what: the adversary has ended: unplugged"
	cycles=2
done

# Another process onlines one block just before the unbind, so one range is orphaned.
daxplug plug -q "$DEV" || fail "orphaned: set-up: plug"
stays=$(echo "$all" | sed -n 3p)
for b in $all; do
	[ "$b" = "$stays" ] || echo offline >"$MEMORY"/memory"$b"/state
done
echo "$DEV" >/sys/bus/dax/drivers/kmem/unbind
is "$(actual)" inconsistent "orphaned: one block is online, without a driver: inconsistent"
repair_orphaned bare

# Every block is online at the unbind.
daxplug plug -q "$DEV" || fail "orphaned: set-up: plug"
echo "$DEV" >/sys/bus/dax/drivers/kmem/unbind
is "$(actual)" online_movable "orphaned: every block is online, without a driver"
repair_orphaned

# Another process binds the device again. After a repair it looks complete, but it must stay
# bound, because an unbind crashes the kernel. Only a reboot ends that, so this comes last.
if [ ! -e "$STATE" ]; then
	daxplug plug -q "$DEV" || fail "bound again: set-up: plug"
	for b in $all; do
		[ "$b" = "$stays" ] || echo offline >"$MEMORY"/memory"$b"/state
	done
	echo "$DEV" >/sys/bus/dax/drivers/kmem/unbind
	daxplug unplug -q "$DEV" 2>/dev/null
	is $? 4 "bound again: set-up: refused without a driver"
	echo "$DEV" >/sys/bus/dax/drivers/kmem/bind
	daxplug plug -q "$DEV"
	is $? 0 "bound again: repaired"
	daxplug unplug "$DEV" >/tmp/out 2>/tmp/err
	is $? 4 "bound again: not unplugged"
	grep -q "some of its memory was without a driver before" /tmp/err && pass "bound again: the error has the reason" ||
		{ fail "bound again: the error does not have the reason"; cat /tmp/err; }
	is "$(actual)" online_movable "bound again: still online_movable"
fi
finish
