#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compares the cost of a large device with one of half the size, in instructions. A plug, an unplug and
# each read may cost at most 2.1 times as much. tests/large/run runs it.
# lab[none, large 6.1 6.12 7.3; make check-large has it]: --icount --block-size 2G --dax ${LARGE_HALF:-512G} --dax ${LARGE_SIZE:-1T} --mem ${LARGE_MEM:-18G} --own-nodes --timeout ${LARGE_TIMEOUT:-14400} --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
# alone[1]: it takes most of the machine's memory
. /lab/lib.sh
# Proactive compaction would migrate pages during the measurement.
echo 0 >/proc/sys/vm/compaction_proactiveness
is "$BLOCK_SIZE" $((2 << 30)) "memory blocks of 2 GiB"

# measure DEV WHAT COST-ARGUMENT...: writes the number of instructions, in thousands, to /tmp/WHAT.DEV
measure() {
	local dev=$1 what=$2 answer ns
	shift 2
	cost -u "$@" >/tmp/answer
	read -r answer ns _ </tmp/answer
	[ "$answer" = ok ] || { fail "$what of $dev: $answer"; finish; }
	echo $((ns / 1000)) >"/tmp/$what.$dev"
}
# all_of DEV: measures everything. The first plug after boot has extra costs, so the second one counts.
all_of() {
	local dev=$1 file
	measure "$dev" plug "$dev" online_movable
	measure "$dev" unplug "$dev" unplugged
	measure "$dev" plug "$dev" online_movable
	for file in state plug/blocks plug/stats plug/blockers plug/poison; do
		measure "$dev" "read-${file#*/}" -r 3 "$dev" "$file"
	done
	for what in list show doctor; do
		measure "$dev" "daxplug-$what" "$dev" -- daxplug $what "$dev"
		measure "$dev" "daxplug-$what" "$dev" -- daxplug $what "$dev"
	done
	measure "$dev" daxplug-unplug--dry-run "$dev" -- daxplug unplug --dry-run "$dev"
	measure "$dev" unplug "$dev" unplugged
}
all_of dax0.0
all_of dax1.0
gib() { echo "$(($(cat "/sys/bus/dax/devices/$1/size") >> 30)) GiB"; }
printf '| %-26s | %12s | %12s | %6s |\n' "thousands of instructions" "$(gib dax0.0)" "$(gib dax1.0)" ratio
echo '|---|---|---|---|'
for file in /tmp/*.dax1.0; do
	what=${file#/tmp/}
	what=${what%.dax1.0}
	half=$(cat "/tmp/$what.dax0.0") all=$(cat "$file")
	# The start of a program and a timer interrupt have costs that do not depend on the size.
	printf '| %-26s | %12s | %12s | %6s |\n' "$what" "$half" "$all" "$(awk "BEGIN { printf \"%.2f\", $all / ($half + 0.001) }")"
	[ "$((all * 10))" -le $((half * 21 + 5000)) ] && pass "$what: at most 2.1 times that of half the size" ||
		fail "$what: $half for half the size, $all for all of it"
done
finish
