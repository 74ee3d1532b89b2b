#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module is built as if the kernel exported none of the optional symbols (odd-module), and is
# loaded. It must log for each of these symbols what it cannot do. It must still plug and unplug
# complete devices, undo a vetoed unplug, and adopt memory. A module that needs such a symbol would
# not load, or would fail in one of these steps.
# lab: --module none --dax 1G:3,2 --dax 512M --own-nodes --timeout 200 --file kernel/compat/probe --cmdline memhp_default_state=offline
. /lab/lib.sh
[ -e /lab/degraded.ko ] || { fail "the module does not build"; finish; }
mark degraded-begin
load /lab/degraded.ko policy=hmem:unplugged
is $? 0 "the module is loaded"
sed -n '/^optional="$/,/^"$/p' /lab/probe | sed -n 's/^\([a-z_0-9]*\):\(.*\)/\1: \2/p' >/tmp/missing
[ -s /tmp/missing ] && pass "set-up: the list has $(wc -l </tmp/missing) optional symbols" || fail "set-up: no list"
while read -r line; do
	is "$(dmesg | sed '1,/degraded-begin/d' | grep -c "kmem: this kernel does not export $line\$")" 1 "the log says: $line"
done </tmp/missing

unplugged
empty=$(snap "$DEV")
node=$(cat "$DIR/target_node")
insmod /lab/refuse.ko
for type in online_movable online_kernel online; do
	plugged $type
	is "$(state)" $type "$type: plugged"
	start load /lab/load "$node" 128 1 1
	pid=$!
	full=$(snap "$DEV")
	blocks | tail -n 1 >/sys/module/refuse/parameters/offline
	is "$(put "$STATE" unplugged)" EBUSY "$type: the last block is vetoed"
	same "$full" "$(snap "$DEV")" "$type: nothing has changed"
	echo -1 >/sys/module/refuse/parameters/offline
	kill $pid
	wait $pid && pass "$type: the load's memory is unchanged" || fail "$type: $(cat /tmp/load)"
	unplugged
	same "$empty" "$(snap "$DEV")" "$type: unplugged, all is as before"
done
plugged online_movable
echo "$DEV" >/sys/bus/dax/drivers/kmem/unbind
echo "$DEV" >/sys/bus/dax/drivers/kmem/bind
is "$(state)" online_movable "bound again: its memory is adopted"
for file in blocks stats blockers poison guard policy timeout_ms stall_ms; do
	cat "$DIR/plug/$file" >/dev/null && pass "plug/$file can be read" || fail "plug/$file cannot be read"
done
unplugged
is "$(warnings_since degraded-begin | grep -v -e 'does not export' -e 'unbound, but its blocks remain')" '' \
	"no other message of level warning or worse"
rmmod kmem
is $? 0 "the module is unloaded"
finish
