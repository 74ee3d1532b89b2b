#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Another process, the adversary, switches every block of the device without pause. It brings blocks
# online, takes them offline, or does both in turn. In each of these three cases the device is
# plugged and unplugged 17 times (34 times with guard=transition). Every unplug must succeed and
# leave no block, and the file `state` must always agree with the blocks. A wrong module would
# report "online_movable" for a device with offline blocks, or would give up because of the
# adversary.
# lab[6.1, long 6.12 7.3; make check-long runs the other kernels]: --dax 1G:2,2,1 --own-nodes --cmdline "memhp_default_state=offline test.guard=off"
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 1G:2,2,1 --own-nodes --cmdline "memhp_default_state=offline test.guard=transition"
# lab[7.3, long 6.1 6.12; make check-long runs the other kernels]: --dax 1G:2,2,1 --own-nodes --cmdline "memhp_default_state=offline test.guard=always"
# alone[2]: the guest's two processors need two of this machine. Otherwise a task in the guest could
# wait long for a lock whose holder does not run, and the measured times would be wrong.
. /lab/lib.sh
guard=$(sed 's/.*test.guard=\([a-z]*\).*/\1/' /proc/cmdline)
cycles=$(scaled_count 17)
# The transition test compares two medians, so it runs 34 cycles instead of 17.
[ "$guard" != transition ] || cycles=$(scaled_count 34)
all=$(blocks)

is "$(cat "$DIR/plug/guard")" transition "plug/guard is transition by default"
is "$(put "$DIR/plug/guard" "$guard")" ok "guard: $guard"
is "$(put "$DIR/plug/guard" sometimes)" EINVAL "guard: EINVAL for an unknown word"
is "$(cat "$DIR/plug/guard")" "$guard" "guard: still $guard"
unplugged

# stop_adversary: stop the adversary between two switches. A stop signal takes effect when the
# process returns from the kernel, so a stopped adversary is not in the middle of a switch.
stop_adversary() {
	kill -STOP $adversary
	until grep -q '^State:.T' /proc/$adversary/status; do :; done
}
# compare_state: compare `state` with the blocks while the adversary is stopped, and count the
# result
compare_state() {
	stop_adversary
	samples=$((samples + 1))
	# shellcheck disable=SC2086 # one word each
	want=$(actual_state online_movable $all) got=$(state)
	if [ "$got" = "$want" ]; then
		true_samples=$((true_samples + 1))
	else
		echo "# sample $samples: state $got, blocks $want"
	fi
	kill -CONT $adversary
}
# median FILE: print the median of the numbers in FILE
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
now() { microseconds; }

# undisturbed_cycle: measure the time of a cycle while nobody switches a block. During this cycle an
# endless loop, the burner, keeps the processor of the stopped adversary busy. Undisturbed cycles
# alternate with cycles under the adversary. So the load of this machine and its number of processors
# do not change the ratio of the two times.
sh -c 'while :; do :; done' &
burner=$!
kill -STOP $burner
undisturbed_cycle() {
	stop_adversary
	kill -CONT $burner
	local begin
	begin=$(now)
	put "$STATE" online_movable >/dev/null
	put "$STATE" unplugged >/dev/null
	echo $(($(now) - begin)) >>/tmp/undisturbed
	kill -STOP $burner
	kill -CONT $adversary
}

for what in online offline flip; do
	# shellcheck disable=SC2086 # one word each
	adversary $what $all &
	adversary=$!
	i=0 unplugs=0 complete_plugs=0 refused=0 samples=0 true_samples=0
	: >/tmp/disturbed
	: >/tmp/undisturbed
	while [ $i -lt "$cycles" ]; do
		i=$((i + 1))
		[ "$guard" != transition ] || undisturbed_cycle
		begin=$(now)
		answer=$(put "$STATE" online_movable)
		middle=$(now)
		case $answer in
		ok) ;;
		EBUSY) refused=$((refused + 1)) ;;
		*) fail "plug under $what: $answer" ;;
		esac
		compare_state
		[ "$answer" = ok ] && [ "$got" = online_movable ] && complete_plugs=$((complete_plugs + 1))
		unplug_begin=$(now)
		answer=$(put "$STATE" unplugged)
		echo $(($(now) - unplug_begin + middle - begin)) >>/tmp/disturbed
		[ "$answer" = ok ] && [ "$(state)" = unplugged ] &&
			[ "$(grep -c kmem /proc/iomem)" = 0 ] && unplugs=$((unplugs + 1))
		compare_state
	done
	kill -USR1 $adversary
	until [ -s /tmp/adversary ]; do :; done
	switches=$(cat /tmp/adversary)
	rm /tmp/adversary
	kill -KILL $adversary
	wait $adversary 2>/dev/null
	disturbed=$(median /tmp/disturbed) undisturbed=$(median /tmp/undisturbed)
	echo "# guard $guard, adversary $what: $switches switches, $refused plugs refused," \
		"$complete_plugs complete plugs, cycle $disturbed us${undisturbed:+ (undisturbed $undisturbed us)}"

	is $unplugs "$cycles" "$what: after each unplug the state is unplugged and no block exists"
	is $true_samples $samples "$what: every sampled state agrees with the blocks"
	case $guard in
	always)
		is $complete_plugs "$cycles" "$what: every plug is complete and stays complete"
		is "$switches" 0 "$what: no switch by the adversary succeeds"
		;;
	transition)
		is $refused 0 "$what: no plug is refused"
		[ $((disturbed * 10)) -le $((undisturbed * 15)) ] &&
			pass "$what: a cycle takes at most 1.5 times as long" ||
			fail "$what: a cycle takes $disturbed us instead of $undisturbed us"
		;;
	esac
done
[ "$guard" = off ] || {
	vetoes=$(awk '$1 == "vetoes" { print $2 }' "$DIR/plug/stats")
	[ "$vetoes" -gt 0 ] && pass "vetoes were counted: $vetoes" || fail "no veto was counted"
	dmesg | grep -q 'kmem: memory[0-9]*: kept as it is: adversary\[[0-9]*\]' &&
		pass "the log names process and block" || fail "the log names no process"
}
kill -KILL $burner
finish
