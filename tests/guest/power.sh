#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The machine suspends, hibernates, starts another kernel with kexec, or crashes, with a plugged
# device and during a plug or unplug. After a suspend the device must have its memory and contents.
# Hibernation must be refused, because the kernel that restores the image has not plugged the
# memory. After kexec the policy must plug the device again, and a kdump kernel must not plug it. A
# wrong module would lose the contents, or hang or crash in one of these steps.
#
# doc/power-and-crash.md describes each result.
# lab[none, long 6.1 6.12 7.3; it sleeps for most of a minute, and make check-long runs it]: --dax 1G:3,2 --own-nodes --timeout 900 --cmdline "memhp_default_state=offline test.part=sleep"
# lab[none, long 6.12; make check-long runs it]: --dax 1G:3,2 --own-nodes --mem 2G --timeout 900 --cpu-features erms=off,fsrm=off,fsrs=off --file "$(lab/fetch --print vmlinuz $kernel)" --cmdline "memhp_default_state=offline kmem.policy=hmem:online_movable test.part=kexec"
# lab[none, long 6.12; make check-long runs it]: --allow-splat --dax 1G:3,2 --own-nodes --mem 3G --timeout 900 --cpu-features erms=off,fsrm=off,fsrs=off --file "$(lab/fetch --print vmlinuz $kernel)" --cmdline "memhp_default_state=offline kmem.policy=hmem:online_movable crashkernel=800M test.part=kdump"
. /lab/lib.sh
part=$(sed 's/.*test.part=\([a-z]*\).*/\1/' /proc/cmdline)
driver=/sys/bus/dax/drivers/kmem

# --- suspend and hibernation -----------------------------------------------------------

# pm WORD: write WORD to /sys/power/state and print the result
# level NAME: let the kernel go only as far as this level in a suspend (/sys/power/pm_test)
pm() { put /sys/power/state "$1"; }
level() { echo "$1" >/sys/power/pm_test; }

# suspend_for_real WORD: suspend without a test level until an alarm of the clock, and print the
# result. If the alarm comes before the machine is asleep, nothing would wake the machine up.
# Because wakeup_count is set, the kernel ends the suspend with EBUSY in that case. Then try again
# with a later alarm.
suspend_for_real() {
	local alarm=/sys/class/rtc/rtc0/wakealarm seconds=5 count answer
	while :; do
		echo 0 >$alarm
		read -r count </sys/power/wakeup_count
		echo +$seconds >$alarm
		put /sys/power/wakeup_count "$count" >/dev/null
		answer=$(pm "$1")
		[ "$answer" = EBUSY ] && [ $seconds -lt 300 ] || break
		seconds=$((seconds * 2))
	done
	echo "$answer"
}

# check_kept WHAT...: claim that the device is plugged as before, and that the load still runs
check_kept() {
	is "$(state)" online_movable "$*: the device is online_movable"
	same "$full" "$(snap "$DEV")" "$*: its blocks are as before"
	kill -0 $loader && pass "$*: the load still runs" || fail "$*: the load does not run any more"
}

# start_write WORD: start a write, and return when it has begun to change the device
start_write() {
	local was
	was=$(state)
	put "$STATE" "$1" >/tmp/answer &
	writer=$!
	while [ "$(state)" = "$was" ] && kill -0 $writer 2>/dev/null; do :; done
}

# check_ended WORD FROM WHAT...: claim that the write is complete or undone, and count those that are
# undone in $undone
check_ended() {
	local word=$1 from=$2
	shift 2
	wait $writer
	case $(cat /tmp/answer) in
	ok) is "$(state)" "$word" "$*: complete" ;;
	EINTR)
		is "$(state)" "$from" "$*: EINTR: undone"
		undone=$((undone + 1))
		;;
	*) fail "$*: $(cat /tmp/answer)" ;;
	esac
}

