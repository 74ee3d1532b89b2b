#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Another driver adds memory inside the range of an unplugged device, brings it online and offline,
# and removes it. `state` and plug/blocks must always agree with the blocks. While the other
# driver's memory is there, each plug and unplug must be refused, and the log must name the block.
# Afterwards the device must work. A wrong module would count the memory as its own, offline it or
# remove it.
# lab: --dax 1G --own-nodes --timeout 180 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 1G:2,2,1 --own-nodes --timeout 180 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
all=$(blocks)
node=$(cat "$DIR/target_node")
block=$(echo "$all" | sed -n 3p)
state_file=$MEMORY/memory$block/state
insmod /lab/other.ko
other() { put /sys/module/other/parameters/"$1" "$2"; }

# expected_counts: compute from the blocks what plug/blocks must read, and print it. The lines
# "poisoned" and "memmap_pages" are left out.
expected_counts() {
	local b absent=0 offline=0 kernel=0 movable=0 total=0
	for b in $all; do
		total=$((total + 1))
		case $(cat "$MEMORY/memory$b/state" 2>/dev/null) in
		'') absent=$((absent + 1)) ;;
		online)
			case $(cat "$MEMORY/memory$b/valid_zones") in
			Movable) movable=$((movable + 1)) ;;
			*) kernel=$((kernel + 1)) ;;
			esac ;;
		*) offline=$((offline + 1)) ;;
		esac
	done
	printf 'total %d\nabsent %d\noffline %d\nkernel %d\nmovable %d\n' $total $absent $offline $kernel $movable
}

# check_actual WHAT...: claim that `state` and plug/blocks agree with the blocks
check_actual() {
	# shellcheck disable=SC2086 # one word each
	is "$(state)" "$(actual_state online_movable $all)" "$*: state"
	is "$(grep -v -e '^poisoned' -e '^memmap_pages' "$DIR/plug/blocks")" "$(expected_counts)" "$*: plug/blocks"
}

# check_refused WHAT...: claim that every plug and unplug is refused, that the log names the block
# of the other driver, and that nothing changes
check_refused() {
	local before word
	before=$(snap "$DEV")
	for word in online_movable online_kernel online unplugged; do
		refusals=$((refusals + 1))
		mark "other-$refusals-"
		is "$(put "$STATE" $word)" EBUSY "$*: $word: EBUSY"
		dmesg | sed "1,/other-$refusals-/d" | grep -q "kmem: $DEV: .*memory$block belongs to another driver" &&
			pass "$*: $word: the log names memory$block" ||
			fail "$*: $word: the log does not name memory$block"
	done
	same "$before" "$(snap "$DEV")" "$*: nothing has changed"
}
refusals=0

unplugged
empty=$(snap "$DEV")
range="$((block * BLOCK_SIZE)) $BLOCK_SIZE"
# Kernels 7.x put stacks of their own threads into the first memory of a node. A block outside
# ZONE_MOVABLE then does not go offline, so the test uses only online_movable on these kernels.
case $(uname -r) in
7.*) types=online_movable last=online_movable ;;
*) types='online_movable online_kernel' last=online_kernel ;;
esac
for type in $types; do
	is "$(other add "$range $node")" ok "another driver adds memory$block"
	check_actual "added"
	check_refused "added"
	is "$(put "$state_file" "$type")" ok "memory$block $type"
	check_actual "$type"
	check_refused "$type"
	is "$(put "$state_file" offline)" ok "memory$block offline"
	check_actual "offline"
	# In the last round, also unbind the device and bind it while the other driver's memory
	# exists.
	if [ "$type" = $last ]; then
		put $driver/unbind "$DEV" >/dev/null
		is "$(put $driver/bind "$DEV")" ok "bound with the other driver's memory in it"
		check_actual "bound with the other driver's memory in it"
		check_refused "bound with the other driver's memory in it"
	fi
	is "$(other remove "$range")" ok "the other driver removes memory$block"
	check_actual "removed"
	same "$empty" "$(snap "$DEV")" "all is as before"
	plugged online_movable
	check_actual "plugged"
	is "$(other add "$range $node")" EEXIST "the other driver cannot add to the plugged device"
	check_actual "plugged, after EEXIST"
	unplugged
	same "$empty" "$(snap "$DEV")" "unplugged, all is as before"
done

# The other driver adds and removes its memory while the device has no driver.
put $driver/unbind "$DEV" >/dev/null
other add "$range $node" >/dev/null
other remove "$range" >/dev/null
is "$(put $driver/bind "$DEV")" ok "bound after the other driver's memory was removed"
check_actual "bound after the other driver's memory was removed"
plugged online
unplugged

# The other driver adds memory at all addresses of the device. In /proc/iomem this memory is then
# directly below the firmware's entry. The module must not treat it as orphaned memory of the
# device.
if [ "$(find "$DIR"/ -maxdepth 1 -name 'mapping[0-9]*' | wc -l)" = 1 ]; then
	complete_range="$(($(echo "$all" | head -n 1) * BLOCK_SIZE)) $(($(echo "$all" | wc -l) * BLOCK_SIZE))"
	put $driver/unbind "$DEV" >/dev/null
	is "$(other add "$complete_range $node")" ok "another driver adds all of the device"
	is "$(put $driver/bind "$DEV")" ok "bound with the other driver's memory in all of it"
	check_actual "bound with the other driver's memory in all of it"
	is "$(put "$STATE" unplugged)" EBUSY "the memory is not treated as the device's own: EBUSY"
	check_actual "after the refused unplug"
	is "$(other remove "$complete_range")" ok "the other driver removes it"
	same "$empty" "$(snap "$DEV")" "all is as before"
	plugged online_movable
	unplugged
fi
rmmod kmem
is $? 0 "the module is unloaded"
finish
