#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded many times, and in each load another memory allocation of its initialization
# fails. A load that fails must leave nothing behind, and after a load that succeeds the device can
# be unplugged and the module can be unloaded. A wrong module would leave its driver, a thread or
# memory behind, which the test looks for. It could also lose memory or use it after it was freed,
# which kmemleak and KASAN report (lab/init).
# lab[debug; only the debugging kernel can make allocations fail]: --dax 256M --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh

# do_init_module() of the kernel runs the initialization of a module, which also binds and plugs the
# device. Only allocations below this function can fail.
range=$(awk '
	found { print start, $1; exit }
	$3 == "do_init_module" { start = $1; found = 1 }' /proc/kallsyms)
[ -n "$range" ] || { fail "set-up: do_init_module is not in this kernel"; finish; }
[ -d /sys/kernel/debug/failslab ] || { fail "set-up: no fault injection in this kernel"; finish; }

# setup failslab|fail_page_alloc: set $f to the directory of this kind of fault, and choose the
# allocations that can fail
setup() {
	f=/sys/kernel/debug/$1
	echo 32 >"$f"/stacktrace-depth
	echo "0x${range% *}" >"$f"/require-start
	echo "0x${range#* }" >"$f"/require-end
	echo N >"$f"/task-filter
	echo 0 >"$f"/verbose
	echo 0 >"$f"/space
	echo N >"$f"/ignore-gfp-wait
	[ ! -e "$f"/min-order ] || echo 0 >"$f"/min-order
	[ ! -e "$f"/ignore-gfp-highmem ] || echo N >"$f"/ignore-gfp-highmem
}

# traces: print in one line what a load that failed has left behind
traces() {
	{
		ls -d /sys/module/kmem /sys/bus/dax/drivers/kmem 2>/dev/null
		grep -h '^kmem/' /proc/[0-9]*/comm
		grep 'System RAM (kmem)' /proc/iomem
		[ "$(meminfo MemTotal)" = "$before" ] || meminfo MemTotal
	} | tr '\n' ' '
}

unplugged
before=$(meminfo MemTotal)
rmmod kmem || fail "set-up: the module cannot be unloaded"

# The kernel counts the allocations of all loads, and an allocation fails if the count is a multiple
# of "interval". So the Nth allocation of a load fails if "interval" is the count so far plus N.
# After this one failure the kernel does not count any more. With an interval of 1 it does not
# count, either.
for kind in failslab fail_page_alloc; do
	setup $kind
	count=0 nth=0 refused=0 loaded=0 wrong=0
	while :; do
		nth=$((nth + 1))
		echo $((count + nth)) >"$f"/interval
		echo 1 >"$f"/times
		echo 100 >"$f"/probability
		/usr/sbin/modprobe kmem policy=hmem:online_movable 2>/dev/null
		status=$?
		echo 0 >"$f"/probability
		failed=$((1 - $(cat "$f"/times)))
		[ $((count + nth)) = 1 ] || count=$((count + failed * nth))
		if [ $status != 0 ]; then
			refused=$((refused + 1))
			found=$(traces)
			[ -z "$found" ] || { wrong=$((wrong + 1)); echo "# allocation $nth: left behind: $found"; }
		else
			loaded=$((loaded + 1))
			# The driver core creates files of the device after the plug. If it cannot
			# create them, the bind fails, but the load of the module succeeds. The
			# memory stays for the next bind.
			[ -e "$STATE" ] || echo "$DEV" >/sys/bus/dax/drivers/kmem/bind
			put "$STATE" unplugged >/dev/null
			rmmod kmem || { wrong=$((wrong + 1)); echo "# allocation $nth: the module cannot be unloaded"; }
		fi
		[ $failed = 1 ] || break
		[ $nth -lt 2000 ] || { fail "$kind: the loads do not come to an end"; break; }
	done
	is "$status" 0 "$kind: a load in which nothing fails succeeds"
	is $wrong 0 "$kind: $((nth - 1)) allocations failed, one in each load: $refused loads failed, $((loaded - 1)) did not"
	[ $kind != failslab ] || slab_refused=$refused
done
# No load of the module needs whole pages for its initialization, so only failed slab allocations
# make loads fail.
[ "$slab_refused" -gt 0 ] && pass "some loads failed" || fail "no load failed"

load kmem
is $? 0 "the module is loaded in the end"
is "$(put "$STATE" unplugged)" ok "an unplug succeeds"
is "$(put "$STATE" online_movable)" ok "a plug succeeds"
is "$(put "$STATE" unplugged)" ok "another unplug succeeds"
is "$(meminfo MemTotal)" "$before" "MemTotal is as before"
finish
