#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Who writes "unplugged" may allocate on the device's node alone, or hardly anything:
# the pages go where there is room, and not where the writer may allocate.
# lab[stock; without control groups, as in the debugging kernel, a process that is bound to a node which goes faults for ever]: --dax 512M:2,1 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
group=/tmp/cgroup/writer

# in_group WORD: a write by a process in the control group. What it prints goes into
# a file, because a pipe's memory is none that a movable node has.
in_group() {
	sh -c "echo \$\$ >$group/cgroup.procs && exec put $STATE $1 >/tmp/answer"
	cat /tmp/answer
}
in_policy() { bound "$node" put "$STATE" "$1"; }

# unplugs WHAT COMMAND: with 100 MiB on the device
unplugs() {
	local answer
	start load /lab/load "$node" 100 1 1
	load=$!
	answer=$($2 unplugged)
	is "$answer" ok "$1: unplugged"
	[ "$answer" = ok ] || sed 's/^/# /' "$PLUG/blockers"
	kill $load
	wait $load && pass "$1: what was in the pages is there" || fail "$1: $(cat /tmp/load)"
	unplugged
}

unplugged
echo 20000 >"$PLUG/timeout_ms"
plugged online_movable
unplugs "a policy that binds to the node" in_policy

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
	unplugs "a cpuset of the node" in_group
	is "$(in_group online_movable)" ok "a cpuset of the node, which has gone: plugged"
	unplugs "and again" in_group
	echo >$group/cpuset.mems
else
	fail "set-up: no cpusets"
fi
if grep -q -w memory /tmp/cgroup/cgroup.controllers; then
	echo +memory >/tmp/cgroup/cgroup.subtree_control
	# Enough for a program to start, and not for a page table more.
	echo 2M >$group/memory.max
	is "$(in_group online_movable)" ok "2 MiB of memory: plugged"
	unplugs "2 MiB of memory" in_group
else
	fail "set-up: no control groups of memory"
fi
is "$(dmesg | grep -c -E 'Out of memory|oom-kill')" 0 "nobody was killed"
finish
