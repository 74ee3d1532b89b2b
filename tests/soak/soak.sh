#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Several actors act at random on five devices at the same time, for minutes or hours (doc/soak.md).
# After each bout, `state`, plug/blocks and the command must report the actual state of the blocks, no
# task may hang, and the content of the loads' memory must be unchanged.
# lab[none, large 6.12 7.3; make check-soak has it]: --dax 512M --dax 512M --cxl 256M --cxl 256M --cxl 256M --own-nodes --removable --allow-warning sched_cpu_dying --allow-warning add_pages --mem 1536M --timeout ${SOAK_TIMEOUT:-3600} --cmdline "log_buf_len=8M memhp_default_state=offline soak=${SOAK_SEED:-1},${SOAK_MINUTES:-30}"
# lab[none, long 6.12; it takes two minutes, and make check-long has it]: --dax 512M --dax 512M --cxl 256M --cxl 256M --cxl 256M --own-nodes --removable --allow-warning sched_cpu_dying --allow-warning add_pages --mem 1536M --timeout 900 --cmdline "log_buf_len=8M memhp_default_state=offline soak=1,1"
# Two warnings of the kernel are allowed. When a processor goes offline, its scheduler may still count
# the server of the fair class ("Dying CPU not properly vacated!"). That was seen once in an hour,
# while no change of ours ran. If memory runs out while a block is added, add_pages() warns of every
# error. The plug is then undone.
. /lab/lib.sh
# This script runs in ordinary RAM, because a program may not survive if the memory that it uses is
# removed. The OOM killer must not end the script either.
if [ "$1" != bound ]; then
	echo -1000 >/proc/self/oom_score_adj
	exec bound 0 /lab/script bound
fi
seed=$(sed 's/.*soak=\([0-9]*\),.*/\1/' /proc/cmdline)
minutes=$(sed 's/.*soak=[0-9]*,\([0-9]*\).*/\1/' /proc/cmdline)
bus=/sys/bus/dax/devices
# The slowest action is an offline without progress, which ends after 20 s. The limit is much longer.
limit=300
! is_slow || limit=1500

# of DEV: selects the device for the functions of lib.sh
# shellcheck disable=SC2034 # lib.sh reads DEV
of() { DEV=$1 DIR=$bus/$1 STATE=$bus/$1/state; }
now() { awk '{ print int($1) }' /proc/uptime; }
# ordinary COUNT: prints the last COUNT memory blocks of node 0
ordinary() { (cd /sys/devices/system/node/node0 && echo memory[0-9]*) | tr ' ' '\n' | sed 's/memory//' | sort -n | tail -n "$1"; }

# true_state DEV: claims that every interface reports the actual state of the blocks
true_state() {
	local b word counts zone offline=0 kernel=0 movable=0 absent=0
	of "$1"
	[ -e "$STATE" ] || { fail "bout $bout: $1 is not bound"; return; }
	while read -r b; do
		case $(cat "$MEMORY/memory$b/state" 2>/dev/null) in
		'') absent=$((absent + 1)) ;;
		online)
			read -r zone <"$MEMORY/memory$b/valid_zones"
			if [ "$zone" = Movable ]; then movable=$((movable + 1)); else kernel=$((kernel + 1)); fi
			;;
		*) offline=$((offline + 1)) ;;
		esac
	done <"/tmp/blocks.$1"
	word=$(state)
	# shellcheck disable=SC2046 # one word each
	is "$word" "$(actual_state "$word" $(cat "/tmp/blocks.$1"))" "bout $bout: $1 is $word"
	counts=$(sed -n '/^\(absent\|offline\|kernel\|movable\) /s/.* //p' "$DIR/plug/blocks" | tr '\n' ' ')
	is "$counts" "$absent $offline $kernel $movable " "bout $bout: $1: plug/blocks"
	is "$(daxplug list "$1" -o STATE --noheadings | tr -d ' ')" "$word" "bout $bout: $1: daxplug list"
}

# bound_again DEV: if memory ran out during a bind, the bind failed and was logged. Now there is free
# memory, so the device must bind.
bound_again() {
	of "$1"
	[ ! -e "$STATE" ] || return 0
	is "$(dmesg | grep "$1: not bound" | sed -n '$s/.*not bound: //p')" "its memory could not be added: -ENOMEM" \
		"bout $bout: $1 is not bound for want of memory"
	is "$(put /sys/bus/dax/drivers/kmem/bind "$1")" ok "bout $bout: $1 binds again"
}

# empty DEV: claims that the device can be unplugged within the limit, unless the kernel has put its own
# data outside ZONE_MOVABLE.
empty() {
	local end answer
	end=$(($(now) + limit))
	of "$1"
	until answer=$(put "$STATE" unplugged) && [ "$answer" = ok ]; do
		if [ "$(awk '$1 == "kernel" { print $2 }' "$DIR/plug/blocks")" != 0 ]; then
			kept="$kept $1"
			echo "# bout $bout: $1 stays $(state): $answer"
			return
		fi
		[ "$(now)" -lt $end ] || { fail "bout $bout: $1 does not come free: $answer"; sed 's/^/#   /' "$DIR/plug/blockers"; finish; }
		echo 3 >/proc/sys/vm/drop_caches
	done
}