test_sleep() {
	local l levels node
	node=$(cat "$DIR/target_node")
	if [ -e /sys/power/pm_test ]; then
		# At each test level the kernel spins for this many seconds. On a busy machine it
		# would report a lockup, so set the time to 0.
		echo 0 >/sys/module/suspend/parameters/pm_test_delay
	else
		echo "skipped levels of /sys/power/pm_test: this kernel has none"
		finish
	fi
	# Let a write of "mem" suspend to RAM ("deep"), if the machine can do that.
	! grep -q deep /sys/power/mem_sleep || echo deep >/sys/power/mem_sleep
	echo "# state: $(cat /sys/power/state); mem: $(cat /sys/power/mem_sleep)"
	unplugged
	plugged online_movable
	start load /lab/load "$node" 100 1 1
	loader=$!
	full=$(snap "$DEV")
	# Use a long stall_ms, because the machine may be slow and this test measures no time.
	echo 600000 >"$DIR/plug/stall_ms"
	# The output goes through a virtio console. On 7.3.4 a write to it does not return after the
	# kernel has suspended devices, also without daxplug's module. So do not suspend devices
	# there.
	levels='freezer devices platform core'
	if [ "$(uname -r | cut -d . -f 1)" -ge 7 ]; then
		levels=freezer
		echo "skipped suspend of devices and to RAM: this kernel's virtio console would not come back"
	fi
	# shellcheck disable=SC2086 # one word each
	for l in $levels; do
		level $l
		is "$(pm mem)" ok "suspended to the level of $l"
		check_kept "$l"
	done
	# Suspend during an unplug and during a plug. A write can end before the kernel freezes its
	# process. If a write is undone with EINTR, it was still running then. So at least one unplug and
	# one plug must end with EINTR.
	level freezer
	undone=0 undone_unplugs=0 undone_plugs=0
	for l in 1 2 3; do
		start_write unplugged
		is "$(pm mem)" ok "suspended, an unplug has begun"
		check_ended unplugged online_movable "round $l: an unplug"
		undone_unplugs=$((undone_unplugs + undone)) undone=0
		is "$(put "$STATE" unplugged) $(state)" "ok unplugged" "round $l: unplugged"
		start_write online_movable
		is "$(pm mem)" ok "suspended, a plug has begun"
		check_ended online_movable unplugged "round $l: a plug"
		undone_plugs=$((undone_plugs + undone)) undone=0
		is "$(put "$STATE" online_movable) $(state)" "ok online_movable" "round $l: plugged"
	done
	[ $undone_unplugs -gt 0 ] && pass "$undone_unplugs of 3 suspends came during an unplug" ||
		fail "no suspend came during an unplug"
	[ $undone_plugs -gt 0 ] && pass "$undone_plugs of 3 suspends came during a plug" ||
		fail "no suspend came during a plug"
	level none
	kill $loader
	wait $loader && pass "the load's memory is unchanged" || fail "the load: $(cat /tmp/load)"
	start load /lab/load "$node" 100 1 1
	loader=$!
	# Suspend-to-idle ("freeze") is not tested, because the alarm of QEMU's machine does not end
	# it.
	if [ "$levels" = freezer ]; then
		:
	elif ! grep -q -F '[deep]' /sys/power/mem_sleep || [ ! -e /sys/class/rtc/rtc0/wakealarm ]; then
		echo "skipped suspend to RAM: the machine cannot do it, or not wake up from it"
	else
		: >/run/lab-reset
		is "$(suspend_for_real mem)" ok "to RAM: suspended and resumed"
		check_kept "to RAM"
	fi

	# Hibernation must be refused, because the kernel that restores the image would not have
	# plugged the device's memory.
	if ! grep -q -w disk /sys/power/state; then
		echo "skipped hibernation: this kernel has none"
	else
		level freezer
		mark power-plugged
		is "$(pm disk)" EBUSY "hibernation with a plugged device: EBUSY"
		dmesg | sed '1,/power-plugged/d' | grep -q 'kmem: hibernation refused: 1 device' &&
			pass "the log has the reason" || fail "the log does not have the reason"
		check_kept "hibernation was refused"
		start_write unplugged
		is "$(pm disk)" EBUSY "hibernation during an unplug: EBUSY"
		check_ended unplugged online_movable "an unplug that meets hibernation"
		put "$STATE" unplugged >/dev/null
		is "$(pm disk)" ok "hibernation without a plugged device, to the level of freezer"
		plugged online_movable
		pass "afterwards a plug is not refused any more"
		level none
	fi
	kill $loader
	wait $loader && pass "the load's memory is unchanged" || fail "the load: $(cat /tmp/load)"
	unplugged
}

