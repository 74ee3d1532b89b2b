#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The stock module is loaded, and another process switches every block without pause while `daxplug`
# plugs and unplugs the device. The command may be refused or give up. It must never report a
# success that did not happen, it must exit with 5 if it leaves a change half done, and `daxplug
# list` must agree with the blocks. A wrong command would print a state that the device does not
# have. The last parts orphan memory on purpose, and the doctor's advice must repair it.
# lab[6.12; the next guest has 7.3]: --module stock --dax 1G:2,2,1 --own-nodes --cmdline memhp_default_state=offline
# lab[7.3; the previous guest has an older kernel]: --module stock --dax 1G:2,2,1 --own-nodes --cmdline memhp_default_state=offline
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

# repair_orphaned [bare]: follow the doctor's advice to repair memory that stayed online when the
# stock driver was unbound. A bind of the stock driver would not repair it. The driver of 6.12
# cannot claim the memory, and the kernel crashes when that driver is unbound later. With "bare" the
# unplug is a write to `state` instead of a command. The `daxplug` commands after that write must
# detect by themselves that no memory is orphaned any more.
repair_orphaned() {
	# If every block is online in ZONE_MOVABLE, the plug has nothing to do and exits with 0.
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
# With "flip" each plug or unplug takes until its time limit, so run only two cycles with it.
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
				# After a plug the adversary "flip" may take a block offline again.
				# That does not make the command's report wrong.
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
		# If a block came online during the unbind, the memory is orphaned.
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

# One block is online at the unbind, as if another process had brought it online just before. So one
# range is orphaned.
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

# The stock driver is bound again to a device with an orphaned block, as another program might do. A
# plug then brings all blocks online. The command must still refuse to unplug the device,
# because the unbind that this needs would crash the kernel. Only a reboot ends this situation, so
# this part is the last one.
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
