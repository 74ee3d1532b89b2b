#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests how lab/run reads the kernel's log after each guest. A warning, an oops or a similar report in
# it fails the test, even if all its claims hold. QEMU is a stub here that only writes the lines of a
# log.
# The lines have the format in which kernels print them.

set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export XDG_CACHE_HOME=$tmp/cache TMPDIR=$tmp
failed=0

tree=$tmp/tree
mkdir -p "$tree/lab"
cp lab/run lab/console.sh "$tree/lab"
{ cat lab/cache.sh; echo 'cached() { true; }; has_dax() { true; }; pack() { true; }'; } >"$tree/lab/cache.sh"
printf '%s\n' '#!/bin/sh' 'echo /dev/null' | tee "$tree/lab/fetch" >"$tree/lab/initramfs"
# lab/run starts QEMU with the loader of QEMU's package, so the stub takes the place of the loader.
loader=$XDG_CACHE_HOME/daxplug/qemu/root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
mkdir -p "$(dirname "$loader")"
cat >"$loader" <<'STUB'
#!/bin/bash
for word; do
	case $word in
	file:*) console=${word#file:} ;;
	*path=*/out) out=${word##*path=} ;;
	*path=*/status) status=${word##*path=} ;;
	esac
done
cat "$LOG_LINES" >"$console"
echo "ok a claim" >"$out"
printf '%s\n' booted "exit ${SCRIPT_STATUS:-0}" >"$status"
STUB
chmod +x "$loader" "$tree/lab"/{fetch,initramfs}
echo true >"$tmp/script"
export LOG_LINES=$tmp/lines

# ends STATUS CLAIM [OPTION]... <LOG_LINES: lab/run ends with STATUS after a log with these lines
ends() {
	local wanted=$1 what=$2 status=0
	shift 2
	{
		echo '[    0.000000] Linux version 6.12.0'
		cat
		echo '[   12.000000] reboot: Power down'
	} >"$LOG_LINES"
	timeout 60 "$tree/lab/run" --made --module none --mem 512M "$@" "$tmp/script" >"$tmp/out" 2>"$tmp/err" || status=$?
	if [ $status -eq "$wanted" ] && grep -q '^ok a claim$' "$tmp/out"; then
		echo "ok $what: exit $wanted"
	else
		echo "not ok $what: exit $status instead of $wanted"
		sed 's/^/    /' "$tmp/out" "$tmp/err"
		failed=1
	fi
}

ends 0 "a log without a complaint" <<'LOG'
[   10.000000] kmem dax0.0: memory34 refused to go offline (EBUSY)
[   10.000001] kmem: loading out-of-tree module taints kernel.
LOG
SCRIPT_STATUS=1 ends 1 "the same, and the test fails" <<'LOG'
LOG
warning='[   10.000000] ------------[ cut here ]------------
[   10.000001] WARNING: CPU: 1 PID: 77 at mm/memory_hotplug.c:395 add_pages+0x5d/0x70
[   10.000002] Modules linked in: kmem(O)'
ends 123 "WARN_ON()" <<<"$warning"
ends 0 "WARN_ON() in a function that is allowed to" --allow-warning add_pages <<<"$warning"
ends 123 "WARN_ON() in another function" --allow-warning sched_cpu_dying <<<"$warning"
apart='[   10.000000] ------------[ cut here ]------------
[   10.000001] oom-kill:constraint=CONSTRAINT_NONE,task=loads,pid=77,uid=0
[   10.000001] Out of memory: Killed process 77 (loads)
[   10.000002] WARNING: CPU: 1 PID: 77 at mm/memory_hotplug.c:395 add_pages+0x5d/0x70'
ends 123 "WARN_ON() with lines of another processor in it" <<<"$apart"
ends 0 "the same in a function that is allowed to" --allow-warning sched_cpu_dying --allow-warning add_pages <<<"$apart"
ends 123 "an allowed one, and an oops within it" --allow-warning add_pages <<<"${apart/Out of/BUG: out of}"
ends 123 "only the beginning of a warning" --allow-warning add_pages <<<"${apart%WARNING*}"
ends 0 "WARN_ON(), and complaints are allowed" --allow-splat <<<"$warning"
while IFS='|' read -r what line; do
	ends 123 "$what" <<<"[   10.000000] $line"
done <<'LOG'
an oops|BUG: kernel NULL pointer dereference, address: 0000000000000008
a BUG_ON()|kernel BUG at mm/page_alloc.c:1234!
a bad access|Oops: general protection fault, probably for non-canonical address 0xdead000000000100
KASAN|BUG: KASAN: slab-use-after-free in kmem_unplug+0x10/0x20 [kmem]
UBSAN|UBSAN: array-index-out-of-bounds in kernel/plug.c:10:2
lockdep: an order of locks|WARNING: possible circular locking dependency detected
lockdep: a lock that is kept|WARNING: lock held when returning to user space!
a task that hangs|INFO: task daxplug:77 blocked for more than 120 seconds.
a processor that hangs|watchdog: BUG: soft lockup - CPU#1 stuck for 67s! [put:77]
RCU|rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
a list|list_del corruption. prev->next should be ffff888000000000
kmemleak|unreferenced object 0xffff888000000000 (size 64):
LOG
exit $failed
