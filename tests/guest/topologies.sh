#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Unusual devices are plugged and unplugged. They are on a node that did not exist at boot or on no
# node, have ranges that are too small for a memory block, share a block with each other, are 64 in
# number, or are mapped by a process. Other guests boot with kernel parameters that change the zone
# of memory. Each device must get exactly its own blocks, or the bind must be refused with the
# reason. A wrong module would use a block that is not completely the device's, or leave a node or
# blocks behind.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --module none --dax 2G --own-nodes --cmdline "memhp_default_state=offline test.part=shapes"
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --module none --dax 1G --own-nodes --cmdline "memhp_default_state=offline numa=off test.part=nowhere"
# lab[none, long 6.1 6.12 7.3; make check-long runs it]: --module none --dax 9G --own-nodes --timeout 900 --cmdline "memhp_default_state=offline test.part=many"
# lab[none, long 6.1 6.12 7.3; one boot for each parameter is too much for make check]: --dax 1G:3,2 --own-nodes --cmdline "memhp_default_state=offline movable_node test.part=offline"
# lab[none, long 6.1 6.12 7.3; one boot for each parameter is too much for make check]: --dax 1G:3,2 --own-nodes --cmdline "memhp_default_state=online movable_node test.part=online"
# lab[none, long 6.1 6.12 7.3; one boot for each parameter is too much for make check]: --dax 1G:3,2 --own-nodes --cmdline "memhp_default_state=online_kernel test.part=online_kernel"
# lab[none, long 6.1 6.12 7.3; one boot for each parameter is too much for make check]: --dax 1G:3,2 --own-nodes --cmdline "memhp_default_state=online_movable kernelcore=1G test.part=online_movable"
. /lab/lib.sh
part=$(sed 's/.*test.part=\([a-z_]*\).*/\1/' /proc/cmdline)
bus=/sys/bus/dax/devices
driver=/sys/bus/dax/drivers/kmem
state_file() { echo $bus/"$1"/state; }
state_of() { cat $bus/"$1"/state; }
total() { meminfo MemTotal; }

unbind() { [ ! -e $bus/"$1"/driver ] || echo "$1" >$bus/"$1"/driver/unbind; }

# bind DEV: bind the device to kmem and print the result. On 6.1 this needs a write of the device's
# name to new_id.
bind() {
	unbind "$1"
	[ "$(put $driver/bind "$1")" = ENODEV ] || true
	[ -e $driver/"$1" ] || put $driver/new_id "$1" >/dev/null
	if [ -e $driver/"$1" ]; then echo ok; else put $driver/bind "$1"; fi
}

# set_ranges DEV START-END...: unbind the device and give it these ranges. END is the first byte
# after the range, while the kernel's interface takes the last byte.
set_ranges() {
	local dev=$1 range
	shift
	unbind "$dev"
	echo 0 >$bus/"$dev"/size
	for range; do
		printf '%x-%x\n' "$((${range%-*}))" "$((${range#*-} - 1))" >$bus/"$dev"/mapping ||
			{ fail "set-up: $dev: $range"; finish; }
	done
}

# create_device: create another device of size 0 in the region of dax0.0. $new is its name.
create_device() {
	local had d
	had=" $(cd $bus && echo dax*) "
	echo 1 >$bus/dax0.0/../dax_region/create || { fail "set-up: create"; finish; }
	for d in $(cd $bus && echo dax*); do
		case $had in
		*" $d "*) ;;
		*) new=$d ;;
		esac
	done
}

# check_blocks DEV BLOCK...: plug DEV, claim that it has exactly these blocks, and unplug it
check_blocks() {
	local dev=$1 before b got=''
	shift
	before=$(snap "$dev")
	is "$(put "$(state_file "$dev")" online_movable) $(state_of "$dev")" "ok online_movable" "$dev: plugged"
	for b; do
		got="$got$(cat "$MEMORY/memory$b"/state) "
	done
	is "$got" "$(for b; do printf 'online '; done)" "$dev: blocks $* are online"
	is "$(sed -n 's/^total //p' $bus/"$dev"/plug/blocks)" $# "$dev: it has no other blocks"
	is "$(put "$(state_file "$dev")" unplugged) $(state_of "$dev")" "ok unplugged" "$dev: unplugged"
	same "$before" "$(snap "$dev")" "$dev: all is as before"
}

