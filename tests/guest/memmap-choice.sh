#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The page structures of a device can be in other memory or in the device's own memory. The place is
# chosen with plug/memmap_on_memory, the command, the policy or a module parameter, and the device
# is plugged. The page structures must be in the chosen place, or the plug must be refused with the
# reason. A wrong module would use the other place, which the test sees in the counts of pages. On
# 6.1, if the memory holds its own page structures, the module adds each block in a call of its own,
# because that kernel cannot add several such blocks in one call.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 1G:3,2 --own-nodes --cmdline "memhp_default_state=offline memory_hotplug.memmap_on_memory=1 test.part=all"
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 512M --own-nodes --cmdline "memhp_default_state=offline test.part=off"
# lab[6.12, long 6.1; 7.3 has the same kernel code as 6.12]: --mem 384M --dax 24G --own-nodes --timeout 900 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged memory_hotplug.memmap_on_memory=1 test.part=little"
# lab[6.12, long 7.3; the stock driver of 6.1 has no file memmap_on_memory]: --module stock --dax 512M --own-nodes --cmdline "memhp_default_state=offline memory_hotplug.memmap_on_memory=1 test.part=stock"
. /lab/lib.sh
part=$(sed 's/.*test.part=\([a-z]*\).*/\1/' /proc/cmdline)
CHOICE=$DIR/plug/memmap_on_memory
all=$(blocks)
count=$(echo "$all" | wc -l)
pages=$((count * (BLOCK_SIZE / PAGE_SIZE)))
structures=$((pages * 64))
node=$(cat "$DIR/target_node")

# managed: print the number of pages that the allocator manages on the device's node
managed() {
	awk -v node="$node," '$1 == "Node" { here = $2 == node }
		here && $1 == "managed" { n += $2 } END { print n + 0 }' /proc/zoneinfo
}
# other_free: print the free KiB on node 0, where page structures are by default. Free pages in the
# processors' pagesets count, too, because up to 2 MiB move there at a time.
other_free() {
	echo 3 >/proc/sys/vm/drop_caches
	awk -v size="$PAGE_SIZE" '$1 == "Node" { here = $2 == "0," }
		here && ($1 == "nr_free_pages" || $1 == "count:") { n += $2 }
		END { print n * size / 1024 }' /proc/zoneinfo
}
# own_pages: print the module's count of the device's pages that hold its page structures
own_pages() { awk '$1 == "memmap_pages" { print $2 }' "$DIR/plug/blocks"; }
choose() { is "$(put "$CHOICE" "$1")" ok "$1 is chosen"; }

# check_plugged yes|no WHAT...: claim that every block is online_movable, and that the page
# structures are in the device's own memory (yes) or in other memory (no)
check_plugged() {
	local own=0 word=$1
	shift
	[ "$word" = no ] || own=$((pages / 64))
	# shellcheck disable=SC2086 # one word each
	is "$(actual_state online_movable $all)" online_movable "$*: every block"
	is "$(own_pages)" $own "$*: $own pages of it hold page structures"
	is "$(managed)" $((pages - own)) "$*: the allocator manages all other pages"
}

case $part in
off)
	unplugged
	empty=$(snap "$DEV")
	choose yes
	mark memmap-off
	is "$(put "$STATE" online_movable)" EOPNOTSUPP "the kernel's parameter is off: EOPNOTSUPP"
	is "$(dmesg | sed 1,/memmap-off/d | grep -c "kmem: $DEV: not plugged: memmap_on_memory: the kernel refuses it; boot with memory_hotplug.memmap_on_memory=1")" 1 \
		"the log has the reason, once"
	is "$(state)" unplugged "nothing is plugged"
	choose default
	same "$empty" "$(snap "$DEV")" "nothing has changed"
	run 7 plug --memmap-on-memory=yes "$DEV"
	says err "the kernel's parameter memory_hotplug.memmap_on_memory is off"
	is "$(cat "$CHOICE")" default "the choice is unchanged"
	run 7 plug --dry-run --memmap-on-memory=yes "$DEV"
	says out "would be refused: its page structures cannot be in its own memory"
	run 0 doctor "$DEV"
	says out "take 8.0 MiB of other memory for page structures"
	says out "memory_hotplug.memmap_on_memory=1 on the kernel's command line"
	run 0 plug --memmap-on-memory=no "$DEV"
	is "$(cat "$CHOICE")" no "no is chosen"
	check_plugged no "no"
	unplugged
	finish
	;;