# all_empty: unplugs all devices and claims that the memory is as at the beginning
all_empty() {
	local dev
	kept=''
	for dev in $devices; do empty "$dev"; done
	[ -z "$kept" ] || return
	pass "bout $bout: all are unplugged"
	[ -z "$orphans" ] || return
	for dev in $devices; do echo forget >"$bus/$dev/plug/poison"; done
	is "$(meminfo HardwareCorrupted)" 0 "bout $bout: and no page has failed"
	is "$(meminfo MemTotal)" "$total" "bout $bout: MemTotal is as before"
}

# orphaned DEV: claims that the orphaned blocks of a removed device can be taken offline one by one
orphaned() {
	local b end answer
	end=$(($(now) + limit))
	while read -r b; do
		[ -e "$MEMORY/memory$b" ] || continue
		orphans="$orphans $b"
		until [ "$(cat "$MEMORY/memory$b/state")" = offline ]; do
			answer=$(put "$MEMORY/memory$b/state" offline)
			[ "$(now)" -lt $end ] || { fail "bout $bout: memory$b of $1, which is gone: $answer"; finish; }
		done
	done <"/tmp/blocks.$1"
	pass "bout $bout: $1 is gone, and none of its memory is online"
}

# demotion WORD: sets demotion to 1 or 0. It may be 1 only while the cards stay unplugged. Otherwise a
# card could be pulled while it holds demoted pages. QEMU 9 also crashed (SIGSEGV) when any page, even
# one of a stack, could be demoted to a card, because QEMU does not treat the memory of a card as RAM.
demotion() { echo "$1" >/sys/kernel/mm/numa/demotion_enabled; }
# demoted: prints how many pages were demoted since the boot
demoted() { awk '/^pgdemote_/ { n += $2 } END { print n + 0 }' /proc/vmstat; }

# A device of hmem appears again when its parent is bound again. A device of CXL is a card.
hmem='' cards='' total=0 orphans='' bout=0 kept='' pulled=''
for dev in $(cd $bus && echo dax*); do
	of "$dev"
	blocks >"/tmp/blocks.$dev"
	case $(readlink -f "$DIR") in
	*/hmem*) hmem="$hmem $dev" ;;
	*) cards="$cards $dev" ;;
	esac
done
/usr/sbin/modprobe hwpoison-inject
[ -e /sys/kernel/debug/hwpoison/corrupt-pfn ] || { fail "set-up: no hwpoison-inject"; finish; }
for port in /sys/class/virtio-ports/*; do
	[ "$(cat "$port/name")" != lab.ask ] || export SOAK_ASK="/dev/${port##*/}"
done
devices="$hmem$cards"
for dev in $devices; do empty "$dev"; done
total=$(meminfo MemTotal)
end=$(($(now) + minutes * 60))
echo "# seed $seed, $minutes minutes; $devices"

while [ "$(now)" -lt $end ]; do
	bout=$((bout + 1))
	actors='cpu:1 load:any:128'
	kind=dev
	for dev in $hmem; do
		actors="$actors $kind:$dev pull:$dev load:$(cat $bus/"$dev"/target_node):256"
		# Only the first may be plugged outside ZONE_MOVABLE, because it may then never be unpluggable.
		kind=movable
	done
	# Pages of ordinary RAM that goes offline move to devices, and must not be in a card that is
	# pulled. So no bout takes ordinary RAM offline and also pulls a card, and all devices are empty
	# between two such bouts.
	demotion 0
	if [ $((bout % 4)) = 2 ]; then
		demotion 1
		for b in $(ordinary 3); do actors="$actors ram:$b"; done
	else
		for dev in $cards; do
			actors="$actors movable:$dev load:$(cat $bus/"$dev"/target_node):64"
		done
	fi
	pulled=''
	# If a device could not be unplugged, its pages may later migrate to a card. Then no card is pulled.
	if [ $((bout % 8)) = 4 ] && [ -z "$kept" ] && [ "$cards" != "${cards% * *}" ]; then
		pulled=${cards##* }
		put "$bus/$pulled/state" online_movable >/dev/null
		put "$bus/$pulled/plug/guard" always >/dev/null
		serial=$(daxplug list "$pulled" -o SERIAL --noheadings | tr -d ' ')
		for m in /sys/bus/cxl/devices/mem*; do
			[ $(($(cat "$m/serial"))) != $((serial)) ] || SOAK_CARD=$(dirname "$(readlink -f "$m")")/remove
		done
		export SOAK_CARD
		actors="$actors remove:$pulled:$((serial))"
	fi
	echo "# bout $bout: $actors"
	# shellcheck disable=SC2086 # one word each
	soak $((seed * 100000 + bout)) "$(scaled_count 40)" $limit $actors
	status=$?
	case $status in
	0 | 3) pass "bout $bout: nothing is wedged" ;;
	*) fail "bout $bout: exit $status"; finish ;;
	esac
	if [ -n "$pulled" ] && [ ! -e "$bus/$pulled" ]; then
		orphaned "$pulled"
		cards=${cards% *}
		devices="$hmem$cards"
	else
		is $status 0 "bout $bout: what the loads hold is what they put there"
	fi
	for dev in $devices; do
		bound_again "$dev"
		true_state "$dev"
	done
	# A warning of add_pages() is allowed, but the addresses must not stay reserved after it.
	is "$(dmesg | grep -c 'add of memory[0-9]*: -EEXIST')" 0 "bout $bout: no add met what an add has left"
	# shellcheck disable=SC2154 # lib.sh counts
	[ "$failed" = 0 ] || finish
	[ $((bout % 4)) = 3 ] || all_empty
done
echo "# seed $seed: $bout bouts; orphans:${orphans:- none}; $(demoted) pages demoted"
finish