# --- a node that did not exist at boot, small ranges, shared blocks, a mapped device ---

test_new_node() {
	local node all dir round links
	node=$(cat "$DIR/target_node")
	all=$(blocks)
	dir=/sys/devices/system/node/node$node
	[ ! -e "$dir" ] && pass "there is no node $node" || fail "node $node exists before the device is plugged"
	for round in 1 2 3; do
		plugged online_movable
		links=$(cd "$dir" && echo memory[0-9]* | tr ' ' '\n' | sed 's/memory//' | sort -n)
		is "$links" "$all" "round $round: node $node has the blocks of $DEV"
		is "$(grep -c numa_hit "$dir/numastat")" 1 "round $round: its files can be read"
		# The file has a list of nodes such as "0-1", which means 0 and 1.
		case ",$(tr '-' ',' </sys/devices/system/node/has_memory)," in
		*",$node,"*) pass "round $round: node $node has memory" ;;
		*) fail "round $round: has_memory is $(cat /sys/devices/system/node/has_memory)" ;;
		esac
		run 0 list -o NAME,NODE,STATE --noheadings
		says out "online_movable"
		unplugged
		[ ! -e "$dir" ] && pass "round $round: unplugged: node $node does not exist" ||
			fail "round $round: unplugged: node $node still exists: $(echo "$dir"/*)"
	done
}