little)
	free=$(($(meminfo MemAvailable) * 1024))
	[ $free -lt $structures ] && pass "$((free >> 20)) MiB are available, page structures need $((structures >> 20)) MiB" ||
		{ fail "set-up: too much memory"; finish; }
	run 4 plug --dry-run "$DEV"
	says out "may be refused: its page structures need"
	run 4 plug "$DEV"
	is "$(state)" unplugged "page structures do not fit into other memory"
	run 0 plug --dry-run --memmap-on-memory=yes "$DEV"
	before=$(other_free)
	run 0 plug -q --memmap-on-memory=yes "$DEV"
	took=$((before - $(other_free)))
	check_plugged yes "with little memory"
	echo "# $took KiB of other memory are in use for $((structures >> 10)) KiB of page structures"
	[ $took -lt $((structures / 1024 / 8)) ] && pass "the page structures are not in other memory" || fail "other memory: $took KiB less"
	run 0 doctor "$DEV"
	says out "384.0 MiB of it hold its page structures, which take no other memory"
	run 0 unplug -q "$DEV"
	is "$(state)" unplugged "it is unplugged"
	is "$(dmesg | grep -c -E 'Out of memory|oom-kill|invoked oom')" 0 "no process was killed"
	finish
	;;
stock)
	# The kernel's driver plugs the device with the page structures in its own memory. Then
	# daxplug's module must adopt that memory.
	driver=/sys/bus/dax/drivers/kmem
	echo "$DEV" >$driver/unbind
	run 0 plug --memmap-on-memory=yes "$DEV"
	is "$(cat "$DIR/memmap_on_memory")" 1 "the kernel's driver: memmap_on_memory is 1"
	is "$(managed)" $((pages - pages / 64)) "a 64th of it holds page structures"
	run 4 plug --memmap-on-memory=no "$DEV"
	says err "its memory exists, with page structures in its own memory"
	run 0 plug --replug --memmap-on-memory=no "$DEV"
	is "$(managed)" $pages "replugged: all of it can be used"
	run 0 plug --replug --memmap-on-memory=yes "$DEV"
	is "$(managed)" $((pages - pages / 64)) "replugged with yes: a 64th of it holds page structures"
	echo "$DEV" >$driver/unbind
	/usr/sbin/rmmod kmem || fail "stock: rmmod"
	discard_leak_reports
	load /lab/kmem.ko
	is "$(state)" online_movable "adopted: online_movable"
	check_plugged yes "adopted"
	is "$(cat "$CHOICE")" default "daxplug's module has no choice set"
	full=$(snap "$DEV")
	insmod /lab/refuse.ko
	for b in $all; do
		echo "$b" >/sys/module/refuse/parameters/offline
		is "$(put "$STATE" unplugged)" EBUSY "adopted: memory$b is vetoed"
		same "$full" "$(snap "$DEV")" "adopted: nothing has changed"
	done
	echo -1 >/sys/module/refuse/parameters/offline
	unplugged
	is "$(grep -c -e kmem -e "$DEV" /proc/iomem)" 0 "unplugged: nothing in /proc/iomem"
	choose no
	plugged online_movable
	check_plugged no "no"
	unplugged
	finish
	;;
esac

insmod /lab/refuse.ko
refuse=/sys/module/refuse/parameters
is "$(cat "$CHOICE")" default "memmap_on_memory is default at first"
for word in '' maybe YES 1; do
	is "$(put "$CHOICE" "$word")" "$([ -n "$word" ] && echo EINVAL || echo ok)" "a write of '$word' is not a choice"
done
unplugged

choose no
before=$(other_free)
plugged online_movable
took_no=$((before - $(other_free)))
check_plugged no "no"
is "$(put "$CHOICE" yes)" EBUSY "its memory exists: another choice is EBUSY"
is "$(put "$CHOICE" no)" ok "its memory exists: the same choice is ok"
unplugged

choose yes
empty=$(snap "$DEV")
before=$(other_free)
plugged online_movable
took_yes=$((before - $(other_free)))
check_plugged yes "yes"
echo "# other memory: $took_no KiB less for no, $took_yes KiB less for yes, of $((structures >> 10)) KiB"
# Other allocations change the free memory, too, so three quarters of the page structures are
# enough.
[ $((took_no - took_yes)) -gt $((structures * 3 / 4 / 1024)) ] && pass "page structures take no other memory" ||
	fail "other memory: $took_no KiB less for no, $took_yes KiB less for yes"
is "$(grep -c "System RAM (kmem)" /proc/iomem)" "$(find "$DIR"/ -maxdepth 1 -name "mapping[0-9]*" | wc -l)" "/proc/iomem: one line for each range"
full=$(snap "$DEV")

# An unplug that is vetoed is undone, and each block is as before.
for b in $all; do
	echo "$b" >$refuse/offline
	answer=$(put "$STATE" unplugged)
	echo -1 >$refuse/offline
	[ "$answer" = EBUSY ] || fail "memory$b is vetoed: $answer"
	[ "$full" = "$(snap "$DEV")" ] || same "$full" "$(snap "$DEV")" "memory$b is vetoed: nothing has changed"
