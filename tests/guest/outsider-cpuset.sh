#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The process that writes "unplugged" may allocate only little memory. A memory policy or a cpuset
# allows it only the device's node, or its control group allows it only 2 MiB. The unplug must
# succeed even so, because the module's thread migrates the pages to nodes with free memory. If the
# module allocated the memory in the writer's task, the unplug would fail for lack of memory, or the
# OOM killer would be called.
# lab[stock; the debugging kernel has no control groups, and on it a process that is bound to a node without memory faults forever]: --dax 512M:2,1 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
group=/tmp/cgroup/writer

# put_in_group WORD: write WORD from a process in the control group, and print the result. The
# process writes its output to a file and not to a pipe, because the kernel cannot allocate the
# memory of a pipe on a node that has only ZONE_MOVABLE.
put_in_group() {
	sh -c "echo \$\$ >$group/cgroup.procs && exec put $STATE $1 >/tmp/answer"
	cat /tmp/answer
}
put_with_policy() { bound "$node" put "$STATE" "$1"; }

# check_unplug WHAT COMMAND: claim that an unplug by COMMAND works with 100 MiB in use
check_unplug() {
	local answer
	start load /lab/load "$node" 100 1 1
	load=$!
	answer=$($2 unplugged)
	is "$answer" ok "$1: unplugged"
	[ "$answer" = ok ] || sed 's/^/# /' "$PLUG/blockers"
	kill $load
	wait $load && pass "$1: the contents of the pages are unchanged" || fail "$1: $(cat /tmp/load)"
	unplugged
}

unplugged
echo 20000 >"$PLUG/timeout_ms"
plugged online_movable
check_unplug "a policy that binds to the node" put_with_policy

mkdir /tmp/cgroup
if ! mount -t cgroup2 none /tmp/cgroup || ! mkdir $group; then
	fail "set-up: no control groups"
	finish
fi
if grep -q -w cpuset /tmp/cgroup/cgroup.controllers; then
	echo +cpuset >/tmp/cgroup/cgroup.subtree_control
	plugged online_movable
	echo "$node" >$group/cpuset.mems
	is "$(cat $group/cpuset.mems)" "$node" "a cpuset of the node"
	check_unplug "a cpuset of the node" put_in_group
	is "$(put_in_group online_movable)" ok "a cpuset of the node, which has no memory: plugged"
	check_unplug "a cpuset of the node, again" put_in_group
	echo >$group/cpuset.mems
else
	fail "set-up: no cpusets"
fi
if grep -q -w memory /tmp/cgroup/cgroup.controllers; then
	echo +memory >/tmp/cgroup/cgroup.subtree_control
	# 2 MiB are enough for the start of a program, but not for another page table.
	echo 2M >$group/memory.max
	is "$(put_in_group online_movable)" ok "2 MiB of memory: plugged"
	check_unplug "2 MiB of memory" put_in_group
else
	fail "set-up: no control groups of memory"
fi
is "$(dmesg | grep -c -E 'Out of memory|oom-kill')" 0 "no process was killed"
finish
