#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# While a device is unplugged, an unprivileged process (the hog) takes all memory of one node, to
# which it is bound. The OOM killer must kill the hog about as soon as without an unplug, and the
# unplug must continue, because other nodes have enough memory. A wrong module would report freed
# memory to the kernel again and again, so that the hog is not killed, or would end the unplug.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 1G --dax 512M --own-nodes --mem 2G --timeout 300 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
other=dax1.0
other_node=$(cat /sys/bus/dax/devices/$other/target_node)
# in_time: succeed if less than 120 s have passed since $begin (600 s on a slow kernel). Every wait
# for the module uses it, so that the test ends whatever the module does.
now() { cut -d. -f1 /proc/uptime; }
in_time() { [ "$(now)" -lt $((begin + $(if is_slow; then echo 600; else echo 120; fi))) ]; }
insmod /lab/refuse.ko
going_events() { cat /sys/module/refuse/parameters/going_offline; }
# give_up WHAT: end the test and its background processes
give_up() {
	fail "$*"
	kill $page_user $writer 2>/dev/null
	wait
	finish
}
oom_kills() { grep '^oom_kill ' /proc/vmstat | cut -d' ' -f2; }

# start_hog NODE: start the hog in the background; its result is in /tmp/hog
start_hog() {
	rm -f /tmp/hog
	/lab/hog "$1" 4096 >/tmp/hog &
}

# check_killed WHAT...: wait for the end of the hog, and claim that it was killed
check_killed() {
	begin=$(now)
	while [ "$(wc -l </tmp/hog)" -lt 2 ] && in_time; do :; done
	# The first number of ms includes the time in which the hog fills the node.
	case $(sed -n 2p /tmp/hog) in
	'killed '*) pass "$*: the hog is killed (ms in all, ms without a page: $(sed -n '2s/killed //p' /tmp/hog))" ;;
	*) fail "$*: the hog is not killed: $(cat /tmp/hog)"; killall hog 2>/dev/null ;;
	esac
}

# First measure how soon the OOM killer kills the hog while nothing is unplugged.
unplugged
[ "$(put /sys/bus/dax/devices/$other/state online_movable)" = ok ] || { fail "set-up: $other"; finish; }
start_hog "$other_node"
check_killed "without an unplug"
usual=$(sed -n 2p /tmp/hog | cut -d' ' -f3)

for where in "$other_node" "$node"; do
	what="bound to node $where"
	if [ "$where" = "$node" ]; then what="$what, the device's own"; fi
	plugged online_movable
	rm -f /tmp/page_user /tmp/answer
	start page_user /lab/page_user pipe "$node"
	page_user=$!
	# Switch the time limits off, so that only the release of the page ends the unplug.
	echo 0 >"$PLUG/timeout_ms"
	[ ! -e "$PLUG/stall_ms" ] || echo 0 >"$PLUG/stall_ms"
	before=$(oom_kills)
	going_before=$(going_events)
	put "$STATE" unplugged >/tmp/answer &
	writer=$!
	begin=$(now)
	until [ "$(going_events)" -gt "$going_before" ]; do
		in_time && [ ! -s /tmp/answer ] || give_up "set-up: no unplug runs: $(cat /tmp/answer)"
	done
	start_hog "$where"
	check_killed "$what"
	without=$(sed -n 2p /tmp/hog | cut -d' ' -f3)
	[ "${without:-99999}" -lt "$(if is_slow; then echo 50000; else echo 5000; fi)" ] &&
		pass "$what: the hog is killed soon: $without ms without a page ($usual ms without an unplug)" ||
		fail "$what: the hog is killed late: $without ms without a page ($usual ms without an unplug)"
	[ "$(oom_kills)" -gt "$before" ] && pass "$what: the OOM killer has killed it" || fail "$what: the OOM killer has not killed it"
	is "$(cat /tmp/answer)" '' "$what: the unplug continues"
	kill $page_user
	wait $page_user
	begin=$(now)
	until [ -s /tmp/answer ]; do
		in_time || { fail "$what: the unplug does not end"; kill $writer; break; }
	done
	is "$(cat /tmp/answer)" ok "$what: the unplug succeeds when the page is released"
	is "$(state)" unplugged "$what: the device is unplugged"
	[ "$(state)" = unplugged ] || unplugged
done
is "$(put /sys/bus/dax/devices/$other/state unplugged)" ok "the other device is unplugged"
finish
