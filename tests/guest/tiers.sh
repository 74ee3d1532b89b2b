#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Two devices are on one node, and their abstract distances differ, because the performance data
# changed between their binds. They are plugged and unplugged, and then unbound in either order.
# While one of them is plugged, the node must be in one memory tier, which is that of the device
# that was bound first. Otherwise it must be in no tier. A wrong module would move the node to the
# tier of the second device, or would free the memory type that the other device still uses.
# lab[6.12 7.3; 6.1 has one distance for all kmem memory, and does not query drivers for it]: --dax 2G:7 --own-nodes --timeout 120 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
bus=/sys/bus/dax/devices
tiering=/sys/devices/virtual/memory_tiering
node=$(cat "$DIR/target_node")
insmod /lab/adistance.ko node="$node"
one=$DEV

distance() { echo "$1" >/sys/module/adistance/parameters/distance; }
bind() { [ -e $driver/"$1" ] || put $driver/bind "$1"; }
unbind() { [ ! -e $driver/"$1" ] || put $driver/unbind "$1"; }
set_state() {
	local answer
	answer=$(put $bus/"$1"/state "$2")
	[ "$answer" = ok ] || fail "set-up: $1 $2: $answer"
}

# tier: print the number of each memory tier that the node is in
tier() {
	local t list part
	for t in "$tiering"/memory_tier*; do
		list=$(cat "$t/nodelist")
		for part in $(echo "$list" | tr , ' '); do
			[ "$node" -ge "${part%-*}" ] && [ "$node" -le "${part#*-}" ] && echo "${t##*memory_tier}"
		done
	done
}

# Make a second device of the rest of the region.
unplugged
region=$(dirname "$(readlink -f "$DIR")")/dax_region
echo 1 >"$region/create"
two=$(cat "$region/seed")
[ -n "$two" ] && [ -e "$bus/$two" ] || two=$(cd $bus && echo dax* | tr ' ' '\n' | grep -v "^$one\$" | head -n 1)
echo $((4 * BLOCK_SIZE)) >$bus/"$two"/size
is "$(cat $bus/"$two"/target_node)" "$node" "$one and $two are on one node"
unbind "$one" >/dev/null
unbind "$two" >/dev/null
mark tiers-begin

# A tier covers 128 units of abstract distance. So the tier's number is the distance divided by 128.
round=0
for order in "$one $two" "$two $one"; do
	for last in plugged unplugged; do
		round=$((round + 1))
		early=$((1000 + round * 256)) late=$((2500 + round * 256))
		distance $early
		bind "$one" >/dev/null
		set_state "$one" online_movable
		is "$(tier)" $((early / 128)) "round $round: only $one is plugged: the node is in the tier of $one"
		distance $late
		is "$(bind "$two")" ok "round $round: $two is bound"
		set_state "$two" online_movable
		is "$(tier)" $((early / 128)) "round $round: both are plugged: the node is in the tier of $one"
		# Without memory a node is in no tier.
		set_state "$one" unplugged
		is "$(tier)" $((early / 128)) "round $round: $one is unplugged: the tier is unchanged"
		set_state "$two" unplugged
		is "$(tier)" '' "round $round: both are unplugged: the node is in no tier"
		if [ $last = plugged ]; then
			set_state "${order#* }" online_movable
		fi
		unbind "${order% *}" >/dev/null
		if [ $last = plugged ]; then
			is "$(tier | wc -w)" 1 "round $round: ${order% *} unbound: the node is in one tier"
			set_state "${order#* }" unplugged
		fi
		unbind "${order#* }" >/dev/null
		[ ! -e $driver/"$one" ] && [ ! -e $driver/"$two" ] && pass "round $round: unbound, ${order% *} first" ||
			fail "round $round: still bound"
	done
done

# Both devices are unbound, so the module has no memory type for the node any more. The next device
# to be bound counts as the first one again.
distance 700
is "$(bind "$two")" ok "$two is bound again"
set_state "$two" online_movable
is "$(tier)" 5 "the node is in the tier of the present distance"
set_state "$two" unplugged
unbind "$two" >/dev/null
is "$(warnings_since tiers-begin)" '' "no kernel message of level warning or worse"
rmmod kmem
is $? 0 "the module is unloaded"
finish