# --- another kernel ------------------------------------------------------------------------

# next_kernel load|crash PARAMETERS: load the same kernel and system for kexec or for a crash, with
# these parameters added to the command line
next_kernel() {
	# The guest has no boot loader, and so no file with an initial RAM disk. Make one from the
	# guest's root file system.
	(cd / && find . -xdev ! -path './tmp/*' | cpio -o -H newc) >/tmp/initrd 2>/dev/null
	is "$(kexec "$1" /lab/vmlinuz /tmp/initrd "$(cat /proc/cmdline) $2")" ok "the next kernel is loaded ($1)"
	rm /tmp/initrd
}

# check_works WHAT...: claim that the device can be unplugged, plugged and unplugged
check_works() {
	local empty
	is "$(put "$STATE" unplugged) $(state)" "ok unplugged" "$*: unplugged"
	empty=$(snap "$DEV")
	plugged online_movable
	is "$(put "$STATE" unplugged) $(state)" "ok unplugged" "$*: plugged and unplugged"
	same "$empty" "$(snap "$DEV")" "$*: all is as before"
}

test_kexec() {
	case $(sed -n 's/.*lab.again=\([0-9]\).*/\1/p' /proc/cmdline) in
	'')
		is "$(state)" online_movable "the policy is applied"
		next_kernel load lab.again=1
		pass "with a plugged device: kexec"
		kexec go
		fail "the next kernel did not start"
		;;
	1)
		is "$(state)" online_movable "after kexec the policy is applied again"
		check_works "after kexec"
		plugged online_movable
		start load /lab/load "$(cat "$DIR/target_node")" 200 1 1
		next_kernel load lab.again=2
		put "$STATE" unplugged &
		while [ "$(state)" = online_movable ]; do :; done
		pass "during an unplug ($(state)): kexec"
		kexec go
		fail "the next kernel did not start"
		;;
	esac
}

if [ "$part" != sleep ] && is_slow; then
	echo "skipped $part: a second debugging kernel beside this one needs more memory than the guest has"
	finish
fi
case $part in
sleep) test_sleep ;;
kexec)
	if grep -q lab.again=2 /proc/cmdline; then
		is "$(state)" online_movable "after kexec during an unplug the policy is applied again"
		check_works "after kexec during an unplug"
	else
		test_kexec
	fi
	;;
kdump)
	if grep -q lab.again=1 /proc/cmdline; then
		[ -e /proc/vmcore ] && pass "this is a kdump kernel" || fail "there is no /proc/vmcore"
		is "$(state)" unplugged "unplugged, although the policy requests online_movable"
		is "$(put "$STATE" online_movable) $(state)" "EOPNOTSUPP unplugged" "a plug is refused: EOPNOTSUPP"
		dmesg | grep -q "kmem: $DEV: not plugged: this is a kdump kernel" &&
			pass "the log has the reason" || fail "the log does not have the reason"
		echo "$DEV" >$driver/unbind
		is "$(put $driver/bind "$DEV") $(state)" "ok unplugged" "bound again: unplugged"
		daxplug plug "$DEV" 2>/tmp/err && fail "daxplug: exit 0"
		grep -q EOPNOTSUPP /tmp/err && pass "daxplug prints EOPNOTSUPP" || fail "daxplug: $(cat /tmp/err)"
	else
		is "$(state)" online_movable "the policy is applied"
		# The memory map of a kdump kernel has only its own memory. On a real machine the
		# firmware would report the device. Here a memmap= parameter adds it.
		next_kernel crash "$(sed -n 's/.* memmap=\([0-9]*M%[0-9]*\)-1\(+0xefffffff\).*/memmap=\1\2/p' /proc/cmdline) nokaslr lab.again=1"
		is "$(cat /sys/kernel/kexec_crash_loaded)" 1 "a crash kernel is loaded"
		daxplug doctor --id crash-kernel | sed 's/^/# /'
		echo c >/proc/sysrq-trigger
		fail "the kernel did not crash"
	fi
	;;
esac
finish
