#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The device has one block. A notifier delays the unplug when this block has just gone offline.
# Meanwhile a signal, a time limit or an unbind is to end the unplug. The unplug must succeed even
# so, because the rest of it is shorter than an undo. A wrong module would undo it, and after an
# unbind the undo would leave memory online without a driver.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 128M --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
insmod /lab/refuse.ko
refuse=/sys/module/refuse/parameters

# thread_directory: print the directory in /proc of the module's thread for the device
thread_directory() {
	for comm in /proc/[0-9]*/comm; do
		[ "$(cat "$comm" 2>/dev/null)" != "kmem/$DEV" ] || echo "${comm%/comm}"
	done
}

# start_unplug_that_waits COMMAND...: start COMMAND, which unplugs. Return when its only block is
# offline and waits in a memory notifier.
start_unplug_that_waits() {
	plugged online_movable
	block=$(blocks)
	echo "$block" >$refuse/hold_offline
	"$@" >/tmp/answer &
	writer=$!
	until [ "$(cat $refuse/waiting)" = 1 ]; do
		kill -0 $writer 2>/dev/null || { fail "set-up: the block does not wait: $(cat /tmp/answer)"; finish; }
	done
}
# wait_for_signal: wait until the module's thread has a pending signal. The module sends it when a
# signal, a time limit or an unbind is to end the transaction.
wait_for_signal() {
	until grep -q '^SigPnd:.*[1-9a-f]' "$(thread_directory)/status"; do
		kill -0 $writer 2>/dev/null || { fail "set-up: no signal: $(cat /tmp/answer)"; finish; }
	done
}
let_unplug_continue() {
	echo -1 >$refuse/hold_offline
	wait $writer
}

unplugged
empty=$(snap "$DEV")
is "$(blocks | wc -l)" 1 "set-up: the device has one block"

start_unplug_that_waits interrupt "$STATE" unplugged 0
kill -INT $writer
wait_for_signal
let_unplug_continue
is "$(cut -d ' ' -f 1 /tmp/answer)" ok "SIGINT: the write succeeds"
is "$(state)" unplugged "SIGINT: the device is unplugged"
same "$empty" "$(snap "$DEV")" "SIGINT: no memory of the device remains"

# The limit is longer than a slow kernel needs to take the block offline. So it is reached while the
# block waits in the notifier.
is "$(put "$DIR/plug/timeout_ms" 10000)" ok "timeout_ms: 10000"
start_unplug_that_waits put "$STATE" unplugged
wait_for_signal
let_unplug_continue
is "$(cat /tmp/answer)" ok "a time limit: the write succeeds"
same "$empty" "$(snap "$DEV")" "a time limit: no memory of the device remains"
is "$(put "$DIR/plug/timeout_ms" 0)" ok "timeout_ms: 0"

start_unplug_that_waits put "$STATE" unplugged
put $driver/unbind "$DEV" >/tmp/unbound &
unbinder=$!
wait_for_signal
let_unplug_continue
wait $unbinder
is "$(cat /tmp/unbound)" ok "an unbind: it succeeds"
is "$(cat /tmp/answer)" ok "an unbind: the write succeeds"
is "$(grep -c kmem /proc/iomem)" 0 "an unbind: no memory of the device remains"
finish