test_shapes() {
	local start first mapper
	insmod /lab/kmem.ko policy=hmem:unplugged || { fail "set-up: insmod"; finish; }
	is "$(bind dax0.0)" ok "dax0.0 is bound"
	start=$(($(cat "$DIR/resource")))
	start=$(((start + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE))
	first=$((start / BLOCK_SIZE))
	test_new_node

	# The second and the third range have no complete block. The second is half a block. The third
	# is the second half of one block and the first half of the next.
	set_ranges dax0.0 $start-$((start + 2 * BLOCK_SIZE)) \
		$((start + 3 * BLOCK_SIZE))-$((start + 3 * BLOCK_SIZE + BLOCK_SIZE / 2)) \
		$((start + 4 * BLOCK_SIZE + BLOCK_SIZE / 2))-$((start + 5 * BLOCK_SIZE + BLOCK_SIZE / 2)) \
		$((start + 6 * BLOCK_SIZE))-$((start + 7 * BLOCK_SIZE + BLOCK_SIZE / 2))
	mark topo-small
	is "$(bind dax0.0)" ok "ranges without a complete block between others: bound"
	is "$(dmesg | sed '1,/topo-small/d' | grep -c 'dax0.0: mapping[12]: .* holds no whole memory block')" 2 "the log names both ranges"
	is "$(dmesg | sed '1,/topo-small/d' | grep -c "dax0.0: $((3 * BLOCK_SIZE)) of $((5 * BLOCK_SIZE)) bytes used")" 1 "the log has the used and the total bytes"
	check_blocks dax0.0 "$first" $((first + 1)) $((first + 6))
	run 0 list -o USABLE --noheadings --bytes
	says out $((3 * BLOCK_SIZE))
	unbind dax0.0
	is "$(daxplug list dax0.0 -o USABLE --noheadings --bytes | tr -d ' ')" $((3 * BLOCK_SIZE)) "unbound: the usable size is the same"

	# The device has only parts of blocks.
	set_ranges dax0.0 $((start + BLOCK_SIZE / 2))-$((start + BLOCK_SIZE + BLOCK_SIZE / 2))
	mark topo-none
	is "$(bind dax0.0)" EINVAL "only parts of blocks: EINVAL"
	dmesg | sed '1,/topo-none/d' | grep -q 'dax0.0: not bound: no whole memory block in it' &&
		pass "the log says why" || fail "the log does not say why"
	run 4 plug dax0.0
	says err "no memory block fits into it"

	# Two devices share a block, so neither may use it.
	set_ranges dax0.0 $start-$((start + BLOCK_SIZE + BLOCK_SIZE / 2))
	create_device
	set_ranges "$new" $((start + BLOCK_SIZE + BLOCK_SIZE / 2))-$((start + 3 * BLOCK_SIZE))
	is "$(bind dax0.0) $(bind "$new")" "ok ok" "two devices share memory$((first + 1)): both are bound"
	check_blocks dax0.0 "$first"
	check_blocks "$new" $((first + 2))
	cycle dax0.0 20 online_movable >/tmp/one &
	cycle "$new" 20 online_movable >/tmp/two &
	wait
	is "$(cat /tmp/one) $(cat /tmp/two)" "20 20 20 20 20 20" "both are plugged and unplugged at the same time, 20 times each"
	[ ! -e "$MEMORY/memory$((first + 1))" ] && pass "no device has memory$((first + 1))" || fail "memory$((first + 1)) exists"
	# Two devices meet at a block boundary.
	unbind "$new"
	set_ranges "$new" $((start + 2 * BLOCK_SIZE))-$((start + 3 * BLOCK_SIZE))
	set_ranges dax0.0 $start-$((start + 2 * BLOCK_SIZE))
	is "$(bind dax0.0) $(bind "$new")" "ok ok" "two devices side by side: both are bound"
	check_blocks dax0.0 "$first" $((first + 1))
	put "$(state_file "$new")" online_movable >/dev/null
	check_blocks dax0.0 "$first" $((first + 1))
	is "$(state_of "$new")" online_movable "the device beside it keeps its memory"
	put "$(state_file "$new")" unplugged >/dev/null

	# A process has mapped the device through device_dax.
	/usr/sbin/modprobe device_dax
	run 0 mode "$new" devdax
	start mapper /lab/mapper /dev/"$new" 2097152
	mapper=$!
	run 4 mode "$new" system-ram
	says err "(process $mapper) has it mapped"
	run 7 plug "$new"
	says err "it is bound to the driver device_dax"
	run 0 plug dax0.0
	is "$(basename "$(readlink $bus/"$new"/driver)")" device_dax "plug dax0.0 does not change the mapped device"
	kill -0 $mapper && pass "the process still runs" || fail "the process is gone"
	run 0 unplug all
	is "$(basename "$(readlink $bus/"$new"/driver)")" device_dax "unplug all does not change the mapped device"
	kill $mapper
	wait $mapper
	run 0 mode "$new" system-ram
	run 0 plug "$new"
	run 0 unplug "$new"
	is "$(warnings_since topo-none | grep -v -e 'not bound: ' -e 'probe .*failed with error -22')" '' "no other message of level warning or worse"
}

# --- a device on no node --------------------------------------------------------------

test_nowhere() {
	local why='the firmware gives no node (no SRAT entry, no CFMWS window) for' module
	[ ! -e "$DIR/target_node" ] && pass "the kernel knows no node for $DEV" ||
		fail "set-up: it is on node $(cat "$DIR/target_node")"
	for module in stock ours; do
		if [ $module = stock ]; then /usr/sbin/modprobe kmem; else insmod /lab/kmem.ko; fi
		unbind "$DEV"
		is "$(put $driver/bind "$DEV" | sed 's/ENODEV/EINVAL/')" EINVAL "$module: not bound"
		mark "topo-$module"
		put $driver/new_id "$DEV" >/dev/null
		is "$(put $driver/bind "$DEV")" EINVAL "$module: not bound, by name: EINVAL"
		if [ $module = ours ]; then
			dmesg | sed '1,/topo-ours/d' | grep -q "$DEV: not bound: $why 0x[0-9a-f]*-0x[0-9a-f]*, or NUMA is off" &&
				pass "the log says what is missing, and for which range" ||
				{ fail "the log does not say what is missing"; dmesg | tail -n 5 | sed 's/^/#   /'; }
		fi
		run 4 plug "$DEV"
		says err "$DEV: not plugged: $why its addresses, or NUMA is off (EINVAL)"
		says err "next: boot without numa=off"
		run 4 plug --dry-run "$DEV"
		says out "$why"
		run 4 mode "$DEV" system-ram
		says err "$why"
		run 0 doctor "$DEV" --id plug
		says out "a plug would be refused: $why"
		run 0 list -o NAME,NODE,STATE
		run 0 unplug "$DEV"
		rmmod kmem || fail "$module: rmmod"
	done
}

# --- 64 devices at once ---------------------------------------------------------------

# write_all_at_once WORD: start one writer for each device, and claim that every write succeeds
write_all_at_once() {
	local d
	for d in $devices; do put "$(state_file "$d")" "$1" >/tmp/"$d" & done
	wait
	is "$(cd /tmp && cat dax* | sort | uniq -c | tr -s ' ')" " $count ok" "$1: $count writers at the same time"
	is "$(cat $bus/*/state | sort | uniq -c | tr -s ' ')" " $count $1" "all devices are in the requested state"
}

test_many() {
	local count=64 start n before
	insmod /lab/kmem.ko policy=hmem:unplugged || { fail "set-up: insmod"; finish; }
	start=$(($(cat "$DIR/resource")))
	start=$(((start + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE))
	set_ranges dax0.0 $start-$((start + BLOCK_SIZE))
	devices=dax0.0
	n=1
	while [ $n -lt $count ]; do
		create_device
		set_ranges "$new" $((start + n * BLOCK_SIZE))-$((start + (n + 1) * BLOCK_SIZE))
		devices="$devices $new"
		n=$((n + 1))
	done
	for n in $devices; do bind "$n" >/dev/null; done
	is "$(find $driver/ -name 'dax*' | wc -l)" $count "$count devices are bound"
	before=$(cat /proc/iomem)
	total=$(total)

	run 0 plug all
	is "$(grep -c 'unplugged -> online_movable' /tmp/out)" $count "the output has a line for each device"
	is $(($(total) - total)) $((count * BLOCK_SIZE / 1024)) "MemTotal has all of them"
	run 0 list --noheadings -o NAME,STATE
	is "$(grep -c online_movable /tmp/out)" $count "list has all of them"
	run 0 unplug all
	same "$before" "$(cat /proc/iomem)" "/proc/iomem is as before"
	is "$(total)" "$total" "MemTotal is as before"

	write_all_at_once online_movable
	write_all_at_once unplugged
	# Plug half of the devices while the other half is unplugged.
	n=0
	for d in $devices; do
		n=$((n + 1))
		[ $((n % 2)) = 0 ] || put "$(state_file "$d")" online_movable >/dev/null
	done
	n=0
	for d in $devices; do
		n=$((n + 1))
		if [ $((n % 2)) = 0 ]; then put "$(state_file "$d")" online_movable; else put "$(state_file "$d")" unplugged; fi >/tmp/"$d" &
	done
	wait
	is "$(cd /tmp && cat dax* | sort | uniq -c | tr -s ' ')" " $count ok" "half of the devices are plugged while the other half is unplugged"
	is "$(cat $bus/*/state | sort | uniq -c | tr -s ' ' | tr '\n' ,)" " 32 online_movable, 32 unplugged," "all devices are in the requested state"
	for n in 1 2 3; do
		daxplug plug -q all &
		daxplug unplug -q all &
		wait
	done
	is "$(cat $bus/*/state | grep -c -v -e '^online_movable$' -e '^unplugged$')" 0 "plug all and unplug all at the same time: each device is plugged or unplugged"
	run 0 unplug all
	same "$before" "$(cat /proc/iomem)" "/proc/iomem is as before"
	is "$(total)" "$total" "MemTotal is as before"
	rmmod kmem
	is $? 0 "the module is unloaded"
}

# --- parameters of the kernel -----------------------------------------------------------

# zones: print the zones of the device's blocks, each once
zones() {
	local b
	for b in $(blocks); do
		cat "$MEMORY/memory$b"/valid_zones
	done | sort -u
}

test_parameters() {
	is "$(cat "$MEMORY/auto_online_blocks")" "$part" "the kernel's policy is $part"
	is "$(state)" "$part" "a device starts $part"
	unplugged
	before=$(snap "$DEV")
	for type in online_movable online_kernel online; do
		plugged $type
		is "$(state)" $type "$type"
		case $type in
		online_movable) is "$(zones)" Movable "$type: zone Movable" ;;
		online_kernel) is "$(zones)" Normal "$type: zone Normal" ;;
		esac
		unplugged
		same "$before" "$(snap "$DEV")" "$type: unplugged, all is as before"
	done
	echo "$DEV" >$driver/unbind
	is "$(bind "$DEV") $(state)" "ok $part" "bound again, it starts $part"
	unplugged
	run 0 plug "$DEV"
	is "$(state) $(cat "$MEMORY/auto_online_blocks")" "online_movable $part" "daxplug plugs it, and the kernel's policy is unchanged"
	run 0 unplug "$DEV"
}

case $part in
shapes) test_shapes ;;
nowhere) test_nowhere ;;
many) test_many ;;
*) test_parameters ;;
esac
finish
