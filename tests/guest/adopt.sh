#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device is plugged, unbound with its memory online, and bound again, for each online type. In
# every second round one block is taken offline while the device has no driver. The bind must adopt
# the memory as it is, so that `state` agrees with the blocks, a repair works and an unplug removes
# everything. A wrong module would refuse the bind or report another state, and the memory
# would be lost until a reboot.
# lab[none, long 6.12; make check-long runs it]: --dax 512M --own-nodes --cmdline memhp_default_state=offline
# lab[7.3, long 6.1 6.12; make check-long runs the other kernels]: --dax 1G:2,2,1 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
last=$(blocks | tail -n 1)
unplugged
empty=$(snap "$DEV")
unchanged=0
rounds=$(scaled_count 17)
for i in $(seq "$rounds"); do
	for type in online_movable online_kernel online; do
		plugged $type
		full=$(snap "$DEV")
		want=$type
		echo "$DEV" >$driver/unbind
		if [ $((i % 2)) = 0 ]; then
			echo offline >"$MEMORY"/memory"$last"/state
			want=inconsistent
		fi
		rmmod kmem 2>/dev/null && fail "the module was unloaded while its memory was online"
		echo "$DEV" >$driver/bind
		[ "$(state)" = $want ] || fail "bound again: $(state), not $want"
		if [ $want = inconsistent ]; then
			answer=$(put "$STATE" $type)
			[ "$answer" = ok ] || fail "repair as $type: $answer"
		fi
		[ "$full" = "$(snap "$DEV")" ] || same "$full" "$(snap "$DEV")" "$i $type: adopted"
		unplugged
		[ "$(snap "$DEV")" = "$empty" ] && unchanged=$((unchanged + 1))
	done
done
is $unchanged $((3 * rounds)) "$unchanged times plugged, unbound, bound, unplugged: as before the first plug"
is "$(grep -c kmem /proc/iomem)" 0 "the device has no line in /proc/iomem"

# The guard setting survives an unbind and a bind, too.
plugged online_movable
put "$DIR/plug/guard" always >/dev/null
echo "$DEV" >$driver/unbind
echo "$DEV" >$driver/bind
is "$(cat "$DIR/plug/guard")" always "the guard setting is kept"
echo offline 2>/dev/null >"$MEMORY"/memory"$last"/state && fail "the guard accepts an offline" || pass "the guard refuses an offline"

# The doctor advises how to bind a device without a driver again. That advice must work.
echo "$DEV" >$driver/unbind
run 5 doctor "$DEV"
says out "next: bind the device again: daxplug mode $DEV system-ram"
run 0 mode "$DEV" system-ram
is "$(state)" online_movable "bound as the doctor advises: its memory is adopted"
unplugged
rmmod kmem
is $? 0 "the module is unloaded at the end"
finish
