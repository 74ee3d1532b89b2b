#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Other programs switch the blocks of the device while it is plugged and unplugged: udevd with a
# rule that onlines every new block, and daxctl in a loop. Every plug and unplug must succeed in the
# requested zone, and `state` must agree with the blocks. With guard=always daxctl must fail. With a
# wrong module a plug or unplug would fail because of the other program, or blocks would be in the
# zone of the udev rule.
# lab[none, long 6.1 6.12 7.3; make check-long runs it]: --dax 1G:2,1,1 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
all=$(blocks)
second=$(blocks | sed -n 2p)
unplugged

count_vetoes() { awk '$1 == "vetoes" { print $2 }' "$DIR/plug/stats"; }

# check_state WHAT: claim that `state` agrees with the blocks
check_state() {
	# shellcheck disable=SC2086 # one word each
	is "$(state)" "$(actual_state "$type" $all)" "$1: state agrees with the blocks"
}

mkdir -p /run/udev/rules.d
for word in online online_movable; do
	echo "SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}==\"offline\", ATTR{state}=\"$word\"" \
		>/run/udev/rules.d/99-hostile.rules
	/usr/lib/systemd/systemd-udevd --daemon
	udevadm settle
	# Show that udevd applies the rule: a block that is offline comes online. The block is not at
	# an end of a range, so its zone stays ZONE_MOVABLE with the word "online", too.
	plugged online_movable
	echo offline >"$MEMORY/memory$second/state"
	is "$(cat "$MEMORY/memory$second/state")" offline "udev rule '$word': memory$second is offline"
	echo add >"$MEMORY/memory$second/uevent"
	udevadm settle
	is "$(cat "$MEMORY/memory$second/state")" online "udev rule '$word': udevd brings memory$second online"
	unplugged
	udevadm settle
	vetoes=$(count_vetoes)
	times=$(scaled_count 20)
	cycle "$DEV" "$times" online_kernel online_movable >/tmp/cycles
	udevadm settle
	vetoes=$(($(count_vetoes) - vetoes))
	[ $vetoes -gt 0 ] && pass "udev rule '$word': udevd tried $vetoes times to switch a block during a plug" ||
		fail "udev rule '$word': udevd has switched no block during a plug"
	read -r plugs in_zone unplugs </tmp/cycles
	is "$plugs" $((2 * times)) "udev rule '$word': $plugs plugs"
	is "$in_zone" $((2 * times)) "udev rule '$word': in the requested zone"
	is "$unplugs" $((2 * times)) "udev rule '$word': $unplugs unplugs"
	type=online_movable
	plugged $type
	udevadm settle
	is "$(state)" $type "udev rule '$word': unchanged when udev has finished"
	check_state "udev rule '$word'"
	unplugged
	udevadm settle
	is "$(state)" unplugged "udev rule '$word': it stays unplugged"
	udevadm control --exit
	until ! pidof systemd-udevd >/dev/null; do :; done
done

# The module lets daxctl switch blocks between two transactions, but not during one.
sh -c "while :; do daxctl offline-memory $DEV; daxctl online-memory $DEV; done" \
	>/tmp/daxctl.log 2>&1 &
loop=$!
type=online_movable
plugs=0 unplugs=0 refused=0
for _ in $(seq "$times"); do
	answer=$(put "$STATE" $type)
	case $answer in
	ok) plugs=$((plugs + 1)) ;;
	*) refused=$((refused + 1)) ;;
	esac
	[ "$(put "$STATE" unplugged)" = ok ] && [ "$(state)" = unplugged ] && unplugs=$((unplugs + 1))
done
kill $loop
wait $loop 2>/dev/null
until ! pidof daxctl >/dev/null; do :; done
is $plugs "$times" "daxctl in a loop: $plugs plugs"
is $refused 0 "daxctl in a loop: no plug was refused"
is $unplugs "$times" "daxctl in a loop: $unplugs unplugs"
[ -s /tmp/daxctl.log ] && pass "daxctl did run: $(wc -l </tmp/daxctl.log) lines" || fail "daxctl did not run"
check_state "daxctl in a loop"

# With guard=always daxctl must fail and must not change a block.
plugged $type
is "$(put "$DIR/plug/guard" always)" ok "guard: always"
if daxctl offline-memory "$DEV" >/tmp/daxctl.log 2>&1; then
	fail "guard always: daxctl offline-memory succeeds"
else
	pass "guard always: daxctl offline-memory is refused"
fi
is "$(state)" $type "guard always: every block is online"
finish
