#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An unprivileged process that is bound to one node takes all memory there while a device is
# unplugged. The OOM killer must kill that process soon, and the unplug must continue, because
# other nodes have enough memory.
# lab[6.12, long 6.1 7.3; make check-long has the others]: --dax 1G --dax 512M --own-nodes --mem 2G --timeout 300 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
other=dax1.0
other_node=$(cat /sys/bus/dax/devices/$other/target_node)
# Every wait has a limit, whatever the module does.
now() { cut -d. -f1 /proc/uptime; }
soon() { [ "$(now)" -lt $((begin + $(if is_slow; then echo 600; else echo 120; fi))) ]; }
insmod /lab/refuse.ko
going() { cat /sys/module/refuse/parameters/going; }
# give_up WHAT: end the test, without leaving a process that does not end
give_up() {
	fail "$*"
	kill $page_user $writer 2>/dev/null
	wait
	finish
}
ooms() { grep '^oom_kill ' /proc/vmstat | cut -d' ' -f2; }

# hog NODE: start the hog in the background; its result is in /tmp/hog
hog() {
	rm -f /tmp/hog
	/lab/hog "$1" 4096 >/tmp/hog &
}

# killed WHAT...: claim that the hog is killed soon
killed() {
	begin=$(now)
	while [ "$(wc -l </tmp/hog)" -lt 2 ] && soon; do :; done
		# The total time includes the time to fill the node.
	case $(sed -n 2p /tmp/hog) in
	'killed '*) pass "$*: the outsider is killed: $(sed -n 2p /tmp/hog) ms in all, and without a page" ;;
	*) fail "$*: the outsider is not killed: $(cat /tmp/hog)"; killall hog 2>/dev/null ;;
	esac
}

# Measure first how long it takes while nothing is unplugged.
unplugged
[ "$(put /sys/bus/dax/devices/$other/state online_movable)" = ok ] || { fail "set-up: $other"; finish; }
hog "$other_node"
killed "without an unplug"
usual=$(sed -n 2p /tmp/hog | cut -d' ' -f3)

for where in "$other_node" "$node"; do
	what="bound to node $where"
	if [ "$where" = "$node" ]; then what="$what, the device's own"; fi
	plugged online_movable
	rm -f /tmp/page_user /tmp/answer
	start page_user /lab/page_user pipe "$node"
	page_user=$!
	# No time limits, so that only the release of the page ends the unplug.
	echo 0 >"$PLUG/timeout_ms"
	[ ! -e "$PLUG/stall_ms" ] || echo 0 >"$PLUG/stall_ms"
	before=$(ooms)
	asked=$(going)
	put "$STATE" unplugged >/tmp/answer &
	writer=$!
	begin=$(now)
	until [ "$(going)" -gt "$asked" ]; do
		soon && [ ! -s /tmp/answer ] || give_up "set-up: no unplug runs: $(cat /tmp/answer)"
	done
	hog "$where"
	killed "$what"
	without=$(sed -n 2p /tmp/hog | cut -d' ' -f3)
	[ "${without:-99999}" -lt "$(if is_slow; then echo 50000; else echo 5000; fi)" ] &&
		pass "$what: soon: $without ms without a page, $usual usually" ||
		fail "$what: $without ms without a page, $usual usually"
	[ "$(ooms)" -gt "$before" ] && pass "$what: by the OOM killer" || fail "$what: not by the OOM killer"
	is "$(cat /tmp/answer)" '' "$what: the unplug continues"
	kill $page_user
	wait $page_user
	begin=$(now)
	until [ -s /tmp/answer ]; do
		soon || { fail "$what: the unplug does not end"; kill $writer; break; }
	done
	is "$(cat /tmp/answer)" ok "$what: the unplug succeeds when the page is released"
	is "$(state)" unplugged "$what: the device is unplugged"
	[ "$(state)" = unplugged ] || unplugged
done
is "$(put /sys/bus/dax/devices/$other/state unplugged)" ok "the other device is unplugged"
finish