done
same "$full" "$(snap "$DEV")" "unplugs vetoed at each block: nothing has changed"

# Repair the device, then unbind it with memory online and bind it. The page structures must stay
# where they are.
first=$(echo "$all" | head -n 1)
echo offline >"$MEMORY/memory$first/state"
is "$(state)" inconsistent "a block offline: inconsistent"
is "$(put "$STATE" online_movable)" ok "repaired"
check_plugged yes "repaired"
echo "$DEV" >/sys/bus/dax/drivers/kmem/unbind
echo "$DEV" >/sys/bus/dax/drivers/kmem/bind
is "$(cat "$CHOICE")" yes "unbound and bound again: the choice is kept"
check_plugged yes "adopted"
start load /lab/load "$node" 64 1 1
load=$!
unplugged
kill $load
wait $load && pass "unplugged in use: the load has its memory" || fail "the load: $(cat /tmp/load)"
same "$empty" "$(snap "$DEV")" "unplugged: as before"

# A plug that is vetoed is undone.
for b in $all; do
	echo "$b" >$refuse/online
	[ "$(put "$STATE" online_movable)" = EBUSY ] || fail "the veto of memory$b did not fail the plug"
done
echo -1 >$refuse/online
same "$empty" "$(snap "$DEV")" "plugs vetoed at each block: nothing has changed"

# Interrupt plugs and unplugs at ten moments. Each must be complete or undone, also on 6.1, where
# the module adds and removes the blocks of a range one by one.
undone=0
for us in 2000 5000 10000 20000 40000 60000 80000 120000 160000 240000; do
	for word in online_movable unplugged; do
		was=$(state)
		answer=$(/lab/interrupt "$STATE" $word $us)
		case ${answer%% *} in
		ok) want=$word ;;
		*) want=$was undone=$((undone + 1)) ;;
		esac
		[ "$(state)" = "$want" ] || fail "$word, $us us: $answer: $(state), not $want"
		[ "$want" = unplugged ] || [ "$(own_pages)" = $((pages / 64)) ] || fail "$word, $us us: $(own_pages) pages hold page structures"
	done
done
pass "interrupted 20 times, $undone undone: complete or unchanged each time"
[ $undone -gt 0 ] && pass "some signals arrived before the end" || fail "no signal arrived before the end"
unplugged
same "$empty" "$(snap "$DEV")" "all is as before"

# Test the options of the command and the key of the policy.
run 0 plug --memmap-on-memory=yes "$DEV"
run 0 plug --memmap-on-memory=yes "$DEV"
says out "nothing to do"
run 4 plug --memmap-on-memory=no "$DEV"
says err "its memory exists, with page structures in its own memory"
says err "--replug"
run 0 plug --dry-run --replug --memmap-on-memory=no "$DEV"
says out "would be changed, by way of an unplug"
run 0 show "$DEV"
says out "memmap     yes, "
run 0 list --noheadings -o MEMMAP "$DEV"
is "$(cat /tmp/out)" yes "list: yes"
run 0 plug --replug --memmap-on-memory=no "$DEV"
check_plugged no "replugged"
# If a replug fails, the command restores the former choice.
echo "$first" >$refuse/online
run 5 plug --replug --memmap-on-memory=yes "$DEV"
echo -1 >$refuse/online
is "$(cat "$CHOICE")" no "the choice is unchanged"
is "$(state)" unplugged "it stays unplugged while the block is vetoed"
run 0 plug "$DEV"
check_plugged no "plugged again"
mkdir -p /etc/daxplug/daxplug.conf.d
printf '[r]\ndevice = %s\nstate = online_movable\nmemmap_on_memory = yes\n' "$DEV" >/etc/daxplug/daxplug.conf.d/r.conf
run 1 apply --check
says out "$DEV: memmap_on_memory no -> yes: differs"
run 0 apply
check_plugged yes "the policy"
run 0 apply --check
printf '[r]\ndevice = %s\nmemmap_on_memory = no\n' "$DEV" >/etc/daxplug/daxplug.conf.d/r.conf
run 4 apply
says out "memmap_on_memory yes -> no: failed"
unplugged
run 0 apply
is "$(cat "$CHOICE")" no "the policy, for an unplugged device: no"

# A new value of the module parameter applies to devices that are bound later.
echo yes >/sys/module/kmem/parameters/memmap_on_memory
echo "$DEV" >/sys/bus/dax/drivers/kmem/unbind
echo "$DEV:online_movable" >/sys/module/kmem/parameters/policy
echo "$DEV" >/sys/bus/dax/drivers/kmem/bind
check_plugged yes "the module's parameter, at bind"
unplugged
finish
